"""A recorded sweep is found by its name, its parent's run id, its folder, or `latest`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

import cip_exp
from cip_exp.errors import DataError
from cip_exp.records.trial import Trial
from cip_exp.report.load_sweep import find_sweep
from cip_exp.track import sweep_folder

if TYPE_CHECKING:
    from pathlib import Path


def write(sweep: Path, scores: list[float], parent: str | None = None, age: float = 0.0) -> Path:
    for number, score in enumerate(scores):
        trial = Trial(
            state="complete", params={}, tags={"cip.verdict": "ok", "cip.model": "rf"},
            metrics={"cv_f1_mean": score}, folds={"f1": (score,)}, task="churn", primary="f1",
            objective=score, number=number, overrides=(f"seed={number}",),
        )  # fmt: skip
        sweep_folder.write_trial(sweep, trial)
    if parent is not None:
        sweep_folder.write_parent(sweep, parent)
    changed = (sweep / "trials").stat().st_mtime - age
    for path in (sweep / "trials", sweep):
        os.utime(path, (changed, changed))
    return sweep


@pytest.fixture
def sweeps(outputs: Path) -> Path:
    """Two sweeps; the one called `b` is the older."""
    root = outputs / "sweeps"
    write(root / "a_study", [0.5, 0.75], parent="0123abcd")
    write(root / "b_study", [0.25], age=60.0)
    return root


@pytest.mark.parametrize("given", ["a_study", "0123abcd", "latest"])
def test_a_sweep_is_found_by_its_name_its_parent_or_as_the_latest(sweeps: Path, given: str) -> None:
    assert find_sweep(given) == sweeps / "a_study"
    frame = cip_exp.load_sweep(given)
    assert frame["cv_f1_mean"].tolist() == [0.5, 0.75]
    assert frame["seed"].tolist() == ["0", "1"]
    assert frame["model"].tolist() == ["rf", "rf"]


def test_a_sweep_is_found_by_its_folder_outside_the_outputs(outputs: Path, tmp_path: Path) -> None:
    elsewhere = write(tmp_path / "elsewhere", [0.1, 0.2, 0.3])
    assert not outputs.exists()
    assert len(cip_exp.load_sweep(elsewhere)) == 3
    assert len(cip_exp.load_sweep(str(elsewhere))) == 3


def test_the_error_for_an_unknown_sweep_names_the_nearest(sweeps: Path) -> None:
    with pytest.raises(DataError, match="Did you mean 'a_study'") as caught:
        cip_exp.load_sweep("a_studdy")
    assert str(sweeps) in str(caught.value)
    with pytest.raises(DataError, match="the newest is a_study"):
        cip_exp.load_sweep("zzzzz")


def test_without_any_sweep_there_is_no_latest(outputs: Path) -> None:
    assert not outputs.exists()
    with pytest.raises(DataError, match="none yet"):
        cip_exp.load_sweep("latest")


def test_a_sweep_without_a_finished_trial_is_an_error(outputs: Path) -> None:
    (outputs / "sweeps" / "new" / "trials").mkdir(parents=True)
    with pytest.raises(DataError, match="holds no finished trial"):
        cip_exp.load_sweep("new")
