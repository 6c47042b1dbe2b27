"""The result tables: every figure is averaged within a data set first; intervals are over data sets."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.overtuning.quotes import QUOTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Record = dict[str, Any]
    Key = tuple[Any, ...]

BASE = "mean"
LONG = "confirm long"
DRAWS = 4_000
LEAST = 0.001
"""Least gain of the best incumbent over the first; below it, relative overtuning is not defined."""
AVERAGED = {"confirm": "confirm, final fit of 5 seeds", LONG: f"{LONG}, final fit of 5 seeds"}


def page(records: Sequence[Record]) -> str:
    """Return all tables as markdown."""
    parts = []
    for metric in ("roc_auc", "f1", "r2"):
        mine = [each for each in records if each["metric"] == metric]
        for sampler in ("tpe", "random"):
            chosen = [each for each in mine if each["sampler"] == sampler]
            if chosen:
                parts += [f"### {metric}, {sampler}: {_count(chosen)}", selection(chosen), quoted(chosen)]
    return "\n\n".join([*parts, coverage(records)])


def selection(records: Sequence[Record]) -> str:
    """Compare the true scores of the winners: each method with mean CV on the same samples."""
    by_method = _by_method([*records, *_averaged(records)])
    base = by_method[BASE]
    lines = [
        "| method | searches | fits | Δ regret × 100 | p (Holm) | relative overtuning | cut by | "
        "worse than default | mean CV's on the same |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    rows: dict[str, tuple[int, float, Array]] = {}
    for method, mine in by_method.items():
        shared = [key for key in mine if key in base]
        if not shared:
            continue
        pairs = _tables(shared, lambda key, mine=mine: _pair(mine[key], base[key]))
        rows[method] = len(shared), float(np.mean([mine[key]["fits"] for key in shared])), pairs
    adjusted = holm({name: _p(pairs[:, 0]) for name, (_, _, pairs) in rows.items() if name != BASE})
    for name, (count, fits, pairs) in rows.items():
        low, high = interval(pairs[:, 0])
        mean = _nanmean(pairs)
        cut = _cut(pairs[:, 1:3])
        lines.append(
            f"| {name} | {count} | {fits:.0f} | {100 * mean[0]:+.2f} [{100 * low:+.2f}, {100 * high:+.2f}] | "
            f"{adjusted.get(name, 1.0):.2f} | {mean[1]:.2f} | {cut} | "
            f"{100 * mean[3]:.0f} % | {100 * mean[4]:.0f} % |"
        )
    return "\n".join(lines)


def quoted(records: Sequence[Record]) -> str:
    """Compare the quoted score of a winner with its true score."""
    lines = [
        "| quoted score | searches | reported − true × 100 | absolute × 100 | below mean CV's by | "
        "coverage | width × 100 |",
        "|---|---|---|---|---|---|---|",
    ]
    by_method = _by_method(records)
    base = {key: QUOTES["mean CV"].of(each) for key, each in by_method.get(BASE, {}).items()}
    for name, rule in QUOTES.items():
        mine = {key: rule.of(each) for key, each in by_method.get(rule.method, {}).items() if key in base}
        if not mine:
            continue
        table = _tables(
            list(mine), lambda key, mine=mine: [*_errors(mine[key]), abs(base[key].value - base[key].truth)]
        )
        mean = _nanmean(table)
        cover = "—" if np.isnan(mean[2]) else f"{100 * mean[2]:.0f} %"
        width = "—" if np.isnan(mean[3]) else f"{100 * mean[3]:.1f}"
        less = _cut(table[:, [1, 4]])
        lines.append(
            f"| {name} | {len(mine)} | {100 * mean[0]:+.2f} | {100 * mean[1]:.2f} | "
            f"{less} | {cover} | {width} |"
        )
    return "\n".join(lines)


def coverage(records: Sequence[Record]) -> str:
    """Return the coverage of each quoted interval over all searches together."""
    lines = []
    for name, rule in QUOTES.items():
        found = [rule.of(each) for each in records if each["method"] == rule.method]
        inside = [each.low <= each.truth <= each.high for each in found if np.isfinite(each.low)]
        if inside:
            share = f"{100 * np.mean(inside):.1f} % of {len(inside)}"
            lines.append(f"- 95 % interval of '{name}': contains the true score in {share} searches")
    return "\n".join(lines)


def interval(table: Array, of: Callable[[Array], float] | None = None) -> tuple[float, float]:
    """Return the 95 % bootstrap interval over data sets (rows) of the mean, or of a function of means."""
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, len(table), (DRAWS, len(table)))
    means = _nanmean(table[drawn].swapaxes(0, 1))
    values = means if of is None else np.array([of(each) for each in means])
    values = values[np.isfinite(values)]
    if len(values) == 0:
        return float("nan"), float("nan")
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)


def _cut(pair: Array) -> str:
    """Return by how many percent the first column's mean is below the second's, with its interval."""

    def share(means: Array) -> float:
        return float(1 - means[0] / means[1]) if means[1] else float("nan")

    low, high = interval(pair, share)
    return f"{100 * share(_nanmean(pair)):.0f} % [{100 * low:.0f}, {100 * high:.0f}]"


def overtuning(record: Record) -> float:
    """Return relative overtuning (Schneider, Bischl, Feurer 2025), from 0 to 1; NaN for a small gain.

    0: as good as the best incumbent of the search; 1: as bad as its first configuration, or worse.
    """
    gain = record["best_incumbent"] - record["first"]
    if gain < LEAST:
        return float("nan")
    lost = record["best_incumbent"] - record.get("final", record["truth"])
    return float(np.clip(lost / gain, 0.0, 1.0))


def _pair(mine: Record, base: Record) -> list[float]:
    truth = mine.get("final", mine["truth"])
    worse = [float(each.get("final", each["truth"]) < each["default"]) for each in (mine, base)]
    return [base["truth"] - truth, overtuning(mine), overtuning(base), *worse]


def _errors(quote: Any) -> list[float]:
    off = quote.value - quote.truth
    known = np.isfinite(quote.low)
    inside = float(quote.low <= quote.truth <= quote.high) if known else float("nan")
    return [off, abs(off), inside, quote.high - quote.low]


def _averaged(records: Sequence[Record]) -> list[Record]:
    """Return the confirmed searches a second time, with the final fit averaged over seeds."""
    return [
        {**each, "method": AVERAGED[each["method"]], "final": each["truth_averaged"]}
        for each in records
        if each["method"] in AVERAGED
    ]


def _by_method(records: Iterable[Record]) -> dict[str, dict[Key, Record]]:
    out: dict[str, dict[Key, Record]] = defaultdict(dict)
    for each in records:
        key = tuple(each[name] for name in ("table", "size", "replicate", "family", "metric", "sampler"))
        out[each["method"]][key] = each
    return out


def _tables(keys: Sequence[Key], row: Callable[[Key], list[float]]) -> Array:
    """Return the means within each data set, shape (data sets, columns)."""
    grouped: dict[str, list[list[float]]] = defaultdict(list)
    for key in keys:
        grouped[key[0]].append(row(key))
    return np.array([_nanmean(np.array(rows)) for rows in grouped.values()])


def _nanmean(rows: Array) -> Array:
    """Return the mean of the defined values over the first axis; NaN where none is defined."""
    there = np.isfinite(rows)
    known = there.sum(axis=0)
    return np.where(known > 0, np.where(there, rows, 0).sum(axis=0) / np.maximum(known, 1), np.nan)


def _p(values: Array) -> float:
    """Return the two-sided p-value of a mean of 0, by a sign-flip test over data sets."""
    flips = np.random.default_rng(0).choice([-1.0, 1.0], (DRAWS, len(values)))
    beyond = np.abs((flips * values).mean(axis=1)) >= abs(values.mean()) - 1e-15
    return float((1 + np.sum(beyond)) / (1 + DRAWS))


def holm(p: dict[str, float]) -> dict[str, float]:
    """Return p-values with Holm's correction for multiple tests."""
    out: dict[str, float] = {}
    running = 0.0
    for rank, (name, value) in enumerate(sorted(p.items(), key=lambda each: each[1])):
        running = max(running, min(1.0, value * (len(p) - rank)))
        out[name] = running
    return out


def _count(records: Sequence[Record]) -> str:
    tables = {each["table"] for each in records}
    samples = {(each["table"], each["size"], each["replicate"], each["family"]) for each in records}
    return f"{len(samples)} searches a method on {len(tables)} tables"
