"""Leaks of everyday tables, judged by the command as a user calls it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cip_exp.app.commands.audit import main

if TYPE_CHECKING:
    from pathlib import Path

N = 600


def customers(rng: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray]:
    """Return honest columns, and who left: visits explain it in part."""
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 80, N),
            "visits": rng.poisson(6, N),
            "spend": rng.gamma(2, 40, N).round(2),
            "rating": rng.integers(1, 6, N),
            "region": rng.choice(["north", "south", "west"], N),
        }
    )
    gone = rng.random(N) < 1 / (1 + np.exp(0.4 * frame["visits"] - 1.6))
    return frame, gone.to_numpy()


def judge(
    frame: pd.DataFrame, gone: np.ndarray, path: Path, capsys, *more: str
) -> tuple[str, list[str], str]:
    """Return the verdict, the accused columns, and all messages of kind leak and suspect."""
    frame.assign(churned=np.where(gone, "yes", "no")).to_csv(path, index=False)
    main([str(path), "--target", "churned", "--format", "json", *more])
    tree = json.loads(capsys.readouterr().out)
    findings = [each for check in tree["checks"] for each in check["findings"]]
    text = "\n".join(each["message"] for each in findings if each["kind"] in ("leak", "suspect"))
    return tree["verdict"], sorted(tree["accused"]), text


def two_texts(frame: pd.DataFrame, gone: np.ndarray, rng: np.random.Generator) -> str:
    towns = np.array([f"town {at}" for at in range(40)])
    before = rng.integers(0, 40, N)
    moved = np.where(gone, (before + rng.integers(1, 40, N)) % 40, before)
    frame["town_before"], frame["town_now"] = towns[before], towns[moved]
    return "town_before = town_now"


def two_readings(frame: pd.DataFrame, gone: np.ndarray, rng: np.random.Generator) -> str:
    start = rng.integers(1000, 9000, N)
    used = np.where(gone, rng.integers(0, 40, N), rng.integers(50, 400, N))
    frame["reading_start"], frame["reading_end"] = start, start + used
    return "reading_start - reading_end"


def two_flags(frame: pd.DataFrame, gone: np.ndarray, rng: np.random.Generator) -> str:
    first = rng.random(N) < 0.5
    frame["paperless"], frame["letter_sent"] = first.astype(int), (first ^ gone).astype(int)
    return "paperless = letter_sent"


def two_dates(frame: pd.DataFrame, gone: np.ndarray, rng: np.random.Generator) -> str:
    due = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 300, N), unit="D")
    days = pd.to_timedelta(rng.integers(1, 90, N), unit="D")
    frame["due"] = due.strftime("%d.%m.%Y")
    frame["last_login"] = np.where(gone, due - days, due + days)
    return "due > last_login"


@pytest.mark.parametrize("make", [two_texts, two_readings, two_flags, two_dates])
def test_two_columns_that_give_the_label_together(make, tmp_path: Path, capsys) -> None:
    rng = np.random.default_rng(5)
    frame, gone = customers(rng)
    honest = set(frame)
    relation = make(frame, gone, rng)
    path = tmp_path / "table.csv"
    verdict, accused, text = judge(frame, gone, path, capsys)
    assert verdict == "leaky"
    assert accused
    assert not set(accused) & honest
    assert relation in text
    verdict, accused, _ = judge(frame, gone, path, capsys, "--drop", ",".join(accused))
    assert verdict != "leaky"
    assert not accused


def test_one_call_names_three_amounts_that_cover_for_each_other(tmp_path: Path, capsys) -> None:
    rng = np.random.default_rng(5)
    frame, gone = customers(rng)
    total = np.where(gone, 300, 1000) * np.exp(0.2 * rng.normal(size=N))
    for name, share in (("paid_total", 1.0), ("paid_principal", 0.9), ("paid_last", 1 / 12)):
        frame[name] = (share * total * np.exp(0.1 * rng.normal(size=N))).round(2)
    path = tmp_path / "table.csv"
    verdict, accused, _ = judge(frame, gone, path, capsys)
    assert (verdict, accused) == ("leaky", ["paid_last", "paid_principal", "paid_total"])
    verdict, accused, _ = judge(frame, gone, path, capsys, "--drop", ",".join(accused))
    assert (verdict, accused) == ("ok", [])


def test_a_leak_that_another_one_covers_is_named_without_it(tmp_path: Path, capsys) -> None:
    rng = np.random.default_rng(5)
    frame, gone = customers(rng)
    frame["fee"] = np.where(gone, rng.gamma(2, 20, N), 0.0).round(2)
    limit = rng.integers(10, 90, N)
    frame["limit"], frame["used"] = limit, np.where(gone, limit, limit - rng.integers(1, 10, N))
    _, accused, text = judge(frame, gone, tmp_path / "table.csv", capsys)
    assert "fee" in accused
    assert "limit = used" in text
    assert "used" in accused


def test_a_strong_honest_column_is_suspect(tmp_path: Path, capsys) -> None:
    rng = np.random.default_rng(5)
    frame, _ = customers(rng)
    gone = (rng.random(N) < 1 / (1 + np.exp(-0.07 * (frame["spend"] - 80)))).to_numpy()
    verdict, accused, text = judge(frame, gone, tmp_path / "table.csv", capsys)
    assert (verdict, accused) == ("suspect", [])
    assert "spend alone explains" in text
    assert "the column that decides; when is its value known?" in text
