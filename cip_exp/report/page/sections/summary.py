"""The title of the page, and its summary in three sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from cip_exp.records.grouping import WORD_ORDER
from cip_exp.records.vocabulary import Tag
from cip_exp.report.baseline_words import headlines
from cip_exp.report.page.blocks import counted, joined
from cip_exp.report.page.rows import TASK_WORDS, best_of, by_metric

if TYPE_CHECKING:
    from cip_exp.report.page.rows import Row
    from cip_exp.report.page.source import Source

MOST_AXES = 6


def summary_sentences(source: Source, rows: list[Row]) -> tuple[str, ...]:
    """Return whether a model beats the baselines, what was scored, the best scores, and if they are trusted.

    The first is left out where no baselines were scored.
    """
    answer = " ".join(headlines(source.compared))
    return *([answer] if answer else []), _scored(source), _results(rows), _trust(rows)


def _scored(source: Source) -> str:
    tags = [trial.tags for trial in source.trials]
    models = joined(list(dict.fromkeys(each[Tag.MODEL] for each in tags)))
    tasks = joined([TASK_WORDS[name] for name in dict.fromkeys(trial.task for trial in source.trials)])
    data = joined(list(dict.fromkeys(each[Tag.DATA] for each in tags)))
    what = f"{_kind(source)} {'tunes' if source.search else 'scores'} {models}"
    seeds = sorted({seed for each in tags for seed in each[Tag.SEED].split(",")}, key=lambda s: (len(s), s))
    runs = f"seed {seeds[0]}" if len(seeds) == 1 else f"{len(seeds)} seeds"
    return f"This {what} for {tasks} on {data}{_rows(source)}{_axes(source)}, with {runs}; {_ended(source)}."


def _kind(source: Source) -> str:
    return "run" if source.single else "search" if source.search else "sweep"


def _axes(source: Source) -> str:
    """Return the swept axes with their values, without the models, which the sentence names already."""
    axes = [
        f"{axis} = {', '.join(dict.fromkeys(source.summary[axis]))}"
        for axis in source.axes
        if axis != "model"
    ]
    rest = [f"{len(axes) - MOST_AXES} more"] if len(axes) > MOST_AXES else []
    return f", over {joined([*axes[:MOST_AXES], *rest])}" if axes else ""


def _ended(source: Source) -> str:
    """Return the number of trials, and how many failed, were pruned or were scored again."""
    failed = sum(trial.state == "failed" for trial in source.trials)
    pruned = sum(trial.state == "pruned" for trial in source.trials)
    ended = [counted(len(source.trials), "trial")]
    ended += [f"{failed} failed"] * bool(failed) + [f"{pruned} stopped early"] * bool(pruned)
    if source.confirmed:
        ended.append(f"the best {len(source.confirmed)} scored again on fresh splits")
    return ", ".join(ended)


def _rows(source: Source) -> str:
    sizes = {each.cell["rows"] for each in source.diagnostics if each.cell}
    return f" ({next(iter(sizes)):,} customers)" if len(sizes) == 1 else ""


def _results(rows: list[Row]) -> str:
    parts = []
    for task, _, some in by_metric(rows):
        best = best_of(some)
        others_leak = (
            len(some) > 1 and any("leaky" in row.verdict for row in some) and "leaky" not in best.verdict
        )
        kind = (
            "the best cell that does not leak"
            if others_leak
            else "the best cell"
            if len(some) > 1
            else "the score"
        )
        named = f" ({best.name})" if len(some) > 1 else ""
        parts.append(f"for {TASK_WORDS[task]}, {kind}{named} {_score(best.figures, len(some))}{_quote(best)}")
    if not parts:
        return "There is no score: no trial is complete."
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def _score(figures: pd.Series[Any], n_cells: int) -> str:
    """Return `has r2 0.9512 (95 % interval …) in cross-validation and 0.95 on the sealed holdout`."""
    verb = "has" if n_cells > 1 else "is"
    name = str(figures["metric"])
    text = f"{verb} {name} {figures['cv_mean']:.4f}"
    if figures["cv_se"] == 0:
        text += " (all folds equal)"
    elif pd.notna(figures["ci_low"]):
        text += f" (95 % interval {figures['ci_low']:.4f} to {figures['ci_high']:.4f})"
    text += " in cross-validation"
    if pd.notna(figures["test_mean"]):
        text += f" and {figures['test_mean']:.4f} on the sealed holdout"
    return text


def _quote(best: Row) -> str:
    """Return the score to quote of a search's winner, and how much too high its score in the search was."""
    name = str(best.figures["metric"])
    own = best.trials[0].metrics if best.trials else {}
    if f"quoted_{name}" not in own:
        return ""
    low, high = own.get(f"quoted_{name}_low"), own.get(f"quoted_{name}_high")
    interval = "" if low is None or high is None else f" (95 % interval {low:.4f} to {high:.4f})"
    optimism = f", optimism of the search {own['optimism']:+.4f}" if "optimism" in own else ""
    return f"; score to quote {own[f'quoted_{name}']:.4f}{interval}{optimism}"


def _trust(rows: list[Row]) -> str:
    if not rows:
        return "There is nothing to judge."
    words = [row.verdict.split(",") for row in rows]
    grave = [word for word in WORD_ORDER if any(word in each for each in words)]
    doubtful = sum(bool(set(each) & set(WORD_ORDER)) for each in words)
    parts = [
        f"{sum(word in each for each in words)} of {counted(len(rows), 'cell')} {word}" for word in grave
    ]
    if grave:
        what = "No score can be trusted" if doubtful == len(rows) else "Not all scores can be trusted"
        return f"{what}: {joined(parts)}."
    if any("suspect" in each for each in words):
        return "No leak is proven, but a score looks too good: see the reasons."
    if any("unaudited" in each for each in words):
        return "The scores are not audited: the audit was off."
    return "The audit found nothing."


def page_title(source: Source) -> str:
    """Return the title of the page."""
    shown = set(source.summary["metric"])
    scored = dict.fromkeys(trial.task for trial in source.trials if trial.primary in shown)
    tasks = joined([TASK_WORDS[name] for name in scored]) or TASK_WORDS[source.trials[0].task]
    data = joined(sorted({trial.tags[Tag.DATA] for trial in source.trials}))
    return f"{_kind(source).capitalize()}: {tasks} on {data}"
