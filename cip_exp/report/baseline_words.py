"""Say in words whether models beat the baselines: a sentence for a task, and a few words for a table."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cip_exp.evaluation.metrics import TASKS
from cip_exp.records.grouping import WORD_ORDER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cip_exp.records.baseline_scores import BaselineComparison, ComparedModel

METRIC_WORDS = {
    "f1": "F1", "roc_auc": "AUC", "r2": "R²", "rmse": "RMSE", "mae": "MAE", "log_loss": "log loss",
    "average_precision": "average precision", "spearman": "rank correlation",
}  # fmt: skip
EVERYONE = "calling everyone a churner"


def headlines(compared: Sequence[ComparedModel]) -> list[str]:
    """Return for each task whether the best model beats the baselines, and a line of remarks where needed.

    Of several questions (data and features) it is about the best model whose data has a good verdict.
    """
    groups: dict[tuple[str, str], list[ComparedModel]] = {}
    for each in compared:
        groups.setdefault((each.task, each.metric), []).append(each)
    return [line for group in groups.values() for line in _headline(group) if line]


def standing(found: ComparedModel | None) -> str:
    """Return for the table why a model has no band; empty where it has one."""
    if found is None or found.beats == "true":
        return ""
    if found.is_dummy:
        return "a baseline itself"
    clearly = "clearly " if found.beats == "unclear" else ""
    return f"not {clearly}better than {_short(found.hardest)}"


def baselines_of_questions(compared: Sequence[ComparedModel]) -> list[ComparedModel]:
    """Return for each question the model whose comparisons have its baselines: the chosen one, if any.

    A model that is the untuned baseline itself is compared with the dummy only, so another is preferred.
    """
    ranked = sorted(compared, key=lambda each: (each.is_untuned, not each.chosen))
    found: dict[tuple[str, str, str], ComparedModel] = {}
    for each in ranked:
        found.setdefault((each.task, each.metric, each.question), each)
    return sorted(found.values(), key=compared.index)


def _headline(group: Sequence[ComparedModel]) -> list[str]:
    best = _best(group)
    if best is None:
        names = ", ".join(dict.fromkeys(each.name for each in group))
        what = "is a baseline itself" if len(group) == 1 else "are baselines themselves"
        return [f"{names} {what}: no model was scored."]
    rivals = [each for each in group if each.question == best.question and not each.is_dummy]
    words = best.verdict.replace(",", ", ")
    doubt = f"Do not believe these scores: {words}. " if _doubtful(best) else ""
    remarks = " ".join(filter(None, (_everyone(best), _other_questions(group))))
    return [f"{doubt}{_answer(best, rivals)}", remarks]


def _best(group: Sequence[ComparedModel]) -> ComparedModel | None:
    """Return the chosen model with the best mean among those whose verdict is not grave, or among all."""
    chosen = [each for each in group if each.chosen] or [each for each in group if not each.is_dummy]
    good = [each for each in chosen if not _doubtful(each)] or chosen
    sign = 1.0 if TASKS[group[0].task].metrics[group[0].metric].greater_is_better else -1.0
    return max(good, key=lambda each: sign * each.means[each.metric], default=None)


def _doubtful(found: ComparedModel) -> bool:
    return bool(set(found.verdict.split(",")) & set(WORD_ORDER))


def _answer(best: ComparedModel, rivals: Sequence[ComparedModel]) -> str:
    hardest, metric = best.hardest, METRIC_WORDS.get(best.metric, best.metric)
    if best.beats == "true":
        others = [each.label for each in best.comparisons if each is not hardest]
        names = " and ".join([hardest.label, *others])
        itself = ", and is itself the untuned baseline" if best.is_untuned else ""
        verb = "is ahead of" if _doubtful(best) else "beats"  # a score that is not believed gets no praise
        return (
            f"{_name(best)} {verb} {names}{itself}: {_own(best)} against {_score(hardest, best.metric)}, "
            f"{_number(hardest.difference)} better ({_interval(hardest)})."
        )
    if best.beats == "unclear":
        beaten = [each.label for each in best.comparisons if each is not hardest and each.low > 0]
        first = f"beats {' and '.join(beaten)}, and " if beaten and not _doubtful(best) else ""
        lead = f"{_name(best)} {first}is ahead of {hardest.label} by {_number(hardest.difference)} {metric}"
        if math.isnan(hardest.low):
            return f"{_name(best)} cannot be compared with {hardest.label}: too few folds have a score."
        return f"{lead} ({_interval(hardest)}): too little to tell apart."
    several = len(rivals) > 1 and not any(each.beats == "true" for each in rivals)
    if several:
        first = f"No model beats {hardest.label}: the best, {_name(best)}, has {_own(best)}"
    else:
        first = f"{_name(best)} does not beat {hardest.label}: it has {_own(best)}"
    return f"{first}, the baseline {_score(hardest, best.metric)}."


def _everyone(best: ComparedModel) -> str:
    """Return a sentence where F1 rewards calling everyone a churner, with AUC, which does not."""
    found = next((each for each in best.comparisons if each.label == EVERYONE), None)
    if found is None or best.metric != "f1":
        return ""
    untuned = [each for each in best.comparisons if each.kind == "untuned"]
    others = "".join(f", {_short(each)} {_number(each.means['roc_auc'])}" for each in (*untuned, found))
    return (
        f"F1 rewards {EVERYONE} ({_number(found.means['f1'])}), AUC does not: "
        f"{best.model} {_number(best.means['roc_auc'])}{others}."
    )


def _other_questions(group: Sequence[ComparedModel]) -> str:
    """Return in how many of several questions a model beats the baselines."""
    questions = dict.fromkeys(each.question for each in group)
    if len(questions) < 2:
        return ""
    beaten = {each.question for each in group if each.beats == "true" and not _doubtful(each)}
    what = f"A model beats the baselines in {len(beaten)} of {len(questions)} cells of data and features"
    doubted = {each.question for each in group if _doubtful(each)}
    be = "is" if len(doubted) == 1 else "are"
    return f"{what}; {len(doubted)} {be} not to be believed." if doubted else f"{what}."


def _name(found: ComparedModel) -> str:
    return f"{found.name} with {found.question}" if found.question else found.name


def _short(found: BaselineComparison) -> str:
    return "the untuned baseline" if found.kind == "untuned" else found.label


def _own(found: ComparedModel) -> str:
    return f"{METRIC_WORDS.get(found.metric, found.metric)} {_number(found.means[found.metric])}"


def _score(found: BaselineComparison, metric: str) -> str:
    return _number(found.means[metric])


def _interval(found: BaselineComparison) -> str:
    return f"95 % interval {_number(found.low)} to {_number(found.high)}"


def _number(value: float) -> str:
    """Return three decimals; one for a number in the hundreds, as errors in money are."""
    return f"{value:,.1f}" if abs(value) >= 100 else f"{value:.3f}"
