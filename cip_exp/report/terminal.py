"""Print to the terminal: a progress line while a sweep runs, a table at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cip_exp.records.grouping import axis_values
from cip_exp.records.vocabulary import Tag
from cip_exp.report.baseline_words import headlines, standing
from cip_exp.report.sweep_table import band_of, number, sweep_table, with_error
from cip_exp.runtime import PollingThread

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from cip_exp.records.baseline_scores import ComparedModel
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
    compared: Sequence[ComparedModel] = (),
    reading: Sequence[str] = (),
) -> None:
    """Print whether a model beats the baselines, the table, the reasons for its verdicts, and its files.

    `shown` are the trials of the summary's rows; `doubts` are reasons that concern the sweep as a whole;
    `expected` is the number of trials that were requested; `compared` are rows with their baselines;
    `reading` says how a user's file was read, and how to run without a leak.
    """
    console = open_console()
    _headlines(console, compared)
    failed = [trial for trial in trials if trial.state == "failed"]
    done = len(trials) - len(failed)
    title = f"{done} of {max(expected, len(trials))} trials"
    table = sweep_table(title, summary, shown, axes, compared, console.width)
    console.print(title if summary.empty else table)  # an interrupted search has no winner
    for text in doubts:
        console.print(f"  • {text}", highlight=False, soft_wrap=True)
    _lines(console, shown, axes)
    for trial in failed:
        console.print(f"trial {trial.number} failed:", trial.error, style="red", highlight=False)
    _say(console, reading)
    _places(console, folder, address)


def show_run(
    trial: Trial, folder: Path, address: str | None, compared: ComparedModel | None = None,
    reading: Sequence[str] = (),
) -> None:  # fmt: skip
    """Print the figures of a single run beside those of the baselines, and how a user's file was read."""
    from rich.table import Table

    console = open_console()
    _headlines(console, [] if compared is None else [compared])
    baselines = () if compared is None else compared.comparisons
    tags, metrics = trial.tags, trial.metrics
    title = " · ".join(tags[f"cip.{name}"] for name in ("model", "features", "data", "split"))
    table = Table(title=f"{title} · seed {tags[Tag.SEED]}", title_justify="left")
    for name in ("metric", "train", "CV mean ± SE", "gap", "holdout", *(each.name for each in baselines)):
        table.add_column(name)
    names = [key[3:-5] for key in metrics if key.startswith("cv_") and key.endswith("_mean")]
    for name in sorted(names, key=lambda name: name != trial.primary):
        spread = with_error(metrics[f"cv_{name}_mean"], metrics.get(f"cv_{name}_se"))
        cells = [
            metrics.get(f"train_{name}"),
            spread,
            metrics.get(f"gap_{name}"),
            metrics.get(f"test_{name}"),
            *(each.means.get(name) for each in baselines),
        ]
        table.add_row(name, *(cell if isinstance(cell, str) else number(cell) for cell in cells))
    console.print(table)
    meets = "met" if tags[Tag.MEETS_CRITERIA] == "true" else "not met"
    overfit = ", overfit" if tags[Tag.OVERFIT] == "true" else ""
    judgement = standing(compared) or f"{band_of(trial)}{overfit}, success criteria {meets}"
    console.print(f"verdict {tags[Tag.VERDICT]}; if believed: {judgement}", highlight=False)
    _lines(console, [trial], ())
    _say(console, reading)
    _places(console, folder, address)


def open_console() -> Any:
    """Return a console; output that is not a terminal gets 200 columns, so that tables are not folded.

    Brackets are printed as they are: `[a]` in a name or a command is no style.
    """
    from rich.console import Console

    console = Console(markup=False)
    return console if console.is_terminal else Console(width=200, markup=False)


def _headlines(console: Any, compared: Sequence[ComparedModel]) -> None:
    for line in headlines(compared):
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def _lines(console: Any, trials: Sequence[Trial], axes: Sequence[str]) -> None:
    """Print the notes of each cell, then each reason once; at most 12 lines, but all notes."""
    notes = [" ".join((*axis_values(trial, axes), note)) for trial in trials for note in trial.all_notes]
    reasons = [text for trial in trials for text in trial.reasons]
    texts = list(dict.fromkeys([*notes, *reasons]))
    most = max(MOST_LINES, len(dict.fromkeys(notes)))
    for text in texts[:most]:
        console.print(f"  • {text}", highlight=False, soft_wrap=True)
    if len(texts) > most:
        console.print(f"  … and {len(texts) - most} more, in the records of the trials", highlight=False)


def _say(console: Any, texts: Sequence[str]) -> None:
    for at, text in enumerate(texts):
        console.print(text if at == 0 else f"  • {text}", highlight=False, soft_wrap=True)


def _places(console: Any, folder: Path, address: str | None) -> None:
    console.print(f"written: {folder}", highlight=False, soft_wrap=True)
    if address:
        console.print(
            f"look at: {address}  (start it with: python scripts/ui.py)", highlight=False, soft_wrap=True
        )
