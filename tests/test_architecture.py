"""DESIGN's one direction, read off the imports: a room knows the rooms to its left, and nobody looks back."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).parents[1] / "cip_exp"

WALK = (
    "config", "data", "features", "split", "model", "evaluate", "objective", "confirm", "audit", "track",
    "report",
)  # fmt: skip
ROOM_OF = {
    "schemas": "config", "estimator": "config",
    "seeds": "split", "forward": "split",
    "metrics": "model", "forest": "model", "_sklearn_trees": "model", "_bootstrap": "model",
    "baselines": "model", "refit": "model", "business": "model",
    "cluster": "evaluate", "prepared": "evaluate", "statistics": "evaluate",
}  # fmt: skip
"""Modules that belong to a room of another name."""
EVERYWHERE = ("errors", "records", "threads", "garbage", "__init__")
CORRIDOR = ("trial",)
AROUND = (
    "job", "finish", "callback", "cells", "sweep_context", "door", "opening", "scribe", "recorder",
    "explain", "reuse", "confirming", "crowning", "keeping", "quoting", "recording", "portrait",
    "reproduce", "beside",
)  # fmt: skip
"""They stand around the corridor and may see everything; no room may see them."""
AFTER = ("release",)
SWEEP = "sweep"

COMMAND_LINES = ("audit/cli.py", "report/page/cli.py")
"""They end a program of their own, and may besides have `door` put its errors in words."""

TYPES_ONLY = {("records", "data")}
"""Records name the lineage that they carry."""


def module_of(path: Path) -> str:
    """Return the room-giving part of a file's place: `data` of data/telco.py, `split` of split.py."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(source: str) -> Iterator[tuple[str, bool]]:
    """Yield each module of cip_exp that is imported, and whether for its types only."""
    tree = ast.parse(source)
    typed = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "cip_exp":
            yield from ((alias.name, id(node) in typed) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cip_exp."):
            yield str(node.module).split(".")[1], id(node) in typed
        elif isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
            yield from (
                (name[1], id(node) in typed) for name in names if name[0] == "cip_exp" and len(name) > 1
            )


def breach(module: str, imported: str, types_only: bool) -> str | None:
    """Return what is wrong with one import, or None."""
    here, there = (ROOM_OF.get(name, name) for name in (module, imported))
    if here == there or there in ("errors", "__init__"):
        return None
    if here == SWEEP:
        return f"{SWEEP} works in any Hydra app, so it may not import {imported}"
    if (
        there in ("records", "threads", "garbage")
        or here in AROUND
        or (types_only and (here, there) in TYPES_ONLY)
    ):
        return None
    if here in CORRIDOR:
        return f"{module} may not import {imported}, which stands around it" if there in AROUND else None
    if there in WALK and (here in AFTER or (here in WALK and WALK.index(there) < WALK.index(here))):
        return None
    return f"{module} may not import {imported}"


def python_files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def test_every_module_has_its_place() -> None:
    known = {*WALK, *ROOM_OF, *EVERYWHERE, *CORRIDOR, *AROUND, *AFTER, SWEEP}
    assert {module_of(path) for path in python_files()} - known == set()


@pytest.mark.parametrize("path", python_files(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_one_way(path: Path) -> None:
    module = module_of(path)
    if path == PACKAGE / "__init__.py":
        # What the package offers is imported on demand, or `import cip_exp` would import pandas.
        assert {imported for imported, _ in imports(path.read_text(encoding="utf-8"))} <= {"report"}
        return
    seen = list(imports(path.read_text(encoding="utf-8")))
    if path.relative_to(PACKAGE).as_posix() in COMMAND_LINES:
        seen = [each for each in seen if each[0] != "door"]
    found = [breach(module, *each) for each in seen]
    assert [wrong for wrong in found if wrong is not None] == []


@pytest.mark.parametrize(
    ("module", "source", "breaches"),
    [
        ("split", "from cip_exp.report import tables", 1),
        ("split", "from cip_exp import evaluate", 1),
        ("split", "def f():\n    import cip_exp.trial", 1),
        ("data", "from cip_exp.features.build import build", 1),
        ("records", "from cip_exp.data.lineage import Leak", 1),
        ("records", "if TYPE_CHECKING:\n    from cip_exp.data.lineage import Leak", 0),
        ("errors", "from cip_exp.config import Settings", 1),
        ("trial", "from cip_exp import finish", 1),
        ("trial", "from cip_exp import split, report", 0),
        ("finish", "from cip_exp import trial", 0),
        ("sweep", "from cip_exp.records import Trial", 1),
        ("sweep", "if TYPE_CHECKING:\n    from cip_exp.config import Settings", 1),
        ("sweep", "from cip_exp.errors import TrialError\nfrom cip_exp.sweep.jobs import Job", 0),
        ("cluster", "from cip_exp import evaluate, model\nfrom cip_exp.metrics import TASKS", 0),
        ("metrics", "from cip_exp import cluster", 1),
        ("report", "import numpy\nfrom cip_exp.track import folder", 0),
    ],
)
def test_a_breach_is_seen(module: str, source: str, breaches: int) -> None:
    found = [breach(module, *each) for each in imports(source)]
    assert len([wrong for wrong in found if wrong is not None]) == breaches
