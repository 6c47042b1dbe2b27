"""The page's beginning: what was asked and what came out in three sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from cip_exp.records.grouping import WORD_ORDER
from cip_exp.report.page.blocks import counted, joined
from cip_exp.report.page.rows import TASK_OF, TASK_WORDS, best_of, by_task

if TYPE_CHECKING:
    from cip_exp.report.page.rows import Row
    from cip_exp.report.page.source import Source

MOST_SETS = 6


def sentences(source: Source, rows: list[Row]) -> tuple[str, str, str]:
    """Return what was asked, what came out, and whether it can be believed."""
    return _asked(source), _came_out(rows), _believed(rows)


def _asked(source: Source) -> str:
    tags = [trial.tags for trial in source.trials]
    models = joined(list(dict.fromkeys(each["cip.model"] for each in tags)))
    tasks = joined([TASK_WORDS[name] for name in dict.fromkeys(trial.task for trial in source.trials)])
    data = joined(list(dict.fromkeys(each["cip.data"] for each in tags)))
    what = f"what a search finds for {models}" if source.search else f"how well {models} do"
    what += "" if source.search or " and " in models else "es"
    seeds = sorted({seed for each in tags for seed in each["cip.seed"].split(",")}, key=lambda s: (len(s), s))
    runs = f"seed {seeds[0]}" if len(seeds) == 1 else f"{len(seeds)} seeds"
    return f"Asked: {what} at {tasks} on {data}{_rows(source)}{_over(source)}, with {runs}; {_ended(source)}."


def _over(source: Source) -> str:
    """Return the swept axes with their values; models are named already."""
    over = [
        f"{axis} = {', '.join(dict.fromkeys(source.summary[axis]))}"
        for axis in source.axes
        if axis != "model"
    ]
    rest = [f"{len(over) - MOST_SETS} more"] if len(over) > MOST_SETS else []
    return f", over {joined([*over[:MOST_SETS], *rest])}" if over else ""


def _ended(source: Source) -> str:
    """Return how many trials there were, and how they ended where not all were scored to the end."""
    failed = sum(trial.state == "failed" for trial in source.trials)
    pruned = sum(trial.state == "pruned" for trial in source.trials)
    ended = [counted(len(source.trials), "trial")]
    ended += [f"{failed} failed"] * bool(failed) + [f"{pruned} stopped early"] * bool(pruned)
    if source.confirmed:
        ended.append(f"the best {len(source.confirmed)} scored again on fresh splits")
    return ", ".join(ended)


def _rows(source: Source) -> str:
    sizes = {each.cell["rows"] for each in source.portraits if each.cell}
    return f" ({next(iter(sizes)):,} customers)" if len(sizes) == 1 else ""


def _came_out(rows: list[Row]) -> str:
    parts = []
    for task, some in by_task(rows).items():
        best = best_of(some)
        honest = len(some) > 1 and any("leaky" in row.verdict for row in some) and "leaky" not in best.verdict
        kind = (
            "the best cell that does not leak"
            if honest
            else "the best cell"
            if len(some) > 1
            else "the score"
        )
        named = f" ({best.name})" if len(some) > 1 else ""
        parts.append(f"for {TASK_WORDS[task]}, {kind}{named} {_score(best.figures, len(some))}{_quote(best)}")
    if not parts:
        return "Nothing came out: no trial was scored to its end."
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def _chosen(rows: list[Row], best: Row) -> str:
    """Say what a cell had to be to compete."""
    honest = "leaky" not in best.verdict and any("leaky" in row.verdict for row in rows)
    apart = best.grouped and not all(row.grouped for row in rows)
    parts = ["does not leak"] * honest + ["keeps copies together"] * apart
    return f" that {' and '.join(parts)}" if parts else ""


def _score(figures: pd.Series[Any], rivals: int) -> str:
    """Return `has r2 0.9512 (95 % interval …) in cross-validation and 0.95 on the sealed holdout`."""
    verb = "has" if rivals > 1 else "is"
    name = str(figures["metric"])
    text = f"{verb} {name} {figures['cv_mean']:.4f}"
    if figures["cv_se"] == 0:
        text += " (no fold differs)"
    elif pd.notna(figures["ci_low"]):
        text += f" (95 % interval {figures['ci_low']:.4f} to {figures['ci_high']:.4f})"
    text += " in cross-validation"
    if pd.notna(figures["test_mean"]):
        text += f" and {figures['test_mean']:.4f} on the sealed holdout"
    return text


def _quote(best: Row) -> str:
    """Return the score to quote of a search's winner, and what the search had flattered it by."""
    name = str(best.figures["metric"])
    own = best.trials[0].metrics if best.trials else {}
    if f"quoted_{name}" not in own:
        return ""
    low, high = own.get(f"quoted_{name}_low"), own.get(f"quoted_{name}_high")
    interval = "" if low is None or high is None else f" (95 % interval {low:.4f} to {high:.4f})"
    flattered = f": the search had flattered it by {own['optimism']:+.4f}" if "optimism" in own else ""
    return f"; quote {own[f'quoted_{name}']:.4f}{interval}{flattered}"


def _believed(rows: list[Row]) -> str:
    if not rows:
        return "So there is nothing to believe."
    words = [row.verdict.split(",") for row in rows]
    grave = [word for word in WORD_ORDER if any(word in each for each in words)]
    doubtful = sum(bool(set(each) & set(WORD_ORDER)) for each in words)
    parts = [
        f"{sum(word in each for each in words)} of {counted(len(rows), 'cell')} {word}" for word in grave
    ]
    if grave:
        what = (
            "No score here can be taken at its word"
            if doubtful == len(rows)
            else "Not all of it can be believed"
        )
        return f"{what}: {joined(parts)}."
    if any("suspect" in each for each in words):
        return "Nothing is proven against it, but something looks too good: see the reasons."
    if any("unaudited" in each for each in words):
        return "Nobody looked whether it can be believed: the audit was off."
    return "Nothing was found against it."


def title(source: Source) -> str:
    """Return the page's title."""
    metrics = [TASK_OF[name] for name in dict.fromkeys(source.summary["metric"])]
    tasks = joined([TASK_WORDS[name] for name in metrics]) or TASK_WORDS[source.trials[0].task]
    kind = "Run" if source.single else "Search" if source.search else "Sweep"
    return f"{kind}: {tasks} on {joined(sorted({trial.tags['cip.data'] for trial in source.trials}))}"
