"""What train.py proposes after a leak: overrides that leave the accused columns out."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cip_exp.audit.without_accused import ALL, leave_out_lines
from cip_exp.config.load import compose
from cip_exp.data import catalog
from cip_exp.features.build import build

if TYPE_CHECKING:
    from pathlib import Path


def lines(accused: list[str], *overrides: str) -> list[str]:
    settings = compose(overrides)
    features = build(catalog.load(settings.data), settings.features, settings.model.task)
    return leave_out_lines(features, accused, settings)


@pytest.fixture
def csv(tmp_path: Path) -> tuple[str, ...]:
    rng = np.random.default_rng(0)
    path = tmp_path / "t.csv"
    frame = pd.DataFrame({name: rng.random(60).round(3) for name in ("a", "b", "c d", "e")})
    frame.assign(churned=rng.choice(["yes", "no"], 60)).to_csv(path, index=False)
    return "data=csv", f"data.path={path}", "data.target=churned", "model=rf_churn"


def test_columns_of_a_file_are_dropped_with_those_that_are_dropped_already(csv: tuple[str, ...]) -> None:
    assert lines(["a"], *csv) == ["Without the accused column: add 'data.drop=[a]'"]
    assert lines(["a", "c d"], *csv, "data.drop=[b]") == [
        "Without the accused columns: add 'data.drop=[b,a,\"c d\"]'"
    ]
    assert lines([], *csv) == []


def test_declared_leaks_are_left_out_by_strict(csv: tuple[str, ...]) -> None:
    declared = (*csv, "+data.lineage.a.parents=[churned]")
    assert lines(["a"], *declared) == ["Without the accused column: add features=strict"]
    assert lines(["a", "b"], *declared) == [
        "Without the accused columns: add features=strict 'data.drop=[b]'"
    ]


def test_listed_columns_are_listed_without_the_accused(csv: tuple[str, ...]) -> None:
    assert lines(["a"], *csv, "features.columns=[a,b,e]") == [
        "Without the accused column: add 'features.columns=[b,e]'"
    ]


def test_the_only_column_is_not_dropped(csv: tuple[str, ...]) -> None:
    assert lines(["a", "b", "c d", "e"], *csv) == [ALL]


def test_columns_of_a_built_in_table() -> None:
    leaky = ("data=purchasing", "features=leaky", "model=rf_clv")
    assert lines(["spend_to_income_ratio"], *leaky) == ["Without the accused column: add features=strict"]
    (line,) = lines(["age"], *leaky)
    typed = shlex.split(line.partition("add ")[2])
    assert typed[0].startswith("features.columns=[annual_income,")
    assert "age," not in typed[0]
