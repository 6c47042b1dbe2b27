from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cip_exp.audit.case import NotApplicable
from cip_exp.audit.columns.outcome_window import outcome_window
from cip_exp.records.lineage import Lineage, Origin

WINDOW = {
    "count": lambda y, rng: rng.poisson(10 * y / y.mean()),
    "history and window": lambda y, rng: 2 * rng.permutation(y) + y,
    "the target on a part of the rows": lambda y, rng: np.where(
        rng.random(len(y)) < 0.5, y, rng.permutation(y)
    ),
    "high at the top": lambda y, rng: rng.normal(size=len(y)) + 2.5 * (y > np.quantile(y, 0.75)),
    "spread grows": lambda y, rng: rng.normal(size=len(y)) * y.argsort().argsort() ** 2,
    "grade": lambda y, rng: np.clip(
        np.round(3 + 1.2 * (y - y.mean()) / y.std() + rng.normal(size=len(y))), 1, 5
    ),
}


def accused(case) -> list[str]:
    found = outcome_window(case)
    assert not isinstance(found, NotApplicable)
    return [name for finding in found if finding.kind == "leak" for name in finding.columns]


@pytest.mark.parametrize("name", WINDOW)
def test_what_belongs_to_the_window_of_an_amount_is_a_leak(name: str, clean, make_case) -> None:
    X, y = clean
    X["planted"] = WINDOW[name](y, np.random.default_rng(2)).astype(float)
    assert accused(make_case(X, y)) == ["planted"]


def test_a_count_of_the_window_of_a_label_is_a_leak(clean, make_case) -> None:
    X, y = clean
    label = (y > np.quantile(y, 0.6)).astype(float)
    X["calls"] = np.random.default_rng(2).poisson(np.where(label == 1, 4, 1.5)).astype(float)
    assert accused(make_case(X, label)) == ["calls"]


def test_a_total_with_a_history_that_others_know_has_a_sharp_edge(make_case) -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"spend_2022": rng.gamma(2, 50, 800).round(2), "age": rng.integers(18, 80, 800)})
    y = (X["spend_2022"] * rng.lognormal(-0.3, 0.5, 800)).to_numpy()
    X["spend_to_date"] = (X["spend_2022"] * rng.uniform(0.01, 1, 800) + y).round(2)
    (finding,) = outcome_window(make_case(X, y))
    assert (finding.kind, finding.columns) == ("leak", ("spend_to_date",))
    assert "is at least 1.0" in finding.message


@pytest.mark.parametrize("seed", range(25))
def test_honest_columns_are_not_accused(seed: int, make_case) -> None:
    rng = np.random.default_rng(seed)
    n, p = int(rng.choice([200, 400, 1000])), int(rng.integers(3, 12))
    X = rng.normal(size=(n, p)) + rng.choice([0.0, 0.7]) * rng.normal(size=(n, 1))
    signal = X @ (rng.normal(size=p) * (rng.random(p) < 0.6))
    y = signal + signal.std() * rng.choice([0.3, 1.0, 3.0]) * rng.normal(size=n) + 1e-9 * rng.normal(size=n)
    frame = pd.DataFrame(X, columns=[f"x{at}" for at in range(p)])
    assert accused(make_case(frame, y)) == []
    assert accused(make_case(frame, (y > np.quantile(y, 0.7)).astype(float))) == []
    assert accused(make_case(frame, rng.permutation(y))) == []


@pytest.mark.parametrize("seed", range(8))
def test_a_leak_does_not_draw_others_in(seed: int, clean, make_case) -> None:
    X, y = clean
    rng = np.random.default_rng(seed)
    X["copy"] = y + 0.2 * y.std() * rng.normal(size=len(y))
    first = rng.normal(size=len(y))
    X["first"], X["last"] = first, first + y
    assert set(accused(make_case(X, y))) <= {"copy", "first", "last"}


def test_a_target_that_causes_all_columns_makes_them_suspect(make_case) -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(size=600)
    X = pd.DataFrame({f"m{at}": y + rng.normal(size=600) for at in range(8)})
    found = outcome_window(make_case(X, y))
    assert {finding.kind for finding in found} == {"suspect"}


def test_a_declared_column_is_suspect(clean, make_case) -> None:
    X, y = clean
    X["planted"] = np.random.default_rng(2).poisson(10 * y / y.mean()).astype(float)
    case = make_case(X, y, lineage=Lineage({"planted": Origin()}))
    assert [finding.kind for finding in outcome_window(case)] == ["suspect"]


def test_without_a_target_or_rows_it_is_not_applicable(clean, make_case) -> None:
    X, y = clean
    assert outcome_window(make_case(X, None)) == NotApplicable("there is no target that varies")
    assert outcome_window(make_case(X[:90], y[:90])) == NotApplicable("fewer than 150 different rows")


def dwellings(rng: np.random.Generator, n: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return dwellings with a strong honest column, the living area, and their price."""
    area = rng.lognormal(4.7, 0.35, n)
    baths = np.round(area / 28 + rng.normal(0, 0.8, n)).clip(1)
    age, district = rng.integers(0, 90, n), rng.integers(0, 5, n)
    X = pd.DataFrame({"area": area.round(1), "baths": baths, "age": age, "district": district})
    return X, np.exp(7 + np.log(area) - 0.003 * age + 0.1 * district + 0.2 * rng.normal(size=n)).round(-2)


def spenders(rng: np.random.Generator, n: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return customers with last year's spend, and this year's."""
    age, visits = rng.integers(18, 80, n), rng.poisson(6, n)
    level = np.exp(0.1 * visits + 0.01 * age + 0.6 * rng.normal(size=n))
    last = (100 * level * rng.lognormal(0, 0.3, n)).round(2)
    X = pd.DataFrame(
        {"age": age, "visits": visits, "spend_last_year": last, "orders": rng.poisson(2 + 3 * level)}
    )
    return X, (100 * level * rng.lognormal(0, 0.4, n)).round(2)


def subscribers(rng: np.random.Generator, n: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return subscribers with tenure × charges, and who leaves."""
    tenure, monthly = rng.integers(1, 72, n), rng.normal(65, 30, n).clip(18, 120).round(2)
    total = (tenure * monthly * rng.normal(1, 0.03, n)).round(2)
    contract = rng.integers(0, 3, n)
    risk = 1 / (1 + np.exp(0.2 + 0.05 * tenure - 0.02 * (monthly - 65) + 0.8 * contract))
    X = pd.DataFrame({"tenure": tenure, "monthly": monthly, "total": total, "contract": contract})
    return X, (rng.random(n) < risk).astype(float)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("make", [dwellings, spenders, subscribers])
def test_honest_strong_columns_are_not_accused(make, seed: int, make_case) -> None:
    rng = np.random.default_rng(seed)
    assert accused(make_case(*make(rng, int(rng.choice([300, 800, 2000]))))) == []
