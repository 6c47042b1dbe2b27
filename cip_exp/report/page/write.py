"""From a sweep's folder to report.html: one file with styles, data and plotly.js inside."""

from __future__ import annotations

import importlib.util
import json
import math
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cip_exp.report.page.blocks import TONES, Chart, Section
from cip_exp.report.page.rows import TASK_WORDS, rows_of
from cip_exp.report.page.sections import leaderboard, seeds_and_holdout, summary, verdict
from cip_exp.report.page.sections.churn import churn
from cip_exp.report.page.sections.clv import clv
from cip_exp.report.page.sections.importance import importances, learning_curve
from cip_exp.report.page.sections.lineage_graph import lineage
from cip_exp.report.page.sections.profit_curve import profit
from cip_exp.report.page.sections.reproducibility import origin
from cip_exp.report.page.sections.search_history import search
from cip_exp.report.page.sections.segments import segments
from cip_exp.report.page.source import Portrait, Source, read_source

if TYPE_CHECKING:
    from jinja2 import Template

    from cip_exp.report.page.blocks import Block

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
    """Write the page of what was read already."""
    path = source.folder / NAME
    partial = path.with_suffix(".partial")
    partial.write_text(render(source), encoding="utf-8")
    partial.replace(path)
    return path


def render(source: Source) -> str:
    """Return the page."""
    rows = rows_of(source)
    sections = [verdict.verdict_section(source, rows), *_sections(source)]
    kept = [section for section in sections if section.title and section.blocks]
    return _template().render(
        title=summary.title(source),
        sentences=summary.sentences(source, rows),
        words=verdict.words(rows),
        sections=kept,
        tones=TONES,
        plotly=_plotly_js()
        if any(isinstance(block, Chart) for each in kept for block in each.blocks)
        else "",
    )


def _sections(source: Source) -> list[Section]:
    rows = rows_of(source)
    return [
        leaderboard.leaderboard(source, rows),
        leaderboard.side_by_side(source, rows),
        seeds_and_holdout.seeds(source, rows),
        seeds_and_holdout.against_holdout(source, rows),
        search(source),
        *(_winner(source, each) for each in source.best()),
        lineage(source),
        origin(source),
    ]


def _winner(source: Source, portrait: Portrait) -> Section:
    """Return a close look at one winner: its predictions, what it learns from, what more data would bring."""
    trial = portrait.trial
    blocks: list[Block] = []
    predictions, profiles = portrait.table("predictions.csv"), portrait.table("profiles.csv")
    if trial.task == "segments":
        blocks += [] if profiles is None else segments(profiles, portrait.table("silhouettes.csv"))
    elif predictions is not None:
        blocks += churn(predictions) if trial.task == "churn" else clv(predictions)
    profits = portrait.table("profit_curve.csv")
    blocks += [] if profits is None else [profit(profits, trial)]
    worth, curve = portrait.table("feature_importance.csv"), portrait.table("learning_curve.csv")
    if worth is not None:
        blocks.append(importances(worth, trial.primary))
    drawn = None if curve is None else learning_curve(curve, trial.primary)
    blocks += [] if drawn is None else [drawn]
    others = sum(each.trial.task == trial.task for each in source.portraits) - 1
    tags = trial.tags
    what = f"{tags['cip.model']} on {tags['cip.features']} features, seed {tags['cip.seed'].split(',')[0]}"
    lead = f"{what}, trial {trial.number}: {tags['cip.verdict'].replace(',', ', ')}."
    if others:
        lead += f" The winners of {others} other questions are in models/."
    if trial.task == "churn":
        lead += " Labels are those of the whole table."
    return Section(f"A close look: {TASK_WORDS[trial.task]}", blocks, lead)


@cache
def _template() -> Template:
    """Return the template, in which everything that is put in is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    # Nothing but the two marked places in the template, our own script and style, goes in as it is.
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
    """Return a chart as JSON that can stand inside a script: no `<` can end it."""
    text = json.dumps(
        {"data": _plain(chart.data), "layout": _plain(chart.layout)}, allow_nan=False, separators=(",", ":")
    )
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _plain(value: Any) -> Any:
    """Return values as JSON knows them; a number that is none becomes null."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


@cache
def _plotly_js() -> str:
    """Return plotly.js as plotly ships it, without importing plotly itself."""
    spec = importlib.util.find_spec("plotly")
    if spec is None or spec.origin is None:
        msg = "plotly is not installed"
        raise ModuleNotFoundError(msg)
    return (Path(spec.origin).parent / "package_data" / "plotly.min.js").read_text(encoding="utf-8")
