"""Write a parent run with 2,000 children, and open the printed MLflow address in a browser.

    python -m benchmarks.children                    # ms a child, and two screenshots of MLflow's UI

Needs chromium (or --browser). Writes children.png and children_last.png to outputs/benchmarks: the first
rows, and the last ones after "Load more" was pressed until it disappeared.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import re
import select
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cip_exp.records.trial import Trial
from cip_exp.track.connect import connect
from cip_exp.track.store import UI

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cip_exp.track.store import Store

ROOT = Path(__file__).parents[1]
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--window-size=1600,1000", "--remote-debugging-pipe",
)  # fmt: skip
PRESS = """(() => {
  const grid = document.querySelector('.ag-body-viewport');
  if (grid) grid.scrollTop = grid.scrollHeight;
  const more = [...document.querySelectorAll('button')].find(b => b.innerText.trim() === 'Load more');
  if (more) more.click();
  return Boolean(more);
})()"""
PAGE_SECONDS, PRESS_AGAIN_SECONDS, NO_BUTTON_SECONDS = 60, 10, 3
"""For a page of runs; before the button is pressed again; without a button until all runs are loaded."""


def trial(number: int) -> Trial:
    """Return a finished trial of about the usual size: 40 params, 20 metrics, 15 folds."""
    scores = {
        f"{part}_m{index}": 0.5 + number / 10000
        for index in range(5)
        for part in ("cv", "train", "gap", "se")
    }
    return Trial(
        state="complete", params={f"model.p{index}": str(number + index) for index in range(40)},
        tags={"cip.trial_number": str(number), "cip.stage": "search", "cip.model": "rf_churn",
              "cip.features": "clean", "cip.seed": "0"},
        metrics=scores, folds={"f1": tuple(0.5 + fold / 100 for fold in range(15))}, task="churn",
        primary="f1", objective=0.5 + number / 10000, number=number, started=time.time(), ended=time.time(),
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
            kind="trial",
            config_yaml="model: rf_churn\n",
        )
        seconds.append(time.perf_counter() - begun)
    store.finish_parent(parent, "FINISHED", {"n_trials": count}, {})
    return parent, seconds


@contextmanager
def served(outputs: Path) -> Iterator[str]:
    """Run scripts/ui.py on a store until the block ends; yield its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "scripts/ui.py", str(port)], cwd=ROOT, start_new_session=True,
        env={**os.environ, "CIP_OUTPUTS": str(outputs)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until = time.monotonic() + 90
        while not responds(f"http://127.0.0.1:{port}/health"):
            if time.monotonic() > until or server.poll() is not None:
                message = "the UI did not start"
                raise RuntimeError(message)
            time.sleep(0.5)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=30)


def responds(url: str) -> bool:
    """Return whether a server responds."""
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except OSError:
        return False
    return True


class Page:
    """One page of a headless browser, controlled through the DevTools pipe: JSON, ended by a zero byte."""

    def __init__(self, browser: str, profile: str, address: str) -> None:
        theirs, self._out = os.pipe()
        self._in, back = os.pipe()
        line = f'exec "$@" 3<&{theirs} 4>&{back}'
        command = ["bash", "-c", line, "bash", browser, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
        self._browser = subprocess.Popen(command, pass_fds=(theirs, back), stderr=subprocess.DEVNULL)
        os.close(theirs)
        os.close(back)
        self._count, self._rest, self._session = 0, b"", {}
        target = self.send("Target.createTarget", url=address)["targetId"]
        session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._session = {"sessionId": session}

    def send(self, method: str, **params: Any) -> Any:
        """Call one method of DevTools and return its result."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": params, **self._session}
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            while b"\0" not in self._rest:
                if not select.select([self._in], [], [], 60)[0] or not (more := os.read(self._in, 1 << 16)):
                    message = f"the browser does not respond to {method}"
                    raise RuntimeError(message)
                self._rest += more
            line, _, self._rest = self._rest.partition(b"\0")
            response = json.loads(line)
            if response.get("id") == self._count:
                return response["result"]

    def evaluate(self, script: str) -> Any:
        """Evaluate JavaScript in the page and return its value."""
        return self.send("Runtime.evaluate", expression=script, returnByValue=True)["result"].get("value")

    def close(self) -> None:
        """End the browser."""
        self.send("Browser.close")
        self._browser.wait(timeout=30)


def matching(page: Page) -> int:
    """Return the number before "matching runs": the runs that MLflow has loaded so far."""
    found = re.search(r"([\d,]+)\s+matching run", page.evaluate("document.body.innerText") or "")
    return int(found[1].replace(",", "")) if found else 0


def load_more(page: Page, before: int, until: float) -> int:
    """Press "Load more", and return how many runs are listed afterwards."""
    begun = time.monotonic()
    pressed = -PRESS_AGAIN_SECONDS
    while matching(page) <= before and (now := time.monotonic()) < min(until, begun + PAGE_SECONDS):
        if now > pressed + PRESS_AGAIN_SECONDS and page.evaluate(PRESS):
            pressed = now
        if before and pressed < begun < now - NO_BUTTON_SECONDS:
            break
        time.sleep(0.2)
    return matching(page)


def main() -> int:
    """Write, serve and check; return 1 where the page does not show the children."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--children", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=100, help="for pressing Load more")
    parser.add_argument("--browser", default="/usr/bin/chromium")
    arguments = parser.parse_args()
    picture = ROOT / "outputs" / "benchmarks" / "children.png"
    picture.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as root:
        outputs = Path(root, "outputs")
        store = connect(None, outputs)
        parent, seconds = write(store, arguments.children)
        tenth = max(1, len(seconds) // 10)
        parts = (seconds, seconds[:tenth], seconds[-tenth:])
        each, first, last = (1000 * statistics.median(part) for part in parts)
        print(f"{each:.1f} ms a child (median); {first:.1f} in the first tenth, {last:.1f} in the last")
        begun = time.perf_counter()
        print(f"children() returns {len(store.children(parent))} in {time.perf_counter() - begun:.2f} s")
        with served(outputs) as server, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            page = Page(arguments.browser, profile, store.address(parent).replace(UI, server))
            shown, listed, pages = read_page(page, picture, arguments.seconds)
            page.close()
    print(f"first rows: {shown[:3]}; the page lists {listed} after {pages} presses of Load more; {picture}")
    best = [f"#{number}" for number in range(arguments.children - 1, arguments.children - 4, -1)]
    return int(listed != arguments.children or shown[:3] != best)


def read_page(page: Page, picture: Path, seconds: float) -> tuple[list[str], int, int]:
    """Return the names of the first rows, the number of rows in the end, and the number of presses."""
    until = time.monotonic() + seconds
    listed, presses = load_more(page, 0, until), 0
    page.evaluate("document.querySelector('.ag-body-viewport').scrollTop = 0")
    time.sleep(1)
    shown = re.findall(r"#\d+", page.evaluate("document.body.innerText"))
    picture.write_bytes(base64.b64decode(page.send("Page.captureScreenshot")["data"]))
    while (now := load_more(page, listed, until)) > listed:
        listed, presses = now, presses + 1
    last = picture.with_stem("children_last")
    last.write_bytes(base64.b64decode(page.send("Page.captureScreenshot")["data"]))
    return shown, listed, presses


if __name__ == "__main__":
    sys.exit(main())
