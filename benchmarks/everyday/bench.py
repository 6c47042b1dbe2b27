"""Run the everyday benchmark: plant each kind in each table, and ask every tool."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from benchmarks.everyday import product
from benchmarks.everyday.gains import MIN_GAIN, score
from benchmarks.everyday.kinds import STRENGTHS, Given, Kind
from benchmarks.everyday.naming import insert, name_columns
from benchmarks.everyday.product import Accusations
from benchmarks.everyday.tables import entries, hosts
from benchmarks.leakage.datasets import DataSet, Entry, Half, load

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cip_exp.audit.case import Case

Peer = Callable[[pd.DataFrame, str, str], Accusations]
"""Another tool: of a table with its target, the target's name and the task."""


@dataclass(frozen=True)
class Plan:
    """How much of the benchmark to run."""

    half: Half
    kinds: dict[str, Kind]
    hosts: int
    """The number of tables in which leaks are planted."""
    untouched: int | None = None
    """The number of untouched tables; all of the half where None."""
    strengths: int = 2
    """How many of the three strengths each kind is planted with, in turn."""
    measure_gain: bool = True
    peers: dict[str, Peer] | None = None


@dataclass(frozen=True)
class CaseResult:
    """What one tool said of one table, with a planted leak or untouched."""

    tool: str
    half: str
    table: str
    task: str
    kind: str
    """Empty for an untouched table."""
    strength: str
    telling: bool
    """Whether the planted columns have their usual names."""
    status: str
    """`leak`: accused (of columns that leak on their own: all); `part`: some accused; `suspect`: named at a
    lower level; `missed`; `not used`: the reader makes no feature of it; `refused`: the file is not read."""
    gain: float
    """What the leak adds to a model's score (`gains.py`); NaN where it is not used."""
    columns: int
    accused: int
    """How many of the planted columns were accused."""
    remaining_gain: float
    """What the planted columns that were not accused still add."""
    verdict: str
    verdict_after: str
    """The verdict without the accused columns."""
    clean_columns: int
    clean_accused: int
    clean_named: int
    which: str
    """Clean columns that were accused."""
    checks: str
    seconds: float
    names: str
    """The planted columns."""
    jointly: bool = False


@dataclass(frozen=True, eq=False)
class Planted:
    """One table with a leak in it."""

    kind: str
    strength: str
    data: DataSet
    names: tuple[str, ...]
    telling: bool
    jointly: bool


def rng_of(*parts: object) -> np.random.Generator:
    """Return the random numbers of one case, the same in every run."""
    return np.random.default_rng(int(sha256(repr(parts).encode()).hexdigest()[:12], 16))


def plant(data: DataSet, kinds: dict[str, Kind], strengths: int = 2) -> Iterator[Planted]:
    """Yield the cases of one table; which of the strengths are left out goes by turns."""
    for number, (name, kind) in enumerate(kinds.items()):
        if data.task not in kind.tasks:
            continue
        start = int(sha256(data.name.encode()).hexdigest()[:8], 16) + number
        for at in sorted((start + step) % 3 for step in range(strengths)):
            rng = rng_of(data.name, name, at)
            columns = kind.make(Given(data, at, rng))
            if columns is None:
                continue
            names, telling = name_columns(kind, data.task, [*data.X], rng)
            X = insert(data.X, names, columns, rng)
            yield Planted(name, STRENGTHS[at], replace(data, X=X), names, telling, kind.jointly)


def run(plan: Plan) -> Iterator[CaseResult]:
    """Yield the result of every tool on every case of the plan."""
    with TemporaryDirectory() as folder:
        for entry, data in hosts(plan.half, plan.hosts):
            yield from _planted_cases(plan, entry, data, Path(folder))
        for entry in entries(plan.half)[: plan.untouched]:
            yield from _untouched(plan, entry, Path(folder))


