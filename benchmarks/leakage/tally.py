"""Counts with Wilson intervals, as Markdown tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from scipy.stats import norm

from benchmarks.leakage.gain import MIN_GAIN
from benchmarks.leakage.planting import STRENGTHS

if TYPE_CHECKING:
    from collections.abc import Sequence


def wilson(hits: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return the Wilson score interval of a share (Wilson 1927); (0, 1) where n is 0."""
    if not n:
        return 0.0, 1.0
    z = float(norm.ppf(0.5 + level / 2))
    share, square = hits / n, z * z / n
    centre = (share + square / 2) / (1 + square)
    half = z / (1 + square) * (share * (1 - share) / n + square / (4 * n)) ** 0.5
    return max(0.0, centre - half), min(1.0, centre + half)


def format_share(hits: int, n: int, digits: int = 1) -> str:
    """Return a share with its 95 % interval: `95.2 % [93.1, 96.7] (238/250)`; a dash where n is 0."""
    if not n:
        return "—"
    low, high = wilson(hits, n)
    return f"{100 * hits / n:.{digits}f} % [{100 * low:.{digits}f}, {100 * high:.{digits}f}] ({hits}/{n})"


def page(results: pd.DataFrame, absent: Sequence[str]) -> str:
    """Return the tables of every half in `results`, and the names of tools that are not installed."""
    lines: list[str] = []
    for half, part in results.groupby("half", sort=False):
        lines += [f"## {half} half", "", *_headline(part), "", *_by_kind(part), ""]
    lines += [f"Not installed: {name}." for name in absent]
    return "\n".join(lines) + "\n"


def _headline(part: pd.DataFrame) -> list[str]:
    tools = list(dict.fromkeys(part["tool"]))
    rows = [["", *tools]]
    for family, text in (("column", "leaks in a column"), ("procedure", "leaks in the procedure")):
        for strength, share in (("full", ("full",)), ("all", STRENGTHS)):
            counts = [_count(part, tool, family, share) for tool in tools]
            rows.append([f"{text}, {strength} strength{'s' if strength == 'all' else ''}", *counts])
    rows.append(
        [f"leaks in a column that add {MIN_GAIN} or more, all", *(_with_gain(part, t) for t in tools)]
    )
    any_level = [_count(part, tool, "column", STRENGTHS, "hits_any_level") for tool in tools]
    rows.append(["leaks in a column, named at any level", *any_level])
    for family, text in (
        ("procedure control", "correct procedure, false alarms"),
        ("clean", "clean columns, false alarms"),
        ("identification", "identification columns, reported as leaks"),
    ):
        rows.append([text, *(_false(part, tool, family) for tool in tools)])
    rows.append(
        ["clean columns, named at any level", *(_false(part, t, "clean", "hits_any_level") for t in tools)]
    )
    rows.append(["data sets with leaks planted / with clean columns", *(_sets(part, tool) for tool in tools)])
    rows.append(["median seconds a case", *(_seconds(part, tool) for tool in tools)])
    return _table(rows)


def _pick(part: pd.DataFrame, tool: str, family: str) -> pd.DataFrame:
    return part[(part["tool"] == tool) & (part["family"] == family)]


def _count(part: pd.DataFrame, tool: str, family: str, share: Sequence[str], column: str = "hits") -> str:
    rows = _pick(part, tool, family)
    rows = rows[rows["strength"].isin(share)]
    return format_share(int(rows[column].sum()), len(rows))


def _false(part: pd.DataFrame, tool: str, family: str, column: str = "hits") -> str:
    rows = _pick(part, tool, family)
    return format_share(int(rows[column].sum()), int(rows["out_of"].sum()), 2)


def _with_gain(part: pd.DataFrame, tool: str) -> str:
    rows = _pick(part, tool, "column")
    rows = rows[rows["gain"] >= MIN_GAIN]
    return format_share(int(rows["hits"].sum()), len(rows))


def _sets(part: pd.DataFrame, tool: str) -> str:
    planted, clean = _pick(part, tool, "column"), _pick(part, tool, "clean")
    return f"{planted['dataset'].nunique()} / {clean['dataset'].nunique()}"


def _seconds(part: pd.DataFrame, tool: str) -> str:
    return f"{part.loc[part['tool'] == tool, 'seconds'].median():.2f}"


def _by_kind(part: pd.DataFrame) -> list[str]:
    """Return one row a kind: recall by strength for the first tool, over all strengths for every tool."""
    tools = list(dict.fromkeys(part["tool"]))
    head = ["kind", "median gain: full, strong, weak", *(f"{tools[0]}, {s}" for s in STRENGTHS)]
    rows = [[*head, *(f"{tool}, all" for tool in tools)]]
    kinds = part[part["family"].isin(["column", "procedure"])]
    for (family, kind), group in kinds.groupby(["family", "kind"], sort=False):
        first = [_count(group, tools[0], str(family), (s,)) for s in STRENGTHS]
        gain = ", ".join(_gain(group, s) for s in STRENGTHS)
        rows.append(
            [str(kind), gain, *first, *(_count(group, tool, str(family), STRENGTHS) for tool in tools)]
        )
    return _table(rows)


def _gain(group: pd.DataFrame, strength: str) -> str:
    gain = group.loc[group["strength"] == strength, "gain"].median()
    return "—" if pd.isna(gain) else f"{gain:.2f}"


def _table(rows: list[list[str]]) -> list[str]:
    head, *body = [f"| {' | '.join(row)} |" for row in rows]
    return [head, f"|{'---|' * len(rows[0])}", *body]
