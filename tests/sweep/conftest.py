"""Fixtures of the sweep tests: the shop app as a command, and plugins that Hydra finds."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

import optuna
import pytest
from hydra.core.plugins import Plugins
from optuna.trial import FrozenTrial

from cip_exp.sweep.storage import study_storage

APP = Path(__file__).parent / "apps" / "shop.py"
PLUGINS = {"study": "cip_exp.sweep.plugins:StudySweeper", "pool": "cip_exp.sweep.plugins:PoolLauncher"}


def _provide_entry_points() -> None:
    """Provide the entry points where the package is not installed, in a folder on every process's path."""
    if set(PLUGINS.values()) <= {point.value for point in entry_points(group="hydra.plugins")}:
        return
    root = Path(tempfile.mkdtemp(prefix="sweep-plugins-"))
    info = root / "sweep_plugins-0.dist-info"
    info.mkdir()
    lines = [f"{name} = {target}" for name, target in PLUGINS.items()]
    (info / "entry_points.txt").write_text("\n".join(["[hydra.plugins]", *lines]), encoding="utf-8")
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: sweep-plugins\nVersion: 0\n", encoding="utf-8"
    )
    sys.path.insert(0, str(root))
    paths = [str(root), str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)


_provide_entry_points()
# Hydra's suites restore its singletons before each test: the plugins must be registered before that.
Plugins.instance()


@dataclass
class Shop:
    """The shop app as a command: one search, in one folder."""

    folder: Path

    def command(self, *overrides: str, sweeper: str = "study", launcher: str = "pool") -> list[str]:
        """Return the command line; with a seeded random sampler where no sampler is given."""
        fixed = [
            "-m",
            f"hydra/sweeper={sweeper}",
            f"hydra/launcher={launcher}",
            f"hydra.sweep.dir={self.folder}",
        ]
        random = ["hydra/sweeper/sampler=random", "hydra.sweeper.sampler.seed=7"]
        sampler = [] if any("sampler" in line for line in overrides) else random
        return [sys.executable, "-W", "error", str(APP), *fixed, *sampler, *overrides]

    def run(self, *overrides: str, **plugins: str) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end."""
        line = self.command(*overrides, **plugins)
        return subprocess.run(line, capture_output=True, text=True, timeout=240, check=False)

    def search(self, *overrides: str, **plugins: str) -> list[FrozenTrial]:
        """Run a search that must succeed, and return its trials."""
        done = self.run(*overrides, **plugins)
        assert done.returncode == 0, done.stderr
        return self.trials()

    def start(self, *overrides: str) -> "subprocess.Popen[str]":
        """Start a command in a process group of its own."""
        line = self.command(*overrides)
        pipe = subprocess.PIPE
        return subprocess.Popen(line, stdout=pipe, stderr=pipe, text=True, start_new_session=True)

    def trials(self, name: str | None = None) -> list[FrozenTrial]:
        """Return the trials of the study in the folder."""
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        store = study_storage.open_storage(None, self.folder)
        return optuna.load_study(study_name=name or self.folder.name, storage=store).trials

    def wait_for(self, count: int) -> None:
        """Wait until `count` trials are finished."""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            if (self.folder / "journal.log").exists():
                with contextlib.suppress(KeyError):
                    if sum(trial.state.is_finished() for trial in self.trials()) >= count:
                        return
            time.sleep(0.05)
        message = f"fewer than {count} finished trials after a minute"
        raise TimeoutError(message)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Return the shop app with a folder of its own."""
    return Shop(tmp_path / "s")


@pytest.fixture
def another_shop(tmp_path: Path) -> Shop:
    """Return the shop app with a second folder, for comparisons."""
    return Shop(tmp_path / "t")
