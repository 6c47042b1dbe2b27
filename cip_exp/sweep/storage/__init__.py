"""Storages of Optuna studies that several processes can share and resume."""

from __future__ import annotations
