"""The end of a run and of a sweep: winners, tables, and the parent's figures."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from cip_exp.app import store_access
from cip_exp.app.messages import print_message
from cip_exp.audit.runner import after_trials
from cip_exp.records.grouping import axis_values, join_verdicts
from cip_exp.report import tables, terminal
from cip_exp.runtime import ForkedCall
from cip_exp.selection import confirmation
from cip_exp.selection import winner as crowning
from cip_exp.selection.quote import holdout_interval
from cip_exp.track import sweep_folder
from cip_exp.trial.artifacts import save_artifacts
from cip_exp.trial.diagnostics import diagnose

if TYPE_CHECKING:
    from pathlib import Path

    from cip_exp.config.settings import Settings
    from cip_exp.records.sweep_context import SweepContext
    from cip_exp.records.trial import Trial
    from cip_exp.selection.winner import Winner
    from cip_exp.track.connect import Store
    from cip_exp.trial.run import TrialResult


Compose = Callable[[Sequence[str]], "Settings"]
Status = Literal["FINISHED", "FAILED", "KILLED"]


@dataclass(frozen=True)
class Ending:
    """How a sweep ended."""

    status: Status
    n_failed: int


def finish_run(settings: Settings, outcome: TrialResult, output: Path) -> None:
    """Record a single run with its model, and print it."""
    explaining = ForkedCall(lambda: _explain(settings, outcome))
    opened = store_access.open_store(settings)  # takes as long
    address, (done, drawn) = None, explaining.result()
    if outcome.final is not None:
        interval = holdout_interval(outcome.cell, outcome.final)
        done = replace(done, metrics={**done.metrics, **interval})
    sweep_folder.write_trial(output, done)
    if opened is not None:
        run_id = opened.log_trial(
            done, parent_id=None, name=store_access.run_name(done), kind="run", config_yaml=settings.yaml
        )
        done = replace(done, run_id=run_id)
        sweep_folder.write_trial(output, done)
        address = opened.address(run_id, children=False)
    if outcome.final is not None:
        oof = outcome.evaluation.oof
        save_artifacts(settings, outcome.cell, outcome.final, oof, opened, done, output, drawn)
    (output / "resolved.yaml").write_text(settings.yaml, encoding="utf-8")
    terminal.show_run(done, output, address)


def _explain(settings: Settings, outcome: TrialResult) -> tuple[Trial, dict[str, str]]:
    """Return the trial with what its score owes to leaks, and the portrait of its final model."""
    done = crowning.explained(outcome.trial, settings)
    return done, {} if outcome.final is None else diagnose(settings, outcome.cell, outcome.final)


def finish_sweep(
    sweep: SweepContext,
    settings: Settings,
    compose: Compose,
    expected: int,
    *,
    killed: bool,
    refused: bool,
    broken: bool,
) -> Ending:
    """Choose the winners, open their holdouts, write the tables, and close the parent.

    A search that was interrupted can go on, so it has no winner yet and its holdout stays sealed. Where the
    sweeper refused to go on with a study (`refused`), it is left as it was found. `broken`: some other error
    ended it.
    """
    opened = store_access.open_store(settings)
    before = sweep_folder.read_trials(sweep.path)
    failed = sum(trial.state == "failed" for trial in before)
    expected = len(before) if refused else expected
    # A search may end before its last trial: out of time, out of patience, good enough.
    lost = broken or (len(before) < expected and not sweep.search)
    status: Status = "KILLED" if killed else "FAILED" if failed or lost else "FINISHED"
    if refused:
        if opened is not None and sweep.parent_id is not None:
            opened.finish_parent(sweep.parent_id, status, {}, {})
        return Ending(status, failed)
    winners = [] if killed and sweep.search else crowning.crown_all(sweep, compose, opened)
    trials = sweep_folder.read_trials(sweep.path)
    again = sweep_folder.read_trials(sweep.path / confirmation.FOLDER) if winners and sweep.search else []
    rows = [member for winner in winners for member in winner.shown] if sweep.search else trials
    summary = _write_tables(sweep, trials, again, rows, winners)
    figures = _figures(trials, again, winners, sweep)
    (sweep.path / crowning.FIGURES).write_text(json.dumps(figures, indent=1), encoding="utf-8")
    if settings.track.report and not killed:
        _write_report(sweep)
    address = None
    if opened is not None and sweep.parent_id is not None:
        _close_parent(opened, sweep, sweep.parent_id, status, winners, figures)
        address = opened.address(sweep.parent_id)
    doubts = (*_nested_line(figures), *after_trials([*trials, *again]).reasons)
    terminal.show_sweep(summary, trials, rows, sweep.axes, sweep.path, address, doubts, expected)
    return Ending(status, failed)


def _write_tables(
    sweep: SweepContext, trials: Sequence[Trial], again: Sequence[Trial], rows: Sequence[Trial],
    winners: Sequence[Winner],
) -> pd.DataFrame:  # fmt: skip
    """Write the sweep's tables, and return the summary."""
    summary = tables.summary(rows, sweep.axes)
    summary.to_csv(sweep.path / "summary.csv", index=False)
    tables.trials_table(trials).to_csv(sweep.path / "trials.csv", index=False)
    if again:
        tables.trials_table(again).to_csv(sweep.path / "confirm.csv", index=False)
    parts = [
        pd.read_csv(path).assign(trial=winner.members[0].number)
        for winner in winners
        if (path := sweep.path / "models" / str(winner.members[0].number) / "predictions.csv").exists()
    ]
    if parts:
        pd.concat(parts).to_csv(sweep.path / "predictions.csv", index=False)
    return summary


