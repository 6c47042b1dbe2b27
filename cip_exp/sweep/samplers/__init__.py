"""Optuna samplers and pruners: built from a configuration, and this package's own."""

from __future__ import annotations
