"""Compose `conf/`, check it, and freeze it into `Settings`; build its estimator."""

from __future__ import annotations
