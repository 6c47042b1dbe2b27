from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cip_exp.audit.case import NotApplicable
from cip_exp.audit.columns.pairs import pairs
from cip_exp.records.lineage import Lineage, Origin

N = 400
STATES = [f"state {at}" for at in range(50)]


def label_of(X: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Return a label that the clean table explains in part."""
    return (rng.random(len(X)) < 1 / (1 + np.exp(1 - X["x0"]))).to_numpy().astype(float)


def equal_texts(gone: np.ndarray, rng: np.random.Generator) -> tuple[object, object]:
    before = rng.choice(STATES, len(gone))
    return pd.Categorical(before), np.where(gone, rng.choice(STATES[::-1], len(gone)), before)


def later_dates(gone: np.ndarray, rng: np.random.Generator) -> tuple[object, object]:
    days = rng.integers(1, 200, len(gone))
    cancelled = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 600, len(gone)), unit="D")
    return cancelled, cancelled + pd.to_timedelta(np.where(gone, -days, days), unit="D")


def balances(gone: np.ndarray, rng: np.random.Generator) -> tuple[object, object]:
    start = rng.lognormal(8, 1, len(gone))
    end = start * np.where(gone, rng.uniform(0.5, 0.95, len(gone)), rng.uniform(1.0, 1.3, len(gone)))
    return start.round(2), end.round(2)


def exclusive(gone: np.ndarray, rng: np.random.Generator) -> tuple[object, object]:
    first = rng.random(len(gone)) < 0.5
    return np.where(first, "yes", "no"), (first ^ gone).astype(int)


def counts_to_a_limit(gone: np.ndarray, rng: np.random.Generator) -> tuple[object, object]:
    first = rng.integers(0, 100, len(gone)).astype(float)
    return first, np.where(gone, 120, 80) - first + rng.integers(-15, 15, len(gone))


def share_of_a_limit(gone: np.ndarray, rng: np.random.Generator) -> tuple[object, object]:
    limit = rng.lognormal(8, 1, len(gone))
    used = np.where(gone, rng.uniform(0.6, 1.0, len(gone)), rng.uniform(0.1, 0.55, len(gone)))
    return limit.round(), (limit * used).round()


MADE = {
    "{a} = {b}": equal_texts,
    "{a} > {b}": later_dates,
    " > ": balances,
    "the combination of": exclusive,
    "{a} + {b}": counts_to_a_limit,
    "{a} / {b}": share_of_a_limit,
}


@pytest.mark.parametrize("text", MADE)
def test_two_columns_that_give_the_label_together_are_a_leak(text: str, clean, make_case) -> None:
    X, _ = clean
    rng = np.random.default_rng(3)
    y = label_of(X, rng)
    X["first"], X["second"] = MADE[text](y == 1, rng)
    (finding,) = pairs(make_case(X, y, target="churn"))
    assert finding.kind == "leak"
    assert set(finding.columns) <= {"first", "second"}
    assert text.format(a="first", b="second") in finding.message
    assert finding.evidence["together"] > 0.7


def test_only_the_column_that_has_to_do_with_the_label_is_accused(clean, make_case) -> None:
    X, _ = clean
    rng = np.random.default_rng(3)
    y = label_of(X, rng)
    flag = rng.random(N) < 0.2
    X["known"], X["later"] = flag.astype(int), (flag ^ (y == 1)).astype(int)
    (finding,) = pairs(make_case(X, y))
    assert finding.columns == ("later",)


def test_a_difference_gives_an_amount(clean, make_case) -> None:
    X, y = clean
    rng = np.random.default_rng(3)
    start = rng.normal(500, 80, N)
    X["start"], X["end"] = start.round(), (start + y + rng.normal(size=N)).round()
    (finding,) = pairs(make_case(X, y))
    assert "start - end" in finding.message
    assert set(finding.columns) == {"start", "end"}


def test_the_column_of_an_exact_formula_is_left_to_identity(clean, make_case) -> None:
    X, y = clean
    rng = np.random.default_rng(3)
    income = rng.integers(20, 90, N) * 1000
    X["income"], X["ratio"] = income, (y / income).round(6)
    assert pairs(make_case(X, y)) == []


def test_a_relation_that_half_of_one_class_has_is_a_mark(clean, make_case) -> None:
    X, _ = clean
    rng = np.random.default_rng(3)
    y = label_of(X, rng)
    before, after = equal_texts((y == 1) & (rng.random(N) < 0.6), rng)
    X["before"], X["after"] = before, after
    (finding,) = pairs(make_case(X, y))
    assert finding.evidence["together"] < 0.7


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**6))
def test_honest_interactions_are_not_reported(make_case, seed: int) -> None:
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(N, 6)).round(2), columns=[f"x{at}" for at in range(6)])
    X["flag"], X["kind"] = rng.integers(0, 2, N), rng.choice(list("abc"), N)
    logit = 2.0 * X["x0"] * X["x1"] + 1.5 * (X["flag"] * (X["kind"] == "a")) + X["x2"] - X["x3"]
    y = (rng.random(N) < 1 / (1 + np.exp(-logit))).to_numpy().astype(float)
    assert pairs(make_case(X, y)) == []
    amount = (logit + rng.normal(size=N)).to_numpy()
    assert pairs(make_case(X, amount)) == []


def test_declared_columns_are_suspect_or_not_accused(clean, make_case) -> None:
    X, _ = clean
    rng = np.random.default_rng(3)
    y = label_of(X, rng)
    X["before"], X["after"] = equal_texts(y == 1, rng)
    (finding,) = pairs(make_case(X, y, lineage=Lineage({"before": Origin()})))
    assert (finding.kind, finding.columns) == ("leak", ("after",))
    both = Lineage({"before": Origin(), "after": Origin()})
    assert [each.kind for each in pairs(make_case(X, y, lineage=both))] == ["suspect"]


def test_without_target_or_columns_it_is_not_applicable(clean, make_case) -> None:
    X, y = clean
    assert pairs(make_case(X, None)) == NotApplicable("there is no target that varies")
    assert isinstance(pairs(make_case(X[["x0"]], y)), NotApplicable)
    assert isinstance(pairs(make_case(X[:40], y[:40])), NotApplicable)
