"""Records of a scored model: evaluation, verdict, and the trial as it is written down."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from cip_exp.records.table import TaskName


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A model scored on folds, fold by fold."""

    task: TaskName
    primary: str
    train: Mapping[str, NDArray[np.float64]]
    """By metric, shape (folds done,): scores on the rows fitted on."""
    test: Mapping[str, NDArray[np.float64]]
    """By metric, shape (folds done,): scores on the rows held out of the fit."""
    n_folds: int
    """Folds a replicate."""
    test_ratio: float
    """Mean of n_test / n_train over folds, for the corrected standard error."""
    fit_seconds: float
    oof: NDArray[np.float64]
    """Shape (replicates, n): out-of-fold predictions (probabilities for churn), NaN where there is none."""
    extras: Mapping[str, float] = field(default_factory=dict)
    """Metrics of the whole evaluation: stability_ari, n_clusters, null_silhouette."""
    notes: tuple[str, ...] = ()
    """Warnings for the person at the terminal."""


@dataclass(frozen=True)
class Verdict:
    """How far a score may be believed."""

    objective: float
    """What a search maximises."""
    words: str
    """`ok`, `suspect`, `unaudited`, or those of leaky, duplicated, degenerate that hold, comma-joined."""
    overfit: bool
    meets_criteria: bool
    band: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trial:
    """One finished trial as it is recorded: plain values only."""

    state: Literal["complete", "pruned", "failed"]
    params: Mapping[str, str]
    tags: Mapping[str, str]
    metrics: Mapping[str, float]
    folds: Mapping[str, tuple[float, ...]]
    """By primary metric name: a score a fold (step = replicate × folds + fold)."""
    task: TaskName
    primary: str
    objective: float
    number: int = 0
    """Of its Hydra job; the number of the trial in its Optuna study is the tag `cip.trial_number`."""
    overrides: tuple[str, ...] = ()
    """What the command line asked of this trial, as `key=value`."""
    test_ratio: float = 0.0
    """Of its folds, n_test / n_train."""
    config: str = ""
    """The resolved configuration, as YAML."""
    run_id: str | None = None
    error: str = ""
    started: float = 0.0
    ended: float = 0.0
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What its evaluation has to say, for the person at the terminal."""
    winner_notes: tuple[str, ...] = ()
    """What it was given as the winner of a search; removed when a resumed search chooses anew."""

    @property
    def all_notes(self) -> tuple[str, ...]:
        """The winner's notes, then its own."""
        return (*self.winner_notes, *self.notes)
