"""The order of imports between packages, read off the code: a package imports packages to its left."""

from __future__ import annotations

import ast
import re
from collections import Counter
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).parents[1]
ORDER = (
    "errors", "runtime", "records", "config", "data", "features", "forest", "models", "evaluation", "audit",
    "track", "report", "trial", "selection", "app", "cip_exp",
)  # fmt: skip
"""Packages from left to right; `cip_exp` is the package's own `__init__`, its public API."""
SWEEP = "sweep"
"""Works in any Hydra app: it imports `errors` only, and only `app` imports it."""
MOST_ENTRIES = 17


def modules() -> dict[str, Path]:
    """Return every module of the package by its dotted name; a package by the name of its folder."""
    paths = sorted((ROOT / "cip_exp").rglob("*.py"))
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths]
    return {name.removesuffix(".__init__"): path for name, path in zip(names, paths, strict=True)}


def package_of(module: str) -> str:
    """Return `data` for cip_exp.data.telco, and `cip_exp` for the package itself."""
    return (module.split(".") + module.split("."))[1] if "." in module else "cip_exp"


def imported(module: str, source: str, known: Iterable[str]) -> Iterator[str]:
    """Yield the modules that a source imports, at its top, in a function, or for its types only."""
    known = set(known)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "cip_exp")
        elif isinstance(node, ast.ImportFrom):
            base = ".".join([*module.split(".")[: -node.level], *filter(None, [node.module])])
            if node.level == 0:
                base = node.module or ""
            if base.split(".")[0] == "cip_exp":
                names = [f"{base}.{alias.name}" for alias in node.names]
                yield from (name if name in known else base for name in names)


def may_import(here: str, there: str) -> bool:
    """Tell whether one package may import another."""
    if SWEEP in (here, there) and here != there:
        return there == "errors" or here == "app"
    return here == there or (there in ORDER and here in ORDER and ORDER.index(there) < ORDER.index(here))


def breaches(module: str, source: str) -> list[str]:
    """Return the imports of a source that the order does not allow."""
    found = imported(module, source, modules())
    return [each for each in found if not may_import(package_of(module), package_of(each))]


def circle(edges: dict[str, set[str]]) -> list[str]:
    """Return a circle of imports; empty where there is none."""
    try:
        tuple(TopologicalSorter(edges).static_order())
    except CycleError as error:
        return list(error.args[1])
    return []


def test_the_root_is_a_map_of_packages() -> None:
    entries = {path.name for path in (ROOT / "cip_exp").iterdir() if path.name != "__pycache__"}
    assert len(entries) <= MOST_ENTRIES
    known = {name.removesuffix(".py") for name in entries} - {"__init__"}
    assert known == {*ORDER, SWEEP} - {"cip_exp"}


def test_a_package_imports_packages_to_its_left() -> None:
    found = {name: breaches(name, path.read_text(encoding="utf-8")) for name, path in modules().items()}
    assert len(found) > 100
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_there_are_no_circles() -> None:
    known = modules()
    edges = {name: set(imported(name, path.read_text("utf-8"), known)) for name, path in known.items()}
    packages: dict[str, set[str]] = {}
    for name, targets in edges.items():
        here = packages.setdefault(package_of(name), set())
        here |= {package_of(each) for each in targets} - {package_of(name)}
    assert circle({name: targets - {name} for name, targets in edges.items()}) == []
    assert circle(packages) == []


@pytest.mark.parametrize(
    ("edges", "length"), [({"a": {"b"}, "b": {"c"}, "c": {"a"}}, 4), ({"a": {"b", "c"}, "b": {"c"}}, 0)]
)
def test_a_circle_is_seen(edges: dict[str, set[str]], length: int) -> None:
    assert len(circle(edges)) == length


@pytest.mark.parametrize(
    ("module", "source", "count"),
    [
        ("cip_exp.evaluation.split", "from cip_exp.report import tables", 1),
        ("cip_exp.evaluation.split", "from cip_exp import audit", 1),
        ("cip_exp.evaluation.split", "def f():\n    import cip_exp.trial.run", 1),
        ("cip_exp.evaluation.split", "def f():\n    from cip_exp.track.store import Store", 1),
        ("cip_exp.records.table", "if TYPE_CHECKING:\n    from cip_exp.config.settings import Settings", 1),
        ("cip_exp.data.telco", "from ..features.build import build", 1),
        ("cip_exp.data.telco", "from .digest import sha256_of", 0),
        ("cip_exp.track.store", "import cip_exp", 1),
        ("cip_exp.trial.run", "from cip_exp.sweep.channel import report", 1),
        ("cip_exp.app.job", "from cip_exp.sweep.channel import report", 0),
        ("cip_exp.sweep.space", "from cip_exp.records.trial import Trial", 1),
        ("cip_exp.sweep.space", "if TYPE_CHECKING:\n    from cip_exp.config.settings import Settings", 1),
        ("cip_exp.sweep.space", "from cip_exp.errors import ConfigError", 0),
        ("cip_exp.trial.run", "from cip_exp import evaluation, report", 0),
        ("cip_exp.errors", "from cip_exp.records import table", 1),
    ],
)
def test_a_breach_is_seen(module: str, source: str, count: int) -> None:
    assert len(breaches(module, source)) == count


def primaries(source: str) -> list[str]:
    """Return where a source reads the primary metric of a task: that of a trial is its own `primary`."""
    return [
        ast.unparse(node)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and node.attr == "primary"
        if re.match(r"(\w+\.)?TASKS\b|(self\.)?_?tasks?\b", ast.unparse(node.value))
    ]


def test_only_the_metrics_know_the_primary_metric_of_a_task() -> None:
    found = {name: primaries(path.read_text("utf-8")) for name, path in modules().items()}
    assert {name: reads for name, reads in found.items() if reads} == {}


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("TASKS[x.task].primary", 1), ("metrics.TASKS['clv'].primary", 1), ("task.primary", 1),
        ("trial.primary", 0), ("scored.primary == 'f1'", 0),
    ],
)  # fmt: skip
def test_a_read_of_a_tasks_primary_metric_is_seen(source: str, count: int) -> None:
    assert len(primaries(source)) == count


def test_every_module_has_a_docstring() -> None:
    sources = {name: path.read_text(encoding="utf-8") for name, path in modules().items()}
    assert [name for name, source in sources.items() if not ast.get_docstring(ast.parse(source))] == []


def test_one_name_is_one_thing() -> None:
    stems = Counter(path.stem for path in modules().values() if path.stem != "__init__")
    # The check `lineage` stands beside the record that it is named after.
    assert {name for name, count in stems.items() if count > 1} <= {"lineage"}
    classes = Counter(
        node.name
        for path in modules().values()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    )
    assert {name for name, count in classes.items() if count > 1} == set()
