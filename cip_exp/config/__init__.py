"""Compose `conf/`, check it, return it as frozen `Settings`; build the estimator that it names."""

from __future__ import annotations
