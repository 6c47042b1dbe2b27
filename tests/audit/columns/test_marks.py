from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cip_exp.audit.case import NotApplicable
from cip_exp.audit.columns.marks import marks
from cip_exp.records.lineage import Lineage, Origin

if TYPE_CHECKING:
    from collections.abc import Callable

Column = np.ndarray | pd.Series
N = 400


def zero(on: np.ndarray, rng: np.random.Generator) -> Column:
    return np.where(on, rng.gamma(2.0, 200.0, N).round(2), 0.0)


def sentinel(on: np.ndarray, rng: np.random.Generator) -> Column:
    return np.where(on, 999.0, rng.integers(1, 60, N).astype(float))


def level(on: np.ndarray, rng: np.random.Generator) -> Column:
    return pd.Series(np.where(on, "legal", rng.choice(["web", "phone", "shop"], N)), dtype="category")


def stem(on: np.ndarray, rng: np.random.Generator) -> Column:
    words = np.where(on, "CLO", rng.choice(["ACT", "REN", "NEW"], N))
    return pd.Series([f"{word}-{n}" for word, n in zip(words, rng.integers(100, 150, N), strict=True)])


def phrase(on: np.ndarray, rng: np.random.Generator) -> Column:
    first, last = rng.choice(["by web", "by phone"], N), rng.choice(["north", "south", "west"], N)
    middle = np.where(on, "final notice", rng.choice(["no remark", "see file"], N))
    return pd.Series([" ".join(each) for each in zip(first, middle, last, strict=True)])


def codes(on: np.ndarray, rng: np.random.Generator) -> Column:
    names = rng.permutation([f"{a}{b}{c}" for a in "xyzq" for b in "klmnopstuv" for c in "e"])
    return pd.Series(np.where(on, names[rng.integers(0, 15, N)], names[rng.integers(15, 40, N)]))


KINDS: dict[Callable[..., Column], str] = {
    zero: "planted is not 0 on ",
    sentinel: "planted is 999 on ",
    level: "planted is 'legal' on ",
    stem: "planted begins with 'C",
    phrase: "planted contains 'final",
    codes: "planted is one of ",
}


def planted(make: Callable[..., Column], X: pd.DataFrame, event: np.ndarray, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    column = make(event & (rng.random(N) < 0.6), rng)
    text = isinstance(column, pd.Series)
    return X.assign(planted=column.astype("category") if text else column)


@pytest.mark.parametrize("make", KINDS)
@pytest.mark.parametrize("task", ["churn", "clv"])
def test_a_value_that_only_one_class_or_one_end_has_is_a_leak(make, task: str, clean, make_case) -> None:
    X, y = clean
    event = y > np.quantile(y, 0.75)
    case = make_case(planted(make, X, event), event.astype(float) if task == "churn" else y)
    (finding,) = marks(case)
    assert finding.kind == "leak"
    assert finding.columns == ("planted",)
    assert finding.message.startswith(KINDS[make])


def test_the_message_has_the_users_words_and_both_shares(clean, make_case) -> None:
    X, y = clean
    label = (y > np.quantile(y, 0.75)).astype(float)
    X["recoveries"] = np.where((label == 1) & (np.arange(N) % 5 < 2), 50.0 + np.arange(N), 0.0)
    (finding,) = marks(make_case(X, label, target="loan_status", labels=("Fully Paid", "Charged Off")))
    share = (X["recoveries"] > 0).sum() / label.sum()
    assert finding.message == (
        f"recoveries is not 0 on {share:.0%} of the rows with loan_status = Charged Off "
        "and on 0.0% of the others"
    )


def test_a_column_that_is_declared_clean_is_at_most_suspect(clean, make_case) -> None:
    X, y = clean
    event = y > np.quantile(y, 0.75)
    case = make_case(planted(level, X, event), event.astype(float), lineage=Lineage({"planted": Origin()}))
    assert [finding.kind for finding in marks(case)] == ["suspect"]


def test_an_honest_strong_level_is_not_accused(clean, make_case) -> None:
    X, y = clean
    rng = np.random.default_rng(0)
    contract = rng.choice(["monthly", "one year", "two years"], N)
    risk = np.select([contract == "two years", contract == "one year"], [0.04, 0.12], 0.42)
    X["contract"] = pd.Categorical(contract)
    assert marks(make_case(X, (rng.random(N) < risk).astype(float))) == []


@pytest.mark.parametrize("task", ["churn", "clv"])
def test_independent_columns_are_never_accused(task: str, make_case) -> None:
    for seed in range(40):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(80, 500))
        X = pd.DataFrame({"visits": rng.poisson(3, n) * 1.0, "paid": rng.gamma(1.0, 9.0, n).round(1)})
        X.loc[rng.random(n) < 0.3, "paid"] = 0.0
        X["code"] = pd.Categorical([f"{a}-{b}" for a, b in rng.integers(0, 20, (n, 2))])
        X["plan"] = pd.Categorical(rng.choice(["a", "b", "c"], n))
        y = rng.gamma(2.0, 9.0, n) if task == "clv" else (rng.random(n) < rng.uniform(0.1, 0.5)).astype(float)
        assert marks(make_case(X, y)) in ([], NotApplicable("no event has enough rows"))


def test_other_names_of_the_levels_change_nothing(clean, make_case) -> None:
    X, y = clean
    event = y > np.quantile(y, 0.75)
    before = planted(level, X, event)
    names = {"legal": "p", "web": "q", "phone": "r", "shop": "s"}
    after = before.assign(planted=before["planted"].astype(object).map(names).astype("category"))
    (one,), (two,) = (marks(make_case(table, event.astype(float))) for table in (before, after))
    assert one.evidence == two.evidence
    assert one.message.replace("'legal'", "'p'") == two.message


def test_it_is_not_applicable_without_a_target_or_an_event(clean, make_case) -> None:
    X, _ = clean
    assert marks(make_case(X, None)) == NotApplicable("there is no target")
    few = np.where(np.arange(N) < 5, 1.0, 0.0)
    assert marks(make_case(X, few)) == NotApplicable("no event has enough rows")
