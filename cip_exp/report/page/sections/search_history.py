"""Plots of a search, from the Optuna study in the sweep's folder."""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

from cip_exp.evaluation.metrics import metric_of
from cip_exp.report.page import charts
from cip_exp.report.page.blocks import Block, Chart, Section, Text, counted, joined, label
from cip_exp.report.page.studies import read_studies, renamed, short_name, thinned

if TYPE_CHECKING:
    import optuna
    from plotly.graph_objects import Figure

    from cip_exp.report.page.source import Source

MOST_STUDIES = 4
"""Studies that are shown in full: each has three charts of its own."""
SCALE = [[0.0, "#9fb9dc"], [0.5, charts.BLUE], [1.0, "#a05ad6"]]
"""From early to late trials, legible on a light and a dark page."""
LINES = ("#a9b3c2", "#8fb0dc", charts.BLUE, "#5a63cf", "#a05ad6")
"""From low to high objectives."""


def search_section(source: Source) -> Section:
    """Return history, importances, parallel coordinates and slices; nothing for a grid."""
    if not source.search:
        return Section("")
    studies = read_studies(source.folder)
    if not studies:
        return Section(
            "Search history", [Text(("The study is not in this folder, so its plots cannot be drawn.",))]
        )
    blocks: list[Block] = [_history(studies)]
    for study in studies[:MOST_STUDIES]:
        blocks += _plots_of(study, len(studies) > 1)
    if len(studies) > MOST_STUDIES:
        rest = ", ".join(short_name(study) for study in studies[MOST_STUDIES:])
        blocks.append(Text((f"Not drawn: {rest}. `optuna-dashboard` shows them.",)))
    lead = (
        "Scores on the folds on which the search selected: too good, and more so the more trials there were."
    )
    losses = dict.fromkeys(each.primary for each in source.trials if metric_of(each).best == 0)
    negative = f" The objective of a loss ({joined(list(losses))}) is its negative." if losses else ""
    return Section("Search history", blocks, lead + negative)


def _target(study: optuna.Study) -> dict[str, Any]:
    """Return arguments for a plot; of several objectives it shows the first."""
    if len(study.directions) == 1:
        return {"target_name": "objective"}
    return {"target": lambda trial: trial.values[0], "target_name": "first objective"}


def _history(studies: list[optuna.Study]) -> Chart:
    data: list[Any] = []
    described = []
    for place, study in enumerate(studies):
        trials = [t for t in study.get_trials(deepcopy=False) if t.values is not None]
        if not trials:
            continue
        best = _running_best([t.values[0] for t in trials], maximise=study.directions[0].name == "MAXIMIZE")
        hue = charts.SERIES[place % len(charts.SERIES)]
        name = label(short_name(study)) if len(studies) > 1 else ""
        numbers = [t.number for t in trials]
        data.append(
            charts.dots(
                numbers,
                [t.values[0] for t in trials],
                colour=hue,
                size=6,
                opacity=0.45,
                hovertemplate="trial %{x}: %{y:.4f}<extra></extra>",
            )
        )
        data.append(
            charts.line(numbers, best, colour=hue, name=name, line_shape="hv")
            | {"line": {"color": hue, "width": 2, "shape": "hv"}}
        )
        described.append(f"{short_name(study)}: {counted(len(trials), 'trial')}, best {best[-1]:.4f}")
    caption = "Objective of each trial (dots) and the best so far (line)"
    return Chart(
        caption, f"{caption}. {'; '.join(described)}.", data, charts.layout(x="trial", y="objective"), 340
    )


def _running_best(values: list[float], *, maximise: bool) -> list[float]:
    best, found = values[0], []
    for value in values:
        best = max(best, value) if maximise else min(best, value)
        found.append(best)
    return found


