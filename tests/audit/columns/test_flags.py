from __future__ import annotations

import numpy as np

from cip_exp.audit.columns.flags import flags
from cip_exp.records.lineage import Lineage, Origin


def test_a_flag_set_after_the_event_is_a_leak(clean, make_case) -> None:
    X, y = clean
    label = (y > np.quantile(y, 0.7)).astype(float)
    X["called_back"] = (label == 1) & (np.random.default_rng(0).random(len(y)) < 0.7)
    X["fair"] = np.random.default_rng(1).random(len(y)) < 0.3
    (finding,) = flags(make_case(X, label, target="churn"))
    assert finding.kind == "leak"
    assert finding.columns == ("called_back",)
    assert finding.message.startswith("called_back is set on ")
    assert "rows with churn = 1 and on 0.0% of the others" in finding.message


def test_a_flag_of_a_high_amount_is_a_leak_unless_the_others_explain_it(clean, make_case) -> None:
    X, y = clean
    high = y > np.quantile(y, 0.75)
    assert [f.columns for f in flags(make_case(X.assign(vip=high), y))] == [("vip",)]
    related = X.assign(vip=high, brand=np.where(high, "A", "B"), class_of=np.where(high, "1", "2"))
    trait = related.astype({"brand": "category", "class_of": "category"})
    blurred = y + 0.9 * y.std() * np.random.default_rng(2).normal(size=len(y))
    assert flags(make_case(trait, blurred)) == []


def test_a_declared_flag_is_at_most_suspect(clean, make_case) -> None:
    X, y = clean
    lineage = Lineage({"vip": Origin()})
    case = make_case(X.assign(vip=y > np.quantile(y, 0.75)), y, lineage=lineage)
    assert [f.kind for f in flags(case)] == ["suspect"]


def test_the_absence_of_a_flag_is_reported_as_not_set(clean, make_case) -> None:
    X, y = clean
    label = (y > np.quantile(y, 0.7)).astype(float)
    X["active"] = (label == 0) | (np.random.default_rng(0).random(len(y)) < 0.4)
    (finding,) = flags(make_case(X, label, target="churn"))
    assert finding.message.startswith("active is not set on ")
    assert "rows with churn = 1 and on 0.0% of the others" in finding.message


def test_a_flag_on_few_rows_with_the_event_is_a_leak_where_no_other_row_has_it(clean, make_case) -> None:
    X, y = clean
    label = (y > np.quantile(y, 0.7)).astype(float)
    X["refund"] = (label == 1) & (np.random.default_rng(0).random(len(y)) < 0.25)
    (finding,) = flags(make_case(X, label, target="churn"))
    assert finding.kind == "leak"
    assert finding.message.startswith("refund is 1 on ")


def test_a_flag_with_two_words_is_named_by_its_word(clean, make_case) -> None:
    X, y = clean
    label = (y > np.quantile(y, 0.7)).astype(float)
    ended = (label == 1) & (np.random.default_rng(0).random(len(y)) < 0.8)
    X["state"] = np.where(ended, "ended", "open")
    (finding,) = flags(make_case(X.astype({"state": "category"}), label))
    assert finding.message.startswith("state is 'ended' on ")
