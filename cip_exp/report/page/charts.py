"""Parts of plotly figures as plain dictionaries, without importing plotly.

Each colour has a meaning, and is legible on a light and a dark page; text and grid take the page's colours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cip_exp.report.page.blocks import label, tone

if TYPE_CHECKING:
    from collections.abc import Sequence

BLUE, RED, AMBER, GREEN, GREY = "#3d82d6", "#d64a3f", "#b8790f", "#2b9a69", "#868c96"
BY_TONE = {"bad": RED, "warn": AMBER, "good": GREEN, "none": GREY}
SERIES = (BLUE, AMBER, GREEN, "#9b6bd3", "#c2588a", "#4aa3a8", GREY, RED)
"""For clusters and studies, which only have to differ."""

Trace = dict[str, Any]


def layout(x: str = "", y: str = "", **more: Any) -> dict[str, Any]:
    """Return a layout with these axis titles and few lines; `more` overrides it."""
    axis = {"zeroline": False, "automargin": True, "ticks": "", "showline": False}
    base: dict[str, Any] = {
        "xaxis": {**axis, "title": {"text": x}}, "yaxis": {**axis, "title": {"text": y}},
        "margin": {"l": 8, "r": 16, "t": 8, "b": 8},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 13}},
        "hoverlabel": {"font": {"size": 13}},
    }  # fmt: skip
    for key, value in more.items():
        merged = isinstance(value, dict) and isinstance(base.get(key), dict)
        base[key] = {**base[key], **value} if merged else value
    return base


def dots(x: Sequence[Any], y: Sequence[Any], *, colour: Any = BLUE, name: str = "", **more: Any) -> Trace:
    """Return points; `hollow=True` draws rings, `size` is in pixels."""
    hollow, size = more.pop("hollow", False), more.pop("size", 10)
    marker: dict[str, Any] = {"color": colour, "size": size}
    if hollow:
        marker |= {"symbol": "circle-open", "line": {"width": 2, "color": colour}}
    trace: Trace = {"type": "scatter", "mode": "markers", "x": list(x), "y": list(y), "name": name}
    return trace | {"marker": marker, "showlegend": bool(name)} | more


def line(x: Sequence[Any], y: Sequence[Any], *, colour: str = BLUE, name: str = "", **more: Any) -> Trace:
    """Return a line through points."""
    stroke: dict[str, Any] = {"color": colour, "width": more.pop("width", 2)}
    if "dash" in more:
        stroke["dash"] = more.pop("dash")
    trace: Trace = {"type": "scatter", "mode": "lines", "x": list(x), "y": list(y), "name": name}
    return trace | {"line": stroke, "showlegend": bool(name)} | more


def bars(names: Sequence[str], values: Sequence[float], *, colour: Any = BLUE, **more: Any) -> Trace:
    """Return horizontal bars, the first at the bottom."""
    trace: Trace = {"type": "bar", "orientation": "h", "y": list(names), "x": list(values)}
    return trace | {"marker": {"color": colour}, "showlegend": False} | more


def colours(verdicts: Sequence[str]) -> list[str]:
    """Return red for leaky, amber for duplicated, degenerate or suspect, green for ok, grey for unaudited.

    Copies and a single factor concern every cell of a table: red for them too would mark all cells alike.
    """
    return [
        RED if "leaky" in words else {"bad": AMBER}.get(tone(words), BY_TONE[tone(words)])
        for words in verdicts
    ]


def height(rows: int, *, each: int = 30, least: int = 150) -> int:
    """Return the height of a chart of `rows` rows, in pixels."""
    return max(least, 90 + each * rows)


def short_label(name: str, width: int = 24) -> str:
    """Return a name for a chart's axis, shortened in the middle to `width` characters."""
    half = (width - 1) // 2
    return label(name if len(name) <= width else f"{name[:half]}…{name[-half:]}")
