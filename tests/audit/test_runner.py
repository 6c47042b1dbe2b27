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
    ("kinds", "words"),
    [
        ((), "ok"),
        (("note", "redundant"), "ok"),
        (("suspect", "note"), "suspect"),
        (("suspect", "degenerate"), "degenerate"),
        (("degenerate", "duplicate", "suspect", "leak"), "leaky,duplicated,degenerate"),
    ],
)
def test_words_are_those_of_the_contract(kinds: tuple[str, ...], words: str) -> None:
    assert found(*kinds).words() == words


def test_only_leaks_accuse_and_the_gravest_reason_comes_first() -> None:
    audit_of = found("suspect", "leak", "note")
    assert audit_of.accused == ("c1",)
    assert audit_of.reasons == ("leak 1", "suspect 0")


def test_not_applicable_is_not_passed(honest, make_case) -> None:
    def looks(_case):
        return []

    def cannot(_case):
        return NotApplicable("no split")

    X, y = honest
    outcomes = audit(make_case(X, y), (looks, cannot)).outcomes
    assert [(o.check, o.status, o.reason) for o in outcomes] == [
        ("looks", "passed", ""),
        ("cannot", "not applicable", "no split"),
    ]


def test_an_honest_table_is_ok(honest, make_case) -> None:
    X, y = honest
    test = np.random.default_rng(1).random(len(y)) < 0.2
    assert audit(make_case(X, y, test)).words() == "ok"


def test_lineage_clears_what_it_declares(honest, make_case) -> None:
    X, y = honest
    lineage = Lineage({"x0": Origin(), "x1": Origin(("amount",))})
    case = make_case(X, y, lineage=lineage)
    assert case.cleared("x0")
    assert not case.cleared("x1")
    assert not case.cleared("x2")


def test_copies_are_rows_equal_in_features_and_target(honest, make_case) -> None:
    X, y = honest
    X.iloc[7], X.iloc[9] = X.iloc[3], X.iloc[3]
    y[7] = y[3]
    copies = make_case(X, y).copies
    assert copies[7] == copies[3]
    assert copies[9] != copies[3]


def any_column(rng: np.random.Generator, n: int) -> object:
    """One column of the kinds that tables are full of."""
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
    assert len(audit(make_case(X, y, test, **more)).outcomes) == len(CHECKS)
