"""Charts of a churn model's predictions: confusion, ROC, precision and recall, calibration, lift, gain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cip_exp.evaluation import metrics
from cip_exp.report.page import charts
from cip_exp.report.page.blocks import Block, Chart, PageTable, TableCell

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

BINS = 10
POINTS = 400
"""Points on a curve at most; more are not visible."""
SIDES = (("out of fold", charts.BLUE, "solid"), ("holdout", charts.AMBER, "dash"))


def churn_blocks(predictions: pd.DataFrame) -> list[Block]:
    """Return table and charts; `predictions` is predictions.csv: fold (or holdout), prediction, target."""
    sides = {}
    for name, hue, dash in SIDES:
        rows = predictions[(predictions["fold"].astype(str) == "holdout") == (name == "holdout")]
        y, p = rows["target"].to_numpy(dtype=float), rows["prediction"].to_numpy(dtype=float)
        if len(rows) and 0 < y.sum() < len(y):
            sides[name] = (y, p, hue, dash)
    if not sides:
        return []
    blocks: list[Block] = [_confusion(name, y, p) for name, (y, p, *_) in sides.items()]
    return [
        *blocks,
        _curve(sides, "roc"),
        _curve(sides, "pr"),
        _calibration(sides),
        _gain(sides),
        _lift(sides),
    ]


def _confusion(name: str, y: Array, p: Array) -> PageTable:
    called = p > 0.5
    counts = [[int(np.sum((y == truth) & (called == guess))) for guess in (1, 0)] for truth in (1, 0)]
    rows = tuple(
        (TableCell(word), *(TableCell(f"{n:,} ({n / max(1, sum(line)):.0%})", float(n)) for n in line))
        for word, line in zip(("churned", "stayed"), counts, strict=True)
    )
    return PageTable(
        f"Confusion matrix, {name}, at a probability of one half",
        ("actual", "predicted churn", "predicted stay"),
        rows,
    )


def _thin(*columns: Array) -> list[list[float]]:
    at = np.unique(np.linspace(0, len(columns[0]) - 1, POINTS).round().astype(int))
    return [np.round(column[at], 5).tolist() for column in columns]


def _ranked(y: Array, p: Array) -> tuple[Array, Array]:
    """Return churners found and customers called, the likeliest first; equal probabilities are one step."""
    order = np.argsort(-p, kind="stable")
    found = np.cumsum(y[order])
    last = np.r_[np.diff(p[order]) != 0, True]
    return np.r_[0.0, found[last]], np.r_[0.0, (np.arange(len(y)) + 1.0)[last]]


def _curve(sides: dict[str, Any], kind: str) -> Chart:
    data: list[Any] = []
    described = []
    for name, (y, p, hue, dash) in sides.items():
        found, called = _ranked(y, p)
        if kind == "roc":
            x, h = _thin((called - found) / np.sum(y == 0), found / y.sum())
            described.append(f"{name}: area {metrics.roc_auc(y, p):.4f}")
        else:
            x, h = _thin(found[1:] / y.sum(), found[1:] / called[1:])
            described.append(
                f"{name}: average precision {metrics.average_precision(y, p):.4f}, "
                f"share of churners {y.mean():.4f}"
            )
            data.append(
                charts.line([0, 1], [y.mean()] * 2, colour=charts.GREY, width=1, dash="dot", hoverinfo="skip")
            )
        data.append(charts.line(x, h, colour=hue, dash=dash, name=name))
    if kind == "roc":
        data.append(charts.line([0, 1], [0, 1], colour=charts.GREY, width=1, dash="dot", hoverinfo="skip"))
        return _square(
            "ROC", "share of stayers predicted to churn", "share of churners found", data, described
        )
    return _square("Precision and recall", "recall", "precision", data, described)


def _square(caption: str, x: str, y: str, data: list[Any], described: list[str]) -> Chart:
    """Return a chart whose axes are both shares."""
    text = "; ".join(described)
    drawn = charts.layout(x=x, y=y, xaxis={"range": [-0.02, 1.02]}, yaxis={"range": [-0.02, 1.04]})
    return Chart(f"{caption} ({text})", f"{caption}. {text}.", data, drawn, 340)


def _calibration(sides: dict[str, Any]) -> Chart:
    """Return the share that churned in each tenth of the probabilities."""
    data = [charts.line([0, 1], [0, 1], colour=charts.GREY, width=1, dash="dot", hoverinfo="skip")]
    described = []
    for name, (y, p, hue, dash) in sides.items():
        bins = np.minimum((p * BINS).astype(int), BINS - 1)
        there = [b for b in range(BINS) if np.any(bins == b)]
        x, h = [float(p[bins == b].mean()) for b in there], [float(y[bins == b].mean()) for b in there]
        sizes = [int(np.sum(bins == b)) for b in there]
        data.append(
            charts.line(
                x,
                h,
                colour=hue,
                dash=dash,
                name=name,
                mode="lines+markers",
                text=[f"{n:,} customers" for n in sizes],
            )
        )
        error = sum(n * abs(a - b) for a, b, n in zip(x, h, sizes, strict=True)) / len(y)
        described.append(f"{name}: mean distance {error:.4f}")
    return _square("Calibration", "predicted probability", "share that churned", data, described)


def _gain(sides: dict[str, Any]) -> Chart:
    data = [charts.line([0, 1], [0, 1], colour=charts.GREY, width=1, dash="dot", hoverinfo="skip")]
    described = []
    for name, (y, p, hue, dash) in sides.items():
        found, called = _ranked(y, p)
        x, h = _thin(called / len(y), found / y.sum())
        data.append(charts.line(x, h, colour=hue, dash=dash, name=name))
        fifth = np.interp(0.2, called / len(y), found / y.sum())
        described.append(f"{name}: the first fifth holds {fifth:.0%} of the churners")
    return _square("Gain", "share of customers contacted", "share of churners reached", data, described)


def _lift(sides: dict[str, Any]) -> Chart:
    data = [charts.line([0, 1], [1, 1], colour=charts.GREY, width=1, dash="dot", hoverinfo="skip")]
    described = []
    for name, (y, p, hue, dash) in sides.items():
        found, called = _ranked(y, p)
        share, lift = called[1:] / len(y), found[1:] / called[1:] / y.mean()
        x, h = _thin(share, lift)
        data.append(charts.line(x, h, colour=hue, dash=dash, name=name))
        described.append(f"{name}: {np.interp(0.2, share, lift):.2f} in the first fifth")
    text = "; ".join(described)
    drawn = charts.layout(
        x="share of customers contacted", y="lift over a random choice", yaxis={"rangemode": "tozero"}
    )
    return Chart(f"Lift ({text})", f"Lift. {text}.", data, drawn, 340)
