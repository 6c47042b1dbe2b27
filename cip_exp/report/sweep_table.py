"""The table of a sweep on the terminal: a row for each cell, and a row for each baseline below them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from cip_exp.evaluation.metrics import TASKS
from cip_exp.records.grouping import axis_values
from cip_exp.records.vocabulary import Tag
from cip_exp.report.baseline_words import baselines_of_questions, standing
from cip_exp.report.tables import axis_columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.table import Table

    from cip_exp.records.baseline_scores import ComparedModel
    from cip_exp.records.trial import Trial

FIGURES = ("n", "metric", "CV mean ± SE", "95 % interval", "holdout", "gap", "verdict", "if believed")
NARROW = 100
"""On a terminal with fewer columns the table has no frame and no interval, which summary.csv has."""
LEFT_OUT = "95 % interval"
LONGEST_WORD = 9
"""Of the last column, which has sentences: its words are not divided."""


def sweep_table(
    title: str, summary: pd.DataFrame, shown: Sequence[Trial], axes: Sequence[str],
    compared: Sequence[ComparedModel], width: int,
) -> Table:  # fmt: skip
    """Return the table for a terminal with `width` columns.

    Where baselines were scored and the model is no axis, a column names model and baselines.
    """
    from rich.table import Table

    narrow = width < NARROW
    own = ["model"] if compared and "model" not in axes else []
    names = [*own, *axis_columns(axes), *FIGURES]
    kept = [at for at, name in enumerate(names) if not (narrow and name == LEFT_OUT)]
    table = Table(title=title, title_justify="left", show_edge=not narrow, padding=(0, 0 if narrow else 1))
    for at in kept:
        least = LONGEST_WORD if names[at] == FIGURES[-1] else None
        table.add_column(names[at], overflow="fold", min_width=least)
    bands = _bands(shown, axes, compared)
    models = {axis_values(trial, axes): trial.tags[Tag.MODEL] for trial in shown}
    first = {tuple(row[axis] for axis in axis_columns(axes)): row for _, row in summary.iterrows()}
    comma = ", " if narrow else ","
    rows = [
        [*([models.get(values, "")] if own else []), *map(str, values), *_figures(row),
         str(row["verdict"]).replace(",", comma), bands.get(values, "")]
        for values, row in first.items()
    ]  # fmt: skip
    for row in rows:
        table.add_row(*(row[at] for at in kept))
    table.add_section()
    for row in _baseline_rows(shown, axes, compared):
        table.add_row(*(row[at] for at in kept))
    return table


def _figures(row: pd.Series[Any]) -> list[str]:
    interval = f"{number(row['ci_low'])} to {number(row['ci_high'])}" if pd.notna(row["ci_low"]) else ""
    if row["cv_se"] == 0:
        interval = "all folds equal"  # an interval of width zero would be wrong
    return [
        str(row["n"]), str(row["metric"]), with_error(row["cv_mean"], row["cv_se"]), interval,
        number(row["test_mean"]), number(row["gap_mean"]),
    ]  # fmt: skip


def _bands(
    trials: Sequence[Trial], axes: Sequence[str], compared: Sequence[ComparedModel]
) -> dict[tuple[str, ...], str]:
    """Return the band of each row; where it does not beat the baselines, that instead."""
    by_number = {each.number: each for each in compared}
    found: dict[tuple[str, ...], str] = {}
    for trial in trials:
        if trial.state == "complete":
            mark = " ✓" if trial.tags[Tag.MEETS_CRITERIA] == "true" else ""
            band = standing(by_number.get(trial.number)) or band_of(trial) + mark
            found.setdefault(axis_values(trial, axes), band)
    return found


def band_of(trial: Trial) -> str:
    """Return the source's band; where trials are compared by another metric than its own, both are named."""
    own = TASKS[trial.task].criterion.name
    return trial.tags[Tag.BAND] if own == trial.primary else f"{own} is {trial.tags[Tag.BAND]}"


def _baseline_rows(
    shown: Sequence[Trial], axes: Sequence[str], compared: Sequence[ComparedModel]
) -> Iterator[list[str]]:
    """Yield a row for each baseline of each question."""
    by_number = {trial.number: trial for trial in shown}
    named = axes if "model" in axes else ("model", *axes)
    for each in baselines_of_questions(compared):
        trial = by_number.get(each.number)
        asked = [pair.partition("=")[0] for pair in each.question.split(" ")]
        values = {} if trial is None else dict(zip(axes, axis_values(trial, axes), strict=True))
        for baseline in each.comparisons:
            own = {axis: value for axis, value in values.items() if axis in asked} | {"model": baseline.name}
            spread = with_error(baseline.means[each.metric], baseline.errors[each.metric])
            yield [*(own.get(axis, "") for axis in named), "", each.metric, spread, "", "", "", "", ""]


def with_error(mean: float, error: float | None) -> str:
    """Return a mean with its standard error, where that is known."""
    return number(mean) if error is None or pd.isna(error) else f"{mean:.4f} ± {error:.4f}"


def number(value: float | None) -> str:
    """Return four decimals; nothing where there is no number."""
    return "" if value is None or pd.isna(value) else f"{value:.4f}"
