"""Print comparisons: a table, one sentence per pair, and what was not compared."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cip_exp.report.comparison.compare_cells import refusals

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

MOST_ROWS = 60
MOST_SENTENCES = 15
HEAD = (
    "first", "second", "metric", "seeds", "folds", "first mean", "second mean", "difference", "95 % interval",
    "p (Holm)", "P worse · equal · better", "detectable",
)  # fmt: skip


def show(frame: pd.DataFrame, rope: float, console: Console) -> None:
    """Print the pairs that were compared, why others were not, and what the columns mean."""
    from rich.table import Table

    done = frame[frame["reason"] == ""]
    table = Table(title=f"{len(done)} of {len(frame)} pairs", title_justify="left")
    for name in HEAD:
        table.add_column(name, overflow="fold")
    for _, row in done.head(MOST_ROWS).iterrows():
        table.add_row(*_cells(row))
    if len(done):
        console.print(table)
    _lines(console, [f"{row.first} | {row.second}: {row.sentence}" for row in done.itertuples()])
    for note in dict.fromkeys(note for note in done["note"] if note):
        console.print(f"  note: {note}", highlight=False, soft_wrap=True)
    for text in refusals(frame):
        console.print(f"  not compared: {text}", highlight=False, soft_wrap=True)
    console.print(
        "difference: how much better the second is. p: Nadeau-Bengio corrected t-test, Holm over the pairs. "
        f"equal: within ±{rope:g}. detectable: the smallest that 4 of 5 such comparisons would find at 5 %.",
        style="dim", highlight=False,
    )  # fmt: skip


def to_json(frame: pd.DataFrame, rope: float) -> str:
    """Return every pair as JSON; a missing number is null."""
    rows = json.loads(frame.to_json(orient="records", double_precision=15))
    return json.dumps({"rope": rope, "comparisons": rows}, indent=2, ensure_ascii=False)


def _cells(row: pd.Series[float]) -> list[str]:
    shares = (row["p_worse"], row["p_equal"], row["p_better"])
    mark = "" if row["paired"] else " (unpaired)"
    return [
        str(row["first"]), str(row["second"]) + mark, str(row["metric"]), f"{row['seeds']:.0f}",
        f"{row['folds']:.0f}", f"{row['first_mean']:.4f}", f"{row['second_mean']:.4f}",
        f"{row['difference']:+.4f}", f"{row['ci_low']:+.4f} to {row['ci_high']:+.4f}",
        _p(row["p_holm"]), " · ".join(f"{share:.2f}" for share in shares), f"{row['detectable']:.4f}",
    ]  # fmt: skip


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _lines(console: Console, sentences: list[str]) -> None:
    for text in sentences[:MOST_SENTENCES]:
        console.print(f"  • {text}", highlight=False, soft_wrap=True)
    left = len(sentences) - MOST_SENTENCES
    if left > 0:
        console.print(f"  … and {left} more; --format json prints all", highlight=False)
