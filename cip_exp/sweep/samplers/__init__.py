"""Optuna samplers and pruners: how a configuration names them, and our own."""

from __future__ import annotations
