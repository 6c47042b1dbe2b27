from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cip_exp.audit.case import CheckResult, Finding
from cip_exp.audit.rounds import judge_again
from cip_exp.audit.runner import audit, to_result

N = 500


def leaks(result: CheckResult) -> list[tuple[tuple[str, ...], str]]:
    return [(finding.columns, finding.message) for finding in result.findings]


def strongest_left(case):
    """Accuse the first column that is left, up to c3."""
    name = str(case.X.columns[0])
    return [Finding("some", "leak", (name,), f"{name} is strange")] if name <= "c3" else None


def run(check, case) -> CheckResult:
    return to_result(check.__name__, check(case))


def test_rounds_end_where_nothing_new_is_accused(make_case) -> None:
    X = pd.DataFrame(np.zeros((9, 8)), columns=[f"c{at}" for at in range(8)])
    case = make_case(X, np.arange(9.0))
    first = CheckResult("strongest_left", "found", tuple(strongest_left(case)))
    (result,) = judge_again(case, [first], [strongest_left], run)
    assert leaks(result) == [
        (("c0",), "c0 is strange"),
        (("c1",), "without c0, c1 is strange"),
        (("c2",), "without c0 and c1, c2 is strange"),
        (("c3",), "without c0, c1 and c2, c3 is strange"),
    ]


def test_without_an_accused_feature_no_check_runs_again(make_case) -> None:
    def fails(_case):
        raise AssertionError

    case = make_case(pd.DataFrame({"a": [1.0, 2.0]}), np.arange(2.0))
    results = [
        CheckResult("one", "found", (Finding("one", "suspect", ("a",), "a"),)),
        CheckResult("rows", "found", (Finding("rows", "leak", (), "rows"),)),
    ]
    assert judge_again(case, results, [fails], run) == tuple(results)


def test_a_case_without_columns_has_the_view_of_a_new_case(clean, make_case) -> None:
    X, y = clean
    X["when"] = pd.date_range("2024-01-01", periods=len(X))
    reduced = make_case(X, y, raw=X, fitted_on_table=("x1", "x2")).without({"x1", "region"})
    new = make_case(X.drop(columns=["x1", "region"]), y)
    assert list(reduced.X) == list(reduced.raw) == list(new.X)
    assert reduced.fitted_on_table == ("x2",)
    for field in ("names", "kinds", "decimals", "levels"):
        assert getattr(reduced.view, field) == getattr(new.view, field)
    np.testing.assert_array_equal(reduced.view.values, new.view.values)
    np.testing.assert_array_equal(reduced.copies, new.copies)


PLANTED = {
    "flag": lambda y, rng: (y == 1) & (rng.random(len(y)) < 0.9),
    "copy": lambda y, rng: np.where(rng.random(len(y)) < 0.05, 1 - y, y),
    "score": lambda y, rng: y + 0.3 * rng.normal(size=len(y)),
    "paid": lambda y, rng: np.where(y == 1, 300, 1000) * np.exp(0.2 * rng.normal(size=len(y))),
    "days": lambda y, rng: np.where(y == 1, rng.integers(0, 180, len(y)), rng.integers(170, 360, len(y))),
    "status": lambda y, rng: np.where(y == 1, rng.choice(["a", "b"], len(y)), rng.choice(["c", "d"], len(y))),
    "blank": lambda y, rng: np.where((y == 1) & (rng.random(len(y)) < 0.9), np.nan, rng.normal(size=len(y))),
}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(0, 10**6), st.sets(st.sampled_from(sorted(PLANTED)), min_size=1, max_size=4), st.booleans()
)
def test_what_is_left_after_dropping_the_accused_has_no_leak(
    make_case, seed: int, kinds: set[str], equal: bool
) -> None:
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(N, 7)).round(2), columns=[f"x{at}" for at in range(7)])
    y = (rng.random(N) < 1 / (1 + np.exp(1 - 1.5 * X["x0"]))).to_numpy().astype(float)
    for kind in kinds:
        X[kind] = PLANTED[kind](y, rng)
    if equal:
        X["before"] = rng.choice(list("abcdef"), N)
        X["after"] = np.where(y == 1, rng.choice(list("ghij"), N), X["before"])
    accused = set(audit(make_case(X, y)).leaking_columns)
    assert kinds <= accused
    assert not accused & {f"x{at}" for at in range(7)}
    assert not equal or accused & {"before", "after"}
    assert audit(make_case(X.drop(columns=list(accused)), y)).leaking_columns == ()


@pytest.mark.parametrize("seed", range(3))
def test_amounts_that_cover_for_each_other_are_named_by_one_call(seed: int, make_case) -> None:
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(N, 9)).round(2), columns=[f"x{at}" for at in range(9)])
    y = np.exp(0.5 * X["x0"] + 0.5 * rng.normal(size=N)).to_numpy().round(4)
    for name in ("total", "part", "last"):
        X[name] = (y * np.exp(0.1 * rng.normal(size=N))).round(4)
    accused = audit(make_case(X, y)).leaking_columns
    assert set(accused) == {"total", "part", "last"}
    assert audit(make_case(X.drop(columns=list(accused)), y)).leaking_columns == ()
