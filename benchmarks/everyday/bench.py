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
    from cip_exp.audit.case import Case

BEST_BEFORE = 0.95
"""Tables with a better score than this without a leak hold none: a leak has nothing to gain."""
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
    only: tuple[str, ...] = ()
    """Kinds to plant; all where empty. A case is the same whichever others are planted."""


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
    companions: tuple[str, ...] = ()
    """Columns that were planted beside the leak and are honest."""


def rng_of(*parts: object) -> np.random.Generator:
    """Return the random numbers of one case, the same in every run."""
    return np.random.default_rng(int(sha256(repr(parts).encode()).hexdigest()[:12], 16))


def plant(
    data: DataSet, kinds: dict[str, Kind], strengths: int = 2, only: Sequence[str] = ()
) -> Iterator[Planted]:
    """Yield the cases of one table; which of the strengths are left out goes by turns."""
    for number, (name, kind) in enumerate(kinds.items()):
        if data.task not in kind.tasks or (only and name not in only):
            continue
        start = int(sha256(data.name.encode()).hexdigest()[:8], 16) + number
        for at in sorted((start + step) % 3 for step in range(strengths)):
            rng = rng_of(data.name, name, at)
            columns = kind.make(Given(data, at, rng))
            if columns is None:
                continue
            names, telling = name_columns(kind, data.task, [*data.X], rng)
            X = insert(data.X, names, columns, rng)
            given = replace(data, X=X)
            leaks, honest = names[kind.companions :], names[: kind.companions]
            yield Planted(name, STRENGTHS[at], given, leaks, telling, kind.jointly, honest)


def run(plan: Plan) -> Iterator[CaseResult]:
    """Yield the result of every tool on every case of the plan."""
    with TemporaryDirectory() as folder:
        for host in _hosts(plan, Path(folder)):
            yield from _planted_cases(plan, host, Path(folder))
        for entry in entries(plan.half)[: plan.untouched]:
            yield from _untouched(plan, entry, Path(folder))


@dataclass(frozen=True, eq=False)
class Host:
    """A table in which leaks are planted."""

    data: DataSet
    target: str
    features: pd.Index
    """The features that the product makes of the untouched file."""
    score: float
    """A model's score without any leak."""


def _hosts(plan: Plan, folder: Path) -> Iterator[Host]:
    """Yield tables, as many labels as amounts, that leave a leak something to gain."""
    found = {"churn": 0, "clv": 0}
    for entry, data in hosts(plan.half):
        if sum(found.values()) == plan.hosts:
            return
        if found[data.task] == (plan.hosts + (data.task == "churn")) // 2:
            continue
        case = product.read(product.write(data, entry.target, folder), data, entry.target)
        if isinstance(case, str):
            continue
        before = score(case.X, data.y, data.task) if plan.measure_gain else float("nan")
        if not before > BEST_BEFORE:
            found[data.task] += 1
            yield Host(data, entry.target, case.X.columns, before)


def _planted_cases(plan: Plan, host: Host, folder: Path) -> Iterator[CaseResult]:
    for planted in plant(host.data, plan.kinds, plan.strengths, plan.only):
        path = product.write(planted.data, host.target, folder)
        case = product.read(path, planted.data, host.target)
        used = () if isinstance(case, str) else tuple(n for n in planted.names if n in case.X)
        gain = float("nan")
        if not isinstance(case, str) and used and plan.measure_gain:
            gain = _gain(host, case, (*planted.companions, *used))
        result = _result(plan.half, planted, case, used, gain)
        if isinstance(case, str) or not used:
            yield result
            continue
        yield _judged(result, product.judge(case), case, planted, host)
        for name, peer in (plan.peers or {}).items():
            said = peer(pd.read_csv(path), host.target, host.data.task)
            yield replace(_said(result, said, planted, used), tool=name)


def _gain(host: Host, case: Case, planted: Sequence[str]) -> float:
    """Return what planted columns add; they stand last, so that ties are broken as without them."""
    names = [name for name in (*host.features, *planted) if name in case.X]
    return score(case.X[names], host.data.y, host.data.task) - host.score


def _result(half: str, planted: Planted, case: Case | str, used: Sequence[str], gain: float) -> CaseResult:
    """Return the result of a case before any tool has seen it."""
    status = "refused" if isinstance(case, str) else "missed" if used else "not used"
    clean = 0 if isinstance(case, str) else len({*case.X} - {*planted.names, *planted.companions})
    data = planted.data
    return CaseResult(
        "cip_exp audit", half, data.name, data.task, planted.kind, planted.strength, planted.telling, status,
        gain, len(used), 0, gain, "", "", clean, 0, 0, "", "", 0.0, " ".join(planted.names), planted.jointly,
    )  # fmt: skip


def _said(result: CaseResult, said: Accusations, planted: Planted, used: Sequence[str]) -> CaseResult:
    """Return the result with what a tool says; a planted column that is not used counts for nothing."""
    accused = said.leaks & set(used)
    beside = {*planted.names, *planted.companions}
    others = said.leaks - beside
    enough = 1 if planted.jointly else len(used)
    status = result.status
    if used:
        status = "missed" if not said.named & set(used) else "suspect"
        status = status if not accused else "leak" if len(accused) >= enough else "part"
    return replace(
        result, status=status, accused=len(accused), verdict=said.verdict, clean_accused=len(others),
        clean_named=len(said.named - beside), which=" ".join(sorted(others)), checks=said.checks,
        seconds=said.seconds, remaining_gain=0.0 if status == "leak" else result.gain,
    )  # fmt: skip


def _judged(result: CaseResult, said: Accusations, case: Case, planted: Planted, host: Host) -> CaseResult:
    """Return the audit's result, with what remains of the leak, and the verdict, without the accused."""
    used = [name for name in planted.names if name in case.X]
    result = _said(result, said, planted, used)
    rest = [name for name in used if name not in said.leaks]
    if result.accused and rest and not np.isnan(result.gain):
        result = replace(result, remaining_gain=_gain(host, case, [*planted.companions, *rest]))
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
