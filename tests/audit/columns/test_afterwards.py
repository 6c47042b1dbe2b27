from __future__ import annotations

import numpy as np
import pytest

from cip_exp.audit.columns.afterwards import afterwards
from cip_exp.records.lineage import Lineage, Origin


def label_of(y: np.ndarray) -> np.ndarray:
    return (y > np.quantile(y, 0.7)).astype(float)


@pytest.mark.parametrize("name", ["spend_next_12m", "refunds", "duration", "exit_survey"])
def test_a_name_alone_is_a_note_with_its_question(name: str, clean, make_case) -> None:
    X, y = clean
    X[name] = np.random.default_rng(1).normal(size=len(y))
    for target in (y, label_of(y)):
        (finding,) = afterwards(make_case(X, target))
        assert (finding.kind, finding.columns) == ("note", (name,))
        assert finding.message.endswith("?")


@pytest.mark.parametrize("name", ["spend_next_12m", "refunds", "duration"])
def test_a_name_with_its_statistics_is_a_leak(name: str, clean, make_case) -> None:
    X, y = clean
    X[name] = y + 1.2 * y.std() * np.random.default_rng(1).normal(size=len(y))
    (finding,) = afterwards(make_case(X, y))
    assert finding.kind == "leak"
    assert "alone, and" in finding.message
    label = label_of(y)
    X[name] = label + 0.8 * np.random.default_rng(1).normal(size=len(y))
    (finding,) = afterwards(make_case(X, label))
    assert finding.kind == "leak"


def test_a_harmless_meaning_needs_more(clean, make_case) -> None:
    X, y = clean
    weak = y + 2.5 * y.std() * np.random.default_rng(3).normal(size=len(y))
    (sure,) = afterwards(make_case(X.assign(refunds=weak), y))
    (unsure,) = afterwards(make_case(X.assign(duration=weak), y))
    assert (sure.kind, unsure.kind) == ("leak", "suspect")


def test_columns_that_cover_for_each_other_are_judged_apart(clean, make_case) -> None:
    X, y = clean
    paid = y + 0.8 * y.std() * np.random.default_rng(1).normal(size=len(y))
    case = make_case(X.assign(total_paid=paid, paid_to_date=paid * 0.9), y)
    assert [finding.kind for finding in afterwards(case)] == ["leak", "leak"]


def test_a_declared_column_is_noted(clean, make_case) -> None:
    X, y = clean
    case = make_case(X.assign(refunds=y), y, lineage=Lineage({"refunds": Origin()}))
    assert [finding.kind for finding in afterwards(case)] == ["note"]


def test_without_a_target_or_such_names_there_is_at_most_a_note(clean, make_case) -> None:
    X, y = clean
    assert afterwards(make_case(X, y)) is None
    assert [finding.kind for finding in afterwards(make_case(X.assign(refunds=y), None))] == ["note"]
