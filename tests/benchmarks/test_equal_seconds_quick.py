"""The equal-seconds benchmark on a small sample: the chosen configuration, and the number of fits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import optuna

from benchmarks.overtuning import equal_seconds, methods

if TYPE_CHECKING:
    import pytest


def _record(*fresh: float) -> dict[str, Any]:
    """Return a record whose finalists score the same on each of ten fresh folds, the defaults first."""
    return {"finalists": [{"fresh": [score] * 10, "truth": score} for score in fresh]}


def test_the_best_on_fresh_folds_is_chosen_unless_the_defaults_are_as_good() -> None:
    record = _record(0.80, 0.70, 0.75)
    assert equal_seconds.chosen(record, 10, 2, None)["truth"] == 0.75
    assert equal_seconds.chosen(record, 1, 2, None)["truth"] == 0.70
    assert equal_seconds.chosen(record, 10, 2, 0.0)["truth"] == 0.80
    assert equal_seconds.chosen(_record(0.80, 0.81), 10, 2, 0.0)["truth"] == 0.81


def test_the_number_of_fits_is_within_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    monkeypatch.setattr(equal_seconds, "SPEED", {60: 1})
    for name, value in (("TOP", 2), ("REPEATS", 2), ("SPARE", 30)):
        monkeypatch.setattr(equal_seconds, name, value)
    monkeypatch.setattr(methods, "TRIALS", 3)
    monkeypatch.setattr(methods, "FITS", 110)
    found = equal_seconds.measure("carData/BEPS", 60, 0)
    assert [(each["search"], each["fits"]) for each in found] == [("plain", 15), ("repeated", 75)]
    plain, repeated = found
    assert repeated["fits"] + 30 <= repeated["budget"]
    assert [len(one["fresh"]) for one in repeated["finalists"]] == [10, 10, 10]
    assert repeated["finalists"][0]["truth"] == plain["default"]
    assert plain["finalists"] == []
    # There are only three finalists, so that a blend of ten has the same three.
    assert repeated["blended"]["3"] == repeated["blended"]["10"]
    page = equal_seconds.page(found)
    assert "| mean | 1 |" in page
    assert page.count("\n| 5 × 5") == 8
    assert page.count("\n| blend of") == 3
