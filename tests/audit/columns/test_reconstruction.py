from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cip_exp.audit.case import NotApplicable
from cip_exp.audit.columns.reconstruction import reconstruction
from cip_exp.records.lineage import Lineage, Origin

AMOUNT_LEAKS = {
    "copy with noise": lambda y, rng: y + 0.2 * y.std() * rng.normal(size=len(y)),
    "cube": lambda y, rng: (y - y.mean()) ** 3 + rng.normal(size=len(y)),
    "three bands": lambda y, _: np.digitize(y, np.quantile(y, [1 / 3, 2 / 3])).astype(float),
    "distance from the middle": lambda y, _: np.abs(y - np.median(y)),
    "shuffled bins": lambda y, rng: rng.permutation(16)[(y.argsort().argsort() * 16 // len(y))].astype(float),
}


@pytest.mark.parametrize("name", AMOUNT_LEAKS)
def test_only_the_column_made_from_the_amount_is_a_leak(name: str, clean, make_case) -> None:
    X, y = clean
    X["made"] = AMOUNT_LEAKS[name](y, np.random.default_rng(2))
    findings = reconstruction(make_case(X, y))
    assert [(f.columns, f.kind) for f in findings if f.kind != "suspect"] == [(("made",), "leak")]


def test_only_the_score_made_from_the_label_is_reported(clean, make_case) -> None:
    X, y = clean
    label = (y > np.quantile(y, 0.7)).astype(float)
    X["score"] = label + 0.4 * np.random.default_rng(2).normal(size=len(y))
    (finding,) = reconstruction(make_case(X, label))
    assert finding.columns == ("score",)
    assert finding.evidence["alone"] > 0.4 > finding.evidence["others"]


def test_strong_columns_that_the_others_replace_are_not_leaks(make_case) -> None:
    rng = np.random.default_rng(0)
    size = rng.normal(size=300)
    X = pd.DataFrame({f"m{at}": size + 0.1 * rng.normal(size=300) for at in range(9)})
    findings = reconstruction(make_case(X, size))
    assert {finding.kind for finding in findings} == {"suspect"}
    assert "so do the other columns" in findings[0].message


def test_two_leaks_are_both_found(clean, make_case) -> None:
    X, y = clean
    rng = np.random.default_rng(2)
    X["copy"], X["rank"] = y + 0.1 * y.std() * rng.normal(size=len(y)), y.argsort().argsort() / len(y)
    findings = reconstruction(make_case(X, y))
    assert {finding.columns[0] for finding in findings if finding.kind == "leak"} == {"copy", "rank"}


def test_a_declared_column_is_at_most_suspect(clean, make_case) -> None:
    X, y = clean
    case = make_case(X.assign(made=y + 1.0), y, lineage=Lineage({"made": Origin()}))
    assert [finding.kind for finding in reconstruction(case)] == ["suspect"]


def test_without_target_or_rows_it_is_not_applicable(clean, make_case) -> None:
    X, y = clean
    assert reconstruction(make_case(X, None)) == NotApplicable("there is no target")
    assert reconstruction(make_case(X[:20], y[:20])) == NotApplicable("fewer than 50 rows")


@pytest.mark.parametrize("amount", [False, True])
def test_the_column_that_decides_alone_is_suspect(amount: bool, make_case) -> None:
    rng = np.random.default_rng(1)
    X = pd.DataFrame(rng.normal(size=(400, 9)), columns=[f"x{at}" for at in range(9)])
    y = X["x0"] + 0.9 * rng.normal(size=400)
    if not amount:
        y = rng.random(400) < 1 / (1 + np.exp(-2.8 * X["x0"]))
    (finding,) = reconstruction(make_case(X, y.to_numpy().astype(float), target="churn"))
    assert (finding.kind, finding.columns) == ("suspect", ("x0",))
    assert "of the variance of churn, the others 0.0" in finding.message
    assert finding.message.endswith("the column that decides; when is its value known?")
    assert 0.4 < finding.evidence["alone"] < 0.6
    declared = make_case(X, y.to_numpy().astype(float), lineage=Lineage({"x0": Origin()}))
    assert reconstruction(declared) == []
