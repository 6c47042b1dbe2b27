"""Names under which trials are recorded: MLflow tags, and the names and prefixes of metrics.

Programs outside this package read these names: they do not change.
"""

from __future__ import annotations

METRICS = {
    "clv": ("r2", "rmse", "mae", "mae_vs_zero", "spearman", "top_decile_capture"),
    "churn": ("f1", "precision", "recall", "roc_auc", "average_precision", "log_loss"),
    "segments": ("silhouette",),
}
"""Names of each task's metrics; the first is its primary metric unless `metric=` chooses another."""


class Tag:
    """Names of tags of runs and trials."""

    PREFIX = "cip."
    KIND = "cip.kind"
    """sweep (a parent), trial (a child) or run (a single run)."""
    STATE = "cip.state"
    """complete, pruned or failed."""
    STAGE = "cip.stage"
    """search or confirm, in a search only."""
    TRIAL_NUMBER = "cip.trial_number"
    CONFIRMS = "cip.confirms"
    """In the confirm stage: the number of the trial that is scored again."""
    WINNER = "cip.winner"
    DUPLICATE_OF = "cip.duplicate_of"
    REUSED_FROM = "cip.reused_from"
    TASK = "cip.task"
    MODEL = "cip.model"
    FEATURES = "cip.features"
    SPLIT = "cip.split"
    DATA = "cip.data"
    SEED = "cip.seed"
    """Comma-separated where a trial has several replicates."""
    CONFIG_HASH = "cip.config_hash"
    DATA_SHA256 = "cip.data_sha256"
    MODEL_SHA256 = "cip.model_sha256"
    GIT_COMMIT = "cip.git_commit"
    GIT_DIRTY = "cip.git_dirty"
    VERSIONS = "cip.versions"
    VERDICT = "cip.verdict"
    OVERFIT = "cip.overfit"
    MEETS_CRITERIA = "cip.meets_criteria"
    BAND = "cip.band"
    BEATS_BASELINE = "cip.beats_baseline"
    """Whether the model beats the dummy and the untuned baseline: true, false or unclear."""
    HOLDOUT_OPENING = "cip.holdout_opening"
    """How often the same holdout has been opened, where that is more than once."""
    REFIT_SEEDS = "cip.refit_seeds"
    """How many fits the final model averages."""
    FOLDER = "cip.folder"
    AXES = "cip.axes"


HOLDOUT = "test_"
"""Prefix of scores on the holdout."""
FOLD = "fold_"
QUOTED = "quoted_"
BBC = "bbc_"
OPTIMISM = "optimism"
DECOMPOSITION = "score_"
"""Prefix of scores without copies and without the accused columns."""
NESTED = "nested_"
THRESHOLD = "threshold"
"""The probability from which on the saved model of churn answers yes."""
F1_AT_THRESHOLD = "cv_f1_at_threshold"
"""The metric with the mean F1 of the folds at it."""
BASELINE = "baseline_"
"""Prefix of scores of the untuned baseline on the trial's folds (of a confirmed winner: its fresh folds)."""
DUMMY = "dummy_"
"""Prefix of the same scores of the best guess without features."""
OF_BASELINES = (BASELINE, DUMMY)
OF_A_SEARCH = (QUOTED, BBC, OPTIMISM)
"""Prefixes of a winner's metrics that depend on the other trials of its search."""
OF_A_WINNER = (HOLDOUT, *OF_A_SEARCH, DECOMPOSITION, *OF_BASELINES, THRESHOLD, F1_AT_THRESHOLD)
"""Prefixes of metrics that only winners of a search have."""
WINNER_TAGS = (Tag.WINNER, Tag.BEATS_BASELINE)
"""Tags that only winners of a search have."""
SECOND_OBJECTIVE = "objective_against"
"""The metric with the second value of `objective=pareto`."""
FIT_SECONDS = "fit_seconds"


def cv_metric(name: str) -> str:
    """Return the name of the mean score over all validation folds."""
    return f"cv_{name}_mean"


def cv_std_metric(name: str) -> str:
    """Return the name of the standard deviation over validation folds."""
    return f"cv_{name}_std"


def cv_se_metric(name: str) -> str:
    """Return the name of the corrected standard error of the mean over validation folds."""
    return f"cv_{name}_se"


def train_metric(name: str) -> str:
    """Return the name of the mean score on training rows."""
    return f"train_{name}"


def gap_metric(name: str) -> str:
    """Return the name of the difference between training and validation score."""
    return f"gap_{name}"


def fold_metric(name: str) -> str:
    """Return the name of the score of each fold; its step is replicate × folds + fold."""
    return f"{FOLD}{name}"


def holdout_metric(name: str) -> str:
    """Return the name of the score on the holdout."""
    return f"{HOLDOUT}{name}"


def quoted_metric(name: str) -> str:
    """Return the name of the score that is quoted of a search's winner."""
    return f"{QUOTED}{name}"
