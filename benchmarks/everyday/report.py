"""The tables of the everyday benchmark, as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from benchmarks.everyday.bench import harmful
from benchmarks.everyday.gains import MIN_GAIN
from benchmarks.everyday.kinds import STRENGTHS
from benchmarks.leakage.tally import format_share

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TASKS = {"churn": "labels", "clv": "amounts"}
NOT_JUDGED = ("not used", "refused")


def page(results: pd.DataFrame, absent: Sequence[str]) -> str:
    """Return the tables of every half, and the names of tools that are not installed."""
    lines: list[str] = []
    for half, part in results.groupby("half", sort=False):
        lines += [f"## {half} half", ""]
        for rows in (_headline, _by_strength, _by_kind, _together, _untouched):
            lines += [*rows(part), ""]
    lines += [f"Not installed: {name}." for name in absent]
    return "\n".join(lines) + "\n"


def _leaks(part: pd.DataFrame, tool: str | None = None) -> pd.DataFrame:
    """Return the planted cases in which the reader makes a feature of a planted column."""
    rows = part[(part["kind"] != "") & ~part["status"].isin(NOT_JUDGED)]
    return rows if tool is None else rows[rows["tool"] == tool]


def _recall(rows: pd.DataFrame, statuses: Iterable[str] = ("leak",)) -> str:
    return format_share(int(rows["status"].isin(list(statuses)).sum()), len(rows))


def _tools(part: pd.DataFrame) -> list[str]:
    return list(dict.fromkeys(part["tool"]))


def _headline(part: pd.DataFrame) -> list[str]:
    tools = _tools(part)
    rows = [["", *tools]]
    for task, word in TASKS.items():
        found = {tool: _leaks(part[part["task"] == task], tool) for tool in tools}
        gaining = {tool: harmful(each) for tool, each in found.items()}
        rows += [
            [f"{word}: leaks that gain {MIN_GAIN} or more, accused", *(_recall(gaining[t]) for t in tools)],
            [
                f"{word}: the same, named at any level",
                *(_recall(gaining[t], ("leak", "part", "suspect")) for t in tools),
            ],
            [f"{word}: all leaks, accused", *(_recall(found[t]) for t in tools)],
            [
                f"{word}: leaks that gain, with telling names",
                *(_recall(gaining[t][gaining[t]["telling"]]) for t in tools),
            ],
            [
                f"{word}: leaks that gain, with neutral names",
                *(_recall(gaining[t][~gaining[t]["telling"]]) for t in tools),
            ],
        ]
    for title, column in (("accused", "clean_accused"), ("named at any level", "clean_named")):
        rows.append(
            [f"clean columns of untouched tables, {title}", *(_clean(part, t, column) for t in tools)]
        )
    rows.append(["clean columns beside a leak, accused", *(_beside(part, tool) for tool in tools)])
    rows.append(["median seconds a case", *(_seconds(part, tool) for tool in tools)])
    return table(rows)


def _clean(part: pd.DataFrame, tool: str, column: str) -> str:
    rows = part[(part["tool"] == tool) & (part["status"] == "untouched")]
    return format_share(int(rows[column].sum()), int(rows["clean_columns"].sum()), 2)


def _beside(part: pd.DataFrame, tool: str) -> str:
    rows = _leaks(part, tool)
    return format_share(int(rows["clean_accused"].sum()), int(rows["clean_columns"].sum()), 2)


def _seconds(part: pd.DataFrame, tool: str) -> str:
    return f"{part.loc[part['tool'] == tool, 'seconds'].median():.2f}"


def _by_strength(part: pd.DataFrame) -> list[str]:
    """Return recall by strength and task, where the leak gains."""
    tools = _tools(part)
    rows = [["leaks that gain, accused", *tools]]
    for task, word in TASKS.items():
        for strength in STRENGTHS:
            chosen = part[(part["task"] == task) & (part["strength"] == strength)]
            rows.append([f"{word}, {strength}", *(_recall(harmful(_leaks(chosen, t))) for t in tools)])
    return table(rows)


def _by_kind(part: pd.DataFrame) -> list[str]:
    """Return one row a kind: cases, gain, and recall where the leak gains, by task; then the peers'."""
    first, *peers = _tools(part)
    head = ["kind", "cases (not used)", "median gain"]
    rows = [[*head, "labels, gain", "amounts, gain", "any level", *(f"{peer}, gain" for peer in peers)]]
    for kind, group in part[part["kind"] != ""].groupby("kind", sort=False):
        own = group[group["tool"] == first]
        unused = int(own["status"].isin(NOT_JUDGED).sum())
        gaining = harmful(_leaks(own))
        by_task = [_short(gaining[gaining["task"] == task]) for task in TASKS]
        named = _short(gaining, ("leak", "part", "suspect"))
        others = [_short(harmful(_leaks(group, peer))) for peer in peers]
        gain = own["gain"].median()
        shown = "—" if pd.isna(gain) else f"{gain:.2f}"
        rows.append([str(kind), f"{len(own)} ({unused})", shown, *by_task, named, *others])
    return table(rows)


def _short(rows: pd.DataFrame, statuses: Iterable[str] = ("leak",)) -> str:
    """Return hits of cases: `7/9`; a dash for none."""
    return f"{int(rows['status'].isin(list(statuses)).sum())}/{len(rows)}" if len(rows) else "—"


def _together(part: pd.DataFrame) -> list[str]:
    """Return, for leaks of several columns, whether one call names them all and what is left then."""
    first = _tools(part)[0]
    several = harmful(_leaks(part, first))
    rows = [
        [
            "several columns (that gain)",
            "all named (of a pair: one)",
            "a part",
            "none",
            "left is no leak",
        ]
    ]
    for kind, group in several[several["columns"] > 1].groupby("kind", sort=False):
        counts = [_short(group, statuses) for statuses in (("leak",), ("part",), ("missed", "suspect"))]
        after = group[group["verdict_after"] != ""]
        quiet = int((~after["verdict_after"].str.contains("leaky")).sum())
        rows.append([str(kind), *counts, f"{quiet}/{len(after)}"])
    return table(rows)


def _untouched(part: pd.DataFrame) -> list[str]:
    first = _tools(part)[0]
    rows = part[(part["tool"] == first) & (part["kind"] == "")]
    counts = rows.assign(verdict=rows["verdict"].where(rows["verdict"] != "", rows["status"]))
    verdicts = pd.crosstab(counts["task"], counts["verdict"])
    out = [["untouched tables", *map(str, verdicts.columns)]]
    out += [
        [TASKS[str(task)], *map(str, row)]
        for task, row in zip(verdicts.index, verdicts.to_numpy(), strict=True)
    ]
    return table(out)


def table(rows: list[list[str]]) -> list[str]:
    """Return rows as a Markdown table; the first is the head."""
    head, *body = [f"| {' | '.join(row)} |" for row in rows]
    return [head, f"|{'---|' * len(rows[0])}", *body]