def _write_report(sweep: SweepContext) -> None:
    """Write the page; one that cannot be made costs nobody the sweep."""
    from cip_exp.report.page.write import write_report

    try:
        write_report(sweep.path)
    except Exception as error:
        step = f"python scripts/report.py {sweep.path.name} tries again"
        print_message(f"no report: {type(error).__name__}: {error}\n  next:    {step}")


def _close_parent(
    opened: Store, sweep: SweepContext, parent_id: str, status: Status, winners: Sequence[Winner],
    figures: dict[str, float],
) -> None:  # fmt: skip
    """Write the parent's counts and best figures, its tables, and the best winner's model."""
    best = _best(winners)
    paths = [sweep.path / name for name in ("summary.csv", "trials.csv", "confirm.csv", "report.html")]
    artifacts_of = [path for path in paths if path.exists()]
    if best is not None and (kept := sweep.path / "models" / str(best.members[0].number) / "model").is_dir():
        artifacts_of.append(kept)
    words = [member.tags["cip.verdict"] for winner in winners for member in winner.members]
    tags = {"cip.verdict": join_verdicts(words)} if words else {}
    opened.finish_parent(parent_id, status, figures, tags, artifacts_of)


def _best(winners: Sequence[Winner]) -> Winner | None:
    """Return the best winner that does not leak (of all, if all do); None where none can be compared."""
    if len({(winner.members[0].task, winner.members[0].primary) for winner in winners}) != 1:
        return None
    # An outer fold's winner estimates the procedure; it is nobody's model.
    whole = [each for each in winners if not crowning.is_outer(each.members[0])] or list(winners)
    honest = [winner for winner in whole if "leaky" not in winner.members[0].tags["cip.verdict"]]
    # Where copies were kept together in some cells, those with copies on both sides are no competition.
    together = [winner for winner in honest or whole if _twins(winner) == "group"]
    return max(together or honest or whole, key=lambda winner: winner.objective)


def _twins(winner: Winner) -> str:
    return winner.members[0].params.get("split.twins", "")


def _figures(
    trials: Sequence[Trial], again: Sequence[Trial], winners: Sequence[Winner], sweep: SweepContext
) -> dict[str, float]:
    """Return the parent's metrics: counts always, the best where the cells can be compared."""
    states = [trial.state for trial in trials]
    counts: dict[str, float] = {
        "n_trials": len(trials), "n_complete": states.count("complete"), "n_failed": states.count("failed"),
        "n_pruned": states.count("pruned"), "n_confirm": len(again),
        "n_fits": _fits(trials), "n_confirm_fits": _fits(again),
    }  # fmt: skip
    best = _best(winners)
    if best is None:
        return counts
    row, metric = tables.summarise(best.shown), best.members[0].primary
    opened = states.count("complete") if sweep.open_holdout else len(crowning.read_openings(sweep.path))
    crown = best.members[0].metrics
    extra = {name: crown[name] for name in crown if name.startswith(("quoted_", "bbc_", "optimism"))}
    return counts | extra | _nested(winners, best, sweep) | {
        "best_objective": row["objective"], f"best_cv_{metric}": row["cv_mean"],
        f"best_test_{metric}": row["test_mean"], "holdout_openings": opened,
    }  # fmt: skip


def _fits(trials: Sequence[Trial]) -> int:
    """Count the folds that were fitted: what a budget is spent on."""
    own = [trial for trial in trials if "cip.duplicate_of" not in trial.tags]
    return sum(len(scores) for trial in own for scores in trial.folds.values())


def _nested_line(figures: dict[str, float]) -> list[str]:
    """Say what the whole procedure scored on folds that its searches never saw."""
    folds = int(figures.get("n_outer_folds", 0))
    return [
        f"{name.removeprefix('nested_')} of the whole procedure, search included: {value:.4f} "
        f"on {folds} outer folds"
        for name, value in figures.items()
        if name.startswith("nested_")
    ]


def _nested(winners: Sequence[Winner], best: Winner, sweep: SweepContext) -> dict[str, float]:
    """Return the mean of what the winners of the best's outer folds scored where no search looked."""
    axes = [axis for axis in sweep.axes if axis != "split.outer"]
    asked, metric = axis_values(best.members[0], axes), best.members[0].primary
    outer = [winner.members[0] for winner in winners if crowning.is_outer(winner.members[0])]
    mine = [each.metrics.get(f"test_{metric}") for each in outer if axis_values(each, axes) == asked]
    scores = [score for score in mine if score is not None]
    if not scores:
        return {}
    return {f"nested_{metric}": float(np.mean(scores)), "n_outer_folds": float(len(scores))}
