"""Charts of feature importance, by permutation and by impurity, and of the learning curve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cip_exp.report.page import charts
from cip_exp.report.page.blocks import Chart

if TYPE_CHECKING:
    import pandas as pd

MOST_FEATURES = 20


def importance_chart(table: pd.DataFrame, metric: str) -> Chart:
    """Return a chart of both importances; `table` is feature_importance.csv."""
    of = "the model's own score" if metric == "silhouette" else metric  # k-means scores by inertia
    shown = table.head(MOST_FEATURES).iloc[::-1]
    names = [charts.short_label(str(name)) for name in shown["feature"]]
    drop, error = shown["permutation_mean"].tolist(), shown["permutation_std"].tolist()
    whisker = {"type": "data", "array": error, "thickness": 1, "color": charts.GREY}
    data: list[Any] = [
        charts.bars(names, drop, error_x=whisker, hovertemplate="%{y}: %{x:.4f}<extra></extra>")
    ]
    layout = charts.layout(x=f"how much worse {of} is when permuted")
    has_impurity = shown["impurity"].notna().any()
    if has_impurity:
        more = {"xaxis": "x2", "hovertemplate": "%{y}: %{x:.4f}<extra></extra>"}
        data.append(charts.bars(names, shown["impurity"].tolist(), colour=charts.GREY, **more))
        layout["xaxis"] |= {"domain": [0, 0.48]}
        layout["xaxis2"] = {
            **layout["xaxis"],
            "domain": [0.54, 1],
            "title": {"text": "share of impurity removed"},
        }
    described = "; ".join(
        f"{row['feature']} {row['permutation_mean']:.4f}"
        + (f" and {row['impurity']:.4f}" if has_impurity else "")
        for _, row in table.head(MOST_FEATURES).iterrows()
    )
    and_impurity = " and impurity importance" if has_impurity else ""
    rest = f", the first {MOST_FEATURES} of {len(table)} features" if len(table) > MOST_FEATURES else ""
    permuted = int(table["permutation_mean"].notna().sum())
    rest += f"; {permuted} were permuted" if permuted < len(table) else ""
    caption = f"Permutation importance{and_impurity}, on the rows the model was fitted on{rest}"
    return Chart(
        caption, f"{caption}. {described}.", data, layout, charts.height(len(names), each=26, least=180), 520
    )


def learning_curve_chart(table: pd.DataFrame, metric: str) -> Chart | None:
    """Return a chart of the score by number of training rows; `table` is learning_curve.csv."""
    folds = int(table["fold"].nunique()) if len(table) else 0
    if not folds:
        return None
    steps = table.groupby(table.groupby("fold").cumcount(ascending=False)).mean(numeric_only=True).iloc[::-1]
    x = steps["n_train"].round().tolist()
    train, held = steps["train"].tolist(), steps["validation"].tolist()
    grouped = table.groupby(table.groupby("fold").cumcount(ascending=False))["validation"]
    low, high = grouped.min().iloc[::-1].tolist(), grouped.max().iloc[::-1].tolist()
    band: dict[str, Any] = {"colour": charts.BLUE, "width": 0, "hoverinfo": "skip"}
    data = [
        charts.line(x, low, **band),
        charts.line(x, high, **band) | {"fill": "tonexty", "fillcolor": "rgba(61,130,214,0.18)"},
        charts.line(x, train, colour=charts.GREY, dash="dash", name="rows fitted on", mode="lines+markers"),
        charts.line(x, held, name="rows held out", mode="lines+markers"),
    ]
    described = "; ".join(
        f"{n:.0f} rows: {a:.4f} fitted on, {b:.4f} held out" for n, a, b in zip(x, train, held, strict=True)
    )
    over = f"mean of {folds} folds, band from worst to best" if folds > 1 else "one fold"
    caption = f"Learning curve ({over})"
    return Chart(caption, f"{caption}. {described}.", data, charts.layout(x="training rows", y=metric), 320)
