"""Write report.html from a sweep's folder: one file that contains styles, data and plotly.js."""

from __future__ import annotations

import importlib.util
import json
import math
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cip_exp.records.baseline_scores import beats_no_baseline
from cip_exp.records.vocabulary import Tag
from cip_exp.report.page.blocks import TONES, Chart, Section
from cip_exp.report.page.rows import TASK_WORDS, rows_of
from cip_exp.report.page.sections import leaderboard, seeds_and_holdout, summary, verdict
from cip_exp.report.page.sections.churn import churn_blocks
from cip_exp.report.page.sections.clv import clv_blocks
from cip_exp.report.page.sections.file_columns import columns_section
from cip_exp.report.page.sections.importance import importance_chart, learning_curve_chart
from cip_exp.report.page.sections.lineage_graph import lineage_section
from cip_exp.report.page.sections.profit_curve import profit_chart
from cip_exp.report.page.sections.reproducibility import reproducibility_section
from cip_exp.report.page.sections.search_history import search_section
from cip_exp.report.page.sections.segments import segment_blocks
from cip_exp.report.page.source import ModelDiagnostics, Source, read_source

if TYPE_CHECKING:
    from jinja2 import Template

    from cip_exp.report.page.blocks import Block
    from cip_exp.report.page.rows import Row

NAME = "report.html"
HERE = Path(__file__).parent


def write_report(sweep: str | Path) -> Path:
    """Write report.html into the folder of a sweep or of a single run, and return its path.

    Args:
        sweep: a sweep's folder, its name, its parent's MLflow run id, or `latest`; a single run's folder.

    Raises:
        DataError: there is no such sweep, or it holds no finished trial.
    """
    return write(read_source(sweep))


def write(source: Source) -> Path:
    """Write the page of a source that is already read, and return its path."""
    path = source.folder / NAME
    partial = path.with_suffix(".partial")
    partial.write_text(render(source), encoding="utf-8")
    partial.replace(path)
    return path


def render(source: Source) -> str:
    """Return the page as HTML."""
    rows = rows_of(source)
    sections = [section for section in _sections(source, rows) if section.title and section.blocks]
    return _template().render(
        title=summary.page_title(source),
        sentences=summary.summary_sentences(source, rows),
        words=verdict.verdict_words(rows),
        sections=sections,
        tones=TONES,
        plotly=_plotly_js()
        if any(isinstance(block, Chart) for each in sections for block in each.blocks)
        else "",
    )


def _sections(source: Source, rows: list[Row]) -> list[Section]:
    return [
        verdict.verdict_section(source, rows),
        leaderboard.leaderboard_section(source, rows),
        leaderboard.feature_sets_section(source, rows),
        seeds_and_holdout.seeds_section(source, rows),
        seeds_and_holdout.holdout_section(source, rows),
        search_section(source),
        *(_winner_section(source, each) for each in source.best()),
        lineage_section(source),
        columns_section(source),
        reproducibility_section(source),
    ]


def _winner_section(source: Source, found: ModelDiagnostics) -> Section:
    """Return charts of one winner: its predictions, its feature importance, its learning curve."""
    trial = found.trial
    blocks: list[Block] = []
    predictions, profiles = found.table("predictions.csv"), found.table("profiles.csv")
    if trial.task == "segments":
        blocks += [] if profiles is None else segment_blocks(profiles, found.table("silhouettes.csv"))
    elif predictions is not None:
        blocks += churn_blocks(predictions) if trial.task == "churn" else clv_blocks(predictions)
    profits = found.table("profit_curve.csv")
    blocks += [] if profits is None else [profit_chart(profits, trial)]
    importances, curve = found.table("feature_importance.csv"), found.table("learning_curve.csv")
    if importances is not None:
        blocks.append(importance_chart(importances, trial.primary))
    drawn = None if curve is None else learning_curve_chart(curve, trial.primary)
    blocks += [] if drawn is None else [drawn]
    alike = [each.trial for each in source.diagnostics if each.trial.task == trial.task]
    others = sum(each.primary == trial.primary for each in alike) - 1
    tags = trial.tags
    what = f"{tags[Tag.MODEL]} on {tags[Tag.FEATURES]} features, seed {tags[Tag.SEED].split(',')[0]}"
    lead = f"{what}, trial {trial.number}: {tags[Tag.VERDICT].replace(',', ', ')}."
    if others:
        lead += f" The best of {others} other cells are in models/."
    if trial.task == "churn":
        lead += " Labels are those computed on the whole table."
    by = "" if len({each.primary for each in alike}) == 1 else f" by {trial.primary}"
    title = "Model with the best score" if beats_no_baseline(trial) else "Best model"
    return Section(f"{title}: {TASK_WORDS[trial.task]}{by}", blocks, lead)


@cache
def _template() -> Template:
    """Return the template, which escapes every value."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    # Exceptions, marked `safe` in the template: our style and script, plotly.js, and escaped JSON and SVG.
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["figure"] = _figure
    environment.globals["read"] = lambda name: (HERE / name).read_text(encoding="utf-8")
    return environment.get_template("report.html.j2")


def _figure(chart: Chart) -> str:
    """Return a chart as JSON for a script element: without `<`, which could end the element."""
    text = json.dumps(
        {"data": _plain(chart.data), "layout": _plain(chart.layout)}, allow_nan=False, separators=(",", ":")
    )
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _plain(value: Any) -> Any:
    """Return values as JSON has them; a number that is not finite becomes null."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


@cache
def _plotly_js() -> str:
    """Return the plotly.js of the plotly package, without importing plotly."""
    spec = importlib.util.find_spec("plotly")
    if spec is None or spec.origin is None:
        msg = "plotly is not installed"
        raise ModuleNotFoundError(msg)
    return (Path(spec.origin).parent / "package_data" / "plotly.min.js").read_text(encoding="utf-8")
