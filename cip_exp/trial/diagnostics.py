"""Diagnostics of a final model as small texts: importances, learning curve, cluster profiles, lineage, audit.

The HTML report is made from them: it loads no data and fits nothing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cip_exp.audit.output.audit_json import to_json
from cip_exp.evaluation import clustering, cross_validation, seeds
from cip_exp.evaluation.metrics import TASKS
from cip_exp.models.pipeline import inputs
from cip_exp.records.safe_csv import to_csv
from cip_exp.records.table import Fold
from cip_exp.runtime import single_threaded
from cip_exp.track.provenance import environment
from cip_exp.trial import feature_importance
from cip_exp.trial.prepare import build_pipeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cip_exp.config.settings import Settings
    from cip_exp.records.lineage import Leak, Lineage
    from cip_exp.records.table import Features
    from cip_exp.trial.final import FinalModel
    from cip_exp.trial.prepare import PreparedData


FRACTIONS = (0.1, 0.25, 0.5, 0.75, 1.0)
"""Of each fold's training rows, for the learning curve."""
CURVE_ROWS = 500
"""Training rows that one point of the curve may fit in all: larger tables are fitted on fewer folds."""
SILHOUETTE_ROWS = 2_000


@single_threaded
def diagnose(settings: Settings, prepared: PreparedData, final: FinalModel) -> dict[str, str]:
    """Return the diagnostics as texts by file name."""
    texts = {
        "environment.txt": environment(),
        "feature_importance.csv": to_csv(_importance(settings, prepared, final)),
        "cell.json": json.dumps(_describe(prepared), indent=1),
    }
    if prepared.audit is not None:
        texts["audit.json"] = json.dumps(to_json(prepared.audit), indent=1)
    if prepared.features.task == "segments":
        profiles, silhouettes = _segments(prepared.features, prepared.split.final.train, final)
        return texts | {
            "profiles.csv": to_csv(profiles), "silhouettes.csv": to_csv(silhouettes)
        }  # fmt: skip
    return texts | {"learning_curve.csv": to_csv(_learning_curve(settings, prepared))}


def _importance(settings: Settings, prepared: PreparedData, final: FinalModel) -> pd.DataFrame:
    fold, features = prepared.split.final, prepared.features
    metric = TASKS[features.task].metrics[settings.metric]
    scorer = None if features.task == "segments" else metric.scorer
    labels = cross_validation.labels(features, fold.y_train)
    rows = inputs(features).iloc[fold.train]
    return feature_importance.feature_importance(final.pipeline, rows, labels, settings.replicates[0], scorer)


def _describe(prepared: PreparedData) -> dict[str, Any]:
    """Return the features of the model, and the declared lineage of each."""
    features = prepared.features
    lineage = features.table.lineage
    target = features.target.name if features.target is not None else None
    leaks = [] if target is None else [lineage.leak(name, target) for name in features.names]
    names = dict.fromkeys(
        name for each in (*features.names, *([target] if target else [])) for name in lineage.chains(each)
    )
    return {
        "target": target,
        "rows": len(features.X),
        "holdout_rows": 0 if prepared.split.scheme == "in_sample" else len(prepared.split.final.test),
        "features": list(features.names),
        "dropped": {leak.feature: leak.path for leak in features.dropped},
        "origins": {name: _origin(lineage, name) for name in names},
        "leaks": [_route(lineage, leak) for leak in leaks if leak is not None],
    }


def _origin(lineage: Lineage, name: str) -> dict[str, Any]:
    if name not in lineage:
        return {"parents": [], "declared": False}
    origin = lineage[name]
    return {"parents": list(origin.parents), "fitted": origin.fitted, "known": origin.known, "declared": True}


def _route(lineage: Lineage, leak: Leak) -> dict[str, Any]:
    """Return a leak with the edges of its path, each from a parent to its child."""
    up, down = lineage.chains(leak.feature), lineage.chains(leak.target)
    shared = [name for name in up if name in down]
    late = [name for name in up if name in lineage and lineage[name].known == "after"]
    meet = min(shared or late, key=lambda name: len(up[name]) + len(down.get(name, ())))
    chains = [chain for chain in (up[meet], down.get(meet, ())) if chain]
    edges = [[parent, child] for chain in chains for child, parent in zip(chain, chain[1:], strict=False)]
    return {"feature": leak.feature, "path": leak.path, "meet": meet, "edges": edges}


def _learning_curve(settings: Settings, prepared: PreparedData) -> pd.DataFrame:
    """Return n_train, fold, train and validation: the primary score on growing shares of the rows."""
    primary = settings.metric
    pipe, _ = build_pipeline(settings, prepared)
    model_seed = seeds.resolve(settings.seeds.model, settings.replicates[0], "model")
    first = [fold for fold in prepared.split.folds if fold.replicate == 0]
    first = first[: max(1, CURVE_ROWS // max(1, len(first[0].train)))]
    rows = []
    for part in _parts(first, settings.replicates[0], classes=prepared.features.task == "churn"):
        try:
            (done,) = cross_validation.score_folds(pipe, prepared.features, [part], [model_seed])
        except ValueError:  # too few rows for this model: the curve begins later
            continue
        rows.append((len(part.train), part.number, done.train[primary], done.test[primary]))
    return pd.DataFrame(rows, columns=["n_train", "fold", "train", "validation"])


def _parts(folds: Sequence[Fold], seed: int, *, classes: bool) -> list[Fold]:
    """Return each fold with growing parts of its training rows; each part holds the one before it."""
    parts = []
    for fold in folds:
        if fold.y_train is None:
            continue
        order = np.random.default_rng(seeds.child(seed, "learning curve")).permutation(len(fold.train))
        for fraction in FRACTIONS:
            chosen = np.sort(order[: max(2, round(fraction * len(order)))])
            labels = fold.y_train[chosen]
            if not classes or len(np.unique(labels)) > 1:
                parts.append(Fold(0, fold.number, fold.train[chosen], fold.test, labels, fold.y_test))
    return parts


def _segments(
    features: Features, rows: NDArray[np.int64], final: FinalModel
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the clusters' sizes and mean features, and each row's silhouette (of at most 2,000 rows)."""
    from sklearn.metrics import silhouette_samples

    X = inputs(features).iloc[rows]
    assigned = clustering.score_labels(final.pipeline, X)
    shown = features.X.iloc[rows].select_dtypes("number")
    means = shown.groupby(assigned).mean()
    sizes = pd.Series(assigned).value_counts().sort_index()
    profiles = means.assign(size=sizes, share=sizes / len(rows)).rename_axis("cluster").reset_index()
    some = np.random.default_rng(0).permutation(len(X))[:SILHOUETTE_ROWS]
    space = final.pipeline[:-1].transform(X.iloc[some]) if len(final.pipeline) > 1 else X.iloc[some]
    held = assigned[some]
    many = 1 < len(np.unique(held)) < len(held)
    values = silhouette_samples(space, held) if many else np.full(len(held), np.nan)
    table = pd.DataFrame({"cluster": held, "silhouette": values})
    order = ["cluster", "silhouette"]
    return profiles, table.sort_values(order, ascending=[True, False], ignore_index=True)
