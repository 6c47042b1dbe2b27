"""A recorded sweep or single run as the page sees it: read from its folder once."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from cip_exp.errors import DataError, describe
from cip_exp.report import tables
from cip_exp.report.load_sweep import find_sweep, find_trials
from cip_exp.track import sweep_folder as records

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cip_exp.records.trial import Trial

OWN_OVERRIDES = ("hydra.mode=", "++hydra.job.env_set.CIP_")
"""What the program itself adds to a command line."""


@dataclass(frozen=True, eq=False)
class Portrait:
    """What was kept beside a winner's model; see `cip_exp.trial.diagnostics`."""

    folder: Path
    trial: Trial

    def table(self, name: str) -> pd.DataFrame | None:
        """Return one of its tables; None where it was not kept."""
        path = self.folder / name
        return pd.read_csv(path) if path.exists() else None

    def tree(self, name: str) -> dict[str, Any]:
        """Return one of its JSON files; empty where it was not kept."""
        path = self.folder / name
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        return found

    @cached_property
    def cell(self) -> dict[str, Any]:
        """What the model saw, and where each column comes from."""
        return self.tree("cell.json")


@dataclass(frozen=True, eq=False)
class Source:
    """Everything the page is made from."""

    folder: Path
    trials: tuple[Trial, ...]
    confirmed: tuple[Trial, ...]
    """A search's best trials, scored again on fresh splits."""
    summary: pd.DataFrame
    """As summary.csv: a row a cell."""
    figures: Mapping[str, float]
    """The parent's metrics."""
    command: str
    single: bool = False

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def search(self) -> bool:
        """Tell whether a sampler chose the configurations."""
        return any("cip.trial_number" in trial.tags for trial in self.trials)

    @property
    def axes(self) -> list[str]:
        """The swept keys, as the summary's first columns name them."""
        return [str(name) for name in self.summary.columns if name not in tables.SUMMARY]

    @property
    def complete(self) -> list[Trial]:
        """Trials that were scored to the end."""
        return [trial for trial in self.trials if trial.state == "complete"]

    @cached_property
    def portraits(self) -> list[Portrait]:
        """Winners whose files were kept, by number of trial."""
        places = [(trial, self.folder / "models" / str(trial.number)) for trial in self.trials]
        if self.single:
            places = [(self.trials[0], self.folder)]
        return [Portrait(path, trial) for trial, path in places if (path / "predictions.csv").exists()]

    def best(self) -> list[Portrait]:
        """Return for each task the winner that is looked at closely; see `rows.best_of`."""
        found: dict[str, Portrait] = {}
        for each in self.portraits:
            if each.trial.params.get("split.outer", "None") != "None":
                continue  # an outer fold's winner estimates the procedure; it is nobody's model
            other = found.setdefault(each.trial.task, each)
            if _rank(each.trial) > _rank(other.trial):
                found[each.trial.task] = each
        return list(found.values())


def _rank(trial: Trial) -> tuple[bool, bool, float]:
    apart = trial.params.get("split.twins") != "keep"
    return "leaky" not in trial.tags["cip.verdict"], apart, trial.objective


def read_source(sweep: str | Path) -> Source:
    """Return a sweep, or a single run of outputs/runs, by what `find_sweep` takes.

    Raises:
        DataError: there is no such sweep, or it holds no finished trial.
    """
    found = _find(sweep)
    trials = tuple(records.read_trials(found))
    if not trials:
        msg = describe(f"sweep '{sweep}' holds no finished trial", str(found), "a sweep with a trials folder")
        raise DataError(msg)
    single = found.parent.name == "runs" or not (found / "multirun.yaml").exists() and len(trials) == 1
    confirmed = tuple(records.read_trials(found / "confirm"))
    summary = _summary(found, trials)
    figures = _read_json(found / "figures.json")
    command = "" if single else _command(found)
    return Source(found, trials, confirmed, summary, figures, command, single)


def recorded_run(source: Source) -> str | None:
    """Return the run in the store that the page belongs to; None where nothing was recorded there."""
    return source.trials[0].run_id if source.single else records.read_parent(source.folder)


def _find(sweep: str | Path) -> Path:
    """Return the folder of a sweep, or else of a single run, by name, by place or by run id."""
    try:
        return find_sweep(sweep)
    except DataError:
        found, _ = find_trials(sweep)
        if found.parent.name == "sweeps":
            what = f"{sweep} is a trial of the sweep {found.name}"
            raise DataError(describe(what, str(found), "a sweep or a single run", found.name)) from None
        return found


def _summary(folder: Path, trials: tuple[Trial, ...]) -> pd.DataFrame:
    """Return summary.csv; made anew where a killed sweep left none."""
    path = folder / "summary.csv"
    if path.exists() and path.stat().st_size > 1:
        # Words such as `null` are values of an axis, not holes.
        words = pd.read_csv(path, dtype=str, keep_default_na=False)
        figures = pd.read_csv(path)
        axes = [name for name in words.columns if name not in tables.SUMMARY]
        return figures.assign(**{name: words[name] for name in axes})
    asked = [dict(each.split("=", 1) for each in trial.overrides if "=" in each) for trial in trials]
    keys = dict.fromkeys(key for each in asked for key in each if key != "seed")
    axes = [key for key in keys if len({each.get(key) for each in asked}) > 1]
    return tables.summary(trials, axes)


def _command(folder: Path) -> str:
    """Return the command line of a sweep, from what Hydra wrote down of it; empty where it wrote nothing."""
    import yaml

    path = folder / "multirun.yaml"
    if not path.exists():
        return ""
    asked = yaml.safe_load(path.read_text(encoding="utf-8"))["hydra"]["overrides"]
    given = [str(each) for each in [*asked["task"], *asked["hydra"]]]
    kept = [each for each in given if not each.startswith(OWN_OVERRIDES)]
    return shlex.join(["python", "train.py", "-m", *kept])


def _read_json(path: Path) -> dict[str, float]:
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}
