"""Print to the terminal: a progress line while a sweep runs, a table at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from cip_exp.records.vocabulary import Tag
from cip_exp.runtime import PollingThread

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cip_exp.records.trial import Trial

POLL_SECONDS = 0.25
MOST_LINES = 12


class Progress:
    """A line that counts the finished trials in a sweep's folder; only where stderr is a terminal.

    It counts files, since trials may run in other processes.
    """

    def __init__(self, folder: Path, total: int | None) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        self._folder = folder / "trials"
        console = Console(stderr=True)
        self._watch: PollingThread | None = None
        if not console.is_terminal:
            return
        columns = (TextColumn("trials"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        # With a refresh thread of rich the sweep could not fork its workers.
        self._bar = Bar(*columns, console=console, transient=True, auto_refresh=False)
        self._task = self._bar.add_task("trials", total=total)
        self._watch = PollingThread("progress", self._show, POLL_SECONDS)
        self._bar.start()
        self._watch.start()

    def _show(self) -> None:
        done = len(list(self._folder.glob("*.json"))) if self._folder.exists() else 0
        self._bar.update(self._task, completed=done, refresh=True)

    def close(self) -> None:
        """Remove the line."""
        if self._watch is not None:
            self._watch.close()
            self._bar.stop()


def show_sweep(
    summary: pd.DataFrame,
    trials: Sequence[Trial],
    shown: Sequence[Trial],
    axes: Sequence[str],
    folder: Path,
    address: str | None,
    doubts: Sequence[str] = (),
    expected: int = 0,
    reading: Sequence[str] = (),
) -> None:
    """Print the table of a sweep, the reasons for its verdicts, and where its files are.

    `shown` are the trials of the summary's rows; `doubts` are reasons that concern the sweep as a whole;
    `expected` is the number of trials that were requested; `reading` says how a user's file was read.
    """
    from rich.table import Table

    from cip_exp.report.tables import axis_columns

    console = open_console()
    failed = [trial for trial in trials if trial.state == "failed"]
    done = len(trials) - len(failed)
    table = Table(title=f"{done} of {max(expected, len(trials))} trials", title_justify="left")
    for name in (
        *axis_columns(axes),
        "n",
        "metric",
        "CV mean ± SE",
        "95 % interval",
        "holdout",
        "gap",
        "verdict",
        "if believed",
    ):
        table.add_column(name, overflow="fold")
    first = {tuple(row[axis] for axis in axis_columns(axes)): row for _, row in summary.iterrows()}
    bands = _bands(shown, axes)
    for values, row in first.items():
        table.add_row(*map(str, values), *_figures(row), str(row["verdict"]), bands.get(values, ""))
    console.print(table if first else table.title)  # an interrupted search has no winner
    for text in doubts:
        console.print(f"  • {text}", highlight=False, soft_wrap=True)
    _lines(console, shown, axes)
    for trial in failed:
        console.print(f"[red]trial {trial.number} failed:[/red] {trial.error}", highlight=False)
    _say(console, reading)
    _places(console, folder, address)


def show_run(trial: Trial, folder: Path, address: str | None, reading: Sequence[str] = ()) -> None:
    """Print the figures of a single run; `reading` says how a user's file was read."""
    from rich.table import Table

    console = open_console()
    tags, metrics = trial.tags, trial.metrics
    title = " · ".join(tags[f"cip.{name}"] for name in ("model", "features", "data", "split"))
    table = Table(title=f"{title} · seed {tags[Tag.SEED]}", title_justify="left")
    for name in ("metric", "train", "CV mean ± SE", "gap", "holdout"):
        table.add_column(name)
    for name in [key[3:-5] for key in metrics if key.startswith("cv_") and key.endswith("_mean")]:
        spread = _pm(metrics[f"cv_{name}_mean"], metrics.get(f"cv_{name}_se"))
        cells = [
            metrics.get(f"train_{name}"),
            spread,
            metrics.get(f"gap_{name}"),
            metrics.get(f"test_{name}"),
        ]
        table.add_row(name, *(cell if isinstance(cell, str) else _number(cell) for cell in cells))
    console.print(table)
    meets = "met" if tags[Tag.MEETS_CRITERIA] == "true" else "not met"
    overfit = ", overfit" if tags[Tag.OVERFIT] == "true" else ""
    judgement = f"{tags[Tag.BAND]}{overfit}, success criteria {meets}"
    console.print(f"verdict {tags[Tag.VERDICT]}; if believed: {judgement}", highlight=False)
    _lines(console, [trial], ())
    _say(console, reading)
    _places(console, folder, address)


def open_console() -> Any:
    """Return a console; output that is not a terminal gets 200 columns, so that tables are not folded."""
    from rich.console import Console

    console = Console()
    return console if console.is_terminal else Console(width=200)


def _figures(row: pd.Series[Any]) -> list[str]:
    interval = f"{_number(row['ci_low'])} to {_number(row['ci_high'])}" if pd.notna(row["ci_low"]) else ""
    if row["cv_se"] == 0:
        interval = "all folds equal"  # an interval of width zero would be wrong
    return [
        str(row["n"]), str(row["metric"]), _pm(row["cv_mean"], row["cv_se"]), interval,
        _number(row["test_mean"]), _number(row["gap_mean"]),
    ]  # fmt: skip


def _bands(trials: Sequence[Trial], axes: Sequence[str]) -> dict[tuple[str, ...], str]:
    from cip_exp.records.grouping import axis_values

    found: dict[tuple[str, ...], str] = {}
    for trial in trials:
        if trial.state == "complete":
            mark = " ✓" if trial.tags[Tag.MEETS_CRITERIA] == "true" else ""
            found.setdefault(axis_values(trial, axes), trial.tags[Tag.BAND] + mark)
    return found


def _lines(console: Any, trials: Sequence[Trial], axes: Sequence[str]) -> None:
    """Print the notes of each cell, then each reason once; at most 12 lines, but all notes."""
    from cip_exp.records.grouping import axis_values

    notes = [" ".join((*axis_values(trial, axes), note)) for trial in trials for note in trial.all_notes]
    reasons = [text for trial in trials for text in trial.reasons]
    texts = list(dict.fromkeys([*notes, *reasons]))
    most = max(MOST_LINES, len(dict.fromkeys(notes)))
    for text in texts[:most]:
        console.print(f"  • {text}", highlight=False, soft_wrap=True)
    if len(texts) > most:
        console.print(f"  … and {len(texts) - most} more, in the records of the trials", highlight=False)


def _say(console: Any, texts: Sequence[str]) -> None:
    for number, text in enumerate(texts):
        console.print(text if number == 0 else f"  • {text}", highlight=False, soft_wrap=True)


def _places(console: Any, folder: Path, address: str | None) -> None:
    console.print(f"written: {folder}", highlight=False, soft_wrap=True)
    if address:
        console.print(
            f"look at: {address}  (start it with: python scripts/ui.py)", highlight=False, soft_wrap=True
        )


def _pm(mean: float, error: float | None) -> str:
    return _number(mean) if error is None or pd.isna(error) else f"{mean:.4f} ± {error:.4f}"


def _number(value: float | None) -> str:
    return "" if value is None or pd.isna(value) else f"{value:.4f}"
