"""Winners: who competes with whom, the model on all training rows, the opened holdout, the quoted score."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cip_exp.app import store_access
from cip_exp.records.grouping import axis_values, group_by_axes
from cip_exp.records.sweep_context import OPEN_HOLDOUT_AXES, SweepContext
from cip_exp.selection import confirmation
from cip_exp.selection.quote import BEGINNINGS, holdout_interval, quote_note, quote_winner
from cip_exp.track import sweep_folder as folder
from cip_exp.trial.artifacts import save_artifacts
from cip_exp.trial.diagnostics import diagnose
from cip_exp.trial.final import fit_and_open_holdout
from cip_exp.trial.score_decomposition import decompose_score, decomposition_metrics, decomposition_note

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cip_exp.config.settings import Settings
    from cip_exp.records.trial import Trial
    from cip_exp.track.connect import Store

    Compose = Callable[[Sequence[str]], Settings]

SEARCH_SEEDS = 5
"""Fits that the winner of a search averages."""
OPENINGS = "holdout_openings.jsonl"
FIGURES = "figures.json"
DEFAULTS = "the model's own parameters"
"""How the line begins that compares a winner with them."""
CROWN = ("test_", "quoted_", "bbc_", "optimism", "score_")
"""What only a winner's metrics have."""


@dataclass(frozen=True)
class Winner:
    """The winner of one question that a sweep asked."""

    members: tuple[Trial, ...]
    """Its replicates; of a search the one trial."""
    confirmed: Trial | None = None
    """The same configuration on fresh splits."""

    @property
    def shown(self) -> tuple[Trial, ...]:
        """What is quoted of it: fresh splits where there are any, with what the holdout said."""
        if self.confirmed is None:
            return self.members
        (first,) = self.members
        crown = {name: value for name, value in first.metrics.items() if name.startswith(CROWN)}
        tags = {**self.confirmed.tags, "cip.verdict": first.tags["cip.verdict"]}
        metrics = {**self.confirmed.metrics, **crown}
        quoted = replace(self.confirmed, tags=tags, metrics=metrics)
        return (replace(quoted, overrides=first.overrides, notes=first.notes),)

    @property
    def objective(self) -> float:
        """Mean over its replicates, of the confirmed scores where there are any."""
        return _mean_objective(self.shown)


def choose_rivals(trials: Sequence[Trial], sweep: SweepContext) -> list[list[list[Trial]]]:
    """Return the configurations that compete, by question; each configuration is a list of its replicates.

    Only configurations that answer the same question on the same rows compete: the same task, and the same
    values of those axes that change data, features, split or audit.
    """
    rivals: dict[tuple[str, ...], list[list[Trial]]] = {}
    question = [axis for axis in sweep.axes if sweep.search or axis.split(".")[0] in OPEN_HOLDOUT_AXES]
    complete = [trial for trial in trials if trial.state == "complete"]
    # A search's trial is a configuration of its own, even where a sampler proposed the same one twice.
    configurations = [[t] for t in complete] if sweep.search else group_by_axes(complete, sweep.axes).values()
    for members in configurations:
        key = (members[0].task, *axis_values(members[0], question))
        rivals.setdefault(key, []).append(members)
    return list(rivals.values())


def crown_all(sweep: SweepContext, compose: Compose, opened: Store | None) -> list[Winner]:
    """Choose, confirm and crown the winner of each question; earlier crowns of a resumed search go.

    Where a resumed search made no trial more, its winners stay: nothing is confirmed or opened a second time.
    """
    before = folder.read_trials(sweep.path)
    standing = _standing(before, sweep) if sweep.search else None
    if standing is not None:
        return standing
    trials = [_uncrowned(each, sweep, opened) for each in before]
    _forget_confirmed(sweep.path / confirmation.FOLDER, opened)
    return [_crown_one(rivals, sweep, compose, opened) for rivals in choose_rivals(trials, sweep)]


