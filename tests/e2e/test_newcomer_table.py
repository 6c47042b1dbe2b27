"""A newcomer's table in the public command: what lies after the event is a leak, a name alone is nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from cip_exp.app.commands.audit import main

if TYPE_CHECKING:
    from pathlib import Path

HONEST = ("signup_date", "region", "CreditScore", "avg_order_value", "orders_last_90d", "support_tickets")


def customers(n: int, seed: int) -> pd.DataFrame:
    """Return customers of whom those with few orders and many tickets leave, and their next year's value."""
    draw = np.random.default_rng(seed)
    days = draw.integers(0, 900, n)
    signup = pd.Timestamp("2021-01-01") + pd.to_timedelta(days, unit="D")
    credit = draw.normal(650, 80, n).clip(300, 850).round()
    order = np.round(draw.lognormal(3.6, 0.5, n), 2)
    orders, tickets = draw.poisson(3 + 2 * (draw.random(n) < 0.3), n), draw.poisson(1.2, n)
    risk = 0.3 - 0.35 * orders + 0.55 * tickets + 0.0012 * (days - 490) - 0.004 * (credit - 650)
    left = draw.random(n) < 1 / (1 + np.exp(-risk))
    kept = np.where(left, draw.random(n) < 0.25, 1)
    return pd.DataFrame({
        "customer_id": np.arange(1001, 1001 + n),
        "signup_date": signup.strftime("%d.%m.%Y"),
        "region": draw.choice(["North", "South", "East", "West"], n),
        "CreditScore": credit.astype(int),
        "avg_order_value": order,
        "orders_last_90d": orders,
        "support_tickets": tickets,
        "clv_next_12m": (kept * order * draw.poisson(1 + 1.5 * orders) * draw.lognormal(0, 0.3, n)).round(2),
        "churned": np.where(left, "Yes", "No"),
    })  # fmt: skip


def audited(
    frame: pd.DataFrame, folder: Path, capsys: pytest.CaptureFixture[str], *more: str
) -> dict[str, Any]:
    """Write the table, run the command on it, and return its answer."""
    frame.to_csv(folder / "customers.csv", index=False)
    capsys.readouterr()
    main([str(folder / "customers.csv"), "--target", "churned", "--format", "json", *more])
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def named(answer: dict[str, Any], *kinds: str) -> set[str]:
    findings = [finding for check in answer["checks"] for finding in check["findings"]]
    return {column for finding in findings if finding["kind"] in kinds for column in finding["columns"]}


@pytest.mark.parametrize(("n", "seed"), [(300, 0), (600, 1), (1000, 2), (400, 3)])
def test_the_value_of_the_next_year_is_a_leak_and_nothing_else_is(
    n: int, seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = customers(n, seed)
    answer = audited(frame, tmp_path, capsys)
    assert answer["accused"] == ["clv_next_12m"]
    assert not named(answer, "leak", "suspect") & set(HONEST)
    rest = audited(frame, tmp_path, capsys, "--drop", "clv_next_12m")
    assert rest["verdict"] == "ok"


@pytest.mark.parametrize("notation", ["%Y-%m-%d", "%d.%m.%Y", "%b %d, %Y"])
def test_a_date_after_the_event_is_a_leak(
    notation: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = customers(500, 4).drop(columns="clv_next_12m")
    draw = np.random.default_rng(5)
    days = np.where(frame["churned"] == "Yes", draw.integers(1, 90, 500), draw.integers(-500, -120, 500))
    seen = pd.Timestamp("2023-07-01") + pd.to_timedelta(days, unit="D")
    frame["letter_sent"] = pd.Series(seen).dt.strftime(notation)
    answer = audited(frame, tmp_path, capsys)
    assert answer["accused"] == ["letter_sent"]
    assert audited(frame, tmp_path, capsys, "--drop", "letter_sent")["verdict"] == "ok"


def test_a_name_after_the_event_without_statistics_is_a_question(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = customers(500, 6).drop(columns="clv_next_12m")
    frame["refunds"] = np.random.default_rng(7).poisson(1, 500)
    answer = audited(frame, tmp_path, capsys)
    assert (answer["verdict"], named(answer, "note")) == ("ok", {"refunds"})
