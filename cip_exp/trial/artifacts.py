"""What only single runs and winners keep: the model, its importances, predictions and environment."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cip_exp.evaluation import objective
from cip_exp.models.pipeline import inputs
from cip_exp.report.model_card.card import Subject, model_card
from cip_exp.report.model_card.value import profit_curve
from cip_exp.track import sweep_folder
from cip_exp.track.saved_model import log_model

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from cip_exp.config.settings import Settings
    from cip_exp.records.trial import Trial
    from cip_exp.track.connect import Store
    from cip_exp.trial.final import FinalModel
    from cip_exp.trial.prepare import PreparedData


def save_artifacts(
    settings: Settings,
    cell: PreparedData,
    final: FinalModel,
    oof: NDArray[np.float64],
    opened: Store | None,
    done: Trial,
    output: Path,
    drawn: Mapping[str, str],
) -> None:
    """Keep what only single runs and winners have, in `output` and with the run of `done`.

    `drawn` is the portrait of the final model.
    """
    predictions = _predictions(cell, final, oof)
    shutil.rmtree(output / "model", ignore_errors=True)  # a resumed search crowns anew
    texts = {"predictions.csv": predictions.to_csv(index=False), **drawn}
    subject = Subject(
        done, settings, cell.features, cell.split, oof, final.prediction, _known_as(done, output)
    )
    texts["model_card.md"] = model_card(subject)
    campaign = objective.terms(settings.objective)
    if campaign is not None:
        texts["profit_curve.csv"] = profit_curve(cell.split, oof, campaign).to_csv(index=False)
    sweep_folder.write_texts(output, texts)
    run_id = done.run_id
    if opened is None or run_id is None or settings.track.log_models == "none":
        return
    rows = inputs(cell.features).iloc[cell.split.final.train]
    opened.log_texts(run_id, texts)
    log_model.log_model(opened, run_id, final.pipeline, rows.head(5), keep=output / "model")


def _known_as(done: Trial, output: Path) -> str:
    """Return what `scripts/reproduce.py` knows a trial by: its run, or its place below the outputs."""
    if done.run_id is not None:
        return done.run_id
    return f"{output.parents[1].name}#{done.number}" if output.parent.name == "models" else str(output)


def _predictions(cell: PreparedData, final: FinalModel, oof: NDArray[np.float64]) -> pd.DataFrame:
    """Return id, fold (or holdout), prediction and target: out of fold for training rows."""
    features = cell.features
    table = features.table
    ids = table.frame[table.id] if table.id is not None else pd.Series(range(len(table.frame)))
    folds = np.full(len(features.X), "", dtype=object)
    for fold in reversed(cell.split.folds):  # of repeats, the first one's number stays
        if fold.replicate == 0:
            folds[fold.test] = str(fold.number)
    sealed = cell.split.final.test
    predicted = np.array(oof[0])
    if cell.split.scheme != "in_sample":
        folds[sealed], predicted[sealed] = "holdout", final.prediction
    kept = np.flatnonzero(folds != "")
    target = np.full(len(kept), np.nan) if features.y is None else features.y[kept]
    return pd.DataFrame(
        {"id": ids.to_numpy()[kept], "fold": folds[kept], "prediction": predicted[kept], "target": target}
    )
