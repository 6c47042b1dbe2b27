"""One real sqlite store for all tests of this folder: creating one takes two seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cip_exp.records.trial import Trial
from cip_exp.track.connect import connect

if TYPE_CHECKING:
    from pathlib import Path

    from cip_exp.track.store import Store

STARTED = 1_700_000_000.25


@pytest.fixture(scope="session")
def store_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds the store."""
    return tmp_path_factory.mktemp("outputs")


@pytest.fixture(scope="session")
def store(store_folder: Path) -> Store:
    """A store with the default experiment."""
    return connect(f"sqlite:///{store_folder / 'mlflow.db'}", store_folder)


def make_trial(**changes: object) -> Trial:
    """Return a finished trial of three folds, with some of its fields changed."""
    fields = {
        "state": "complete",
        "params": {"model.max_depth": "5", "split.folds[0]": "3"},
        "tags": {"cip.task": "churn", "cip.model": "rf", "cip.features": "clean", "cip.seed": "0,1"},
        "metrics": {"cv_f1_mean": 0.5, "gap_f1": 0.125},
        "folds": {"f1": (0.25, 0.5, 0.75)},
        "task": "churn",
        "primary": "f1",
        "objective": 0.5,
        "started": STARTED,
        "ended": STARTED + 2,
    }
    return Trial(**{**fields, **changes})  # type: ignore[arg-type]
