"""Score the best trials of a search again, on splits that no trial has seen; nothing is written.

The best trial of the search is scored first, on all folds. Every other candidate is compared with it fold by
fold, and dropped as soon as it is ruled out: the result depends neither on the number of workers nor on the
order in which they finish.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cip_exp.errors import ConfigError, TrialError
from cip_exp.evaluation import seeds
from cip_exp.evaluation.metrics import metric_of
from cip_exp.records.vocabulary import Tag
from cip_exp.selection.racing import ruled_out
from cip_exp.trial.prepare import prepare
from cip_exp.trial.run import TrialRequest, run_trial

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from cip_exp.config.settings import Settings
    from cip_exp.records.trial import Trial

    Array = NDArray[np.float64]
    Compose = Callable[[Sequence[str]], Settings]

WORTH_WORKERS = 4.0
"""Seconds of work above which further processes are started."""


@dataclass(frozen=True)
class Candidate:
    """A trial of the search that is scored again."""

    searched: Trial
    settings: Settings
    """Its configuration with fresh seeds for the folds."""
    overrides: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Confirmed:
    """A candidate that was scored again."""

    trial: Trial
    oof: Array
    """Shape (repeats, n): its out-of-fold predictions."""


@dataclass(frozen=True, eq=False)
class Leader:
    """The fresh scores of the search's best trial, which the other candidates are compared with."""

    scores: Array
    """Shape (folds,); greater is better."""
    test_ratio: float
    alpha: float


def confirm(
    rivals: Sequence[Trial], compose: Compose, workers: int, own: Trial | None = None
) -> Iterator[Confirmed]:
    """Score the best of `rivals` again; yield each as soon as it is scored.

    Nothing is yielded where confirmation is off, or where the scheme can split the rows in one way only
    (forward in time, or unshuffled): the same folds again would add nothing.

    Args:
        rivals: trials of one question.
        compose: overrides to settings.
        workers: processes to use at most.
        own: the rival with the model's own parameters; it is always scored again, and on all folds.
    """
    candidates = _candidates(_ranked(rivals), compose, own)
    if not candidates:
        return
    first = _score(candidates[0], None)
    if first is not None:
        yield first
    races = [
        (each, None if each.searched is own else _leader(candidates[0], first)) for each in candidates[1:]
    ]
    cost = 0.0 if first is None else (first.trial.ended - first.trial.started) * len(races)
    if workers > 1 and cost > WORTH_WORKERS:
        scored = iter(_score_in_processes(races, workers))
    else:
        scored = (_score(each, leader) for each, leader in races)
    yield from (each for each in scored if each is not None)


def _candidates(ranked: Sequence[Trial], compose: Compose, own: Trial | None) -> list[Candidate]:
    """Return the best trials on fresh splits; none where there are no fresh splits."""
    if not ranked:
        return []
    before = compose(ranked[0].overrides)
    wanted = before.confirm
    chosen = list(ranked[: wanted.top])
    if own is not None and chosen and own in ranked[wanted.top :]:
        chosen.append(own)
    candidates = [_candidate(each, compose, wanted.repeats) for each in chosen]
    return candidates if candidates and _has_fresh_folds(before, candidates[0].settings) else []


def _leader(best: Candidate, scored: Confirmed | None) -> Leader | None:
    if scored is None:
        return None
    # Folds are compared by the primary metric, which is a poor guide to profit.
    alpha = 0.0 if best.settings.objective.name in ("profit", "top_decile") else best.settings.confirm.alpha
    scores = metric_of(scored.trial).signed(np.array(scored.trial.folds[scored.trial.primary]))
    return Leader(scores, scored.trial.test_ratio, alpha)


def _ranked(rivals: Sequence[Trial]) -> list[Trial]:
    """Return complete trials of different configurations, best first; of equal ones the earlier first."""
    whole = [each for each in rivals if each.state == "complete" and Tag.DUPLICATE_OF not in each.tags]
    return sorted(whole, key=lambda each: (-each.objective, each.number))


def own_parameters(rivals: Sequence[Trial], compose: Compose, searched: Sequence[str]) -> Trial | None:
    """Return the trial with the parameters of the configuration itself; None where none has them.

    `searched` names the hyperparameters.
    """
    names = {name.lstrip("+") for name in searched}
    plain = [each for each in rivals[0].overrides if each.partition("=")[0].lstrip("+") not in names]
    try:
        own = compose(plain).config_hash
    except ConfigError:  # a parameter that only the search gives
        return None
    return next((each for each in rivals if each.tags[Tag.CONFIG_HASH] == own), None)


def _candidate(searched: Trial, compose: Compose, repeats: int) -> Candidate:
    """Return the same configuration on fresh splits: one other seed for each repeat."""
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


def _score(candidate: Candidate, leader: Leader | None) -> Confirmed | None:
    """Score one candidate; None where it failed."""
    tags = {Tag.STAGE: "confirm", Tag.CONFIRMS: candidate.searched.tags[Tag.TRIAL_NUMBER]}
    seen: list[float] = []

    def stop(score: float, _step: int) -> bool:
        seen.append(score)
        if leader is None or leader.alpha == 0:
            return False
        return ruled_out(np.array(seen), leader.scores, leader.test_ratio, leader.alpha)

    request = TrialRequest(candidate.searched.number, candidate.overrides, tags=tags, on_fold=stop)
    try:
        result = run_trial(candidate.settings, request)
    except TrialError:
        return None
    return Confirmed(replace(result.trial, notes=()), result.evaluation.oof)


def _score_in_processes(
    races: Sequence[tuple[Candidate, Leader | None]], workers: int
) -> list[Confirmed | None]:
    """Score candidates in parallel; where a worker dies, only its candidate is lost."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context: Any = multiprocessing.get_context(method)
    others = set(multiprocessing.active_children())
    with ProcessPoolExecutor(min(workers, len(races)), context, _ignore_interrupts) as pool:
        submitted = [pool.submit(_score, each, leader) for each, leader in races]
        try:
            return [each.result() for each in submitted]
        except BrokenProcessPool:
            left = [each for each in submitted if each.done() and each.exception() is None]
            return [each.result() for each in left]
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            for each in set(multiprocessing.active_children()) - others:
                each.terminate()  # otherwise the pool waits until each candidate is scored
            raise


def _ignore_interrupts() -> None:
    """Ignore Ctrl-C in a worker: the process that runs the sweep handles it."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
