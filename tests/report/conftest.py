"""Recorded trials made by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cip_exp.records.trial import Trial

Record = Callable[..., Trial]


@pytest.fixture
def record() -> Record:
    """Make a complete trial of the churn task; `params`, `tags` and other fields may be changed."""

    def make(
        number: int, *overrides: str, folds: tuple[float, ...] = (0.5, 0.7), seed: str = "0", **changes: Any
    ) -> Trial:
        params = {"split.name": "stratified", "split.n_splits": "2", "seeds.split": "None"}
        tags = {
            "cip.seed": seed, "cip.verdict": "ok", "cip.model": "rf", "cip.features": "clean",
            "cip.data": "shop", "cip.data_sha256": "0123456789",
        }  # fmt: skip
        fields: dict[str, Any] = {
            "state": "complete", "metrics": {}, "folds": {"f1": folds}, "task": "churn", "primary": "f1",
            "objective": 0.6, "number": number, "overrides": overrides, "test_ratio": 0.25,
            "params": params | changes.pop("params", {}), "tags": tags | changes.pop("tags", {}),
        }  # fmt: skip
        return Trial(**(fields | changes))

    return make
