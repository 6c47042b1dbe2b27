"""baselines.csv: each configuration of a sweep or a run, compared with each baseline by each metric."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from cip_exp.evaluation.metrics import TASKS
from cip_exp.records.baseline_scores import BaselineComparison, ComparedModel, Kind
from cip_exp.records.safe_csv import read_csv, to_csv

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

NAME = "baselines.csv"
MODEL = ("trial", "model", "setting", "question", "task", "verdict", "beats_baseline", "chosen", "is_dummy",
         "is_untuned")  # fmt: skip
"""Columns of the model; the metric of the first row of a model is the primary one."""
FIGURES = (
    "baseline",
    "name",
    "label",
    "metric",
    "model_mean",
    "cv_mean",
    "cv_se",
    "difference",
    "low",
    "high",
)


def baselines(compared: Sequence[ComparedModel]) -> pd.DataFrame:
    """Return one row for each model, baseline and metric."""
    return pd.DataFrame([row for each in compared for row in _rows(each)], columns=[*MODEL, *FIGURES])


def write_baselines(folder: Path, compared: Sequence[ComparedModel]) -> None:
    """Write the table into a folder; where nothing was compared there is none."""
    path = folder / NAME
    if compared:
        path.write_text(to_csv(baselines(compared)), encoding="utf-8")
    else:
        path.unlink(missing_ok=True)  # of an earlier run of a resumed search


def read_baselines(folder: Path) -> list[ComparedModel]:
    """Return what was written into a folder; empty where it has no such table."""
    path = folder / NAME
    if not path.exists():
        return []
    texts = {"model": str, "setting": str, "question": str, "verdict": str, "name": str, "label": str}
    table = read_csv(path, dtype=texts, keep_default_na=False, na_values={name: [""] for name in FIGURES[4:]})
    return [_model(rows) for _, rows in table.groupby("trial", sort=False)]


def _rows(found: ComparedModel) -> Iterator[dict[str, Any]]:
    own = (found.number, found.model, found.setting, found.question, found.task, found.verdict, found.beats,
           found.chosen, found.is_dummy, found.is_untuned)  # fmt: skip
    metrics = TASKS[found.task].metrics
    for each in found.comparisons:
        for name in sorted(metrics, key=lambda name: name != found.metric):
            mean, theirs = found.means[name], each.means[name]
            primary = name == found.metric
            ahead = mean - theirs if metrics[name].greater_is_better else theirs - mean
            figures = (each.kind, each.name, each.label, name, mean, theirs, each.errors[name])
            ends = (each.difference, each.low, each.high) if primary else (ahead, None, None)
            yield dict(zip((*MODEL, *FIGURES), (*own, *figures, *ends), strict=True))


def _model(rows: pd.DataFrame) -> ComparedModel:
    first = rows.iloc[0]
    return ComparedModel(
        number=int(first["trial"]),
        model=str(first["model"]),
        setting=str(first["setting"]),
        question=str(first["question"]),
        task=str(first["task"]),
        metric=str(first["metric"]),
        verdict=str(first["verdict"]),
        means={str(name): float(mean) for name, mean in zip(rows["metric"], rows["model_mean"], strict=True)},
        comparisons=tuple(_comparison(part) for _, part in rows.groupby("baseline", sort=False)),
        is_dummy=bool(first["is_dummy"]),
        is_untuned=bool(first["is_untuned"]),
        chosen=bool(first["chosen"]),
    )


def _comparison(rows: pd.DataFrame) -> BaselineComparison:
    first = rows.iloc[0]
    names = [str(name) for name in rows["metric"]]
    return BaselineComparison(
        kind=cast("Kind", str(first["baseline"])),
        name=str(first["name"]),
        label=str(first["label"]),
        means=dict(zip(names, map(float, rows["cv_mean"]), strict=True)),
        errors=dict(zip(names, map(float, rows["cv_se"]), strict=True)),
        difference=float(first["difference"]),
        low=float(first["low"]),
        high=float(first["high"]),
    )
