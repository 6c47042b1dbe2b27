"""Charts of a lifetime-value model's predictions: predicted against actual value, and residuals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cip_exp.evaluation import metrics
from cip_exp.report.page import charts
from cip_exp.report.page.blocks import Block, Chart

if TYPE_CHECKING:
    import pandas as pd

MOST_POINTS = 3_000
"""Points in a chart at most; the scores are of all rows."""
SIDES = (("out of fold", charts.BLUE, False), ("holdout", charts.AMBER, True))


def clv_blocks(predictions: pd.DataFrame) -> list[Block]:
    """Return both charts; `predictions` is predictions.csv: fold (or holdout), prediction, target."""
    fit: list[Any] = []
    residuals: list[Any] = []
    scores, spread = [], []
    for name, hue, hollow in SIDES:
        rows = predictions[(predictions["fold"].astype(str) == "holdout") == (name == "holdout")]
        if len(rows) < 2:
            continue
        y, p = rows["target"].to_numpy(dtype=float), rows["prediction"].to_numpy(dtype=float)
        scores.append(
            f"{name}: r2 {metrics.r2(y, p):.4f}, mean absolute error {metrics.mae(y, p):.4g} "
            f"over {len(y):,} rows"
        )
        spread.append(f"{name}: mean residual {np.mean(y - p):+.4g}, standard deviation {np.std(y - p):.4g}")
        some = np.random.default_rng(0).permutation(len(y))[:MOST_POINTS]
        style: dict[str, Any] = {"colour": hue, "size": 7, "hollow": hollow, "opacity": 0.65, "name": name}
        fit.append(charts.dots(_short(p[some]), _short(y[some]), **style))
        residuals.append(charts.dots(_short(p[some]), _short((y - p)[some]), **style))
    if not fit:
        return []
    every = predictions[["prediction", "target"]].to_numpy(dtype=float)
    ends = [float(np.nanmin(every)), float(np.nanmax(every))]
    fit.append(charts.line(ends, ends, colour=charts.GREY, width=1, dash="dot", hoverinfo="skip"))
    residuals.append(charts.line(ends, [0, 0], colour=charts.GREY, width=1, dash="dot", hoverinfo="skip"))
    return [
        Chart(
            f"Predicted against actual ({'; '.join(scores)})",
            f"Predicted against actual. {'; '.join(scores)}.",
            fit,
            charts.layout(x="predicted", y="actual"),
            380,
        ),
        Chart(
            "Residuals: actual minus predicted",
            f"Residuals. {'; '.join(spread)}.",
            residuals,
            charts.layout(x="predicted", y="residual"),
            320,
        ),
    ]


def _short(values: Any) -> list[float]:
    """Return values with six significant digits: finer than a pixel, and a smaller file."""
    return [float(f"{value:.6g}") for value in values]