def _standing(trials: Sequence[Trial], sweep: SweepContext) -> list[Winner] | None:
    """Return the winners of the last time; None where there are none, or where there are trials since."""
    figures = read_figures(sweep.path)
    # An interrupted run writes its counts and crowns nobody: an older crown says nothing of its trials.
    if figures.get("n_trials") != len(trials) or "best_objective" not in figures:
        return None
    again = {each.number: each for each in folder.read_trials(sweep.path / confirmation.FOLDER)}
    winners = []
    for rivals in choose_rivals(trials, sweep):
        crowned = [each for (each,) in rivals if "cip.winner" in each.tags]
        if len(crowned) != 1:
            return None
        winners.append(Winner((crowned[0],), again.get(crowned[0].number)))
    return winners


def _crown_one(
    rivals: Sequence[list[Trial]], sweep: SweepContext, compose: Compose, opened: Store | None
) -> Winner:
    members = max(rivals, key=_mean_objective)
    confirmed: Trial | None = None
    if sweep.search:
        alone = [each for (each,) in rivals]
        own = confirmation.own_parameters(alone, compose, sweep.hyperparameters)
        again = confirmation.confirm(alone, compose, sweep.path, sweep.workers, own)
        again = [_record(each, compose, sweep, opened) for each in again]
        whole = [each for each in again if each.state == "complete"]
        if whole:
            margin = compose(members[0].overrides).confirm.margin
            confirmed, said = _best(whole, None if own is None else own.number, margin)
            (first,) = next(each for each in rivals if each[0].number == confirmed.number)
            members = [replace(first, notes=(*said, *first.notes))]
    first, *others = members
    crowned = [_crown(first, compose, sweep, opened, rivals, confirmed)]
    crowned += [_crown(each, compose, sweep, opened) for each in others]
    return Winner(tuple(crowned), confirmed)


def _best(again: Sequence[Trial], own: int | None, margin: float | None) -> tuple[Trial, tuple[str, ...]]:
    """Return the best of the confirmed trials, and how it compares with the model's own parameters.

    `own` is the number of the trial that has those. With a margin they win, unless the best is ahead of them
    by so many standard errors.
    """
    best = max(again, key=lambda each: each.objective)
    plain = next((each for each in again if each.number == own), None)
    if plain is None:
        return best, ()
    if plain is best:
        return best, (f"{DEFAULTS} are the best on fresh folds",)
    ahead, error = confirmation.beats(best, plain)
    found = f"trial {best.number} is ahead of them by {ahead:.3g} on fresh folds, standard error {error:.3g}"
    if margin is not None and not ahead > margin * error:
        return plain, (f"{DEFAULTS} stay: {found}",)
    return best, (f"{DEFAULTS} are beaten: {found}",)


def _record(done: Trial, compose: Compose, sweep: SweepContext, opened: Store | None) -> Trial:
    """Bring a confirmed trial to the store, below the sweep's parent."""
    if opened is None:
        return done
    done = replace(done, run_id=store_access.record_child(compose(done.overrides), done, sweep.parent_id))
    folder.write_trial(sweep.path / confirmation.FOLDER, done)
    return done


def _mean_objective(members: Sequence[Trial]) -> float:
    return float(np.mean([trial.objective for trial in members]))


def _uncrowned(done: Trial, sweep: SweepContext, opened: Store | None) -> Trial:
    """Take an earlier crown off a trial of a search: a resumed search chooses anew."""
    if not sweep.search or "cip.winner" not in done.tags:
        return done
    if opened is not None and done.run_id is not None:
        opened.delete_tag(done.run_id, "cip.winner")
    tags = {key: value for key, value in done.tags.items() if key != "cip.winner"}
    metrics = {name: value for name, value in done.metrics.items() if not name.startswith(CROWN)}
    notes = tuple(note for note in done.notes if not note.startswith(_crowns_notes(done)))
    plain = replace(done, tags=tags, metrics=metrics, notes=notes)
    folder.write_trial(sweep.path, plain)
    shutil.rmtree(sweep.path / "models" / str(done.number), ignore_errors=True)
    return plain


def _crowns_notes(done: Trial) -> tuple[str, ...]:
    """Return how the lines begin that a crown adds to a trial's own notes."""
    return (*BEGINNINGS, DEFAULTS, f"{done.primary} of seed ")


