"""The leaderboard of a sweep's cells with their intervals, and the comparison of its feature sets."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cip_exp.report.baseline_words import standing
from cip_exp.report.page import charts
from cip_exp.report.page.blocks import (
    Block,
    Chart,
    PageTable,
    Section,
    TableCell,
    label,
    number_cell,
    verdict_cell,
)
from cip_exp.report.page.rows import MOST_ROWS, TASK_WORDS, Row, by_metric, number_or, ranked
from cip_exp.report.page.sections.baseline_rows import baseline_tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cip_exp.report.page.source import Source

FEATURE_SETS = ("leaky", "clean", "strict")
COLOUR_NOTE = (
    "Red: leaky. Amber: duplicated, degenerate or suspect. Green: the audit found nothing. Grey: no audit."
)


def leaderboard_section(source: Source, rows: list[Row]) -> Section:
    """Return a table and a chart of intervals for each task."""
    blocks: list[Block] = []
    for task, metric, some in by_metric(rows):
        shown = some[:MOST_ROWS]
        rest = (
            f"; the first {MOST_ROWS} of {len(some):,}, all are in summary.csv"
            if len(some) > MOST_ROWS
            else ""
        )
        caption = f"{TASK_WORDS[task].capitalize()}: {metric.described}{rest}"
        blocks.append(_leaderboard(source, shown, caption))
        blocks.append(_intervals(shown, metric.name))
    blocks += baseline_tables(source.compared)
    lead = (
        "Means over all folds and seeds, with Nadeau and Bengio's standard error (folds share training rows) "
        f"and its 95 % interval. {COLOUR_NOTE}"
    )
    return Section("Leaderboard", blocks, lead)


def _leaderboard(source: Source, rows: Sequence[Row], caption: str) -> PageTable:
    headings = (
        *(source.axes or ["cell"]),
        "n",
        "CV mean",
        "SE",
        "95 % from",
        "to",
        "holdout",
        "gap",
        "verdict",
        "if believed",
    )
    return PageTable(caption, headings, tuple(_leaderboard_row(source, row) for row in rows))


def _leaderboard_row(source: Source, row: Row) -> tuple[TableCell, ...]:
    line = row.figures
    values = tuple(TableCell(text) for text in row.values) or (TableCell(row.name),)
    names = ("cv_mean", "cv_se", "ci_low", "ci_high", "test_mean", "gap_mean")
    numbers = {trial.number for trial in row.trials}
    missed = standing(next((each for each in source.compared if each.number in numbers), None))
    count = TableCell(str(line["n"]), float(line["n"]), name="n")
    return (
        *values,
        count,
        *(number_cell(line[name], name) for name in names),
        verdict_cell(row.verdict),
        TableCell(missed or row.band),
    )


def _intervals(rows: Sequence[Row], metric: str) -> Chart:
    places = list(range(len(rows)))[::-1]
    means = [float(row.figures["cv_mean"]) for row in rows]
    ends = [
        (number_or(row.figures["ci_low"], mean), number_or(row.figures["ci_high"], mean))
        for row, mean in zip(rows, means, strict=True)
    ]
    hues = charts.colours([row.verdict for row in rows])
    data = [
        charts.line([low, high], [place, place], colour=hue, width=4, opacity=0.55, hoverinfo="skip")
        for (low, high), place, hue in zip(ends, places, hues, strict=True)
    ]
    data.append(charts.dots(means, places, colour=hues, size=11, hovertemplate="%{x:.4f}<extra></extra>"))
    described = [
        f"{row.name}: {mean:.4f} ({low:.4f} to {high:.4f})"
        for row, mean, (low, high) in zip(rows, means, ends, strict=True)
    ]
    return ranked(rows, data, metric, "Cross-validated score and its 95 % interval", described)


def feature_sets_section(source: Source, rows: list[Row]) -> Section:
    """Return the scores of each model by feature set, where several were swept."""
    if "features" not in source.axes or source.summary["features"].nunique() < 2:
        return Section("")
    blocks: list[Block] = []
    for _, metric, some in by_metric(rows):
        blocks += _by_feature_set(source, some, metric.name)
    lead = "The same model on each feature set. A score that gets worse from left to right depended on leaks."
    return Section("Feature sets compared", blocks, lead)


def _by_feature_set(source: Source, rows: list[Row], metric: str) -> list[Block]:
    at = source.axes.index("features")
    swept = dict.fromkeys(row.values[at] for row in rows)
    sets = [name for name in FEATURE_SETS if name in swept] + [n for n in swept if n not in FEATURE_SETS]
    groups: dict[str, dict[str, Row]] = {}
    for row in rows:
        others = [text for place, text in enumerate(row.values) if place != at]
        groups.setdefault(" · ".join(others) or metric, {})[row.values[at]] = row
    if len(sets) < 2:
        return []
    shown = dict(list(groups.items())[:MOST_ROWS])
    lines = tuple(
        (TableCell(name), *(cell for each in sets for cell in _scores(found.get(each))))
        for name, found in shown.items()
    )
    headings = ("cell", *(f"{name}, {part}" for name in sets for part in ("CV", "holdout")))
    return [PageTable(f"{metric} by feature set", headings, lines), _slopes(shown, sets, metric)]


def _scores(row: Row | None) -> tuple[TableCell, TableCell]:
    """Return the CV score, with a badge where it is leaky, and the holdout score."""
    if row is None:
        return TableCell(""), TableCell("")
    score = number_cell(row.figures["cv_mean"], "cv_mean")
    badges = ("leaky",) if "leaky" in row.verdict else ()
    return replace(score, badges=badges), number_cell(row.figures["test_mean"], "test_mean")


def _slopes(groups: dict[str, dict[str, Row]], sets: list[str], metric: str) -> Chart:
    data: list[Any] = []
    described = []
    dashes = ("solid", "dash", "dot", "dashdot", "longdash")
    for place, (name, found) in enumerate(groups.items()):
        there = [each for each in sets if each in found]
        scores = [float(found[each].figures["cv_mean"]) for each in there]
        held = [number_or(found[each].figures["test_mean"], None) for each in there]
        hues = charts.colours([found[each].verdict for each in there])
        data.append(
            charts.line(
                there,
                scores,
                colour=charts.GREY,
                name=label(name) if len(groups) > 1 else "",
                dash=dashes[place % len(dashes)],
                hoverinfo="skip",
            )
        )
        data.append(
            charts.dots(
                there,
                scores,
                colour=hues,
                size=12,
                hovertemplate=f"{label(name)}: CV %{{y:.4f}}<extra></extra>",
            )
        )
        if any(each is not None for each in held):
            data.append(
                charts.dots(
                    there,
                    held,
                    colour=hues,
                    size=12,
                    hollow=True,
                    hovertemplate=f"{label(name)}: holdout %{{y:.4f}}<extra></extra>",
                )
            )
        described.append(
            f"{name}: " + ", ".join(f"{each} {score:.4f}" for each, score in zip(there, scores, strict=True))
        )
    caption = f"{metric}: cross-validation (dots) and holdout (rings)"
    drawn = charts.layout(y=metric, xaxis={"type": "category", "range": [-0.4, len(sets) - 0.6]})
    return Chart(caption, f"{caption}. {'; '.join(described)}.", data, drawn, 340)
