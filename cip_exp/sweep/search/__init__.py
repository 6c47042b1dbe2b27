"""Run Optuna studies with ask and tell."""

from __future__ import annotations
