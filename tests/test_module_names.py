"""Every dotted name of this package in a string resolves: a wrong module to preload raises no error."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
NAME = re.compile(r"\bcip_exp(?:\.[A-Za-z_]\w*)+(?::[A-Za-z_]\w*)?")
EARLIER = {
    "cip_exp.baselines.LastPeriodRegressor",
    "cip_exp.baselines.ZeroRegressor",
    "cip_exp.sweep.pruners.PairedPruner",
    "cip_exp.sweep.tpe.TPESampler",
}
"""Names of earlier versions, which the package replaces by the present ones where it reads them."""


def texts() -> Iterator[str]:
    """Yield the configuration files and all string literals of the package."""
    for path in [ROOT / "pyproject.toml", *sorted((ROOT / "conf").rglob("*.yaml"))]:
        yield path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "cip_exp").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def resolves(name: str) -> bool:
    """Return whether a name is a module of the package, or something in one."""
    try:
        resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return True


def test_every_name_resolves() -> None:
    names = {name for text in texts() for name in NAME.findall(text)}
    assert {"cip_exp.app.job", "cip_exp.sweep.pool.worker", "cip_exp.sweep.plugins:PoolLauncher"} <= names
    assert {name for name in names if not resolves(name)} == EARLIER


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("preload: [cip_exp.app.jobs, cip_exp.forest]", ["cip_exp.app.jobs", "cip_exp.forest"]),
        ("cip_exp.sweep.nothing.*", ["cip_exp.sweep.nothing"]),
        ("a = 'cip_exp.sweep.plugins:Nothing'", ["cip_exp.sweep.plugins:Nothing"]),
        ("cip_exp and cip_experiment.x", []),
    ],
)
def test_wrong_names_are_found(text: str, names: list[str]) -> None:
    assert NAME.findall(text) == names
    assert [name for name in names if resolves(name)] == [name for name in names if name == "cip_exp.forest"]
