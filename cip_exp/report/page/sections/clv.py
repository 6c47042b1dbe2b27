"""A lifetime-value winner's predictions: against what was spent, and what is left over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cip_exp.evaluation import metrics
from cip_exp.report.page import charts
from cip_exp.report.page.blocks import Block, Chart

if TYPE_CHECKING:
    import pandas as pd

MOST_POINTS = 3_000
"""Drawn of larger tables; figures are of all rows."""
SIDES = (("out of fold", charts.BLUE, False), ("holdout", charts.AMBER, True))


def clv(predictions: pd.DataFrame) -> list[Block]:
    """Return both charts; `predictions` is predictions.csv: fold (or holdout), prediction, target."""
    fit: list[Any] = []
    left: list[Any] = []
    said, spread = [], []
    for name, hue, hollow in SIDES:
        rows = predictions[(predictions["fold"].astype(str) == "holdout") == (name == "holdout")]
        if len(rows) < 2:
            continue
        y, p = rows["target"].to_numpy(dtype=float), rows["prediction"].to_numpy(dtype=float)
        said.append(
            f"{name}: r2 {metrics.r2(y, p):.4f}, mean absolute error {metrics.mae(y, p):.4g} "
            f"over {len(y):,} rows"
        )
        spread.append(f"{name}: mean residual {np.mean(y - p):+.4g}, standard deviation {np.std(y - p):.4g}")
        some = np.random.default_rng(0).permutation(len(y))[:MOST_POINTS]
        look: dict[str, Any] = {"colour": hue, "size": 7, "hollow": hollow, "opacity": 0.65, "name": name}
        fit.append(charts.dots(_short(p[some]), _short(y[some]), **look))
        left.append(charts.dots(_short(p[some]), _short((y - p)[some]), **look))
    if not fit:
        return []
    every = predictions[["prediction", "target"]].to_numpy(dtype=float)
    ends = [float(np.nanmin(every)), float(np.nanmax(every))]
    fit.append(charts.line(ends, ends, colour=charts.GREY, width=1, dash="dot", hoverinfo="skip"))
    left.append(charts.line(ends, [0, 0], colour=charts.GREY, width=1, dash="dot", hoverinfo="skip"))
    first, second = "; ".join(said), "; ".join(spread)
    return [
        Chart(
            f"Predicted against actual ({first})",
            f"Predicted against actual. {first}.",
            fit,
            charts.layout(x="predicted", y="actual"),
            380,
        ),
        Chart(
            "Residuals: actual less predicted",
            f"Residuals. {second}.",
            left,
            charts.layout(x="predicted", y="residual"),
            320,
        ),
    ]


def _short(values: Any) -> list[float]:
    """Return values with six figures each, which is more than a pixel shows."""
    return [float(f"{value:.6g}") for value in values]
