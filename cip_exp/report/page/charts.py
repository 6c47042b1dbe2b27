"""Parts of plotly figures as plain dictionaries, so that nothing has to import plotly to draw them.

Colours stand for meaning and are legible on white as on near-black; text and grid take theirs from the page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cip_exp.report.page.blocks import label, tone

if TYPE_CHECKING:
    from collections.abc import Sequence

BLUE, RED, AMBER, GREEN, GREY = "#3d82d6", "#d64a3f", "#b8790f", "#2b9a69", "#868c96"
BY_TONE = {"bad": RED, "warn": AMBER, "good": GREEN, "none": GREY}
SERIES = (BLUE, AMBER, GREEN, "#9b6bd3", "#c2588a", "#4aa3a8", GREY, RED)
"""For clusters and the like, which have no meaning but to differ."""

Trace = dict[str, Any]


def layout(x: str = "", y: str = "", **more: Any) -> dict[str, Any]:
    """Return a calm layout with these axis titles; `more` goes over it."""
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
    """Return red where a score leaks, amber where it is otherwise in doubt, green where nothing was found.

    Copies and a single factor touch every cell of a table, so they would leave nothing to be told apart.
    """
    return [
        RED if "leaky" in words else {"bad": AMBER}.get(tone(words), BY_TONE[tone(words)])
        for words in verdicts
    ]


def height(rows: int, *, each: int = 30, least: int = 150) -> int:
    """Return a chart's height for so many rows."""
    return max(least, 90 + each * rows)


def short(name: str, width: int = 24) -> str:
    """Return a name for a chart's axis, cut in the middle where it is long."""
    half = (width - 1) // 2
    return label(name if len(name) <= width else f"{name[:half]}…{name[-half:]}")
