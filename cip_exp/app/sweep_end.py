"""The end of a sweep: choose the winners, write tables and report, close the parent run, print it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

from cip_exp.app.closing_lines import closing_lines
from cip_exp.app.messages import print_message
from cip_exp.app.recording import SweepRecorder
from cip_exp.app.sweep_winners import Compose, SweepWinners
from cip_exp.audit.runner import after_trials
from cip_exp.records.grouping import join_verdicts
from cip_exp.records.safe_csv import read_csv, to_csv
from cip_exp.records.vocabulary import Tag
from cip_exp.report import tables, terminal
from cip_exp.report.baselines_table import NAME as BASELINES
from cip_exp.report.baselines_table import write_baselines
from cip_exp.selection.parent_metrics import nested_notes, parent_metrics
from cip_exp.selection.winner import best_winner
from cip_exp.track import holdout_log, sweep_folder
from cip_exp.trial.prepare import prepare

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from cip_exp.config.settings import Settings
    from cip_exp.records.sweep_context import SweepContext
    from cip_exp.records.trial import Trial
    from cip_exp.selection.winner import Winner

Status = Literal["FINISHED", "FAILED", "KILLED"]


@dataclass(frozen=True)
class Ending:
    """How a sweep ended."""

    status: Status
    n_failed: int


@dataclass(frozen=True)
class Interruption:
    """Why a sweep stopped before its last job; all False where it did not."""

    killed: bool = False
    """Ctrl-C."""
    refused: bool = False
    """An error of the user, such as resuming a study with another configuration."""
    broken: bool = False
    """Any other error."""


def finish_sweep(
    sweep: SweepContext, settings: Settings, compose: Compose, expected: int, interruption: Interruption
) -> Ending:
    """Finish a sweep from the records in its folder, which are read once.

    An interrupted search can be resumed: it gets no winner, and its holdout stays sealed. A refused sweep is
    left as it was found.

    Args:
        sweep: where it is, and what it varied.
        settings: of some cell; they name the store.
        compose: overrides to settings.
        expected: planned number of trials.
        interruption: why it stopped early, if it did.
    """
    recorder = SweepRecorder(sweep.path, sweep.parent_id, settings)
    trials = sweep_folder.read_trials(sweep.path)
    failed = sum(trial.state == "failed" for trial in trials)
    expected = len(trials) if interruption.refused else expected
    # A search may end before its last trial: at its time limit, without progress, or at its target.
    lost = interruption.broken or (len(trials) < expected and not sweep.search)
    status: Status = "KILLED" if interruption.killed else "FAILED" if failed or lost else "FINISHED"
    if interruption.refused:
        recorder.store.finish_parent(sweep.parent_id, status, {}, {})
        return Ending(status, failed)
    selected = SweepWinners(sweep, compose, recorder)
    if not (interruption.killed and sweep.search):
        trials = selected.select(trials)
    winners, confirmed = selected.winners, selected.confirmed
    shown = [member for winner in winners for member in winner.shown] if sweep.search else trials
    summary = _write_tables(sweep, trials, confirmed, shown, winners)
    write_baselines(sweep.path, selected.compared)
    n_openings = len(holdout_log.read_openings(sweep.path))
    figures = parent_metrics(trials, confirmed, winners, sweep, n_openings)
    sweep_folder.write_figures(sweep.path, figures)
    if settings.track.report and not interruption.killed:
        _write_report(sweep.path, trials, confirmed, figures)
    _close_parent(recorder, status, winners, figures)
    doubts = (*nested_notes(figures), *after_trials([*trials, *confirmed]).reasons)
    address = recorder.store.address(sweep.parent_id)
    said = closing_lines(settings, prepare(settings)) if trials else ()
    terminal.show_sweep(
        summary, trials, shown, sweep.axes, sweep.path, address, doubts, expected, selected.compared,
        said,
    )  # fmt: skip
    return Ending(status, failed)


def _write_table(path: Path, table: pd.DataFrame) -> None:
    path.write_text(to_csv(table), encoding="utf-8")


def _write_tables(
    sweep: SweepContext, trials: Sequence[Trial], confirmed: Sequence[Trial], shown: Sequence[Trial],
    winners: Sequence[Winner],
) -> pd.DataFrame:  # fmt: skip
    """Write the tables of a sweep, and return the summary."""
    summary = tables.summary(shown, sweep.axes)
    _write_table(sweep.path / "summary.csv", summary)
    _write_table(sweep.path / "trials.csv", tables.trials_table(trials))
    if confirmed:
        _write_table(sweep.path / "confirm.csv", tables.trials_table(confirmed))
    parts = [
        read_csv(path).assign(trial=winner.members[0].number)
        for winner in winners
        if (path := sweep.path / "models" / str(winner.members[0].number) / "predictions.csv").exists()
    ]
    if parts:
        _write_table(sweep.path / "predictions.csv", pd.concat(parts))
    return summary


def _write_report(
    folder: Path, trials: Sequence[Trial], confirmed: Sequence[Trial], figures: Mapping[str, float]
) -> None:
    """Write the HTML report; where that fails, the sweep is finished without it."""
    from cip_exp.report.page.source import source_of
    from cip_exp.report.page.write import write

    try:
        write(source_of(folder, trials, confirmed, figures))
    except Exception as error:
        step = f"python scripts/report.py {folder.name} tries again"
        print_message(f"no report: {type(error).__name__}: {error}\n  next:    {step}")


def _close_parent(
    recorder: SweepRecorder, status: Status, winners: Sequence[Winner], figures: Mapping[str, float]
) -> None:
    """Close the parent run with its metrics, the tables, the report, and the best winner's model."""
    folder, best = recorder.folder, best_winner(winners)
    paths = [folder / name for name in ("summary.csv", "trials.csv", "confirm.csv", BASELINES, "report.html")]
    artifacts = [path for path in paths if path.exists()]
    if best is not None and (saved := folder / "models" / str(best.members[0].number) / "model").is_dir():
        artifacts.append(saved)
    verdicts = [member.tags[Tag.VERDICT] for winner in winners for member in winner.members]
    tags = {Tag.VERDICT: join_verdicts(verdicts)} if verdicts else {}
    recorder.store.finish_parent(recorder.parent_id, status, figures, tags, artifacts)
