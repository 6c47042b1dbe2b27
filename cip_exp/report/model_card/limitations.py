"""List where a model must not be used, from its record and the rows it was fitted on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cip_exp.records.vocabulary import Tag

if TYPE_CHECKING:
    from cip_exp.config.settings import Settings
    from cip_exp.records.table import Features, Split
    from cip_exp.records.trial import Trial

FEW = 30
"""With fewer churners in a holdout the error of its recall exceeds about ±0.18 (binomial, 95 %)."""
UNSTABLE = 0.8
"""Below this adjusted Rand index between fits, segments change with the sample."""
BY_WORD = {
    "leaky": "To predict: it uses information about the target that does not exist for customers whose "
    "target is unknown. Its scores do not hold for them.",
    "duplicated": "As evidence about as many customers as there are rows: copies are counted as customers.",
    "degenerate": "As evidence about another population: on this table nearly any column predicts any other.",
    "suspect": "Before the reasons for suspicion above are checked.",
    "unaudited": "Before an audit: it was not checked for leaks (audit=off).",
}


def limitations(done: Trial, settings: Settings, features: Features, split: Split) -> list[str]:
    """Return one sentence for each use that the record gives a reason against."""
    words = done.tags[Tag.VERDICT].split(",")
    found = [BY_WORD[word] for word in words if word in BY_WORD]
    if done.tags[Tag.OVERFIT] == "true":
        gap = done.metrics.get(f"gap_{done.primary}", float("nan"))
        found.append(
            f"With its training scores as evidence: they are {gap:.4f} better than those of held-out rows."
        )
    if done.tags[Tag.MEETS_CRITERIA] != "true":
        found.append("Where the source's success criteria are required: it does not meet them.")
    found += _of_task(done, split)
    found.append("On rows outside the ranges of the training rows above: nothing was fitted there.")
    if features.table.time is not None and settings.split.name != "temporal":
        found.append(
            "To predict the future: it was not tested on rows later than its training rows (split=temporal)."
        )
    if settings.features.impute == "error":
        found.append("On rows with missing values: there were none in training, and none are filled in.")
    return found


def _of_task(done: Trial, split: Split) -> list[str]:
    """Return limitations of a churn model with few churners, and of unstable segments."""
    found = []
    y = split.final.y_test
    if done.task == "churn" and y is not None and np.sum(y == 1) < FEW:
        found.append(f"On the holdout score alone: it has {int(np.sum(y == 1))} churners in {len(y)} rows.")
    stability = done.metrics.get("stability_ari")
    if stability is not None and stability < UNSTABLE:
        found.append(
            f"As stable groups: fits on other samples agree at an adjusted Rand index of {stability:.2f}."
        )
    null = done.metrics.get("null_silhouette")
    score = done.metrics.get("cv_silhouette_mean")
    if null is not None and score is not None and score <= null:
        found.append(
            f"For any purpose: shuffled columns cluster as well (silhouette {null:.4f}, here {score:.4f})."
        )
    return found


def count_outside(features: Features, split: Split) -> int:
    """Return how many rows of the holdout lie outside the ranges and levels of the training rows."""
    train, test = features.X.iloc[split.final.train], features.X.iloc[split.final.test]
    outside = np.zeros(len(test), dtype=bool)
    for name in features.X.columns:
        known, values = train[name].dropna(), test[name]
        dates = pd.api.types.is_datetime64_any_dtype(known)
        if dates or (pd.api.types.is_numeric_dtype(known) and not pd.api.types.is_bool_dtype(known)):
            found = (values < known.min()) | (values > known.max())
        else:
            found = ~values.isin(known.unique()) & values.notna()
        outside |= found.to_numpy(dtype=bool)
    return int(outside.sum())
