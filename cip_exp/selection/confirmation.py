"""After a search: its best trials once more, on splits that no trial has seen.

The search's best goes first, to its last fold; each other candidate is compared with it fold by fold, and
dropped as soon as it is ruled out. So the result depends neither on workers nor on who ends first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cip_exp.errors import ConfigError, TrialError
from cip_exp.evaluation import seeds
from cip_exp.evaluation.statistics import corrected_se
from cip_exp.selection.racing import ruled_out
from cip_exp.track import sweep_folder as folder
from cip_exp.trial.prepare import prepare
from cip_exp.trial.run import TrialRequest, run_trial

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from cip_exp.config.settings import Settings
    from cip_exp.records.trial import Trial

    Array = NDArray[np.float64]
    Compose = Callable[[Sequence[str]], Settings]

FOLDER = "confirm"
"""Below the sweep's folder: one record and one file of predictions for each candidate."""
WORTH_WORKERS = 4.0
"""Seconds of work ahead from which further processes are started for it."""


@dataclass(frozen=True)
class Candidate:
    """A trial of the search that is scored again."""

    searched: Trial
    settings: Settings
    """Its configuration with fresh seeds for the folds."""
    overrides: tuple[str, ...]


@dataclass(frozen=True)
class Leader:
    """What the others are compared with."""

    scores: tuple[float, ...]
    test_ratio: float
    alpha: float


def confirm(
    rivals: Sequence[Trial], compose: Compose, sweep_folder: Path, workers: int, own: Trial | None = None
) -> list[Trial]:
    """Score the best of `rivals` again; returns their records, written below `confirm/`.

    `own` is the rival that has the model's own parameters: it is scored again to its last fold, wherever it
    stands.

    Empty where confirmation is switched off, or where the scheme has one way to divide the rows (forward in
    time, or unshuffled): the same folds again would be no second opinion.
    """
    ranked = _ranked(rivals)
    if not ranked:
        return []
    wanted = compose(ranked[0].overrides).confirm
    chosen = ranked[: wanted.top]
    chosen += [each for each in (own,) if each in ranked[wanted.top :]] if chosen else []
    candidates = [_candidate(each, compose, wanted.repeats) for each in chosen]
    if not candidates or not _has_fresh_folds(compose(ranked[0].overrides), candidates[0].settings):
        return []
    done = [_score(candidates[0], None, sweep_folder)]
    first = done[0]
    # Folds are compared by the primary metric, which says little of what a campaign earns.
    alpha = 0.0 if candidates[0].settings.objective.name in ("profit", "top_decile") else wanted.alpha
    leader = None if first is None else Leader(first.folds[first.primary], first.test_ratio, alpha)
    races = [(each, None if each.searched is own else leader) for each in candidates[1:]]
    cost = 0.0 if first is None else (first.ended - first.started) * (len(candidates) - 1)
    if workers > 1 and cost > WORTH_WORKERS:
        done += _score_in_processes(races, sweep_folder, workers)
    else:
        done += [_score(each, against, sweep_folder) for each, against in races]
    return [each for each in done if each is not None]


def _ranked(rivals: Sequence[Trial]) -> list[Trial]:
    """Return complete trials of different configurations, best first; of equals the earlier one."""
    whole = [each for each in rivals if each.state == "complete" and "cip.duplicate_of" not in each.tags]
    return sorted(whole, key=lambda each: (-each.objective, each.number))


def own_parameters(rivals: Sequence[Trial], compose: Compose, searched: Sequence[str]) -> Trial | None:
    """Return the trial whose parameters are the configuration's own; None where the search tried none such.

    `searched` names the hyperparameters.
    """
    names = {name.lstrip("+") for name in searched}
    plain = [each for each in rivals[0].overrides if each.partition("=")[0].lstrip("+") not in names]
    try:
        own = compose(plain).config_hash
    except ConfigError:  # a parameter that only the search gives
        return None
    return next((each for each in rivals if each.tags["cip.config_hash"] == own), None)


def beats(best: Trial, other: Trial) -> tuple[float, float]:
    """Return by how much one confirmed trial is ahead of another on the same folds, and the standard error.

    Nadeau and Bengio's (2003), of the paired differences of the primary metric.
    """
    ahead = np.array(best.folds[best.primary]) - np.array(other.folds[other.primary])
    ahead = ahead[np.isfinite(ahead)]
    return float(ahead.mean()), corrected_se(ahead, best.test_ratio)


def _candidate(searched: Trial, compose: Compose, repeats: int) -> Candidate:
    """Lay out the same configuration on fresh splits: other replicates, as many as there are repeats."""
    before = compose(searched.overrides)
    drawn = [seeds.child(before.replicates[0], f"confirm {number}") for number in range(repeats)]
    changed = {"seeds.replicates": f"[{','.join(map(str, drawn))}]"}
    if before.seeds.split is not None:
        changed["seeds.split"] = "null"
    if before.objective.name == "repeated":
        changed["objective.repeats"] = "1"
    if before.split.n_repeats > 1:
        changed["split.n_repeats"] = "1"
    kept = [each for each in searched.overrides if each.partition("=")[0].lstrip("+") not in changed]
    overrides = (*kept, *(f"{key}={value}" for key, value in changed.items()))
    return Candidate(searched, compose(overrides), overrides)


def _has_fresh_folds(before: Settings, after: Settings) -> bool:
    first, second = (prepare(each).split.folds[0] for each in (before, after))
    return not np.array_equal(first.test, second.test)


def _score(candidate: Candidate, leader: Leader | None, sweep_folder: Path) -> Trial | None:
    """Run one candidate and keep its record; None where it failed."""
    tags = {"cip.stage": "confirm", "cip.confirms": candidate.searched.tags["cip.trial_number"]}
    seen: list[float] = []

    def stop(score: float, _step: int) -> bool:
        seen.append(score)
        if leader is None or leader.alpha == 0:
            return False
        return ruled_out(np.array(seen), np.array(leader.scores), leader.test_ratio, leader.alpha)

    stage = TrialRequest(candidate.searched.number, candidate.overrides, tags=tags, on_fold=stop)
    try:
        outcome = run_trial(candidate.settings, stage)
    except TrialError:
        return None
    done = replace(outcome.trial, notes=())
    folder.write_trial(sweep_folder / FOLDER, done, outcome.evaluation.oof)
    return done


def _score_in_processes(
    races: Sequence[tuple[Candidate, Leader | None]], sweep_folder: Path, workers: int
) -> list[Trial | None]:
    """Run candidates side by side; a lost worker costs its candidate."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context: Any = multiprocessing.get_context(method)
    others = set(multiprocessing.active_children())
    with ProcessPoolExecutor(min(workers, len(races)), context, _ignore_interrupts) as pool:
        asked = [pool.submit(_score, each, leader, sweep_folder) for each, leader in races]
        try:
            return [each.result() for each in asked]
        except BrokenProcessPool:
            left = [each for each in asked if each.done() and each.exception() is None]
            return [each.result() for each in left]
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            for each in set(multiprocessing.active_children()) - others:
                each.terminate()  # or the end would wait for the last fold of each candidate
            raise


def _ignore_interrupts() -> None:
    """Leave Ctrl-C, which reaches every process of the terminal, to the one that owns the sweep."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
