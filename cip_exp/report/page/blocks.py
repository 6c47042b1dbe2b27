"""What a page is made of: sections of tables, charts, drawings and lines; and numbers in words."""

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
    "leaky": "a feature gives the target away",
    "duplicated": "many rows are copies of others",
    "degenerate": "one factor, or one value, explains the whole table",
    "suspect": "something looks too good and has no proof either way",
    "unaudited": "nobody looked",
    "ok": "nothing was found against it",
}


@dataclass(frozen=True)
class TableCell:
    """One cell of a table: what is read, and the full number behind it."""

    text: str
    value: float | None = None
    badges: tuple[str, ...] = ()
    """Words of a verdict, shown as such."""
    name: str = ""
    """What the number is called in summary.csv or the store."""


@dataclass(frozen=True)
class PageTable:
    """Rows under headings."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[TableCell, ...], ...]
    kind: str = "table"


@dataclass(frozen=True)
class Chart:
    """A plotly figure as plain values, and what it shows in words."""

    caption: str
    alt: str
    """Read aloud in place of the chart, with its numbers."""
    data: Sequence[Mapping[str, Any]]
    layout: Mapping[str, Any]
    height: int = 320
    min_width: int = 0
    """Pixels below which the chart scrolls inside its frame instead of shrinking."""
    kind: str = "chart"


@dataclass(frozen=True)
class Drawing:
    """An SVG of our own."""

    caption: str
    alt: str
    svg: str
    width: int
    kind: str = "drawing"


@dataclass(frozen=True)
class Text:
    """A paragraph, a list, or lines as typed."""

    lines: tuple[str, ...]
    style: Literal["paragraph", "list", "code"] = "paragraph"
    summary: str = ""
    """Where it is set, the text is folded away below these words."""
    kind: str = "text"


Block = PageTable | Chart | Drawing | Text


@dataclass(frozen=True)
class Section:
    """A heading with blocks below it; left out where there are none."""

    title: str
    blocks: Sequence[Block] = field(default_factory=tuple)
    lead: str = ""


def number(value: Any, name: str = "", digits: int = 4) -> TableCell:
    """Return a number's cell, empty for one that is not there."""
    if value is None or pd.isna(value):
        return TableCell("")
    return TableCell(f"{float(value):.{digits}f}", float(value), name=name)


def verdict(words: str) -> TableCell:
    """Return a verdict's cell."""
    return TableCell(words, badges=tuple(words.split(",")))


def tone(words: str) -> Tone:
    """Return how a verdict is to be seen: by the gravest of its words."""
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
    """Return text for a plotly label, which would read tags in it."""
    return html.escape(str(text), quote=False)
