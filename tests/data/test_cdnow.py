"""data=cdnow: features use purchases before their date only; the real purchases give known figures."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from cip_exp.data import cdnow
from cip_exp.errors import DataError, UserError

if TYPE_CHECKING:
    from pathlib import Path

    from cip_exp.records.table import Table

real = pytest.mark.skipif(find_spec("lifetimes") is None, reason="the extra `data` is not installed")

HEADER = "customer_id date items spend\n"
LINES = """
1 19970101 1 10.00
1 19970612 2 30.00
1 19970701 1 7.00
1 19971231 1 5.00
1 19980101 1 100.00
2 19970402 3 20.00
2 19980630 1 1.00
"""


def small(folder: Path, lines: str = LINES, **options: object) -> Table:
    (folder / "t.txt").write_text(HEADER + lines.strip())
    return cdnow.load(path=folder / "t.txt", **options)  # type: ignore[arg-type]


def test_each_column_of_a_customer_with_known_purchases(tmp_path: Path) -> None:
    rows = small(tmp_path).frame.set_index(["customer_id", "as_of"])
    first = rows.loc[("1", "1997-07-01")]
    assert first["recency_share"] == 19 / 181
    assert first["orders_per_month"] == pytest.approx(2 / 181 * 30.4375)
    assert first["spend_per_month"] == pytest.approx(40 / 181 * 30.4375)
    assert first[["mean_order", "orders_30d", "spend_30d", "orders_90d", "spend_90d"]].tolist() == [
        20,
        1,
        30,
        1,
        30,
    ]
    assert first[["clv", "churn", "orders_whole_period", "spend_whole_period"]].tolist() == [12, 0, 5, 152]
    second = rows.loc[("2", "1997-07-01")]
    assert second[["orders_30d", "orders_90d", "clv", "churn"]].tolist() == [0, 1, 0, 1]
    assert rows.loc[("1", "1998-01-01"), ["clv", "churn"]].tolist() == [100, 0]


def test_history_totals_gives_totals_in_place_of_rates(tmp_path: Path) -> None:
    rows = small(tmp_path, history="totals").frame
    assert rows.loc[0, ["recency_days", "tenure_days", "orders", "spend"]].tolist() == [19, 181, 2, 40]
    assert "recency_share" not in rows


def test_purchases_after_the_date_change_only_columns_declared_leaky(tmp_path: Path) -> None:
    before = small(tmp_path, as_of=["1997-07-01"])
    after = small(tmp_path, LINES.replace("7.00", "700.00") + "2 19970801 9 50.00", as_of=["1997-07-01"])
    changed = [name for name in before.frame if not before.frame[name].equals(after.frame[name])]
    assert changed == ["orders_whole_period", "spend_whole_period", "clv", "churn"]
    assert before.leaky == ("orders_whole_period", "spend_whole_period")


def test_lineage_names_the_leak(tmp_path: Path) -> None:
    table = small(tmp_path)
    leak = table.lineage.leak("spend_whole_period", "clv")
    assert leak is not None
    assert leak.path == "spend_whole_period ← purchases_after → clv"
    assert [n for n in cdnow.HISTORIES["rates"] if table.lineage.leak(n, "churn")] == []


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("", "header and no purchases"),
        ("1 19970101 1", "Purchase 1 does not have four fields"),
        ("1 19970101 1 2.0 9", "Purchase 1 does not have"),
        ("1 19970101 1 2.0\n1 19970102 1 2.0 9", "Purchase 2 does not have"),
        ("1 1997-13-01 1 2.0", "Not a date: '1997-13-01' in column 'date', row 1"),
        ("1 19970101 one 2.0", "'one' in column 'items', row 1"),
        ("1 19970101 1 2.0\n1 19970101 0 2.0", "Purchase 2 has no item"),
        ("1 19970101 1 -2.0", "Purchase 1 has no amount of 0 or more"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, lines: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        small(tmp_path, lines)


@pytest.mark.parametrize(
    "options",
    [
        {"as_of": ["1997-01-01"]},
        {"as_of": ["1998-01-02"]},
        {"as_of": ["July"]},
        {"as_of": []},
        {"horizon_months": 0},
        {"horizon_months": 7},
        {"history": "rate"},
    ],
)
def test_a_date_without_history_or_horizon_is_refused(tmp_path: Path, options: dict[str, object]) -> None:
    with pytest.raises(UserError) as caught:
        small(tmp_path, **options)
    assert len(str(caught.value).splitlines()) <= 12


@real
@pytest.mark.parametrize("history", ["rates", "totals"])
def test_the_real_table_keeps_its_rules(history: str) -> None:
    table = cdnow.load(history=history)  # type: ignore[arg-type]
    assert len(table.frame) == 2 * 23_570
    cdnow.schema().validate(table.frame)


@real
def test_a_broken_rule_is_named() -> None:
    pandera = pytest.importorskip("pandera.errors")
    frame = cdnow.load().frame
    frame.loc[0, "spend_30d"] = 1e6
    with pytest.raises(pandera.SchemaErrors, match="windows_are_nested"):
        cdnow.schema().validate(frame, lazy=True)


@real
def test_the_known_figures_forward_in_time() -> None:
    """Baselines to the cent of the figures published with this project; R² of ridge near 0.46."""
    table = cdnow.load()
    assert len(cdnow.read_purchases(cdnow.packaged_purchases())) == 69_659
    early, late = (rows for _, rows in table.frame.groupby("as_of"))
    mean = np.full(len(late), early["clv"].mean())
    assert round(r2_score(late["clv"], mean), 3) == -0.004
    assert round(mean_absolute_error(late["clv"], mean), 2) == 34.95
    assert round(late["clv"].mean(), 2) == 20.20
    assert round(late["churn"].mean(), 2) == 0.77
    columns = list(cdnow.HISTORIES["rates"])
    ridge = make_pipeline(StandardScaler(), Ridge()).fit(early[columns], early["clv"])
    assert round(r2_score(late["clv"], ridge.predict(late[columns])), 3) == 0.474


@real
def test_columns_of_the_whole_period_leak_the_target() -> None:
    early = cdnow.load(history="totals", as_of=["1997-07-01"]).frame
    columns = [*cdnow.HISTORIES["totals"], *cdnow.WHOLE_PERIOD]
    folds = KFold(5, shuffle=True, random_state=0)
    model = make_pipeline(StandardScaler(), Ridge())
    assert cross_val_score(model, early[columns], early["clv"], cv=folds, scoring="r2").mean() > 0.85


def test_dates_are_given_in_any_order(tmp_path: Path) -> None:
    table = small(tmp_path, as_of=["1998-01-01", "1997-07-01", "1997-07-01"])
    assert table.frame["as_of"].unique().tolist() == [pd.Timestamp("1997-07-01"), pd.Timestamp("1998-01-01")]
