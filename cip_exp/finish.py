"""The end of a run and of a sweep: winners, their models and holdouts, tables, and the parent's figures."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from cip_exp import explain
from cip_exp import trial as corridor
from cip_exp.audit.after import after_trials
from cip_exp.evaluate import labels as labels_of
from cip_exp.metrics import TASKS
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
    address, done = None, _explained(outcome.trial, settings)
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
    sweep: SweepContext, settings: Settings, compose: Compose, expected: int, *, killed: bool, refused: bool
) -> Ending:
    """Choose the winners, open their holdouts, write the tables, and close the parent.

    Where the sweeper refused to go on with a study (`refused`), it is left as it was found.
    """
    opened = open_store(settings)
    winners = [
        [
            _crown(member, compose(member.overrides), sweep, opened, first=member is members[0])
            for member in members
        ]
        for members in choose_winners(folder.read_trials(sweep.path), sweep)
    ]
    trials = folder.read_trials(sweep.path)
    rows = [member for members in winners for member in members] if sweep.search else trials
    summary = tables.summary(rows, sweep.axes)
    summary.to_csv(sweep.path / "summary.csv", index=False)
    tables.trials_table(trials).to_csv(sweep.path / "trials.csv", index=False)
    _gather_predictions(sweep, winners)
    failed = sum(trial.state == "failed" for trial in trials)
    expected = len(trials) if refused else expected
    status: Status = "KILLED" if killed else "FAILED" if failed or len(trials) < expected else "FINISHED"
    address = None
    if opened is not None and sweep.parent_id is not None:
        _close_parent(opened, sweep, sweep.parent_id, status, trials, winners)
        address = opened.address(sweep.parent_id)
    if not refused:
        doubts = after_trials(trials).reasons
        terminal.show_sweep(summary, trials, rows, sweep.axes, sweep.path, address, doubts)
    return Ending(status, failed)


def _gather_predictions(sweep: SweepContext, winners: Sequence[Sequence[Trial]]) -> None:
    """Write predictions.csv: those of every winner, with its number as last column."""
    parts = [
        pd.read_csv(path).assign(trial=members[0].number)
        for members in winners
        if (path := sweep.path / "models" / str(members[0].number) / "predictions.csv").exists()
    ]
    if parts:
        pd.concat(parts).to_csv(sweep.path / "predictions.csv", index=False)


def choose_winners(trials: Sequence[Trial], sweep: SweepContext) -> list[list[Trial]]:
    """Return the replicates of the winning configuration of each study cell.

    Only configurations that answer the same question on the same rows compete: the same task, and the same
    values of those axes that change data, features, split or audit.
    """
    rivals: dict[tuple[str, ...], list[list[Trial]]] = {}
    question = [axis for axis in sweep.axes if sweep.search or axis.split(".")[0] in OPEN_HOLDOUT_AXES]
    complete = [trial for trial in trials if trial.state == "complete"]
    # A search's trial is a configuration of its own, even where a sampler proposed the same one twice.
    configurations = [[t] for t in complete] if sweep.search else tables.cells(complete, sweep.axes).values()
    for members in configurations:
        key = (members[0].task, *tables.axis_values(members[0], question))
        rivals.setdefault(key, []).append(members)
    return [max(cell, key=_mean_objective) for cell in rivals.values()]


def _mean_objective(members: Sequence[Trial]) -> float:
    return float(np.mean([trial.objective for trial in members]))


def _crown(
    winner: Trial, settings: Settings, sweep: SweepContext, opened: Store | None, *, first: bool
) -> Trial:
    """Refit one replicate of a winner, open its holdout, and complete its record.

    The first seed's model is the one that is kept: choosing the luckiest would be one more search.
    """
    recorded = set(winner.metrics)
    cell, final = corridor.finalise(settings)
    test = {f"test_{name}": value for name, value in final.test.items() if np.isfinite(value)}
    if first:
        winner = _explained(winner, settings)
    tags = {"cip.winner": "true"} if sweep.search else {}
    crowned = replace(winner, metrics={**winner.metrics, **test}, tags={**winner.tags, **tags})
    folder.write_trial(sweep.path, crowned)
    if opened is not None and winner.run_id is not None:
        opened.add_metrics(winner.run_id, {k: v for k, v in crowned.metrics.items() if k not in recorded})
        opened.set_tags(winner.run_id, tags)
    if first:
        oof = folder.read_oof(sweep.path, winner.number)
        keep(settings, cell, final, oof, opened, winner.run_id, sweep.path / "models" / str(winner.number))
    return crowned


def _explained(done: Trial, settings: Settings) -> Trial:
    """Add to a trial of an accused cell what its score owes to leaks, copies and repetition."""
    found = explain.explain(settings)
    if found is None:
        return done
    metrics = {**done.metrics, **explain.metrics_of(found)}
    line = explain.sentence(found, done.primary, settings.replicates[0])
    return replace(done, metrics=metrics, notes=(*done.notes, line))


def _close_parent(
    opened: Store,
    sweep: SweepContext,
    parent_id: str,
    status: Status,
    trials: Sequence[Trial],
    winners: Sequence[Sequence[Trial]],
) -> None:
    """Write the parent's counts and best figures, its tables, and the best winner's model."""
    best = _best(winners)
    artifacts_of = [sweep.path / name for name in ("summary.csv", "trials.csv")]
    if best is not None and (kept := sweep.path / "models" / str(best[0].number) / "model").is_dir():
        artifacts_of.append(kept)
    words = [member.tags["cip.verdict"] for members in winners for member in members]
    tags = {"cip.verdict": tables.join_words(words)} if words else {}
    figures = _figures(trials, winners, best, sweep)
    opened.finish_parent(parent_id, status, figures, tags, artifacts_of)


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
    shutil.rmtree(output / "model", ignore_errors=True)  # a resumed search crowns anew
    output.mkdir(parents=True, exist_ok=True)
    predictions.to_csv(output / "predictions.csv", index=False)
    if opened is None or run_id is None or settings.track.log_models == "none":
        return
    texts = {"environment.txt": artifacts.environment(), "predictions.csv": predictions.to_csv(index=False)}
    fold, features = cell.split.final, cell.features
    rows = inputs(features).iloc[fold.train]
    labels = labels_of(features, fold.y_train)
    scorer = None if features.task == "segments" else TASKS[features.task].primary
    importance = artifacts.feature_importance(final.pipeline, rows, labels, settings.replicates[0], scorer)
    opened.log_texts(run_id, {**texts, "feature_importance.csv": importance.to_csv(index=False)})
    model.log_model(opened, run_id, final.pipeline, rows.head(5), keep=output / "model")


def _predictions(cell: Cell, final: Final, oof: NDArray[np.float64]) -> pd.DataFrame:
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


def _best(winners: Sequence[Sequence[Trial]]) -> Sequence[Trial] | None:
    """Return the best winner that does not leak (of all, if all do); None where none can be compared."""
    if len({(members[0].task, members[0].primary) for members in winners}) != 1:
        return None
    honest = [members for members in winners if "leaky" not in members[0].tags["cip.verdict"]]
    return max(honest or winners, key=_mean_objective)


def _figures(
    trials: Sequence[Trial],
    winners: Sequence[Sequence[Trial]],
    best: Sequence[Trial] | None,
    sweep: SweepContext,
) -> dict[str, float]:
    """Return the parent's metrics: counts always, the best where the cells can be compared."""
    searched = [trial for trial in trials if trial.tags.get("cip.stage") != "confirm"]
    states = [trial.state for trial in searched]
    counts: dict[str, float] = {
        "n_trials": len(searched), "n_complete": states.count("complete"), "n_failed": states.count("failed"),
        "n_pruned": states.count("pruned"), "n_confirm": len(trials) - len(searched),
    }  # fmt: skip
    if best is None:
        return counts
    row, metric = tables.summarise(best), best[0].primary
    opened = sum(t.state == "complete" for t in trials) if sweep.open_holdout else sum(map(len, winners))
    return counts | {
        "best_objective": row["objective"], f"best_cv_{metric}": row["cv_mean"],
        f"best_test_{metric}": row["test_mean"], "holdout_openings": opened,
    }  # fmt: skip
