"""The objectives that a search maximises, as functions of an evaluation; raw scores are recorded as well.

Greater is better for any metric: the objective of a loss (`log_loss`, `rmse`) is computed from its negative,
as scikit-learn's scorers `neg_log_loss` and `neg_root_mean_squared_error` are.

Their effect on a search's winner was measured by `benchmarks/overtuning`: Δ regret × 100 against the mean,
negative is better, 18 searches for ROC AUC and for F1. After Holm's correction none is significant.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cip_exp.errors import TrialError
from cip_exp.evaluation.metrics import TASKS, metric_of
from cip_exp.evaluation.profit import CampaignTerms, expected_profit
from cip_exp.evaluation.statistics import corrected_se
from cip_exp.records.trial import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cip_exp.config.schemas import ObjectiveSettings
    from cip_exp.records.table import Split
    from cip_exp.records.trial import Evaluation


def mean(evaluation: Evaluation) -> float:
    """Return the mean of the primary metric over all folds, in its own direction.

    The other objectives are measured against it. As the quoted score of a search's winner it is too high: by
    2.4 points of ROC AUC (108 searches) and 2.6 of F1 (81 searches).
    """
    return float(np.mean(evaluation.test[evaluation.primary]))


def signed_mean(evaluation: Evaluation) -> float:
    """Return the mean so that greater is better: that of a loss is its negative."""
    return metric_of(evaluation).signed(mean(evaluation))


def lower_bound(evaluation: Evaluation, multiple: float) -> float:
    """Return the signed mean less `multiple` corrected standard errors (Nadeau & Bengio 2003).

    Measured: AUC −0.44 [−1.48, +0.28], F1 −0.33 [−4.05, +3.35]; before this project, on ten small customer
    tables, +0.13. Its effect cannot be distinguished from chance.
    """
    scores = evaluation.test[evaluation.primary]
    return signed_mean(evaluation) - multiple * corrected_se(scores, evaluation.test_ratio)


def gap(evaluation: Evaluation) -> float:
    """Return how much better the training score is than the validation score, on average over folds."""
    metric = metric_of(evaluation)
    return metric.gap(float(np.mean(evaluation.train[metric.name])), mean(evaluation))


def gap_penalty(evaluation: Evaluation, weight: float, tolerance: float) -> float:
    """Return the signed mean less `weight` times the gap beyond `tolerance`, both in the metric's unit.

    Measured: with a weight of 1 it harms (AUC +1.40 [−0.11, +2.81], F1 +3.29 [+0.06, +7.05]; before this
    project, on ten small customer tables, AUC +0.91 [+0.16, +1.64]), since the training score of a forest is
    near 1 in any case, and the penalty makes forests underfit; 0.2 does little (AUC +0.31 [+0.01, +0.77]).
    """
    return signed_mean(evaluation) - weight * max(0.0, gap(evaluation) - tolerance)


def worst_seed(evaluation: Evaluation, quantile: float) -> float:
    """Return a low quantile of the replicates' signed means; quantile 0 is the worst seed.

    With one replicate it is the mean. Measured: AUC −0.01 [−1.00, +1.03], F1 −0.38 [−2.76, +1.61].
    """
    scores, k = metric_of(evaluation).signed(evaluation.test[evaluation.primary]), evaluation.n_folds
    means = [float(np.mean(scores[start : start + k])) for start in range(0, len(scores), k)]
    return float(np.quantile(means, quantile))


def second_objective(evaluation: Evaluation, what: str) -> float:
    """Return the second objective of `pareto`, greater is better: the negative gap, or the negative fit time.

    Its effect was not measured, since a Pareto front has no single winner. The trial with the best mean is
    taken as the winner.
    """
    return -gap(evaluation) if what == "gap" else -evaluation.fit_seconds


def campaign_terms(settings: ObjectiveSettings) -> CampaignTerms | None:
    """Return the campaign of `objective=profit`; None for any other objective."""
    if settings.name != "profit":
        return None
    return CampaignTerms(settings.contact_cost, settings.value_kept, settings.success_rate, settings.capacity)


def add_profit(evaluation: Evaluation, settings: ObjectiveSettings, divided: Split) -> Evaluation:
    """Add the campaign's profit on held-out folds, each at a threshold chosen on the other folds."""
    campaign = campaign_terms(settings)
    if campaign is None:
        return evaluation
    forward = divided.scheme == "temporal"
    found = expected_profit(evaluation.oof, divided.folds, campaign, forward=forward)
    earned = {
        "expected_profit": float(np.mean(found.folds)) if len(found.folds) else float("nan"),
        "expected_profit_se": corrected_se(found.folds, evaluation.test_ratio),
        "profit_threshold": found.threshold,
        "profit_contact_all": found.contact_all,
    }
    line = (
        f"profit a customer {earned['expected_profit']:.4f} ± {earned['expected_profit_se']:.4f}, each fold "
        "at the threshold chosen on the other folds; "
        f"{found.contact_all:.4f} for random customers, as many as can be contacted"
    )
    extras = {**evaluation.extras, **earned}
    return replace(evaluation, extras=extras, notes=(*evaluation.notes, line))


