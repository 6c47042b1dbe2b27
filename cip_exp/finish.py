"""The end of a run and of a sweep: winners, their models and holdouts, tables, and the parent's figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from cip_exp import trial as corridor
from cip_exp.evaluate import labels as labels_of
from cip_exp.model import inputs
from cip_exp.report import tables, terminal
from cip_exp.sweep_context import OPEN_HOLDOUT_AXES, SweepContext
from cip_exp.track import artifacts, folder, model, store

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from cip_exp.config import Settings
    from cip_exp.records import Trial
    from cip_exp.track.store import Store
    from cip_exp.trial import Cell, Final, Outcome

Compose = Callable[[Sequence[str]], "Settings"]
Status = Literal["FINISHED", "FAILED", "KILLED"]


@dataclass(frozen=True)
class Ending:
    """How a sweep ended."""

    status: Status
    n_failed: int


def open_store(settings: Settings) -> Store | None:
    """Open the store that the settings name, once a process; None with track=off."""
    if settings.track.name == "off":
        return None
    return _store(settings.track.uri, settings.outputs, settings.track.experiment)


@cache
def _store(uri: str | None, outputs: Path, experiment: str) -> Store:
    return store.open_store(uri, outputs, experiment)


def run_name(trial: Trial) -> str:
    """Return the name a person reads in the UI."""
    tags = trial.tags
    return f"{tags['cip.model']} {tags['cip.features']} seed={tags['cip.seed']} #{trial.number}"


def finish_run(settings: Settings, outcome: Outcome, output: Path) -> None:
    """Record a single run with its model, and print it."""
    opened = open_store(settings)
    address, done = None, outcome.trial
    if opened is not None:
        run_id = opened.log_trial(
            done, parent_id=None, name=run_name(done), kind="run", config_yaml=settings.yaml
        )
        done = replace(done, run_id=run_id)
        folder.write_trial(output, done)
        address = opened.address(run_id, children=False)
    if outcome.final is not None:
        oof = outcome.evaluation.oof
        keep(settings, outcome.cell, outcome.final, oof, opened, done.run_id, output)
    (output / "resolved.yaml").write_text(settings.yaml, encoding="utf-8")
    terminal.show_run(done, output, address)


def record_child(settings: Settings, done: Trial, parent_id: str | None) -> str | None:
    """Write one trial below its parent; returns the run's id, or None with track=off."""
    opened = open_store(settings)
    if opened is None:
        return None
    return opened.log_trial(
        done, parent_id=parent_id, name=run_name(done), kind="trial", config_yaml=settings.yaml
    )


def finish_sweep(
    sweep: SweepContext, settings: Settings, compose: Compose, expected: int, killed: bool
) -> Ending:
    """Choose the winners, open their holdouts, write the tables, and close the parent."""
    opened = open_store(settings)
    trials = folder.read_trials(sweep.path)
    winners = choose_winners(trials, sweep)
    crowned = [_crown(winner, compose(winner.overrides), sweep, opened) for winner in winners]
    trials = folder.read_trials(sweep.path)
    summary = tables.summary(crowned if sweep.search else trials, sweep.axes)
    summary.to_csv(sweep.path / "summary.csv", index=False)
    tables.trials_table(trials).to_csv(sweep.path / "trials.csv", index=False)
    failed = sum(trial.state == "failed" for trial in trials)
    status: Status = "KILLED" if killed else "FAILED" if failed or len(trials) < expected else "FINISHED"
    address = None
    if opened is not None and sweep.parent_id is not None:
        figures = _figures(trials, crowned, sweep)
        written = [path for name in ("summary.csv", "trials.csv") if (path := sweep.path / name).exists()]
        opened.finish_parent(sweep.parent_id, status, figures, _sweep_tags(crowned), written)
        address = opened.address(sweep.parent_id)
    terminal.show_sweep(summary, trials, sweep.axes, sweep.path, address)
    return Ending(status, failed)


def choose_winners(trials: Sequence[Trial], sweep: SweepContext) -> list[Trial]:
    """Return one winner for each study cell.

    Only configurations that answer the same question on the same rows compete: the same task, and the same
    values of those axes that change data, features, split or audit. Of the winning configuration's seeds the
    first one stands for it; choosing the luckiest would be one more search.
    """
    by_cell: dict[tuple[str, ...], list[list[Trial]]] = {}
    axes = [*sweep.axes, *sweep.hyperparameters]
    for members in tables.cells(trials, axes).values():
        question = [axis for axis in sweep.axes if sweep.search or axis.split(".")[0] in OPEN_HOLDOUT_AXES]
        key = (members[0].task, *tables.axis_values(members[0], question))
        by_cell.setdefault(key, []).append(members)
    best = [
        max(rivals, key=lambda m: float(np.mean([t.objective for t in m]))) for rivals in by_cell.values()
    ]
    return [members[0] for members in best]


