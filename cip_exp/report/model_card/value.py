"""What a model is worth in money or in value caught, on rows that it was not fitted on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cip_exp.evaluation import profit
from cip_exp.evaluation.metrics import top_decile_capture
from cip_exp.evaluation.objective import terms as terms_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cip_exp.config.settings import Settings
    from cip_exp.records.table import Features, Split
    from cip_exp.records.trial import Trial

    Array = NDArray[np.float64]

TENTH = "The tenth with the highest predictions (one drawn blindly holds 10 % on average) holds"


def worth(
    done: Trial, settings: Settings, features: Features, split: Split, oof: Array, holdout: Array
) -> list[str]:
    """Return the lines of the card: the top tenth's capture, and the profit of a campaign with terms."""
    if features.task == "segments":
        return ["Segments are not scored in money."]
    if features.task == "clv":
        share = done.metrics.get("cv_top_decile_capture_mean")
        known = "" if share is None else f"{TENTH} {share:.1%} of all value."
        return [known or "No fold had value to catch."]
    y, p = _held_out(split, oof)
    lines = []
    if len(y) and np.any(y == 1):
        lines.append(f"{TENTH} {top_decile_capture(y, p):.1%} of all churners.")
    terms = terms_of(settings.objective)
    if terms is None:
        step = "objective=profit objective.contact_cost=… objective.value_kept=… objective.success_rate=…"
        return [*lines, f"No campaign's terms were given, so no profit is stated: {step}"]
    found = done.metrics
    lines.append(
        f"A contact costs {terms.contact_cost:g}, a kept churner is worth {terms.value_kept:g}, "
        f"{terms.success_rate:.0%} of contacted churners stay, and {terms.capacity:.0%} of the customers "
        "can be contacted."
    )
    if "expected_profit" in found:
        lines.append(
            f"Profit a customer: {found['expected_profit']:.4f} ± {found.get('expected_profit_se', 0):.4f} "
            "on held-out folds, each at a threshold chosen on the others; "
            f"{found['profit_contact_all']:.4f} if as many as can be are contacted blindly."
        )
    threshold = found.get("profit_threshold", profit.NOBODY)
    if not np.isfinite(threshold):
        return [*lines, "No threshold pays: contact nobody."]
    lines.append(f"Contact from a probability of {threshold:.4f} on.")
    sealed = split.final.y_test
    if sealed is not None and len(holdout) and split.scheme != "in_sample":
        earned = profit.profit(sealed, holdout, threshold, terms)
        lines.append(f"At that threshold the holdout's {len(sealed)} customers bring {earned:.4f} each.")
    return lines


def profit_curve(split: Split, oof: Array, terms: profit.Terms) -> pd.DataFrame:
    """Return share, threshold and profit of contacting more and more of the held-out customers."""
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
