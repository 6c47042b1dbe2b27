"""State the business value of a model: profit, or the share of value captured, on held-out rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cip_exp.evaluation import profit
from cip_exp.evaluation.metrics import top_decile_capture
from cip_exp.evaluation.objective import campaign_terms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cip_exp.config.settings import Settings
    from cip_exp.records.table import Features, Split
    from cip_exp.records.trial import Trial

    Array = NDArray[np.float64]

TENTH = "The tenth with the highest predictions (a random tenth holds 10 % on average) holds"


def business_value(
    done: Trial, settings: Settings, features: Features, split: Split, oof: Array, holdout: Array
) -> list[str]:
    """Return the lines of the card: the share in the top tenth, and the profit of a campaign."""
    if features.task == "segments":
        return ["Segments have no score in money."]
    if features.task == "clv":
        share = done.metrics.get("cv_top_decile_capture_mean")
        known = "" if share is None else f"{TENTH} {share:.1%} of all value."
        return [known or "No fold had any value to capture."]
    y, p = _held_out(split, oof)
    lines = []
    if len(y) and np.any(y == 1):
        lines.append(f"{TENTH} {top_decile_capture(y, p):.1%} of all churners.")
    terms = campaign_terms(settings.objective)
    if terms is None:
        step = "objective=profit objective.contact_cost=… objective.value_kept=… objective.success_rate=…"
        return [*lines, f"No costs of a campaign were given, so no profit is stated. To state it: {step}"]
    found = done.metrics
    lines.append(
        f"A contact costs {terms.contact_cost:g}, a kept churner is worth {terms.value_kept:g}, "
        f"{terms.success_rate:.0%} of contacted churners stay, and {terms.capacity:.0%} of the customers "
        "can be contacted."
    )
    if "expected_profit" in found:
        lines.append(
            f"Profit a customer: {found['expected_profit']:.4f} ± {found.get('expected_profit_se', 0):.4f} "
            "on held-out folds, each at a threshold chosen on the other folds; "
            f"{found['profit_contact_all']:.4f} for random customers, as many as can be contacted."
        )
    threshold = found.get("profit_threshold", profit.NO_CONTACT)
    if not np.isfinite(threshold):
        return [*lines, "No threshold pays: contact no customer."]
    lines.append(f"Contact from a probability of {threshold:.4f} on.")
    sealed = split.final.y_test
    if sealed is not None and len(holdout) and split.scheme != "in_sample":
        earned = profit.profit(sealed, holdout, threshold, terms)
        lines.append(
            f"At that threshold the profit a customer of the holdout ({len(sealed)} rows) is {earned:.4f}."
        )
    return lines


def profit_curve(split: Split, oof: Array, terms: profit.CampaignTerms) -> pd.DataFrame:
    """Return share, threshold and profit for each number of contacted held-out customers."""
    curve = profit.profit_curve(*_held_out(split, oof), terms)
    return pd.DataFrame({"share": curve.share, "threshold": curve.threshold, "profit": curve.profit})


def _held_out(split: Split, oof: Array) -> tuple[Array, Array]:
    """Return labels and predictions of the first replicate's held-out rows."""
    y = np.full(oof.shape[1], np.nan)
    for fold in split.folds:
        if fold.replicate == 0 and fold.y_test is not None:
            y[fold.test] = fold.y_test
    kept = ~np.isnan(y) & ~np.isnan(oof[0])
    return y[kept], oof[0][kept]
