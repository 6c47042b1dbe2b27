"""The baselines below the leaderboard, and how each model compares with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cip_exp.report.baseline_words import baselines_of_questions
from cip_exp.report.page.blocks import PageTable, TableCell, number_cell
from cip_exp.report.page.rows import MOST_ROWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cip_exp.records.baseline_scores import BaselineComparison, ComparedModel

ANSWERS = {"true": "yes", "false": "no", "unclear": "unclear"}
SCORES = ("cell", "baseline", "metric", "CV mean", "SE")
LEADS = ("model", "cell", "baseline", "difference", "95 % from", "to", "beats the baselines")


def baseline_tables(compared: Sequence[ComparedModel]) -> list[PageTable]:
    """Return the scores of the baselines, and each model's difference from them; none without baselines."""
    if not compared:
        return []
    shown = list(compared)[:MOST_ROWS]
    scores = [_score(each, found) for each in baselines_of_questions(compared) for found in each.comparisons]
    leads = [_lead(each, found) for each in shown if not each.is_dummy for found in each.comparisons]
    rest = f"; the first {MOST_ROWS} models, all are in baselines.csv" if len(compared) > MOST_ROWS else ""
    tables = [PageTable("Baselines on the same folds", SCORES, tuple(scores[:MOST_ROWS]))]
    if leads:
        caption = f"Difference from the baselines, positive where the model is better{rest}"
        tables.append(PageTable(caption, LEADS, tuple(leads)))
    return tables


def _score(of: ComparedModel, found: BaselineComparison) -> tuple[TableCell, ...]:
    return (
        TableCell(of.question or "all"), TableCell(found.name), TableCell(of.metric),
        number_cell(found.means[of.metric], "cv_mean"), number_cell(found.errors[of.metric], "cv_se"),
    )  # fmt: skip


def _lead(of: ComparedModel, found: BaselineComparison) -> tuple[TableCell, ...]:
    return (
        TableCell(of.name), TableCell(of.question or "all"), TableCell(found.name),
        number_cell(found.difference, "difference"), number_cell(found.low, "low"),
        number_cell(found.high, "high"), TableCell(ANSWERS[of.beats]),
    )  # fmt: skip
