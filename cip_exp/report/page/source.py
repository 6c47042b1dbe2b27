"""Read a recorded sweep or single run from its folder, as the page needs it."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cip_exp.errors import DataError, describe
from cip_exp.records.safe_csv import read_csv
from cip_exp.records.vocabulary import Tag
from cip_exp.report import tables
from cip_exp.report.baselines_table import read_baselines
from cip_exp.report.load_sweep import find_sweep, find_trials
from cip_exp.track import sweep_folder as records

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from cip_exp.records.baseline_scores import ComparedModel
    from cip_exp.records.trial import Trial

OWN_OVERRIDES = ("hydra.mode=", "++hydra.job.env_set.CIP_", "hydra.sweep.dir='")
"""Overrides that the program itself adds to a command line; it quotes the folder, as users rarely do."""


@dataclass(frozen=True, eq=False)
class ModelDiagnostics:
    """The files saved with the model of a winner or a single run; see `cip_exp.trial.diagnostics`."""

    folder: Path
    trial: Trial

    def table(self, name: str) -> pd.DataFrame | None:
        """Return one of its tables; None where it was not saved."""
        path = self.folder / name
        return read_csv(path) if path.exists() else None

    def tree(self, name: str) -> dict[str, Any]:
        """Return one of its JSON files; empty where it was not saved."""
        path = self.folder / name
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        return found

    @cached_property
    def cell(self) -> dict[str, Any]:
        """The features of the model, and the declared lineage of each column."""
        return self.tree("cell.json")


@dataclass(frozen=True, eq=False)
class Source:
    """The data of the page."""

    folder: Path
    trials: tuple[Trial, ...]
    confirmed: tuple[Trial, ...]
    """A search's best trials, scored again on fresh splits."""
    summary: pd.DataFrame
    """summary.csv: one row per cell."""
    parent_metrics: Mapping[str, float]
    """Metrics of the parent run."""
    command: str
    single: bool = False

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def search(self) -> bool:
        """Whether a sampler chose the configurations."""
        return any(Tag.TRIAL_NUMBER in trial.tags for trial in self.trials)

    @property
    def axes(self) -> list[str]:
        """The swept keys, as the summary's first columns name them."""
        return [str(name) for name in self.summary.columns if name not in tables.SUMMARY]

    @property
    def complete(self) -> list[Trial]:
        """Trials that were scored to the end."""
        return [trial for trial in self.trials if trial.state == "complete"]

    @cached_property
    def compared(self) -> list[ComparedModel]:
        """Models with their comparisons with the baselines; empty where no baselines were scored."""
        return read_baselines(self.folder)

    @cached_property
    def diagnostics(self) -> list[ModelDiagnostics]:
        """Those of each winner whose files were saved, by number of trial."""
        places = [(trial, self.folder / "models" / str(trial.number)) for trial in self.trials]
        if self.single:
            places = [(self.trials[0], self.folder)]
        return [
            ModelDiagnostics(path, trial) for trial, path in places if (path / "predictions.csv").exists()
        ]

    def best(self) -> list[ModelDiagnostics]:
        """Return for each task and metric the winner that the page shows in detail; see `rows.best_of`."""
        found: dict[tuple[str, str], ModelDiagnostics] = {}
        for each in self.diagnostics:
            if each.trial.params.get("split.outer", "None") != "None":
                continue  # the winner of an outer fold estimates the procedure
            key = each.trial.task, each.trial.primary
            if _rank(each.trial) > _rank(found.setdefault(key, each).trial):
                found[key] = each
        return list(found.values())


def _rank(trial: Trial) -> tuple[bool, bool, float]:
    grouped = trial.params.get("split.twins") != "keep"
    return "leaky" not in trial.tags[Tag.VERDICT], grouped, trial.objective


def read_source(sweep: str | Path) -> Source:
    """Return a sweep, or a single run of outputs/runs; `sweep` is what `find_sweep` and `find_trials` take.

    Raises:
        DataError: there is no such sweep, or it holds no finished trial.
    """
    found = _find(sweep)
    confirmed = records.read_trials(found / records.CONFIRM)
    return source_of(found, records.read_trials(found), confirmed, records.read_figures(found))


def source_of(
    folder: Path, trials: Sequence[Trial], confirmed: Sequence[Trial], parent_metrics: Mapping[str, float]
) -> Source:
    """Return a sweep or a single run whose trials are read already.

    Raises:
        DataError: there is no finished trial.
    """
    if not trials:
        what = f"sweep '{folder.name}' holds no finished trial"
        raise DataError(describe(what, str(folder), "a sweep with a trials folder"))
    single = folder.parent.name == "runs" or not (folder / "multirun.yaml").exists() and len(trials) == 1
    summary = _summary(folder, tuple(trials))
    command = "" if single else _command(folder)
    return Source(folder, tuple(trials), tuple(confirmed), summary, parent_metrics, command, single)


def recorded_run(source: Source) -> str | None:
    """Return the id of the run to which the page belongs; None where it was not recorded in a store."""
    return source.trials[0].run_id if source.single else records.read_parent(source.folder)


def _find(sweep: str | Path) -> Path:
    """Return the folder of a sweep, or else of a single run, by name, path or run id."""
    try:
        return find_sweep(sweep)
    except DataError:
        found, _ = find_trials(sweep)
        if found.parent.name == "sweeps":
            what = f"{sweep} is a trial of the sweep {found.name}"
            raise DataError(describe(what, str(found), "a sweep or a single run", found.name)) from None
        return found


def _summary(folder: Path, trials: tuple[Trial, ...]) -> pd.DataFrame:
    """Return summary.csv; computed from the trials where a killed sweep has none."""
    path = folder / "summary.csv"
    if path.exists() and path.stat().st_size > 1:
        # Texts such as `null` are values of an axis, not missing values.
        texts = read_csv(path, dtype=str, keep_default_na=False)
        figures = read_csv(path)
        axes = [name for name in texts.columns if name not in tables.SUMMARY]
        return figures.assign(**{name: texts[name] for name in axes})
    overrides = [dict(each.split("=", 1) for each in trial.overrides if "=" in each) for trial in trials]
    keys = dict.fromkeys(key for each in overrides for key in each if key != "seed")
    axes = [key for key in keys if len({each.get(key) for each in overrides}) > 1]
    return tables.summary(trials, axes)


def _command(folder: Path) -> str:
    """Return the command line of a sweep from Hydra's multirun.yaml; empty where there is none."""
    import yaml

    path = folder / "multirun.yaml"
    if not path.exists():
        return ""
    recorded = yaml.safe_load(path.read_text(encoding="utf-8"))["hydra"]["overrides"]
    overrides = [str(each) for each in [*recorded["task"], *recorded["hydra"]]]
    given = [each for each in overrides if not each.startswith(OWN_OVERRIDES)]
    return shlex.join(["python", "train.py", "-m", *given])