def _planted_cases(plan: Plan, entry: Entry, data: DataSet, folder: Path) -> Iterator[CaseResult]:
    target = entry.target
    base = product.read(product.write(data, target, folder), data, target)
    if isinstance(base, str):
        return
    without = score(base.X, data.y, data.task) if plan.measure_gain else float("nan")
    for planted in plant(data, plan.kinds, plan.strengths):
        path = product.write(planted.data, target, folder)
        case = product.read(path, planted.data, target)
        used = () if isinstance(case, str) else tuple(n for n in planted.names if n in case.X)
        gain = float("nan")
        if not isinstance(case, str) and used and plan.measure_gain:
            gain = _score_of(case, base.X.columns, used, planted.data.y) - without
        result = _result(plan.half, planted, case, used, gain)
        if not isinstance(case, str) and used:
            yield _judged(result, product.judge(case), case, planted, base.X.columns, without)
        else:
            yield result
        for name, peer in (plan.peers or {}).items():
            said = (
                peer(pd.read_csv(path), target, data.task) if used else Accusations(frozenset(), frozenset())
            )
            yield replace(_said(result, said, planted, used), tool=name)


def _score_of(case: Case, base: pd.Index, planted: Sequence[str], y: NDArray[np.float64]) -> float:
    """Return the score with planted columns, which stand last, so that ties are broken as without them."""
    names = [*(name for name in base if name in case.X), *planted]
    return score(case.X[names], y, "churn" if case.task == "churn" else "clv")


def _result(half: str, planted: Planted, case: Case | str, used: Sequence[str], gain: float) -> CaseResult:
    """Return the result of a case before any tool has seen it."""
    status = "refused" if isinstance(case, str) else "missed" if used else "not used"
    clean = 0 if isinstance(case, str) else case.X.shape[1] - len(used)
    data = planted.data
    return CaseResult(
        "cip_exp audit", half, data.name, data.task, planted.kind, planted.strength, planted.telling, status,
        gain, len(used), 0, gain, "", "", clean, 0, 0, "", "", 0.0, " ".join(planted.names), planted.jointly,
    )  # fmt: skip


def _said(result: CaseResult, said: Accusations, planted: Planted, used: Sequence[str]) -> CaseResult:
    """Return the result with what a tool says; a planted column that is not used counts for nothing."""
    accused = said.leaks & set(used)
    others = said.leaks - set(planted.names)
    enough = 1 if planted.jointly else len(used)
    status = result.status
    if used:
        status = "missed" if not said.named & set(used) else "suspect"
        status = status if not accused else "leak" if len(accused) >= enough else "part"
    return replace(
        result, status=status, accused=len(accused), verdict=said.verdict, clean_accused=len(others),
        clean_named=len(said.named - set(planted.names)), which=" ".join(sorted(others)), checks=said.checks,
        seconds=said.seconds, remaining_gain=0.0 if status == "leak" else result.gain,
    )  # fmt: skip


def _judged(
    result: CaseResult, said: Accusations, case: Case, planted: Planted, base: pd.Index, without: float
) -> CaseResult:
    """Return the audit's result, with what remains of the leak, and the verdict, without the accused."""
    used = [name for name in planted.names if name in case.X]
    result = _said(result, said, planted, used)
    rest = [name for name in used if name not in said.leaks]
    if result.accused and rest and not np.isnan(result.gain):
        gain = _score_of(case, base, rest, planted.data.y) - without
        result = replace(result, remaining_gain=gain)
    if result.accused and len(used) > 1:
        result = replace(result, verdict_after=product.judge(product.without(case, said.leaks)).verdict)
    return result


def _untouched(plan: Plan, entry: Entry, folder: Path) -> Iterator[CaseResult]:
    data = load(entry)
    nothing = Planted("", "", data, (), False, False)
    path = product.write(data, entry.target, folder)
    case = product.read(path, data, entry.target)
    result = _result(plan.half, nothing, case, (), float("nan"))
    if isinstance(case, str):
        yield replace(result, which=case.splitlines()[0])
        return
    result = replace(result, status="untouched")
    yield _said(result, product.judge(case), nothing, ())
    for name, peer in (plan.peers or {}).items():
        said = peer(pd.read_csv(path), entry.target, data.task)
        yield replace(_said(result, said, nothing, ()), tool=name)


def harmful(results: pd.DataFrame) -> pd.DataFrame:
    """Return the cases whose leak gains `MIN_GAIN` or more; all where no gain was measured."""
    return results[(results["gain"] >= MIN_GAIN) | results["gain"].isna()]
