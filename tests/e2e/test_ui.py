"""The MLflow UI of `scripts/ui.py` in a real browser: parent runs, their children, and one child run."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cip_exp.records.trial import Trial
from cip_exp.track.connect import connect
from cip_exp.track.store import UI, Store

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
START_SECONDS = 240
WITHOUT_ACCOUNTS = "/ajax-api/2.0/mlflow/users/current"
"""MLflow 3.17 requests the current user, and a server without its basic-auth app returns 404."""
NOT_FOUND = "Failed to load resource: the server responded with a status of 404 (Not Found)"
SCORES = (0.55, 0.95, 0.75)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ui(*arguments: str) -> list[str]:
    return [sys.executable, str(ROOT / "scripts" / "ui.py"), *arguments]


def trial(number: int, score: float) -> Trial:
    tags = {"cip.task": "churn", "cip.verdict": "ok", "cip.model": "rf_churn", "cip.features": "clean",
            "cip.seed": str(number)}  # fmt: skip
    metrics = {"cv_f1_mean": score, "gap_f1": 0.1}
    return Trial(
        "complete", {"seed": str(number)}, tags, metrics, {"f1": (score,)}, "churn", "f1", score, number
    )


@pytest.fixture
def sweep(outputs: Path) -> tuple[Store, str]:
    """A store with one finished sweep of three trials; the second is the best."""
    store = connect(None, outputs)
    parent = store.start_parent("a sweep", {"cip.kind": "sweep"}, {})
    for number, score in enumerate(SCORES):
        store.log_trial(trial(number, score), parent_id=parent, config_yaml="a: 1")
    store.finish_parent(parent, "FINISHED", {"best_objective": 0.95}, {})
    return store, parent


@pytest.fixture
def address(sweep: tuple[Store, str]) -> Iterator[str]:
    """The address that the command prints; its server ends with the test."""
    assert sweep, "the store comes first"
    port = free_port()
    server = subprocess.Popen(ui(str(port)), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert server.stdout is not None
        first = server.stdout.readline().strip()
        deadline = time.monotonic() + START_SECONDS
        while not responds(port):
            assert server.poll() is None, "the server has ended"
            assert time.monotonic() < deadline, "the server does not respond"
            time.sleep(0.5)
        yield first
    finally:
        server.terminate()
        server.communicate(timeout=30)


def responds(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).close()
    except OSError:
        return False
    return True


@pytest.mark.slow
def test_from_a_parent_to_its_children_and_to_one_of_them(
    sweep: tuple[Store, str], address: str, visit: Any
) -> None:
    store, parent = sweep
    with visit("about:blank", width=1600) as seen:
        page, refused = seen.page, []
        page.set_default_timeout(60_000)
        page.on("response", lambda got: refused.append(got.url) if got.status >= 400 else None)

        page.goto(address)
        page.get_by_role("link", name="a sweep").wait_for()
        for column in ("best_objective", "cv_f1_mean", "gap_f1"):
            page.get_by_role("columnheader").filter(has_text=column).first.wait_for()
        assert page.get_by_role("link", name="#1").count() == 0
        row = page.get_by_role("row").filter(has=page.get_by_role("link", name="a sweep"))
        row.locator("[col-id='attributes.`Run Name`'] button").first.click()
        page.get_by_role("link", name="#1").wait_for()
        seen.screenshot("ui_parent_unfolded")

        page.goto(store.address(parent).replace(UI, address.partition("/#")[0]))
        page.get_by_role("link", name="a sweep").wait_for(state="detached")
        for place, number in enumerate(("#1", "#2", "#0")):  # best first
            row = page.locator(f".ag-row[row-index='{place}']")
            row.get_by_role("link", name=number).wait_for()
        seen.screenshot("ui_children")

        page.get_by_role("link", name="#1").click()
        page.get_by_text("cv_f1_mean").first.wait_for()
        seen.screenshot("ui_child")

        assert [url for url in refused if not url.endswith(WITHOUT_ACCOUNTS)] == []
        assert seen.errors == [NOT_FOUND] * len(refused)


@pytest.mark.parametrize("broken", ["taken", "word", "none", "no store"])
def test_what_cannot_be_opened_is_exit_code_2(outputs: Path, broken: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = str(other.getsockname()[1])
        argument, message = {
            "taken": (taken, f"port {taken} is taken"),
            "word": ("fifty", "'fifty' is not a port"),
            "none": ("0", "'0' is not a port"),
            "no store": (str(free_port()), "no tracking store yet"),
        }[broken]
        done = subprocess.run(
            ui(argument), capture_output=True, text=True, timeout=120, check=False,
            env={**os.environ, "CIP_OUTPUTS": str(outputs)},
        )  # fmt: skip
    assert done.returncode == 2
    assert message in done.stderr
    assert 1 < len(done.stderr.splitlines()) <= 12
    assert not outputs.exists()
