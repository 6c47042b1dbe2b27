"""Where a model must not be used, derived from its record and from the rows it was fitted on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from cip_exp.config.settings import Settings
    from cip_exp.records.table import Features, Split
    from cip_exp.records.trial import Trial

FEW = 30
"""Churners in a holdout below which its recall is known to no better than about ±0.18 (binomial, 95 %)."""
UNSTABLE = 0.8
"""Adjusted Rand index between fits below which segments change with the sample."""
BY_WORD = {
    "leaky": "To predict: it uses what gives the target away, which is not there for customers whose target "
    "is unknown. Its scores say nothing of them.",
    "duplicated": "As evidence of as many customers as there are rows: copies are counted as customers.",
    "degenerate": "As evidence for another population: on this table nearly any column predicts any other.",
    "suspect": "Before somebody has looked at the reasons for suspicion above.",
    "unaudited": "Before it is audited: nobody has looked for leaks (audit=off).",
}


def limits(done: Trial, settings: Settings, features: Features, split: Split) -> list[str]:
    """Return a sentence for each use that the record speaks against."""
    words = done.tags["cip.verdict"].split(",")
    found = [BY_WORD[word] for word in words if word in BY_WORD]
    if done.tags["cip.overfit"] == "true":
        gap = done.metrics.get(f"gap_{done.primary}", float("nan"))
        found.append(
            f"Where training scores are quoted: they are {gap:.4f} better than those of held-out rows."
        )
    if done.tags["cip.meets_criteria"] != "true":
        found.append("Where the source's success criteria are asked for: it does not meet them.")
    found += _of_task(done, split)
    found.append("On rows outside the ranges of the training rows above: nothing was fitted there.")
    if features.table.time is not None and settings.split.name != "temporal":
        found.append("To predict forward in time: it was validated across time (split=temporal does it).")
    if settings.features.impute == "error":
        found.append("On rows with missing values: there were none in training, and none are filled in.")
    return found


def _of_task(done: Trial, split: Split) -> list[str]:
    """Return what speaks against a churn model with few churners, or segments that do not hold."""
    found = []
    y = split.final.y_test
    if done.task == "churn" and y is not None and np.sum(y == 1) < FEW:
        found.append(f"On the holdout's word alone: it has {int(np.sum(y == 1))} churners in {len(y)} rows.")
    stability = done.metrics.get("stability_ari")
    if stability is not None and stability < UNSTABLE:
        found.append(
            f"As lasting groups: fits on other samples agree at an adjusted Rand index of {stability:.2f}."
        )
    null = done.metrics.get("null_silhouette")
    score = done.metrics.get("cv_silhouette_mean")
    if null is not None and score is not None and score <= null:
        found.append(f"At all: shuffled columns cluster as well (silhouette {null:.4f}, here {score:.4f}).")
    return found


def outside(features: Features, split: Split) -> int:
    """Return how many rows of the holdout lie outside the training rows' ranges and levels."""
    train, test = features.X.iloc[split.final.train], features.X.iloc[split.final.test]
    beyond = np.zeros(len(test), dtype=bool)
    for name in features.X.columns:
        inside, asked = train[name].dropna(), test[name]
        if pd.api.types.is_numeric_dtype(inside) and not pd.api.types.is_bool_dtype(inside):
            found = (asked < inside.min()) | (asked > inside.max())
        else:
            found = ~asked.isin(inside.unique()) & asked.notna()
        beyond |= found.to_numpy(dtype=bool)
    return int(beyond.sum())
