"""Optuna storages that can be shared and resumed."""

from __future__ import annotations