def _plots_of(study: optuna.Study, several: bool) -> list[Block]:
    """Return Optuna's plots of one study; fewer where it has too few trials."""
    import optuna
    from optuna import visualization

    trials = [t for t in study.get_trials(deepcopy=False) if t.values is not None]
    names = sorted({name for t in trials for name in t.params})
    if len(trials) < 2 or not names:
        return [Text((f"{short_name(study)}: too few trials to plot.",))]
    of = f" ({short_name(study)})" if several else ""
    short = renamed(study, trials)
    target = _target(study)
    blocks: list[Block] = []
    try:
        with warnings.catch_warnings():
            # PED-ANOVA minimises a given target, hence the minus sign, and warns about that.
            warnings.filterwarnings("ignore", "PedAnovaImportanceEvaluator", UserWarning)
            # Where many trials tie, as at an AUC of 1, it cannot tell the best from the rest.
            warnings.filterwarnings("ignore", "Target and region quantiles", UserWarning)
            first: dict[str, Any] = {"target": lambda trial: -trial.values[0]} if "target" in target else {}
            importances = optuna.importance.get_param_importances(short, **first)
    except (RuntimeError, ValueError):  # all trials score the same, or too few
        importances = {}
    if importances:
        alt = ", ".join(f"{name} {value:.3f}" for name, value in importances.items())
        items = list(importances.items())[::-1]
        caption = f"Hyperparameter importance, by PED-ANOVA{of}"
        bars = charts.bars([n for n, _ in items], [v for _, v in items], text=[f"{v:.2f}" for _, v in items])
        blocks.append(
            Chart(caption, f"{caption}: {alt}.", [bars], charts.layout(x="share"), charts.height(len(items)))
        )
    best = max(trials, key=lambda t: t.values[0])
    described = ", ".join(f"{name.rpartition('.')[2]} = {value}" for name, value in best.params.items())
    alt = f"{counted(len(trials), 'trial')}; the best, {best.values[0]:.4f}, has {described}."
    few = thinned(short)
    parallel = visualization.plot_parallel_coordinate(few, **target)
    slices = visualization.plot_slice(short, **target)
    blocks.append(
        _chart(parallel, f"Parallel coordinates{of}: a line is a trial", alt, 420, 130 * (len(names) + 1))
    )
    blocks.append(_chart(slices, f"Slices{of}: a dot is a trial", alt, 320, 150 * len(names)))
    return blocks


def _chart(figure: Figure, caption: str, alt: str, height: int, min_width: int) -> Chart:
    """Return one of Optuna's figures in the page's own style."""
    tree: dict[str, Any] = json.loads(str(figure.to_json()))
    drawn = tree["layout"]
    for key in ("template", "title", "width", "height", "plot_bgcolor", "paper_bgcolor", "margin"):
        drawn.pop(key, None)
    for trace in tree["data"]:
        _recolour(trace)
    for note in drawn.get("annotations", []):
        note.get("font", {}).pop("color", None)
    for key in [key for key in drawn if key.startswith(("xaxis", "yaxis"))]:
        drawn[key] |= {"zeroline": False, "automargin": True}
    drawn |= {"margin": {"t": 24, "r": 16, "b": 8, "l": 8}, "showlegend": False}
    return Chart(caption, f"{caption}. {alt}", tree["data"], drawn, height, min_width)


def _recolour(trace: dict[str, Any]) -> None:
    """Replace Optuna's colours: their pale end is white on white, and their dark end black on black."""
    marker = trace.get("marker")
    if isinstance(marker, dict) and "colorscale" in marker:
        marker |= {"colorscale": SCALE, "size": 7, "opacity": 0.75, "line": {"width": 0}}
        marker |= {"showscale": False, "reversescale": False}
    if trace.get("mode") == "lines" and str(trace["line"].get("color", "")).startswith("rgb"):
        trace |= {"opacity": 0.75}
        red = float(trace["line"]["color"].removeprefix("rgb(").partition(",")[0])
        # The red channel of the colour scale Blues goes from 247 to 8, from low to high.
        trace["line"]["color"] = LINES[min(len(LINES) - 1, int((247 - red) / 240 * len(LINES)))]
