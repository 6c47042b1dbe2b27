"""Walk the data sets: plant, ask every detector, and keep one row a question."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.leakage import column_leaks, procedure_leaks
from benchmarks.leakage.datasets import DataSet, Entry, Half, catalogue, load
from benchmarks.leakage.material import worth
from benchmarks.leakage.planting import Cell, Planted, host, random_test

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.leakage.detectors import Detector

MIN_ROWS, MIN_NUMERIC = 150, 2
SLOW = ("skore",)
"""Tools that refit a model for every column: asked on every ninth data set only."""
EVERY = 9


@dataclass(frozen=True)
class Plan:
    """How much of the benchmark to run."""

    half: Half
    hosts: int
    controls: int | None = None
    """So many data sets as controls; all of the half where None."""
    strengths: tuple[int, ...] = (0, 1, 2)
    material: bool = True
    """Measure what each leak adds to a model's score."""


@dataclass(frozen=True)
class Question:
    """One planted case, or one untouched data set, put to one tool."""

    tool: str
    half: str
    dataset: str
    family: str
    """`column`, `procedure`, `procedure control`, `clean` or `identification`."""
    kind: str
    strength: str
    hits: int
    """1 where the leak was found; for clean columns, how many were accused."""
    looser: int
    """The same where findings that only ask for a look (suspect, warning, tip) count too."""
    out_of: int
    """1, or the number of clean columns."""
    beside: int
    """Clean columns accused beside the planted one."""
    seconds: float
    gain: float = float("nan")
    """What the leak adds to a model's score on the test side (`material.py`)."""
    which: str = ""
    """Clean columns accused, joined by spaces."""


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
    """Yield every case of one host with its family; the same cases at every run."""
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


def run(plan: Plan, detectors: Sequence[Detector]) -> Iterator[Question]:
    """Ask every detector every question of the plan."""
    for number, data in enumerate(hosts(plan.half, plan.hosts)):
        cases = list(plant(data, plan.strengths))
        gains = worth(cases) if plan.material else [float("nan")] * len(cases)
        for (family, planted), gain in zip(cases, gains, strict=True):
            for detector in detectors:
                if detector.name not in SLOW or number % EVERY == 0:
                    yield _ask(detector, plan.half, family, planted, gain)
    for number, entry in enumerate(entries(plan.half)[: plan.controls]):
        for detector in detectors:
            if detector.name not in SLOW or number % EVERY == 0:
                yield _clean(detector, plan.half, entry)


def _ask(detector: Detector, half: Half, family: str, planted: Planted, gain: float) -> Question:
    start = perf_counter()
    said = detector.look(planted.cell)
    seconds = perf_counter() - start
    if family == "column":
        hit, looser = set(planted.columns) <= said.accused, set(planted.columns) <= said.named
        beside = len(said.accused - set(planted.columns))
    else:
        named = said.procedures.get(planted.kind)
        # A peer that names no columns is taken at its word.
        hit = looser = named is not None and (
            not named or not planted.columns or bool(named & set(planted.columns))
        )
        beside = len(said.accused)
    name = planted.cell.data.name
    counts = (int(hit), int(looser), 1, beside)
    return Question(detector.name, half, name, family, planted.kind, planted.strength, *counts, seconds, gain)


def _clean(detector: Detector, half: Half, entry: Entry) -> Question:
    data = load(entry)
    cell = Cell(data, random_test(len(data.y), _rng(data.name)))
    start = perf_counter()
    said = detector.look(cell)
    seconds = perf_counter() - start
    family = "identification" if entry.identification else "clean"
    accused, named = said.accused & set(data.X), said.named & set(data.X)
    counts = (len(accused), len(named), data.X.shape[1], 0)
    which = " ".join(sorted(accused))
    return Question(detector.name, half, data.name, family, "", "", *counts, seconds, which=which)
