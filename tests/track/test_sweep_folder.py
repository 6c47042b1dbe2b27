"""Trials as files: written whole, read back as they were, whatever else lies in the folder."""

from __future__ import annotations

import math
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cip_exp.records.trial import Trial
from cip_exp.track import sweep_folder


def made(number: int = 0, **changes: Any) -> Trial:
    fields: dict[str, Any] = {
        "state": "complete", "params": {"model.depth": "5"}, "tags": {"cip.seed": "0,1"},
        "metrics": {"cv_f1_mean": 0.1 + 0.2}, "folds": {"f1": (0.1, 1 / 3)}, "task": "churn", "primary": "f1",
        "objective": 0.5, "number": number, "overrides": ("model=rf", "seed=0"), "test_ratio": 0.25,
        "reasons": ("too good",), "notes": ("k is the edge",), "started": 1.5, "ended": 2.5,
    }  # fmt: skip
    return Trial(**(fields | changes))


def test_a_trial_comes_back_as_it_was(tmp_path: Path) -> None:
    trial = made(3, run_id="abc", error="ünder Maß\nand a second line")
    sweep_folder.write_trial(tmp_path, trial)
    assert sweep_folder.read_trial(tmp_path, 3) == trial
    assert sweep_folder.read_trials(tmp_path) == [trial]
    assert sweep_folder.read_trial(tmp_path, 4) is None


def test_a_failed_trial_keeps_its_nothing(tmp_path: Path) -> None:
    sweep_folder.write_trial(tmp_path, made(state="failed", folds={}, metrics={}, objective=math.nan))
    found = sweep_folder.read_trial(tmp_path, 0)
    assert found is not None
    assert math.isnan(found.objective)
    assert found.folds == {}


@given(st.lists(st.floats(allow_nan=False), max_size=5))
def test_scores_keep_their_last_bit(scores: list[float]) -> None:
    with TemporaryDirectory() as place:
        sweep_folder.write_trial(Path(place), made(folds={"f1": tuple(scores)}))
        (found,) = sweep_folder.read_trials(Path(place))
    assert found.folds["f1"] == tuple(scores)


def test_trials_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for number in (10, 2, 0):
        sweep_folder.write_trial(tmp_path, made(number))
    (tmp_path / "trials" / "11.partial").write_text("{", encoding="utf-8")
    assert [trial.number for trial in sweep_folder.read_trials(tmp_path)] == [0, 2, 10]
    assert sweep_folder.read_trials(tmp_path / "nowhere") == []


def test_a_trial_that_breaks_off_while_it_is_written_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep_folder.write_trial(tmp_path, made(0, objective=0.25))

    def breaks(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(type(tmp_path), "replace", breaks)
    for number in (0, 1):
        with pytest.raises(KeyboardInterrupt):
            sweep_folder.write_trial(tmp_path, made(number), np.zeros((1, 3)))
    assert len(list((tmp_path / "trials").iterdir())) == 3
    (kept,) = sweep_folder.read_trials(tmp_path)
    assert kept.objective == 0.25


def test_out_of_fold_predictions_come_back_in_single_precision(tmp_path: Path) -> None:
    oof = np.array([[0.1, np.nan, 2.0], [np.nan, 1e-3, 5.0]])
    sweep_folder.write_trial(tmp_path, made(7), oof)
    found = sweep_folder.read_oof(tmp_path, 7)
    np.testing.assert_array_equal(found, oof.astype(np.float32).astype(np.float64))
    assert found.dtype == np.float64


def test_the_parent_of_a_sweep(tmp_path: Path) -> None:
    assert sweep_folder.read_parent(tmp_path) is None
    sweep_folder.write_parent(tmp_path, "0123abcd")
    assert sweep_folder.read_parent(tmp_path) == "0123abcd"
