"""Save the artifacts of single runs and winners: model, predictions, importances, model card, environment."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cip_exp.evaluation import objective
from cip_exp.records.safe_csv import to_csv
from cip_exp.report import baselines_table
from cip_exp.report.columns_table import columns_csv
from cip_exp.report.model_card.card import Subject, model_card
from cip_exp.report.model_card.value import profit_curve
from cip_exp.track import sweep_folder
from cip_exp.trial import feature_importance
from cip_exp.trial.serving import customer_model, decide, raw_rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from cip_exp.config.settings import Settings
    from cip_exp.records.baseline_scores import ComparedModel
    from cip_exp.records.trial import Trial
    from cip_exp.track.store import Store
    from cip_exp.trial.completion import Completion
    from cip_exp.trial.final import FinalModel
    from cip_exp.trial.prepare import PreparedData


def save_artifacts(
    settings: Settings,
    completion: Completion,
    oof: NDArray[np.float64],
    done: Trial,
    diagnostics: Mapping[str, str],
    output: Path,
    store: Store,
    compared: ComparedModel | None = None,
) -> None:
    """Save what single runs and winners have besides their record, in a folder and with their run.

    Args:
        settings: of the trial.
        completion: its final model and data.
        oof: shape (replicates, n): its out-of-fold predictions.
        done: its record.
        diagnostics: texts by file name; see `cip_exp.trial.diagnostics`.
        output: the folder.
        store: where its run is.
        compared: its comparison with the baselines, where they were scored.
    """
    prepared, final = completion.prepared, completion.final
    predictions = _predictions(prepared, final, oof)
    shutil.rmtree(output / "model", ignore_errors=True)  # left by an earlier winner of a resumed search
    texts = {"predictions.csv": to_csv(predictions), **diagnostics}
    name = _reproducible_name(done, output)
    subject = Subject(
        done, settings, prepared.features, prepared.split, oof, final.prediction, name, compared,
        feature_importance.count_permuted(diagnostics.get("feature_importance.csv")),
    )  # fmt: skip
    texts["model_card.md"] = model_card(subject)
    campaign = objective.campaign_terms(settings.objective)
    if campaign is not None:
        texts["profit_curve.csv"] = to_csv(profit_curve(prepared.split, oof, campaign))
    if prepared.features.table.reading.columns:
        texts["columns.csv"] = columns_csv(prepared.features.table.reading)
    if compared is not None:
        texts[baselines_table.NAME] = to_csv(baselines_table.baselines([compared]))
    sweep_folder.write_texts(output, texts)
    if done.run_id is None or settings.track.log_models == "none":
        return
    found = decide(settings, prepared, oof, done.metrics)
    rows = raw_rows(prepared.features).iloc[prepared.split.final.train]
    store.log_texts(done.run_id, texts)
    model = customer_model(settings, prepared, final, found)
    store.log_model(done.run_id, model, rows.head(5), keep=output / "model")


def _reproducible_name(done: Trial, output: Path) -> str:
    """Return the name by which `scripts/reproduce.py` finds a trial: its run's id, or its folder."""
    if done.run_id is not None:
        return done.run_id
    return f"{output.parents[1].name}#{done.number}" if output.parent.name == "models" else str(output)


def _predictions(prepared: PreparedData, final: FinalModel, oof: NDArray[np.float64]) -> pd.DataFrame:
    """Return id, fold (or holdout), prediction and target: out of fold for training rows."""
    features = prepared.features
    table = features.table
    ids = table.frame[table.id] if table.id is not None else pd.Series(range(len(table.frame)))
    folds = np.full(len(features.X), "", dtype=object)
    for fold in reversed(prepared.split.folds):  # with repeats, the first fold of a row counts
        if fold.replicate == 0:
            folds[fold.test] = str(fold.number)
    sealed = prepared.split.final.test
    predicted = np.array(oof[0])
    if prepared.split.scheme != "in_sample":
        folds[sealed], predicted[sealed] = "holdout", final.prediction
    kept = np.flatnonzero(folds != "")
    target = np.full(len(kept), np.nan) if features.y is None else features.y[kept]
    return pd.DataFrame(
        {"id": ids.to_numpy()[kept], "fold": folds[kept], "prediction": predicted[kept], "target": target}
    )
