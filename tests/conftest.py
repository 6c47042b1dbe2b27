"""Fixtures for all tests: outputs folders, the real `train.py`, an empty MLflow store, the source's data."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile

import pytest

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Call bytes by their argument: archives hold the time, and the processes of xdist agree on names."""
    return argname if isinstance(val, bytes) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put files with slow tests first, so that no core is idle while the other one ends a slow file."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(autouse=True)
def import_path() -> Iterator[None]:
    """Restore the import path: MLflow puts the code that came with a loaded model at its head, for good."""
    before = list(sys.path)
    yield
    sys.path[:] = before


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of the source system's tables; skips where it is absent."""
    folder = Path(os.environ.get("CIP_SHARED", ROOT.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip(f"the source's tables are not here: no {folder}/data (set CIP_SHARED)")
    return folder / "data"


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MLflow database with tables and without experiments, made once for all processes of pytest-xdist.

    MLflow needs about 2 s to make one.
    """
    from cip_exp.track import sqlite

    base = tmp_path_factory.getbasetemp()
    database = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "empty.db"
    with sqlite.locked(database):
        sqlite.make(database)
    return database


@pytest.fixture
def outputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An outputs folder of this test's own; nothing makes it before the test does."""
    folder = tmp_path / "outputs"
    monkeypatch.setenv("CIP_OUTPUTS", str(folder))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return folder


@pytest.fixture
def made_store(outputs: Path, empty_store: Path) -> Path:
    """The database of the test's outputs folder, with empty tables."""
    return copy_store(empty_store, outputs)


def copy_store(empty_store: Path, outputs: Path) -> Path:
    """Put the empty store into an outputs folder, and return its path."""
    outputs.mkdir(parents=True, exist_ok=True)
    return Path(copyfile(empty_store, outputs / "mlflow.db"))


@pytest.fixture
def train(outputs: Path) -> Command:
    """Run the real `python train.py …` on the test's outputs folder, and return how it ended."""

    def run(*arguments: str, timeout: float = 300, **environment: str) -> Ended:
        return run_train(outputs, *arguments, timeout=timeout, **environment)

    return run


def run_train(
    outputs: Path, *arguments: str, timeout: float = 300, checkout: Path = ROOT, **environment: str
) -> Ended:
    """Run `python train.py …` of a checkout on an outputs folder, and return how it ended."""
    done = subprocess.run(
        [sys.executable, "train.py", *arguments], cwd=checkout, env=environment_of(outputs) | environment,
        capture_output=True, text=True, timeout=timeout, check=False,
    )  # fmt: skip
    return Ended(done.returncode, done.stdout, done.stderr)


def environment_of(outputs: Path) -> dict[str, str]:
    """Return this process's environment for a command that writes to an outputs folder."""
    ours = {name: value for name, value in os.environ.items() if name != "MLFLOW_TRACKING_URI"}
    return ours | {"CIP_OUTPUTS": str(outputs)}
