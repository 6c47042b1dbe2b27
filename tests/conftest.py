"""What the tests share: a place of their own, the real conf/, the source's tables where they are."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slow cases, so that no core idles while another ends one."""
    items.sort(key=lambda item: (item.get_closest_marker("slow") is None, "parity" not in item.name))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of the source system's tables; skips where it is absent."""
    folder = Path(os.environ.get("CIP_SHARED", ROOT.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip(f"the source's tables are not here: no {folder}/data (set CIP_SHARED)")
    return folder / "data"


@pytest.fixture
def outputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An outputs folder of this test's own."""
    folder = tmp_path / "outputs"
    monkeypatch.setenv("CIP_OUTPUTS", str(folder))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return folder


@pytest.fixture
def train(outputs: Path) -> Command:
    """Run the real `python train.py …` with warnings as errors of ours, and return how it ended."""

    def run(*arguments: str, timeout: float = 300, **environment: str) -> Ended:
        env = {**os.environ, "CIP_OUTPUTS": str(outputs), **environment}
        command = [sys.executable, "train.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=timeout, check=False
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    return run
