"""Draw the lineage of the features: parents on the left, the target on the right, leaking paths in red."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cip_exp.records.lineage import Lineage, Origin
from cip_exp.records.vocabulary import Tag
from cip_exp.report.page.blocks import Block, Drawing, Section, Text, counted, joined
from cip_exp.report.page.rows import TASK_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cip_exp.report.page.source import Source

LETTER, HEIGHT, GAP_X, GAP_Y, PAD = 7.3, 26, 64, 12, 10
MOST_NODES = 60
"""With more nodes only leaking paths are drawn."""
MOST_LINES = 20


@dataclass(eq=False)
class LineageGraph:
    """The declared lineage of all columns that the winners of one task and data set use."""

    target: str
    parents: dict[str, list[str]] = field(default_factory=dict)
    features: dict[str, list[str]] = field(default_factory=dict)
    """Each feature with the feature sets that contain it."""
    leaks: dict[str, str] = field(default_factory=dict)
    """The path of each leaking feature."""
    leaking_edges: set[tuple[str, str]] = field(default_factory=set)
    """Parent and child of each edge on a leaking path."""
    late: set[str] = field(default_factory=set)
    """Columns known only after the prediction."""
    declared: dict[str, Origin] = field(default_factory=dict)
    """Columns with a declared origin."""
    dropped: dict[str, str] = field(default_factory=dict)
    """The path of each feature that the strict feature set leaves out."""


def lineage_section(source: Source) -> Section:
    """Return one drawing for each task and data set with a target."""
    graphs: dict[tuple[str, str], LineageGraph] = {}
    for each in source.diagnostics:
        if each.cell.get("target"):
            key = (each.trial.task, each.trial.tags[Tag.DATA])
            graph = graphs.setdefault(key, LineageGraph(each.cell["target"]))
            _add(graph, each.cell, each.trial.tags[Tag.FEATURES])
    blocks: list[Block] = []
    for (task, data), graph in graphs.items():
        blocks += _blocks(graph, f"{TASK_WORDS[task]} on {data}")
    lead = (
        "The declared lineage of all feature sets that were run. Red: a path by which a feature contains "
        "information about the target."
    )
    return Section(
        "Feature lineage", blocks, lead if any(graph.declared for graph in graphs.values()) else ""
    )


def _add(graph: LineageGraph, cell: dict[str, Any], set_name: str) -> None:
    """Add the lineage of one winner, as it is in cell.json."""
    for name, origin in cell["origins"].items():
        graph.parents[name] = origin["parents"]
        if origin.get("known") == "after":
            graph.late.add(name)
        if origin.get("declared", True):
            graph.declared[name] = Origin()
    for name in cell["features"]:
        sets = graph.features.setdefault(name, [])
        if set_name not in sets:
            sets.append(set_name)
    for leak in cell["leaks"]:
        graph.leaks[leak["feature"]] = leak["path"]
        graph.leaking_edges |= {(parent, child) for parent, child in leak["edges"]}
    graph.dropped |= cell["dropped"]


def _blocks(graph: LineageGraph, title: str) -> list[Block]:
    names = _shown(graph)
    unknown = Lineage(graph.declared).undeclared(list(graph.features))
    plain = [name for name in graph.features if name not in names and name in graph.declared]
    leaks = [f"{path} (in {joined(graph.features.get(name, []))})" for name, path in graph.leaks.items()]
    counts = f"{counted(len(graph.features), 'feature')}, {len(graph.leaks)} leaking"
    alt = f"Lineage of {title}: {counts}. {'; '.join(leaks)}."
    blocks: list[Block] = []
    if len(names) > 1:
        svg, width = _draw(graph, names)
        blocks.append(Drawing(f"Lineage of {title}", alt, svg, width))
    if plain:
        rest = [f"{len(plain) - MOST_LINES} more"] if len(plain) > MOST_LINES else []
        listed = joined([*plain[:MOST_LINES], *rest])
        blocks.append(Text((f"Raw columns that share no source with the target: {listed}.",)))
    if unknown:
        blocks.append(Text((f"{unknown[0].upper()}{unknown[1:]}.",)))
    if leaks:
        blocks.append(Text(tuple(leaks[:MOST_LINES]), "list"))
    elif graph.declared.keys() & graph.features.keys():
        blocks.append(Text((f"No declared path leads from a feature to {graph.target}.",)))
    if graph.dropped:
        lines = tuple(
            f"left out of the strict feature set: {path}"
            for path in list(graph.dropped.values())[:MOST_LINES]
        )
        blocks.append(Text(lines, "list"))
    return blocks


def _shown(graph: LineageGraph) -> set[str]:
    """Return the names to draw: all with a parent, a child or a leak; of too many, those on leaking paths."""
    related = {graph.target, *graph.leaks}
    for child, parents in graph.parents.items():
        related |= {child, *parents} if parents else set()
    if len(related) > MOST_NODES:
        related = {graph.target, *(name for edge in graph.leaking_edges for name in edge)}
    return {name for name in related if name in graph.parents}


def _layers(graph: LineageGraph, names: set[str]) -> list[list[str]]:
    """Return the names by their longest distance from a raw column, each layer ordered by its neighbours."""
    depth: dict[str, int] = {}

    def depth_of(name: str, seen: tuple[str, ...] = ()) -> int:
        if name not in depth:
            above = [p for p in graph.parents.get(name, []) if p in names and p not in seen]
            depth[name] = 1 + max((depth_of(p, (*seen, name)) for p in above), default=-1)
        return depth[name]

    for name in names:
        depth_of(name)
    layers = [
        sorted(name for name in names if depth[name] == level) for level in range(max(depth.values()) + 1)
    ]
    layers = [layer for layer in layers if layer]
    for _ in range(4):
        for before, layer in zip(layers, layers[1:], strict=False):
            layer.sort(key=lambda name: _centre(graph.parents.get(name, []), before))
        for layer, after in zip(layers[-2::-1], layers[:0:-1], strict=False):
            layer.sort(
                key=lambda name: _centre([c for c in after if name in graph.parents.get(c, [])], after)
            )
    return layers


def _centre(neighbours: Iterable[str], layer: list[str]) -> float:
    places = [layer.index(name) for name in neighbours if name in layer]
    return sum(places) / len(places) if places else len(layer) / 2


def _draw(graph: LineageGraph, names: set[str]) -> tuple[str, int]:
    """Return the drawing and its width."""
    layers = _layers(graph, names)
    tallest = max(len(layer) for layer in layers)
    total = tallest * (HEIGHT + GAP_Y) + PAD
    boxes: dict[str, tuple[float, float, float]] = {}
    x = float(PAD)
    for layer in layers:
        width = max(len(name) for name in layer) * LETTER + 18
        step = (total - PAD) / len(layer)
        for place, name in enumerate(layer):
            boxes[name] = (x, PAD / 2 + step * (place + 0.5) - HEIGHT / 2, width)
        x += width + GAP_X
    wide = int(x - GAP_X + PAD)
    edges = [(p, child) for child in names for p in graph.parents.get(child, []) if p in names]
    edges.sort(key=lambda edge: (edge in graph.leaking_edges, edge))  # red ones last, so on top
    parts = [_edge(boxes[a], boxes[b], leaking=(a, b) in graph.leaking_edges) for a, b in edges]
    parts += [_node(graph, name, boxes[name]) for name in sorted(names)]
    return f'<svg viewBox="0 0 {wide} {total}" width="{wide}" height="{total}">{"".join(parts)}</svg>', wide


def _edge(start: tuple[float, float, float], end: tuple[float, float, float], *, leaking: bool) -> str:
    x0, y0 = start[0] + start[2], start[1] + HEIGHT / 2
    x1, y1 = end[0], end[1] + HEIGHT / 2
    bend = max(24.0, (x1 - x0) / 2)
    kind = "edge leak" if leaking else "edge"
    curve = f"{x0 + bend:.0f},{y0:.0f} {x1 - bend:.0f},{y1:.0f} {x1:.0f},{y1:.0f}"
    return f'<path class="{kind}" d="M{x0:.0f},{y0:.0f} C{curve}"/>'


def _node(graph: LineageGraph, name: str, box: tuple[float, float, float]) -> str:
    x, y, width = box
    kind = (
        "target"
        if name == graph.target
        else "leak"
        if name in graph.leaks
        else "feature"
        if name in graph.features
        else "raw"
    )
    note = " · late" if name in graph.late else ""
    sets = f" ({', '.join(graph.features[name])})" if name in graph.features else ""
    return (
        f'<g class="node {kind}"><title>{html.escape(name + sets)}</title>'
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{HEIGHT}" rx="5"/>'
        f'<text x="{x + width / 2:.0f}" y="{y + HEIGHT / 2 + 4.5:.0f}">{html.escape(name + note)}</text></g>'
    )
