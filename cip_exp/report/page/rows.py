"""The rows of summary.csv, each with its trials."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cip_exp.evaluation.metrics import TASKS
from cip_exp.records.grouping import axis_values
from cip_exp.records.vocabulary import Tag, cv_metric
from cip_exp.report import tables
from cip_exp.report.page import charts
from cip_exp.report.page.blocks import Chart, label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cip_exp.evaluation.metric import Metric
    from cip_exp.records.table import TaskName
    from cip_exp.records.trial import Trial
    from cip_exp.report.page.source import Source

TASK_WORDS = {"clv": "lifetime value", "churn": "churn", "segments": "segments"}
LABEL_WIDTH = 20
MOST_ROWS = 30
"""In one table or chart; the others are in summary.csv."""


@dataclass(frozen=True, eq=False)
class Row:
    """One cell of the sweep."""

    values: tuple[str, ...]
    """Its values on the swept axes."""
    figures: pd.Series[Any]
    """Its row of summary.csv."""
    trials: tuple[Trial, ...]
    """Complete trials of the cell; in a search, its winner."""
    task: TaskName
    band: str = ""
    """The source's band, which is about the task's own metric; empty where no trial of the row is known."""

    @property
    def metric(self) -> Metric:
        """The metric of its figures."""
        return TASKS[self.task].metrics[str(self.figures["metric"])]

    @property
    def name(self) -> str:
        """Its values on the swept axes; without axes, its model and features."""
        tags = self.trials[0].tags if self.trials else {}
        own = [tags[key] for key in (Tag.MODEL, Tag.FEATURES) if key in tags]
        return " · ".join(self.values or own) or "the only cell"

    @property
    def signed_score(self) -> float:
        """Its mean score so that greater is better."""
        return self.metric.signed(float(self.figures["cv_mean"]))

    @property
    def label(self) -> str:
        """Its name for the axis of a chart, in short lines."""
        return "<br>".join(label(part) for part in textwrap.wrap(self.name, LABEL_WIDTH)) or " "

    @property
    def verdict(self) -> str:
        """Its verdict."""
        return str(self.figures["verdict"])

    @property
    def grouped(self) -> bool:
        """Whether copies of a row are on one side of each split."""
        return all(trial.params.get("split.twins") != "keep" for trial in self.trials)

    @property
    def outer(self) -> bool:
        """Whether it is the search without one outer fold of `split=nested`."""
        return any(trial.params.get("split.outer", "None") != "None" for trial in self.trials)

    def seeds(self) -> list[tuple[str, float]]:
        """Return each seed's mean score over its folds."""
        found = []
        for trial in self.trials:
            names = trial.tags[Tag.SEED].split(",")
            scores = np.asarray(trial.folds[trial.primary], dtype=np.float64)
            if len(scores) % len(names):
                continue  # it was stopped before its last fold
            means = scores.reshape(len(names), -1).mean(axis=1)
            found += [(name, float(mean)) for name, mean in zip(names, means, strict=True)]
        return found


def rows_of(source: Source) -> list[Row]:
    """Return the rows in the summary's order."""
    axes = source.axes
    shown = [each for each in source.complete if not source.search or each.tags.get(Tag.WINNER) == "true"]
    members: dict[tuple[str, ...], list[Trial]] = {}
    for trial in shown:
        members.setdefault(axis_values(trial, [_key(axis) for axis in axes]), []).append(trial)
    return [
        _row(source, values, line, tuple(members.get(values, ())))
        for values, line in zip(_values(source.summary, axes), _lines(source.summary), strict=True)
    ]


def _row(source: Source, values: tuple[str, ...], line: pd.Series[Any], trials: tuple[Trial, ...]) -> Row:
    # A search that was killed has no winner, and so a row without trials.
    task = TASKS[next(each.task for each in trials or source.trials if each.primary == line["metric"])]
    again = {each.number: each for each in source.confirmed}
    shown = [again.get(each.number, each).metrics for each in trials]
    own = [metrics[name] for metrics in shown if (name := cv_metric(task.criterion.name)) in metrics]
    means = ({task.criterion.name: float(np.mean(own))} if own else {}) | {line["metric"]: line["cv_mean"]}
    band = task.band(means) if task.criterion.name in means else ""
    return Row(values, line, trials, task.name, band)


def by_metric(rows: list[Row]) -> list[tuple[TaskName, Metric, list[Row]]]:
    """Return the rows of each task and metric, the best score first."""
    found: dict[tuple[TaskName, str], list[Row]] = {}
    for row in rows:
        found.setdefault((row.task, row.metric.name), []).append(row)
    return [
        (task, some[0].metric, sorted(some, key=lambda row: row.signed_score, reverse=True))
        for (task, _), some in found.items()
    ]


def best_of(rows: list[Row]) -> Row:
    """Return the row with the best objective; rows that do not leak and keep copies together come first.

    The outer folds of a nested search count only where there is nothing else: they estimate the procedure.
    """
    models = [row for row in rows if not row.outer] or rows
    not_leaky = [row for row in models if "leaky" not in row.verdict] or models
    grouped = [row for row in not_leaky if row.grouped] or not_leaky
    return max(grouped, key=lambda row: float(row.figures["objective"]))


def ranked(rows: Sequence[Row], data: list[Any], x: str, caption: str, described: Sequence[str]) -> Chart:
    """Return a chart with one line per row, the first at the top; `described` is its alternative text."""
    names = [row.label for row in rows]
    ticks = {
        "tickvals": list(range(len(rows)))[::-1],
        "ticktext": names,
        "range": [-0.7, len(rows) - 0.3],
        "showgrid": False,
    }
    height = charts.height(len(rows), each=24 + 9 * max(name.count("<br>") for name in names))
    return Chart(
        caption, f"{caption}. {'; '.join(described)}.", data, charts.layout(x=x, yaxis=ticks), height
    )


def number_or(value: Any, other: Any) -> Any:
    """Return a number, or `other` where it is missing."""
    return other if pd.isna(value) else float(value)


def _key(axis: str) -> str:
    """Return the axis of a column; `tables.axis_columns` puts a swept `objective` into `objective.name`."""
    plain = axis.removesuffix(".name")
    return plain if plain in tables.SUMMARY else axis


def _values(summary: pd.DataFrame, axes: list[str]) -> list[tuple[str, ...]]:
    return [tuple(str(row[axis]) for axis in axes) for _, row in summary.iterrows()]


def _lines(summary: pd.DataFrame) -> list[pd.Series[Any]]:
    return [line for _, line in summary.iterrows()]
