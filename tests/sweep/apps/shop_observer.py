"""An observer that writes one line a call, and a search space of the user's own."""

from pathlib import Path
from typing import Any

from omegaconf import DictConfig
from optuna import Trial


def extend(cfg: DictConfig, trial: Trial) -> None:
    """Search y in a range that depends on x and the configuration."""
    trial.suggest_float("y", 0, cfg.model.penalty + trial.params["x"] + 1)


class FileObserver:
    """Appends to a file."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)

    def _write(self, line: str) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def on_study_start(self, cell: Any) -> None:
        """A study starts or is resumed."""
        finished = [trial.number for trial in cell.finished]
        self._write(f"start {cell.study_name} resumed={cell.resumed} finished={finished}")

    def on_trial_end(
        self, *, number: int, state: str, duplicate_of: int | None, sweep_dir: str, **_: Any
    ) -> None:
        """A trial has ended."""
        self._write(f"trial {number} {state} {duplicate_of} {sweep_dir}")

    def on_study_end(self, cell: Any, best: Any) -> None:  # noqa: ARG002 (the observer's signature)
        """A study has ended."""
        self._write("end")
