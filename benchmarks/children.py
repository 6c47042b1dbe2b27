"""Write a parent with 2,000 children, and read in a browser what the address printed by the terminal shows.

    python -m benchmarks.children                    # seconds a child, and a screenshot of MLflow's UI

Needs chromium (or --browser); leaves children.png in outputs/benchmarks.
"""

from __future__ import annotations

import argparse
import html
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cip_exp.records import Trial
from cip_exp.track.runs import UI
from cip_exp.track.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cip_exp.track.store import Store

ROOT = Path(__file__).parents[1]
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--window-size=1600,1000", "--virtual-time-budget=40000",
)  # fmt: skip


def trial(number: int) -> Trial:
    """Return a finished trial of about the usual size: 40 params, 20 metrics, 15 folds."""
    scores = {
        f"{part}_m{index}": 0.5 + number / 10000
        for index in range(5)
        for part in ("cv", "train", "gap", "se")
    }
    return Trial(
        state="complete", params={f"model.p{index}": str(number + index) for index in range(40)},
        tags={"cip.trial_number": str(number), "cip.stage": "search", "cip.model": "rf_churn"},
        metrics=scores, folds={"f1": tuple(0.5 + fold / 100 for fold in range(15))}, task="churn", primary="f1",
        objective=0.5 + number / 10000, number=number, started=time.time(), ended=time.time(),
    )  # fmt: skip


def write(store: Store, count: int) -> tuple[str, list[float]]:
    """Write the parent and its children; return its id and each child's seconds."""
    parent = store.start_parent("two thousand", {}, {})
    seconds = []
    for number in range(count):
        begun = time.perf_counter()
        store.log_trial(
            trial(number),
            parent_id=parent,
            name=f"child #{number}",
            kind="trial",
            config_yaml="model: rf_churn\n",
        )
        seconds.append(time.perf_counter() - begun)
    store.finish_parent(parent, "FINISHED", {"n_trials": count}, {})
    return parent, seconds


@contextmanager
def served(outputs: Path) -> Iterator[str]:
    """Run scripts/ui.py over a store until the block ends; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "scripts/ui.py", str(port)], cwd=ROOT, env={**os.environ, "CIP_OUTPUTS": str(outputs)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        until = time.monotonic() + 90
        while not answers(f"http://127.0.0.1:{port}/health"):
            if time.monotonic() > until or server.poll() is not None:
                message = "the UI did not start"
                raise RuntimeError(message)
            time.sleep(0.5)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=30)


def answers(url: str) -> bool:
    """Tell whether a server answers."""
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except OSError:
        return False
    return True


def browse(browser: str, address: str, *wishes: str) -> str:
    """Open an address in a headless browser of its own profile; return what it prints."""
    with tempfile.TemporaryDirectory() as profile:
        command = [browser, *FLAGS, f"--user-data-dir={profile}", *wishes, address]
        return subprocess.run(command, capture_output=True, text=True, timeout=180, check=True).stdout


def main() -> int:
    """Write, serve, look; return 1 where the page does not show the children."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--children", type=int, default=2000)
    parser.add_argument("--browser", default="/usr/bin/chromium")
    arguments = parser.parse_args()
    picture = ROOT / "outputs" / "benchmarks" / "children.png"
    picture.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as root:
        outputs = Path(root, "outputs")
        store = open_store(None, outputs)
        parent, seconds = write(store, arguments.children)
        tenth = max(1, len(seconds) // 10)
        first, last = (1000 * sum(part) / len(part) for part in (seconds[:tenth], seconds[-tenth:]))
        print(
            f"ms a child: {first:.1f} in the first tenth, {last:.1f} in the last ({last / first:.2f} times)"
        )
        begun = time.perf_counter()
        print(f"children() returns {len(store.children(parent))} in {time.perf_counter() - begun:.2f} s")
        with served(outputs) as server:
            address = store.address(parent).replace(UI, server)
            page = html.unescape(browse(arguments.browser, address, "--dump-dom"))
            browse(arguments.browser, address, f"--screenshot={picture}", "--hide-scrollbars")
    Path("/tmp/w/ft/page.html").write_text(page)
    count = re.findall(r"([\d,]+)\s*(?:</[^>]+>\s*)*matching runs?", page)
    shown = re.findall(r"child #(\d+)", page)
    print(f"matching runs: {count}; rows: {list(dict.fromkeys(shown))[:5]}; screenshot: {picture}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
