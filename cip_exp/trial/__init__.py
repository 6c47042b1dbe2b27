"""Run one configuration: prepare the data, evaluate the model, fit the final model, record it."""

from __future__ import annotations