def _crown(winner: Trial, settings: Settings, sweep: SweepContext, opened: Store | None) -> Trial:
    """Refit the winner, open its holdout, keep its model, and complete its record."""
    cell, final = corridor.finalise(settings)
    test = {f"test_{name}": value for name, value in final.test.items() if np.isfinite(value)}
    tags = {"cip.winner": "true"} if sweep.search else {}
    crowned = replace(winner, metrics={**winner.metrics, **test}, tags={**winner.tags, **tags})
    folder.write_trial(sweep.path, crowned)
    if opened is not None and winner.run_id is not None:
        opened.add_metrics(winner.run_id, {k: v for k, v in test.items() if k not in winner.metrics})
        opened.set_tags(winner.run_id, tags)
    oof = folder.read_oof(sweep.path, winner.number)
    keep(settings, cell, final, oof, opened, winner.run_id, sweep.path)
    return crowned


def keep(
    settings: Settings,
    cell: Cell,
    final: Final,
    oof: NDArray[np.float64],
    opened: Store | None,
    run_id: str | None,
    output: Path,
) -> None:
    """Keep what only single runs and winners have: model, importances, predictions, environment."""
    predictions = _predictions(cell, final, oof)
    output.mkdir(parents=True, exist_ok=True)
    predictions.to_csv(output / "predictions.csv", index=False)
    if opened is None or run_id is None or settings.track.log_models == "none":
        return
    texts = {"environment.txt": artifacts.environment(), "predictions.csv": predictions.to_csv(index=False)}
    fold, features = cell.split.final, cell.features
    rows = inputs(features).iloc[fold.train]
    if fold.y_train is not None:
        labels = labels_of(features, fold.y_train)
        importance = artifacts.feature_importance(final.pipeline, rows, labels, settings.replicates[0])
        texts["feature_importance.csv"] = importance.to_csv(index=False)
    opened.log_texts(run_id, texts)
    model.log_model(opened, run_id, final.pipeline, rows.head(5))


def _predictions(cell: Cell, final: Final, oof: NDArray[np.float64]) -> pd.DataFrame:
    """Return id, fold (or holdout), prediction and target: out of fold for training rows."""
    features = cell.features
    table = features.table
    ids = table.frame[table.id] if table.id is not None else pd.Series(range(len(table.frame)))
    folds = np.full(len(features.X), "", dtype=object)
    for fold in cell.split.folds:
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


def _figures(trials: Sequence[Trial], winners: Sequence[Trial], sweep: SweepContext) -> dict[str, float]:
    """Return the parent's metrics: counts always, the best where the cells can be compared."""
    searched = [trial for trial in trials if trial.tags.get("cip.stage") != "confirm"]
    states = [trial.state for trial in searched]
    figures = {
        "n_trials": len(searched), "n_complete": states.count("complete"), "n_failed": states.count("failed"),
        "n_pruned": states.count("pruned"), "n_confirm": len(trials) - len(searched),
    }  # fmt: skip
    opened = sum(t.state == "complete" for t in trials) if sweep.open_holdout else len(winners)
    if len({(winner.task, winner.primary) for winner in winners}) != 1:
        return {name: float(value) for name, value in figures.items()} | {"holdout_openings": float(opened)}
    metric = winners[0].primary
    honest = [winner for winner in winners if "leaky" not in winner.tags["cip.verdict"]] or list(winners)
    best = max(honest, key=lambda winner: winner.objective)
    row = tables.summarise([best])
    numbers: Mapping[str, float] = {
        **figures, "best_objective": best.objective, f"best_cv_{metric}": row["cv_mean"],
        f"best_test_{metric}": row["test_mean"], "holdout_openings": opened,
    }  # fmt: skip
    return {name: float(value) for name, value in numbers.items() if np.isfinite(value)}


def _sweep_tags(winners: Sequence[Trial]) -> dict[str, str]:
    return {"cip.verdict": tables.join_words([w.tags["cip.verdict"] for w in winners])} if winners else {}
