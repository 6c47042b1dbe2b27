"""Counts with Wilson intervals, laid out as a page of Markdown tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from scipy.stats import norm

from benchmarks.leakage.material import MATERIAL
from benchmarks.leakage.planting import STRENGTHS

if TYPE_CHECKING:
    from collections.abc import Sequence


def wilson(hits: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return the Wilson score interval of a share; (0, 1) without any trial. Wilson 1927."""
    if not n:
        return 0.0, 1.0
    z = float(norm.ppf(0.5 + level / 2))
    share, square = hits / n, z * z / n
    centre = (share + square / 2) / (1 + square)
    half = z / (1 + square) * (share * (1 - share) / n + square / (4 * n)) ** 0.5
    return max(0.0, centre - half), min(1.0, centre + half)


def cell(hits: int, n: int, digits: int = 1) -> str:
    """Write `95.2 % [93.1, 96.7] (238/250)`."""
    if not n:
        return "—"
    low, high = wilson(hits, n)
    return f"{100 * hits / n:.{digits}f} % [{100 * low:.{digits}f}, {100 * high:.{digits}f}] ({hits}/{n})"


def page(questions: pd.DataFrame, absent: Sequence[str]) -> str:
    """Lay out every table of both halves."""
    lines: list[str] = []
    for half, part in questions.groupby("half", sort=False):
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
    rows.append([f"leaks in a column that add {MATERIAL} or more, all", *(_material(part, t) for t in tools)])
    looser = [_count(part, tool, "column", STRENGTHS, "looser") for tool in tools]
    rows.append(["leaks in a column, named at any level", *looser])
    for family, text in (
        ("procedure control", "procedure done right, false alarms"),
        ("clean", "clean columns, false alarms"),
        ("identification", "identification columns, accused"),
    ):
        rows.append([text, *(_false(part, tool, family) for tool in tools)])
    rows.append(["clean columns, named at any level", *(_false(part, t, "clean", "looser") for t in tools)])
    rows.append(["data sets with leaks planted / with clean columns", *(_sets(part, tool) for tool in tools)])
    rows.append(["median seconds a case", *(_seconds(part, tool) for tool in tools)])
    return _table(rows)


def _pick(part: pd.DataFrame, tool: str, family: str) -> pd.DataFrame:
    return part[(part["tool"] == tool) & (part["family"] == family)]


def _count(part: pd.DataFrame, tool: str, family: str, share: Sequence[str], column: str = "hits") -> str:
    rows = _pick(part, tool, family)
    rows = rows[rows["strength"].isin(share)]
    return cell(int(rows[column].sum()), len(rows))


def _false(part: pd.DataFrame, tool: str, family: str, column: str = "hits") -> str:
    rows = _pick(part, tool, family)
    return cell(int(rows[column].sum()), int(rows["out_of"].sum()), 2)


def _material(part: pd.DataFrame, tool: str) -> str:
    rows = _pick(part, tool, "column")
    rows = rows[rows["gain"] >= MATERIAL]
    return cell(int(rows["hits"].sum()), len(rows))


def _sets(part: pd.DataFrame, tool: str) -> str:
    planted, clean = _pick(part, tool, "column"), _pick(part, tool, "clean")
    return f"{planted['dataset'].nunique()} / {clean['dataset'].nunique()}"


def _seconds(part: pd.DataFrame, tool: str) -> str:
    return f"{part.loc[part['tool'] == tool, 'seconds'].median():.2f}"


def _by_kind(part: pd.DataFrame) -> list[str]:
    """Give one line a kind: recall by strength for the first tool, over all strengths for the others."""
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
