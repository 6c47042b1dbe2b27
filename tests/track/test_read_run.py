"""What was written of a run is read back to the last bit, and reading makes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cip_exp.errors import DataError
from cip_exp.track.read_run import read_run
from tests.track.conftest import make_trial

if TYPE_CHECKING:
    from pathlib import Path

    from cip_exp.track.store import Store

CONFIG = "model:\n  max_depth: 5\n"


def test_a_run_is_read_back_to_the_last_bit(store: Store, tmp_path: Path) -> None:
    uneven = make_trial(metrics={"cv_f1_mean": 0.1 + 0.2, "gap_f1": 5e-324}, folds={"f1": (0.3, 1 / 3, 0.0)})
    run_id = store.log_trial(uneven, parent_id=None, kind="run", config_yaml=CONFIG)
    found = read_run(run_id, store.uri, tmp_path)
    assert found is not None
    assert found.metrics == {**uneven.metrics, "objective": 0.5}
    assert found.folds == uneven.folds
    assert (found.state, found.task, found.primary) == ("complete", "churn", "f1")
    assert (found.config, found.run_id) == (CONFIG, run_id)
    assert found.tags["cip.seed"] == "0,1"


def test_a_parent_and_a_stranger_are_no_trials(store: Store, tmp_path: Path) -> None:
    parent = store.start_parent("sweep", {}, {})
    with pytest.raises(DataError, match="is the parent of a sweep"):
        read_run(parent, store.uri, tmp_path)
    stranger = store.client.create_run(store.experiment_id).info.run_id
    with pytest.raises(DataError, match="was not written by cip_exp"):
        read_run(stranger, store.uri, tmp_path)


def test_nothing_is_made_where_nothing_is(store: Store, tmp_path: Path) -> None:
    assert read_run("a1b2", store.uri, tmp_path) is None
    assert read_run("a1b2", None, tmp_path / "nowhere") is None
    assert list(tmp_path.iterdir()) == []
