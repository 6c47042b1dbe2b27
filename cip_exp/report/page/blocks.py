"""The parts of a page: sections of tables, charts, drawings and text; and values as table cells and text."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Tone = Literal["bad", "warn", "good", "none"]

TONES: dict[str, Tone] = {
    "leaky": "bad", "duplicated": "bad", "degenerate": "bad", "suspect": "warn", "ok": "good",
}  # fmt: skip
MEANING = {
    "leaky": "a feature contains information about the target",
    "duplicated": "many rows are copies of others",
    "degenerate": "one factor, or one value, explains the whole table",
    "suspect": "a score looks too good, and no leak is proven",
    "unaudited": "the audit was off",
    "ok": "the audit found nothing",
}


@dataclass(frozen=True)
class TableCell:
    """One cell of a table: its text, and its number in full precision."""

    text: str
    value: float | None = None
    badges: tuple[str, ...] = ()
    """Words of a verdict, each shown as a badge."""
    name: str = ""
    """The number's name in summary.csv or the store."""


@dataclass(frozen=True)
class PageTable:
    """Rows under headings."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[TableCell, ...], ...]
    kind: str = "table"


@dataclass(frozen=True)
class Chart:
    """A plotly figure as plain values, with a description in words."""

    caption: str
    alt: str
    """Alternative text: what the chart shows, with its numbers."""
    data: Sequence[Mapping[str, Any]]
    layout: Mapping[str, Any]
    height: int = 320
    min_width: int = 0
    """Pixels below which the chart scrolls inside its frame instead of shrinking."""
    kind: str = "chart"


@dataclass(frozen=True)
class Drawing:
    """An SVG that this package draws."""

    caption: str
    alt: str
    svg: str
    width: int
    kind: str = "drawing"


@dataclass(frozen=True)
class Text:
    """Paragraphs, a list, or lines of code."""

    lines: tuple[str, ...]
    style: Literal["paragraph", "list", "code"] = "paragraph"
    summary: str = ""
    """Where it is set, the text is folded below this heading."""
    kind: str = "text"


Block = PageTable | Chart | Drawing | Text


@dataclass(frozen=True)
class Section:
    """A heading with blocks below it; a section without blocks is not shown."""

    title: str
    blocks: Sequence[Block] = field(default_factory=tuple)
    lead: str = ""


def number_cell(value: Any, name: str = "", digits: int = 4) -> TableCell:
    """Return a number's cell; an empty cell for a missing number."""
    if value is None or pd.isna(value):
        return TableCell("")
    return TableCell(f"{float(value):.{digits}f}", float(value), name=name)


def verdict_cell(words: str) -> TableCell:
    """Return a verdict's cell."""
    return TableCell(words, badges=tuple(words.split(",")))


def tone(words: str) -> Tone:
    """Return the tone of a verdict: that of its gravest word."""
    tones = [TONES.get(word, "none") for word in words.split(",")]
    order: tuple[Tone, ...] = ("bad", "warn", "none", "good")
    return next(each for each in order if each in tones)


def joined(names: Sequence[str]) -> str:
    """Return `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def counted(n: int, noun: str) -> str:
    """Return `1 trial`, `2 trials`."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def label(text: Any) -> str:
    """Return text for a plotly label, with HTML escaped: plotly interprets tags in labels."""
    return html.escape(str(text), quote=False)
