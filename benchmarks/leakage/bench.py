"""Run the benchmark: plant leaks in data sets, and run every detector on every case."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.leakage import column_leaks, procedure_leaks
from benchmarks.leakage.datasets import DataSet, Entry, Half, catalogue, load
from benchmarks.leakage.gain import measure_gains
from benchmarks.leakage.planting import Planted, SplitData, host, random_test

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.leakage.detectors import Detector

MIN_ROWS, MIN_NUMERIC = 150, 2
SLOW = ("skore",)
"""Tools that refit a model for every column: run on every ninth data set only."""
EVERY = 9


@dataclass(frozen=True)
class Plan:
    """How much of the benchmark to run."""

    half: Half
    hosts: int
    """The number of data sets in which leaks are planted."""
    controls: int | None = None
    """The number of untouched data sets; all of the half where None."""
    strengths: tuple[int, ...] = (0, 1, 2)
    measure_gain: bool = True
    """Whether to measure what each leak adds to a model's score."""


@dataclass(frozen=True)
class CaseResult:
    """The result of one tool on one planted case or one untouched data set."""

    tool: str
    half: str
    dataset: str
    family: str
    """`column`, `procedure`, `procedure control`, `clean` or `identification`."""
    kind: str
    strength: str
    hits: int
    """1 where the leak was found; for clean columns, how many were reported as leaks."""
    hits_any_level: int
    """The same, with findings of lower levels (suspect, warning, tip)."""
    out_of: int
    """1, or the number of clean columns."""
    other_columns: int
    """Number of clean columns reported as leaks in addition to the planted one."""
    seconds: float
    gain: float = float("nan")
    """What the leak adds to a model's score on the test side (`gain.py`)."""
    which: str = ""
    """Clean columns reported as leaks, joined by spaces."""


def entries(half: Half) -> list[Entry]:
    """Return a half's data sets, in the order of a hash of their names."""
    chosen = [entry for entry in catalogue() if entry.half == half]
    return sorted(chosen, key=lambda entry: sha256(entry.name[::-1].encode()).hexdigest())


def hosts(half: Half, limit: int) -> Iterator[DataSet]:
    """Yield the first data sets of a half that can hold every kind of leak."""
    found = 0
    for entry in entries(half):
        if entry.identification or found == limit:
            continue
        data = load(entry)
        if len(data.y) >= MIN_ROWS and len(data.numeric) >= MIN_NUMERIC:
            found += 1
            yield host(data)


def plant(data: DataSet, strengths: Sequence[int] = (0, 1, 2)) -> Iterator[tuple[str, Planted]]:
    """Yield every case of one data set with its family; the same cases in every run."""
    for kind, inject in column_leaks.KINDS.items():
        for at in strengths:
            planted = inject(data, at, _rng(data.name, kind, at))
            if planted is not None:
                yield "column", planted
    for kind, inject in procedure_leaks.KINDS.items():
        for at in (*strengths, procedure_leaks.CONTROL):
            planted = inject(data, at, _rng(data.name, kind, at))
            if planted is not None:
                yield ("procedure" if at < procedure_leaks.CONTROL else "procedure control"), planted


def _rng(*parts: object) -> np.random.Generator:
    return np.random.default_rng(int(sha256(repr(parts).encode()).hexdigest()[:12], 16))


def run(plan: Plan, detectors: Sequence[Detector]) -> Iterator[CaseResult]:
    """Yield the result of every detector on every case of the plan."""
    for number, data in enumerate(hosts(plan.half, plan.hosts)):
        cases = list(plant(data, plan.strengths))
        gains = measure_gains(cases) if plan.measure_gain else [float("nan")] * len(cases)
        for (family, planted), gain in zip(cases, gains, strict=True):
            for detector in detectors:
                if detector.name not in SLOW or number % EVERY == 0:
                    yield _run_on_leak(detector, plan.half, family, planted, gain)
    for number, entry in enumerate(entries(plan.half)[: plan.controls]):
        for detector in detectors:
            if detector.name not in SLOW or number % EVERY == 0:
                yield _run_on_clean_data(detector, plan.half, entry)


def _run_on_leak(detector: Detector, half: Half, family: str, planted: Planted, gain: float) -> CaseResult:
    start = perf_counter()
    found = detector.detect(planted.split_data)
    seconds = perf_counter() - start
    if family == "column":
        columns = set(planted.columns)
        hit, any_level = columns <= found.leaks, columns <= found.named
        others = len(found.leaks - columns)
    else:
        named = found.procedures.get(planted.kind)
        # A finding of a peer that names no columns counts for all of them.
        hit = any_level = named is not None and (
            not named or not planted.columns or bool(named & set(planted.columns))
        )
        others = len(found.leaks)
    name = planted.split_data.data.name
    counts = (int(hit), int(any_level), 1, others)
    return CaseResult(
        detector.name, half, name, family, planted.kind, planted.strength, *counts, seconds, gain
    )


def _run_on_clean_data(detector: Detector, half: Half, entry: Entry) -> CaseResult:
    data = load(entry)
    given = SplitData(data, random_test(len(data.y), _rng(data.name)))
    start = perf_counter()
    found = detector.detect(given)
    seconds = perf_counter() - start
    family = "identification" if entry.identification else "clean"
    leaks, named = found.leaks & set(data.X), found.named & set(data.X)
    counts = (len(leaks), len(named), data.X.shape[1], 0)
    which = " ".join(sorted(leaks))
    return CaseResult(detector.name, half, data.name, family, "", "", *counts, seconds, which=which)
