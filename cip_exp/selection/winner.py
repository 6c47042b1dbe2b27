"""Choose the winner among configurations that can be compared; nothing is fitted and nothing is written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cip_exp.evaluation.metrics import metric_of
from cip_exp.evaluation.statistics import corrected_se
from cip_exp.records.baseline_scores import is_dummy
from cip_exp.records.grouping import axis_values, group_by_axes
from cip_exp.records.sweep_context import OPEN_HOLDOUT_AXES, SweepContext
from cip_exp.records.vocabulary import OF_A_WINNER, Tag

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cip_exp.records.trial import Trial

OWN_PARAMETERS = "the model's own parameters"


@dataclass(frozen=True)
class Winner:
    """The winner among configurations that can be compared."""

    members: tuple[Trial, ...]
    """Its replicates; the one trial of a search."""
    confirmed: Trial | None = None
    """The same configuration on fresh splits."""

    @property
    def shown(self) -> tuple[Trial, ...]:
        """The trials whose scores are shown: on fresh splits where there are any, and on the holdout."""
        if self.confirmed is None:
            return self.members
        (first,) = self.members
        won = {name: value for name, value in first.metrics.items() if name.startswith(OF_A_WINNER)}
        own = {tag: first.tags[tag] for tag in (Tag.VERDICT, Tag.BEATS_BASELINE) if tag in first.tags}
        tags = {**self.confirmed.tags, **own}
        metrics = {**self.confirmed.metrics, **won}
        shown = replace(self.confirmed, tags=tags, metrics=metrics, overrides=first.overrides)
        return (replace(shown, notes=first.notes, winner_notes=first.winner_notes),)

    @property
    def objective(self) -> float:
        """Mean objective over the shown trials."""
        return mean_objective(self.shown)


@dataclass(frozen=True)
class Choice:
    """The configuration that wins, before it is completed and becomes a `Winner`."""

    members: tuple[Trial, ...]
    confirmed: Trial | None = None
    notes: tuple[str, ...] = ()
    """How it compares with the model's own parameters."""


def group_rivals(trials: Sequence[Trial], sweep: SweepContext) -> list[list[list[Trial]]]:
    """Return groups of configurations that compete; each configuration is a list of its replicates.

    Configurations compete where they have the same task and the same rows: the same values on the axes that
    change data, features, split or audit. Scores in different metrics do not compete. Dummies do not compete:
    a question that has only dummies has no group.
    """
    rivals: dict[tuple[str, ...], list[list[Trial]]] = {}
    question = question_axes(sweep)
    complete = [trial for trial in trials if trial.state == "complete" and not is_dummy(trial)]
    # Each trial of a search is a configuration of its own, even where a sampler proposed one twice.
    configurations = [[t] for t in complete] if sweep.search else group_by_axes(complete, sweep.axes).values()
    for members in configurations:
        key = (members[0].task, members[0].primary, *axis_values(members[0], question))
        rivals.setdefault(key, []).append(members)
    return list(rivals.values())


def question_axes(sweep: SweepContext) -> list[str]:
    """Return the axes that change what is asked: configurations compete within their values only."""
    return [axis for axis in sweep.axes if sweep.search or axis.split(".")[0] in OPEN_HOLDOUT_AXES]


def standing_winners(
    trials: Sequence[Trial], confirmed: Sequence[Trial], figures: Mapping[str, float], sweep: SweepContext
) -> list[Winner] | None:
    """Return the winners that a search chose when it ended last; None where it has to choose anew.

    Args:
        trials: of the search.
        confirmed: of its confirm stage.
        figures: the metrics of the parent run as they were written last.
        sweep: the search.
    """
    # An interrupted run writes counts and chooses no winner: an older winner does not cover its trials.
    if figures.get("n_trials") != len(trials) or "best_objective" not in figures:
        return None
    again = {each.number: each for each in confirmed}
    winners = []
    for rivals in group_rivals(trials, sweep):
        won = [each for (each,) in rivals if Tag.WINNER in each.tags]
        if len(won) != 1:
            return None
        winners.append(Winner((won[0],), again.get(won[0].number)))
    return winners


def choose(
    rivals: Sequence[list[Trial]], confirmed: Sequence[Trial] = (), own: int | None = None,
    margin: float | None = None,
) -> Choice:  # fmt: skip
    """Choose among configurations that compete: by their fresh scores where there are any.

    Args:
        rivals: of one question.
        confirmed: those of them that were scored again on fresh splits.
        own: the number of the trial with the model's own parameters.
        margin: standard errors by which those have to be beaten; None for no such rule.
    """
    whole = [each for each in confirmed if each.state == "complete"]
    if not whole:
        return Choice(tuple(rivals[int(np.argmax([mean_objective(members) for members in rivals]))]))
    best, notes = best_confirmed(whole, own, margin)
    (first,) = next(each for each in rivals if each[0].number == best.number)
    return Choice((first,), best, notes)


def best_confirmed(
    confirmed: Sequence[Trial], own: int | None, margin: float | None
) -> tuple[Trial, tuple[str, ...]]:
    """Return the best of the confirmed trials, and how it compares with the model's own parameters.

    `own` is the number of the trial with the model's own parameters. With a margin that trial wins,
    unless the best is ahead of it by so many standard errors.
    """
    best = max(confirmed, key=lambda each: each.objective)
    plain = next((each for each in confirmed if each.number == own), None)
    if plain is None:
        return best, ()
    if plain is best:
        return best, (f"{OWN_PARAMETERS} are the best on fresh folds",)
    ahead, error = lead(best, plain)
    found = f"trial {best.number} is ahead of them by {ahead:.3g} on fresh folds, standard error {error:.3g}"
    if margin is not None and not ahead > margin * error:
        return plain, (f"{OWN_PARAMETERS} stay: {found}",)
    return best, (f"{OWN_PARAMETERS} are beaten: {found}",)


def lead(best: Trial, other: Trial) -> tuple[float, float]:
    """Return by how much one confirmed trial is better than another on the same folds, and the error of that.

    The error is Nadeau and Bengio's (2003) standard error of the paired differences of the primary metric.
    """
    signed = metric_of(best).signed
    ahead = signed(np.array(best.folds[best.primary])) - signed(np.array(other.folds[other.primary]))
    ahead = ahead[np.isfinite(ahead)]
    return float(ahead.mean()), corrected_se(ahead, best.test_ratio)


def best_winner(winners: Sequence[Winner]) -> Winner | None:
    """Return the best winner that does not leak (of all, if all do); None where none can be compared."""
    if len({(winner.members[0].task, winner.members[0].primary) for winner in winners}) != 1:
        return None
    # The winner of an outer fold estimates the procedure; it is no model to keep.
    whole = [each for each in winners if not is_outer(each.members[0])] or list(winners)
    honest = [winner for winner in whole if "leaky" not in winner.members[0].tags[Tag.VERDICT]]
    # Where copies were kept together in some cells, cells with copies on both sides do not compete.
    together = [winner for winner in honest or whole if _twins(winner) == "group"]
    return max(together or honest or whole, key=lambda winner: winner.objective)


def is_outer(done: Trial) -> bool:
    """Tell whether an outer fold of `split=nested` takes the place of the holdout."""
    return done.params.get("split.outer", "None") != "None"


def mean_objective(members: Sequence[Trial]) -> float:
    """Return the mean objective of the replicates of a configuration."""
    return float(np.mean([trial.objective for trial in members]))


def _twins(winner: Winner) -> str:
    return winner.members[0].params.get("split.twins", "")
