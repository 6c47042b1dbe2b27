"""Optuna studies, run with ask and tell."""

from __future__ import annotations
