"""Charts of a segmentation: sizes, silhouettes, and the mean features of each segment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cip_exp.report.page import charts
from cip_exp.report.page.blocks import Block, Chart, PageTable, TableCell, number_cell

if TYPE_CHECKING:
    import pandas as pd


def segment_blocks(profiles: pd.DataFrame, silhouettes: pd.DataFrame | None) -> list[Block]:
    """Return charts and a table; the arguments are the tables of `cip_exp.trial.diagnostics`."""
    blocks: list[Block] = [_sizes(profiles)]
    if silhouettes is not None and silhouettes["silhouette"].notna().any():
        blocks.append(_silhouettes(silhouettes))
    names = [name for name in profiles.columns if name not in ("cluster", "size", "share")]
    return [*blocks, _profile_table(profiles, names), _profile_chart(profiles, names)]


def _name(cluster: Any) -> str:
    return f"segment {int(cluster)}"


def _hue(cluster: Any) -> str:
    return charts.SERIES[int(cluster) % len(charts.SERIES)]


def _sizes(profiles: pd.DataFrame) -> Chart:
    shown = profiles.iloc[::-1]
    names = [_name(each) for each in shown["cluster"]]
    texts = [f"{n:,} ({share:.0%})" for n, share in zip(shown["size"], shown["share"], strict=True)]
    data = charts.bars(
        names, shown["size"].tolist(), colour=[_hue(each) for each in shown["cluster"]], text=texts
    )
    described = "; ".join(f"{name} {text}" for name, text in zip(names[::-1], texts[::-1], strict=True))
    return Chart(
        "Customers in each segment",
        f"Sizes of {len(names)} segments: {described}.",
        [data],
        charts.layout(x="customers"),
        charts.height(len(names)),
    )


def _silhouettes(table: pd.DataFrame) -> Chart:
    """Return a silhouette plot: each row a bar, sorted inside its segment."""
    data: list[Any] = []
    described = []
    top = 0
    ticks: list[tuple[float, str]] = []
    for cluster, rows in table.groupby("cluster"):
        values = rows["silhouette"].to_numpy(dtype=float)
        y = np.arange(top, top + len(values))
        area = {
            "fill": "tozerox",
            "mode": "lines",
            "hovertemplate": f"{_name(cluster)}: %{{x:.3f}}<extra></extra>",
        }
        data.append(
            charts.line(np.round(values, 4).tolist(), y.tolist(), colour=_hue(cluster), width=1) | area
        )
        described.append(f"{_name(cluster)} {values.mean():.4f}")
        ticks.append((top + len(values) / 2, str(cluster)))
        top += len(values) + max(2, len(table) // 60)
    mean = float(table["silhouette"].mean())
    data.append(charts.line([mean, mean], [0, top], colour=charts.GREY, dash="dot", hoverinfo="skip"))
    axis = {
        "tickvals": [at for at, _ in ticks],
        "ticktext": [name for _, name in ticks],
        "showgrid": False,
        "autorange": "reversed",
    }
    drawn = charts.layout(x="silhouette", y="segment", yaxis=axis)
    caption = (
        f"Silhouette of each customer the model was fitted on (mean {mean:.4f}); "
        "below zero, another segment is nearer"
    )
    return Chart(caption, f"{caption}. Means: {'; '.join(described)}.", data, drawn, 380)


def _profile_table(profiles: pd.DataFrame, names: list[str]) -> PageTable:
    rows = tuple(
        (
            TableCell(_name(line["cluster"])),
            TableCell(f"{int(line['size']):,}", float(line["size"])),
            *(number_cell(line[name], name, 2) for name in names),
        )
        for _, line in profiles.iterrows()
    )
    return PageTable("Means of the features in each segment", ("segment", "customers", *names), rows)


def _profile_chart(profiles: pd.DataFrame, names: list[str]) -> Chart:
    """Return each segment's distance from the mean, in standard deviations between segments."""
    weights = profiles["size"].to_numpy(dtype=float)
    means = profiles[names].to_numpy(dtype=float)
    centre = np.average(means, axis=0, weights=weights)
    spread = np.sqrt(np.average((means - centre) ** 2, axis=0, weights=weights))
    z = (means - centre) / np.where(spread > 0, spread, 1.0)
    data = [
        {
            "type": "heatmap", "z": np.round(z, 3).tolist(),
            "x": [charts.short_label(name) for name in names],
            "y": [_name(each) for each in profiles["cluster"]], "zmid": 0,
            "colorscale": [[0, charts.BLUE], [0.5, "#c9c9c9"], [1, charts.AMBER]], "showscale": False,
            "text": [[f"{value:+.1f}" for value in line] for line in z], "texttemplate": "%{text}",
            "textfont": {"color": "#111111"}, "xgap": 2, "ygap": 2, "hoverinfo": "skip",
        }
    ]  # fmt: skip
    described = "; ".join(
        f"{_name(line['cluster'])}: "
        + ", ".join(f"{name} {value:+.1f}" for name, value in zip(names, row, strict=True))
        for (_, line), row in zip(profiles.iterrows(), z, strict=True)
    )
    caption = "Profiles: each segment's means, in standard deviations from all segments' mean"
    drawn = charts.layout(yaxis={"autorange": "reversed", "showgrid": False}, xaxis={"showgrid": False})
    return Chart(
        caption,
        f"{caption}. {described}.",
        data,
        drawn,
        charts.height(len(profiles), least=220),
        120 * len(names),
    )