def top_decile(evaluation: Evaluation) -> float:
    """Return the share of all value in the tenth with the highest predictions, averaged over folds."""
    return float(np.mean(evaluation.test["top_decile_capture"]))


def objective(evaluation: Evaluation, settings: ObjectiveSettings) -> float:
    """Return the value of the chosen objective (of `pareto`, the first); greater is better for any metric.

    `repeated` is the mean too: its folds are repeated when the rows are split. Measured, 5 × 5 folds at equal
    fits: AUC +0.05 [−0.59, +0.65], F1 −0.31 [−2.46, +1.30]; at five times the fits AUC −0.25
    [−1.41, +0.67].

    Raises:
        TrialError: the value is not a finite number.
    """
    value = {
        "mean": lambda: signed_mean(evaluation),
        "repeated": lambda: signed_mean(evaluation),
        "pareto": lambda: signed_mean(evaluation),
        "lower_bound": lambda: lower_bound(evaluation, settings.multiple),
        "gap_penalty": lambda: gap_penalty(evaluation, settings.weight, settings.tolerance),
        "worst_seed": lambda: worst_seed(evaluation, settings.quantile),
        "profit": lambda: evaluation.extras["expected_profit"],
        "top_decile": lambda: top_decile(evaluation),
    }[settings.name]()
    if not np.isfinite(value):
        msg = f"objective={settings.name} is {value}: {_undefined(evaluation)}"
        raise TrialError(msg)
    return value


def _undefined(evaluation: Evaluation) -> str:
    """Return why an objective may be no number."""
    scores = evaluation.test[evaluation.primary]
    missing = int(np.count_nonzero(~np.isfinite(scores)))
    if not missing:
        return "the scores of some fold are undefined"
    return (
        f"{evaluation.primary} is undefined in {missing} of {len(scores)} folds, for example where all rows "
        "are of one class or all predictions are equal; fewer folds (split.n_splits) have more rows each"
    )


def verdict(
    evaluation: Evaluation, settings: ObjectiveSettings, words: str, reasons: tuple[str, ...] = ()
) -> Verdict:
    """Return the objective, whether the model overfits, and whether it meets the source's thresholds.

    Whether it overfits is by `Metric.overfits`; the source's thresholds and bands are about the task's own
    metric, whichever one is the primary. `words` is the verdict of the audit.
    """
    task = TASKS[evaluation.task]
    means = validation_means(evaluation)
    return Verdict(
        objective=objective(evaluation, settings),
        words=words,
        overfit=metric_of(evaluation).overfits(gap(evaluation), means[evaluation.primary]),
        meets_criteria=task.meets(means),
        band=task.band(means),
        reasons=reasons,
    )


def validation_means(evaluation: Evaluation) -> Mapping[str, float]:
    """Return the mean of each metric over the folds in which it is defined."""
    return {name: _defined_mean(scores) for name, scores in evaluation.test.items()}


def _defined_mean(scores: np.ndarray) -> float:
    defined = scores[~np.isnan(scores)]
    return float(defined.mean()) if len(defined) else float("nan")
