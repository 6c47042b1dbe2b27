"""The spread of the scores over seeds, and cross-validation compared with the holdout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cip_exp.report.page import charts
from cip_exp.report.page.blocks import Block, Chart, PageTable, Section, TableCell, Text, label, number_cell
from cip_exp.report.page.rows import MOST_ROWS, Row, by_metric, ranked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cip_exp.report.page.source import Source


def seeds_section(source: Source, rows: list[Row]) -> Section:
    """Return a chart of each cell's scores by seed, or by fold where there is one seed."""
    blocks: list[Block] = []
    for _, metric, some in by_metric(rows):
        shown = [row for row in some if row.trials][:MOST_ROWS]
        if not shown:
            continue
        points = [row.seeds() for row in shown]
        single = all(len(each) < 2 for each in points)
        if single:
            points = [
                [
                    (f"fold {i}", score)
                    for trial in row.trials
                    for i, score in enumerate(trial.folds[trial.primary])
                ]
                for row in shown
            ]
        blocks.append(_strip(shown, points, metric.name, "fold" if single else "seed"))
    lead = "Seeds are repetitions of one configuration: their spread is not visible in the score of one seed."
    if source.search:
        lead += " Of a search: the winner, with its scores in the search."
    return Section("Seeds", blocks, lead)


def _strip(
    rows: Sequence[Row], points: Sequence[Sequence[tuple[str, float]]], metric: str, what: str
) -> Chart:
    data = []
    for place, (row, found) in enumerate(zip(rows, points, strict=True)):
        centre = len(rows) - 1 - place
        shifts = np.linspace(-0.22, 0.22, len(found)) if len(found) > 1 else np.zeros(len(found))
        hue = charts.colours([row.verdict])[0]
        texts = [f"{what} {label(name)}" if what == "seed" else label(name) for name, _ in found]
        data.append(
            charts.dots(
                [s for _, s in found],
                (centre + shifts).tolist(),
                colour=hue,
                size=8,
                opacity=0.75,
                text=texts,
                hovertemplate="%{text}: %{x:.4f}<extra></extra>",
            )
        )
    described = [
        f"{row.name}: {len(found)} from {min(s for _, s in found):.4f} to {max(s for _, s in found):.4f}"
        for row, found in zip(rows, points, strict=True)
        if found
    ]
    return ranked(rows, data, metric, f"{metric} of each {what}", described)


def holdout_section(source: Source, rows: list[Row]) -> Section:
    """Return the CV and holdout scores, and for a search the optimism of its winner."""
    opened = [row for row in rows if pd.notna(row.figures["test_mean"])]
    blocks: list[Block] = []
    for _, metric, some in by_metric(opened):
        shown = some[:MOST_ROWS]
        blocks += [_optimism(shown, metric.name), _dumbbells(shown, metric.name)]
    if not blocks and rows:
        blocks = [Text(("The holdout was not opened for any cell.",))]
    openings = source.parent_metrics.get("holdout_openings")
    lead = "The holdout is the same 20 % of the rows for all cells, set aside before anything was fitted."
    if openings is not None:
        lead += f" It was opened {int(openings):,} times." if openings != 1 else " It was opened once."
    return Section("Cross-validation against the holdout", blocks, lead)


def _optimism(rows: Sequence[Row], metric: str) -> PageTable:
    """Return one line per row; the columns of a search only where there was one."""
    searched = any(
        "optimism" in row.trials[0].metrics or f"quoted_{metric}" in row.trials[0].metrics
        for row in rows
        if row.trials
    )
    names = (
        f"cv_{metric}_mean",
        "optimism",
        f"quoted_{metric}",
        f"quoted_{metric}_low",
        f"quoted_{metric}_high",
    )
    more = ("in the search", "optimism", "quoted", "95 % from", "to") if searched else ()
    lines = []
    for row in rows:
        own = row.trials[0].metrics if row.trials else {}
        extra = tuple(number_cell(own.get(name), name) for name in names) if searched else ()
        difference = float(row.figures["cv_mean"]) - float(row.figures["test_mean"])
        plain = (
            number_cell(row.figures["cv_mean"], "cv_mean"),
            number_cell(row.figures["test_mean"], "test_mean"),
            number_cell(difference),
        )
        lines.append((TableCell(row.name), *plain, *extra))
    headings = ("cell", "confirmed CV" if searched else "CV", "holdout", "CV minus holdout", *more)
    return PageTable(f"{metric} in cross-validation and on the holdout", headings, tuple(lines))


def _dumbbells(rows: Sequence[Row], metric: str) -> Chart:
    places = list(range(len(rows)))[::-1]
    cv = [float(row.figures["cv_mean"]) for row in rows]
    held = [float(row.figures["test_mean"]) for row in rows]
    hues = charts.colours([row.verdict for row in rows])
    data = [
        charts.line([a, b], [y, y], colour=hue, width=2, opacity=0.5, hoverinfo="skip")
        for a, b, y, hue in zip(cv, held, places, hues, strict=True)
    ]
    data.append(charts.dots(cv, places, colour=hues, size=11, hovertemplate="CV %{x:.4f}<extra></extra>"))
    data.append(
        charts.dots(
            held, places, colour=hues, size=12, hollow=True, hovertemplate="holdout %{x:.4f}<extra></extra>"
        )
    )
    described = [f"{row.name}: {a:.4f} and {b:.4f}" for row, a, b in zip(rows, cv, held, strict=True)]
    return ranked(
        rows, data, metric, f"{metric} in cross-validation (dots) and on the holdout (rings)", described
    )
