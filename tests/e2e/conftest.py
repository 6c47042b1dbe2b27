"""Sweeps by the real command as test data, and a real browser (its tests skip where there is none)."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
import pytest

import cip_exp
from tests.conftest import Ended, run_train

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlflow.entities import Run
    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Containers run as root without a GPU; without the last word WebGL charts would stay empty there.
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--enable-unsafe-swiftshader"]


@dataclass
class Visit:
    """One open page, and everything that went wrong on it."""

    page: Page
    errors: list[str] = field(default_factory=list)
    """Console errors, uncaught exceptions and failed requests, in the order in which they came."""
    keep: Path = Path()

    def screenshot(self, name: str, **options: Any) -> Path:
        """Keep a picture of the page, below CIP_SCREENSHOTS or the test's own folder."""
        self.keep.mkdir(parents=True, exist_ok=True)
        path = self.keep / f"{name}.png"
        self.page.screenshot(path=path, **options)
        return path

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium, one for all tests of a process."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    binary = os.environ.get("CIP_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if binary is None:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} is installed (CIP_CHROMIUM=FILE names another)")
    with sync_api.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=binary, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def visit(browser: Browser, tmp_path: Path) -> Any:
    """Return a context manager that opens an address in a window of some width, light or dark."""

    @contextmanager
    def opened(
        address: str, *, width: int = 1280, height: int = 900, scheme: Literal["light", "dark"] = "light"
    ) -> Iterator[Visit]:
        page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        keep = Path(os.environ.get("CIP_SCREENSHOTS", tmp_path / "screenshots"))
        found = Visit(page, keep=keep)
        page.on("console", lambda said: found.errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: found.errors.append(str(error)))
        page.on("requestfailed", lambda request: found.errors.append(f"failed: {request.url}"))
        page.goto(address)
        try:
            yield found
        finally:
            page.close()

    return opened


@dataclass(frozen=True)
class Recorded:
    """What a sweep had left when its command ended; later commands on the same outputs change none of it."""

    outputs: Path
    ended: Ended
    folder: Path
    runs: Mapping[str, list[Run]]
    """By the tag cip.kind."""
    trials: pd.DataFrame
    """As `cip_exp.load_sweep` reads it."""
    summary: pd.DataFrame
    figures: Mapping[str, float]

    @property
    def parent(self) -> Run:
        """The only parent run of the store."""
        (parent,) = self.runs["sweep"]
        return parent

    @property
    def children(self) -> list[Run]:
        """The runs of trials, those of the confirm stage included."""
        return self.runs["trial"]

    @property
    def winners(self) -> list[Run]:
        """The runs that are marked as winners."""
        return [run for run in self.children if run.data.tags.get("cip.winner") == "true"]


def run_sweep(outputs: Path, *arguments: str, timeout: float = 300) -> Recorded:
    """Run `python train.py -m …`, which has to succeed, and read what it has left."""
    ended = run_train(outputs, "-m", *arguments, timeout=timeout)
    assert ended.code == 0, ended.err
    folder = newest_sweep(outputs)
    return Recorded(
        outputs, ended, folder, kinds(runs_of(outputs)) if (outputs / "mlflow.db").exists() else {},
        cip_exp.load_sweep(folder), pd.read_csv(folder / "summary.csv"),
        json.loads((folder / "figures.json").read_text("utf-8")),
    )  # fmt: skip


def runs_of(outputs: Path) -> list[Run]:
    """Return every run of the store, newest first."""
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{outputs / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("Customer_Intelligence_Platform")
    assert experiment is not None
    return list(client.search_runs([experiment.experiment_id]))


def kinds(runs: list[Run]) -> dict[str, list[Run]]:
    """Return the runs by their tag cip.kind."""
    found: dict[str, list[Run]] = {}
    for run in runs:
        found.setdefault(run.data.tags["cip.kind"], []).append(run)
    return found


def newest_sweep(outputs: Path) -> Path:
    """Return the folder of the newest sweep."""
    return max((outputs / "sweeps").iterdir(), key=lambda folder: folder.stat().st_mtime)


def comparable(trials: pd.DataFrame) -> pd.DataFrame:
    """Return a sweep's trials without what two runs of one command may differ in, such as times and ids."""
    ignored = ["run_id", "seconds", "fit_seconds", "git_commit", "git_dirty", "track", "track.report"]
    return trials.drop(columns=ignored, errors="ignore")
