from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cip_exp.audit.case import Audit, CheckResult, Finding, NotApplicable
from cip_exp.audit.runner import CHECKS, audit
from cip_exp.records.lineage import Lineage, Origin


def found(*kinds: str) -> Audit:
    findings = tuple(Finding("some", kind, (f"c{at}",), f"{kind} {at}") for at, kind in enumerate(kinds))  # type: ignore[arg-type]
    return Audit((CheckResult("some", "found", findings), CheckResult("other", "passed")))


@pytest.mark.parametrize(
    ("kinds", "verdict"),
    [
        ((), "ok"),
        (("note", "redundant"), "ok"),
        (("suspect", "note"), "suspect"),
        (("suspect", "degenerate"), "degenerate"),
        (("degenerate", "duplicate", "suspect", "leak"), "leaky,duplicated,degenerate"),
    ],
)
def test_the_verdict_follows_from_the_kinds_of_findings(kinds: tuple[str, ...], verdict: str) -> None:
    assert found(*kinds).verdict() == verdict


def test_only_leaks_have_leaking_columns_and_their_reasons_come_first() -> None:
    audit_of = found("suspect", "leak", "note")
    assert audit_of.leaking_columns == ("c1",)
    assert audit_of.reasons == ("leak 1 (some)", "suspect 0 (some)")


def test_not_applicable_is_not_passed(clean, make_case) -> None:
    def passes(_case):
        return []

    def does_not_apply(_case):
        return NotApplicable("no split")

    X, y = clean
    results = audit(make_case(X, y), (passes, does_not_apply)).results
    assert [(r.check, r.status, r.reason) for r in results] == [
        ("passes", "passed", ""),
        ("does_not_apply", "not applicable", "no split"),
    ]


def test_a_clean_table_is_ok(clean, make_case) -> None:
    X, y = clean
    test = np.random.default_rng(1).random(len(y)) < 0.2
    assert audit(make_case(X, y, test)).verdict() == "ok"


def test_a_column_is_declared_clean_where_its_lineage_has_no_link_to_the_target(clean, make_case) -> None:
    X, y = clean
    lineage = Lineage({"x0": Origin(), "x1": Origin(("amount",))})
    case = make_case(X, y, lineage=lineage)
    assert case.declared_clean("x0")
    assert not case.declared_clean("x1")
    assert not case.declared_clean("x2")


def test_copies_are_rows_equal_in_features_and_target(clean, make_case) -> None:
    X, y = clean
    X.iloc[7], X.iloc[9] = X.iloc[3], X.iloc[3]
    y[7] = y[3]
    copies = make_case(X, y).copies
    assert copies[7] == copies[3]
    assert copies[9] != copies[3]


def any_column(rng: np.random.Generator, n: int) -> object:
    """Return one column of a random kind, common kinds and odd ones."""
    numbers = rng.normal(size=n)
    kinds = (
        lambda: numbers,
        lambda: np.full(n, rng.choice([3.0, np.nan])),
        lambda: np.where(rng.random(n) < 0.9, np.nan, numbers),
        lambda: rng.random(n) < 0.5,
        lambda: pd.Categorical(rng.choice(list("abc"), n)),
        lambda: [f"t{at}" for at in range(n)],
        lambda: pd.date_range("2020-01-01", periods=n, freq="D"),
        lambda: rng.choice([np.inf, -np.inf, 1.0], n),
        lambda: numbers * 10.0 ** rng.integers(-300, 300),
        lambda: pd.array(rng.integers(0, 5, n), dtype="Int64"),
    )
    return kinds[rng.integers(len(kinds))]()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**6), st.sampled_from([0, 1, 2, 25, 60, 120]), st.integers(0, 5))
def test_any_table_can_be_audited(make_case, seed: int, n: int, kind: int) -> None:
    rng = np.random.default_rng(seed)
    X = pd.DataFrame({f"c{at}": any_column(rng, n) for at in range(rng.integers(0, 8))}, index=range(n))
    y = (
        None,
        rng.normal(size=n),
        (rng.random(n) < 0.3).astype(float),
        np.full(n, 2.0),
        np.exp(20 * rng.normal(size=n)),
        np.where(rng.random(n) < 0.8, 0.0, rng.normal(size=n)),
    )[kind]
    test = rng.random(n) < 0.3 if n > 2 else None
    more = {"groups": rng.integers(0, 9, n), "time": rng.normal(size=n)} if seed % 2 else {}
    assert len(audit(make_case(X, y, test, **more)).results) == len(CHECKS)
