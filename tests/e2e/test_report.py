"""The report of real sweeps in a real browser: its numbers are those of the store, at any window size."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
import pytest

from cip_exp.app.commands.report import main
from cip_exp.report.page.write import write_report
from tests.conftest import ROOT, copy_store
from tests.report.page.test_write import SCRIPT, build

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

NUMBER = re.compile(r'<data value="([^"]+)" data-name="(\w+)">')
GRID = ("model=ridge_clv,rf_churn,kmeans_segments", "features=leaky,strict")
SEARCH = ("hparams_search=logit_churn", "seed=0,1", "hydra.sweeper.n_trials=6", "confirm.top=2")


@dataclass(frozen=True)
class Done:
    """A finished sweep with its page."""

    outputs: Path
    folder: Path

    @property
    def page(self) -> Path:
        return self.folder / "report.html"

    @property
    def address(self) -> str:
        return self.page.as_uri()

    def shown(self) -> dict[str, set[float]]:
        """Return the page's numbers by name."""
        found: dict[str, set[float]] = {}
        for value, name in NUMBER.findall(self.page.read_text("utf-8")):
            found.setdefault(name, set()).add(float(value))
        return found


def sweep(outputs: Path, *overrides: str) -> Done:
    """Run the real command."""
    env = {**os.environ, "CIP_OUTPUTS": str(outputs)}
    env.pop("MLFLOW_TRACKING_URI", None)
    command = [sys.executable, "train.py", "-m", *overrides]
    ended = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    (folder,) = (outputs / "sweeps").iterdir()
    return Done(outputs, folder)


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> Done:
    """A sweep of all three tasks, with and without leaks."""
    store = copy_store(empty_store, tmp_path_factory.mktemp("grid"))
    return sweep(store.parent, *GRID)


@pytest.fixture(scope="module")
def search(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> Done:
    """A small search whose best trials are scored again."""
    store = copy_store(empty_store, tmp_path_factory.mktemp("search"))
    return sweep(store.parent, *SEARCH)


def runs_of(done: Done) -> dict[str, list[Any]]:
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{done.outputs / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("Customer_Intelligence_Platform")
    assert experiment is not None
    found: dict[str, list[Any]] = {}
    for run in client.search_runs([experiment.experiment_id]):
        found.setdefault(run.data.tags["cip.kind"], []).append(run)
    return found


def test_the_pages_numbers_are_those_of_the_summary_and_of_mlflow(grid: Done) -> None:
    shown, summary, runs = grid.shown(), pd.read_csv(grid.folder / "summary.csv"), runs_of(grid)
    compared = pd.read_csv(grid.folder / "baselines.csv")

    for name in ("cv_mean", "cv_se", "ci_low", "ci_high", "test_mean", "gap_mean"):
        known = set(summary[name].dropna())
        assert known <= shown[name], name
        baselines = set(compared[name].dropna()) if name in compared else set()
        assert shown[name] <= known | baselines, name
    store = [run.data.metrics for run in runs["trial"]]
    for metric in ("r2", "f1", "silhouette"):
        rows = summary[summary["metric"] == metric]
        for column, key in (("cv_mean", f"cv_{metric}_mean"), ("test_mean", f"test_{metric}")):
            recorded = sorted(metrics[key] for metrics in store if key in metrics)
            assert sorted(rows[column].dropna()) == pytest.approx(recorded, abs=1e-12)


def test_the_page_is_an_artifact_of_the_parent_and_is_logged_again_on_demand(
    grid: Done, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CIP_OUTPUTS", str(grid.outputs))
    (parent,) = runs_of(grid)["sweep"]
    kept = grid.outputs / "mlartifacts" / parent.info.run_id / "artifacts" / "report.html"
    assert kept.read_bytes() == grid.page.read_bytes()
    kept.unlink()

    assert main([parent.info.run_id]) == 0
    assert capsys.readouterr() == (f"{grid.page}\n", "")
    assert kept.read_bytes() == grid.page.read_bytes()


def test_the_numbers_of_a_searchs_winner_are_those_of_the_store(search: Done) -> None:
    shown = search.shown()
    (winner,) = (run for run in runs_of(search)["trial"] if run.data.tags.get("cip.winner") == "true")
    for name in ("cv_f1_mean", "optimism", "quoted_f1", "quoted_f1_low", "quoted_f1_high"):
        assert sorted(shown[name]) == pytest.approx([winner.data.metrics[name]], abs=1e-12), name
    assert "Parallel coordinates" in search.page.read_text("utf-8")


@pytest.mark.parametrize(
    ("which", "width", "scheme"),
    [("grid", 400, "dark"), ("grid", 1600, "light"), ("search", 400, "light"), ("search", 1600, "dark")],
)
def test_it_is_legible_in_any_window(
    which: str, width: int, scheme: Literal["light", "dark"], visit: Any, request: pytest.FixtureRequest
) -> None:
    done: Done = request.getfixturevalue(which)
    with visit(done.address, width=width, scheme=scheme) as seen:
        seen.page.wait_for_selector("html[data-ready]")
        seen.screenshot(f"report-{which}-{width}-{scheme}", full_page=True)

        assert seen.errors == []
        assert seen.overflow() <= 0
        plots = seen.page.locator(".plot")
        assert plots.count() >= 10
        assert seen.page.locator(".plot .main-svg").count() >= plots.count()
        without_text = (
            "[...document.querySelectorAll('[role=img], img')].filter(e => !(e.ariaLabel || e.alt)).length"
        )
        assert seen.page.evaluate(without_text) == 0
        assert seen.page.locator("img:not([alt])").count() == 0
        ink, paper = seen.page.evaluate(
            "[getComputedStyle(document.querySelector('.plot .xtick text, .plot .ytick text')).fill,"
            " getComputedStyle(document.body).backgroundColor].map(c => c.match(/\\d+/g).slice(0, 3)"
            ".reduce((sum, part) => sum + Number(part), 0))"
        )
        assert (ink < 200 and paper > 700) if scheme == "light" else (ink > 600 and paper < 100)


def test_printed_it_is_black_on_white_and_no_wider_than_the_sheet(grid: Done, visit: Any) -> None:
    with visit(grid.address, scheme="dark") as seen:
        seen.page.wait_for_selector("html[data-ready]")
        seen.page.evaluate("dispatchEvent(new Event('beforeprint'))")
        seen.page.emulate_media(media="print")

        assert seen.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert (
            seen.page.evaluate(
                "Math.max(...[...document.querySelectorAll('.main-svg')].map(s => s.clientWidth))"
            )
            <= 660
        )
        assert (
            seen.page.evaluate("getComputedStyle(document.querySelector('.xtick text')).fill")
            == "rgb(0, 0, 0)"
        )
        assert seen.errors == []


def test_a_script_in_a_columns_name_is_not_run(tmp_path: Path, visit: Any) -> None:
    page = write_report(build(tmp_path / "study"))

    with visit(page.as_uri()) as seen:
        seen.page.on("dialog", lambda _: seen.errors.append("a script ran"))
        seen.page.wait_for_selector("html[data-ready]")
        assert seen.page.title() == "Sweep: churn on purchasing"
        assert SCRIPT in seen.page.inner_text("main")
        assert seen.page.locator("main > script, main img").count() == 0
        assert seen.errors == []