def is_outer(done: Trial) -> bool:
    """Tell whether an outer fold of `split=nested` stands in the place of the holdout."""
    return done.params.get("split.outer", "None") != "None"


def _crown(
    winner: Trial, compose: Compose, sweep: SweepContext, opened: Store | None,
    rivals: Sequence[list[Trial]] | None = None, confirmed: Trial | None = None,
) -> Trial:  # fmt: skip
    """Refit one replicate of a winner, open its holdout, and complete its record.

    The model that is kept is that of the first seed, whose `rivals` are given: choosing the luckiest would be
    one more search.
    """
    settings = compose(winner.overrides)
    opening = 0 if is_outer(winner) else _note_opening(sweep, winner)
    cell, final = fit_and_open_holdout(settings, SEARCH_SEEDS if sweep.search else 1)
    found = {f"test_{name}": value for name, value in final.test.items() if np.isfinite(value)}
    tags: dict[str, str] = {"cip.holdout_opening": str(opening)} if opening > 1 else {}
    if rivals is not None:
        winner = explained(winner, settings)
        found |= holdout_interval(cell, final)
    if sweep.search:
        tags["cip.winner"] = "true"
        tags["cip.refit_seeds"] = str(settings.refit.seeds or SEARCH_SEEDS)
        found |= quote_winner(sweep.path, cell, final, winner, confirmed, rivals or ())
        line = quote_note(found, winner.primary, confirmed)
        winner = replace(winner, notes=(*([line] if line else []), *winner.notes))
    crowned = replace(winner, metrics={**winner.metrics, **found}, tags={**winner.tags, **tags})
    folder.write_trial(sweep.path, crowned)
    if opened is not None and winner.run_id is not None:
        added = {k: v for k, v in crowned.metrics.items() if k in found or k.startswith("score_")}
        opened.add_metrics(winner.run_id, added)
        opened.set_tags(winner.run_id, tags)
    if rivals is not None:
        oof = folder.read_oof(sweep.path, winner.number)
        output = sweep.path / "models" / str(winner.number)
        drawn = diagnose(settings, cell, final)
        save_artifacts(settings, cell, final, oof, opened, crowned, output, drawn)
    return crowned


def explained(done: Trial, settings: Settings) -> Trial:
    """Add to a trial of an accused cell what its score owes to leaks, copies and repetition."""
    found = decompose_score(settings)
    if found is None:
        return done
    metrics = {**done.metrics, **decomposition_metrics(found)}
    line = decomposition_note(found, done.primary, settings.replicates[0])
    notes = (*(note for note in done.notes if note != line), line)
    return replace(done, metrics=metrics, notes=notes)


def _forget_confirmed(confirmed: Path, opened: Store | None) -> None:
    """Drop what an earlier run of the search confirmed: further trials may have changed who is."""
    for done in folder.read_trials(confirmed):
        if opened is not None and done.run_id is not None:
            opened.delete(done.run_id)
    shutil.rmtree(confirmed, ignore_errors=True)


def _note_opening(sweep: SweepContext, winner: Trial) -> int:
    """Write down that this question's holdout is about to be opened; returns the how-many-eth time it is.

    Before it happens, so that whoever is killed in between has not looked unseen.
    """
    path = sweep.path / OPENINGS
    question = ",".join((winner.task, *axis_values(winner, sweep.axes)))
    seed = winner.tags["cip.seed"]
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"question": question, "seed": seed, "trial": winner.number}) + "\n")
    return sum((each["question"], each["seed"]) == (question, seed) for each in read_openings(sweep.path))


def read_figures(sweep_folder: Path) -> dict[str, float]:
    """Return the parent's figures as they were written last; none where the sweep has not ended yet."""
    path = sweep_folder / FIGURES
    found: dict[str, float] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return found


def read_openings(sweep_folder: Path) -> list[dict[str, object]]:
    """Return every opening of the holdout that the sweep's folder remembers, oldest first."""
    path = sweep_folder / OPENINGS
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []
