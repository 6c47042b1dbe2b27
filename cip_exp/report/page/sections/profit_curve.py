"""Chart of the profit of a campaign by the share of customers contacted, the likeliest churners first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cip_exp.report.page import charts
from cip_exp.report.page.blocks import Chart

if TYPE_CHECKING:
    import pandas as pd

    from cip_exp.records.trial import Trial

POINTS = 400
"""Points on the curve at most."""


def profit_chart(table: pd.DataFrame, trial: Trial) -> Chart:
    """Return the profit curve; `table` is profit_curve.csv: share, threshold and profit, out of fold."""
    at = np.unique(np.linspace(0, len(table) - 1, POINTS).round().astype(int))
    x, h = (table[name].to_numpy(dtype=float)[at].round(5).tolist() for name in ("share", "profit"))
    capacity = float(trial.params["objective.capacity"])
    expected, at_random = trial.metrics["expected_profit"], trial.metrics["profit_contact_all"]
    threshold = trial.metrics.get("profit_threshold")
    chosen = "no contact pays" if threshold is None else f"best from a probability of {threshold:.4f} on"
    described = (
        f"{chosen}; {expected:.4f} a customer where each fold's threshold is chosen on the other folds, "
        f"{at_random:.4f} for random customers, as many as can be contacted"
    )
    data = [
        charts.line([0, 1], [0, float(table["profit"].iloc[-1])], colour=charts.GREY, width=1, dash="dot"),
        charts.line([capacity] * 2, [min(h), max(h)], colour=charts.GREY, dash="dash", name="capacity"),
        charts.line(x, h, name="likeliest first, out of fold"),
    ]
    drawn = charts.layout(x="share of customers contacted", y="profit a customer")
    return Chart(
        f"Profit of a campaign ({described})", f"Profit of a campaign. {described}.", data, drawn, 340
    )
