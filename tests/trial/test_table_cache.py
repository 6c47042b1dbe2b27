"""A file that is overwritten is read again, except while a run or a sweep holds its table."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from cip_exp.config.load import compose
from cip_exp.data import catalog
from cip_exp.errors import DataError
from cip_exp.records.sweep_context import VARIABLE, SweepContext
from cip_exp.trial.prepare import prepare
from cip_exp.trial.run import run_trial
from cip_exp.trial.table_cache import file_digests, hold_tables

if TYPE_CHECKING:
    from pathlib import Path

    from cip_exp.config.settings import Settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    write(path, 0)
    return path


def write(path: Path, shift: int) -> None:
    """Write 120 rows of the same size for each `shift`."""
    rows = range(120)
    table = {"spend": [(37 * at + shift) % 100 for at in rows], "churn": [int(at % 3 == 0) for at in rows]}
    pd.DataFrame(table).to_csv(path, index=False)


def settings_of(path: Path) -> Settings:
    return compose(["data=csv", f"data.path={path}", "data.target=churn", "model=logit_churn", "track=off"])


def test_an_overwritten_file_is_read_again(file: Path) -> None:
    settings = settings_of(file)
    first, again = run_trial(settings), run_trial(settings)
    assert again.prepared is first.prepared
    write(file, 1)
    after = run_trial(settings)
    assert after.trial.tags["cip.data_sha256"] != first.trial.tags["cip.data_sha256"]
    assert after.prepared.features.X["spend"].iloc[0] == 1.0


def test_a_file_that_is_only_touched_is_not_read_again(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_of(file)
    first = prepare(settings)
    os.utime(file, ns=(1, 1))
    monkeypatch.setattr(catalog, "load", lambda _: pytest.fail("the file was read again"))
    assert prepare(settings) is first


def test_a_held_table_stays_as_it_was(file: Path) -> None:
    settings = settings_of(file)
    first = prepare(settings)
    hold_tables(True)
    try:
        write(file, 1)
        assert prepare(settings) is first
        file.unlink()
        assert prepare(settings) is first
    finally:
        hold_tables(False)


def test_a_worker_refuses_a_file_that_was_changed_during_the_sweep(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(file)
    prepare(settings)
    sweep = SweepContext(str(file.parent), (), search=True, files={str(file): file_digests()[str(file)]})
    monkeypatch.setenv(VARIABLE, sweep.text())
    assert prepare(settings).features.X["spend"].iloc[0] == 0.0
    write(file, 1)
    with pytest.raises(DataError, match="changed while the sweep runs"):
        prepare(settings)
