"""Run a recorded trial again, and compare every metric with the record, to the last bit.

A recorded configuration is data: no interpolation in it is resolved, and what it names is built under
the same allow-list as on the command line. Nothing is written.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import yaml
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from cip_exp.config.load import load
from cip_exp.errors import ConfigError, DataError, describe
from cip_exp.records.vocabulary import (
    DECOMPOSITION,
    FIT_SECONDS,
    HOLDOUT,
    OF_A_SEARCH,
    OF_BASELINES,
    SECOND_OBJECTIVE,
    THRESHOLD,
    Tag,
    fold_metric,
)
from cip_exp.report.load_sweep import find_sweep
from cip_exp.report.reproduction_table import Check, MetricDifference
from cip_exp.track import read_run, sweep_folder
from cip_exp.track.provenance import git_state, versions
from cip_exp.trial.completion import SEARCH_SEEDS, complete
from cip_exp.trial.run import TrialRequest, run_trial
from cip_exp.trial.serving import decide, threshold_metrics

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cip_exp.config.settings import Settings
    from cip_exp.records.trial import Trial


LATER_KEYS: Mapping[str, Any] = {"facts": {}, "confirm": {}, "refit": {}}
"""Top-level keys that a record of an earlier version may lack, and that change no metric of its trial."""


@dataclass(frozen=True)
class Reproduction:
    """The result of running a recorded trial again."""

    name: str
    checks: tuple[Check, ...]
    differences: tuple[MetricDifference, ...]
    n_compared: int
    left_out: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """Tell whether the trial is the same, and the metrics but for the rounding of another processor."""
        same = all(each.rounding_only for each in self.differences)
        return same and all(check.same for check in self.checks if check.decides)


def reproduce(name: str, data: str | None = None) -> Reproduction:
    """Run the trial called `name` again, and compare.

    Args:
        name: a run's id, `SWEEP#NUMBER` (a folder, its name, or `latest`), or a single run's folder.
        data: the table's file, where it is not where it was.

    Raises:
        UserError: there is no such trial, it has nothing to compare, or its configuration is not allowed.
        TrialError: the fit fails.
    """
    before = find(name)
    settings = settings_of(before.config, data)
    now = run_again(before, settings)
    left_out = [each for each in before.metrics if _left_out(each, settings)]
    compared = {each: value for each, value in figures(before).items() if each not in left_out}
    again = figures(now)
    differences = [
        MetricDifference(each, value, again.get(each))
        for each, value in compared.items()
        if again.get(each) != value
    ]
    return Reproduction(name, tuple(_checks(before, now)), tuple(differences), len(compared), tuple(left_out))


def find(name: str) -> Trial:
    """Return the record of a trial; see `reproduce`."""
    outputs = Path(os.environ.get("CIP_OUTPUTS", "outputs"))
    found = _in_folder(name) or read_run.read_run(name, None, outputs) or _in_records(name, outputs)
    if found is None:
        allowed = "a run's id, SWEEP#NUMBER (SWEEP may be latest), or a single run's folder"
        step = "another store is named by CIP_OUTPUTS or MLFLOW_TRACKING_URI"
        raise DataError(describe(f"there is no run '{name}'", str(outputs.absolute()), allowed, step))
    if found.state == "failed" or not found.config:
        what = (
            f"'{name}' failed: {found.error}" if found.state == "failed" else f"'{name}' has no configuration"
        )
        raise DataError(describe(what, name, "a trial that was scored"))
    return found


def settings_of(text: str, data: str | None = None) -> Settings:
    """Return the settings of a recorded configuration, without store and with this machine's outputs.

    Raises:
        ConfigError: the text is no configuration, holds an interpolation, or names what is not allowed.
    """
    where = "the recorded configuration"
    try:
        tree = OmegaConf.to_container(OmegaConf.create(text), resolve=False)
    except (OmegaConfBaseException, yaml.YAMLError, ValueError, TypeError) as error:
        what = f"it cannot be read: {str(error).splitlines()[0]}"
        raise ConfigError(describe(what, where, "the resolved configuration of a trial")) from error
    if not isinstance(tree, dict) or not isinstance(tree.get("data"), dict):
        raise ConfigError(describe("it is no configuration", where, "the resolved configuration of a trial"))
    for leaf in _texts(tree):
        if "${" in leaf:
            what = f"it holds an interpolation, which would be executed: {leaf[:80]}"
            raise ConfigError(describe(what, where, "plain values"))
    outputs = os.environ.get("CIP_OUTPUTS", "outputs")
    plain = {**LATER_KEYS, **cast("dict[str, Any]", tree), "outputs": outputs, "track": {"name": "off"}}
    if data is not None:
        plain["data"] = {**plain["data"], "path": data}
    return load(OmegaConf.create(plain))


def run_again(before: Trial, settings: Settings) -> Trial:
    """Run the trial again: as many folds, and the holdout where it was opened; return the new record."""
    primary = before.primary or next(iter(before.folds), "")
    folds = len(before.folds.get(primary, ()))
    request = TrialRequest(on_fold=lambda _score, step: before.state == "pruned" and step + 1 >= folds)
    result = run_trial(settings, request)
    metrics = dict(result.trial.metrics)
    if any(name.startswith((HOLDOUT, DECOMPOSITION)) for name in before.metrics):
        n_seeds = SEARCH_SEEDS if before.tags.get(Tag.STAGE) == "search" else 1
        in_full = any(name.startswith(DECOMPOSITION) or name.endswith("_low") for name in before.metrics)
        metrics |= complete(settings, n_seeds, in_full=in_full).metrics
    if THRESHOLD in before.metrics:
        metrics |= threshold_metrics(decide(settings, result.prepared, result.evaluation.oof, metrics))
    return replace(result.trial, metrics=metrics)


def figures(done: Trial) -> dict[str, float]:
    """Return all numbers of a record: its metrics, and each fold's score as `fold_f1[3]`."""
    folds = {
        f"{fold_metric(name)}[{step}]": score
        for name, scores in done.folds.items()
        for step, score in enumerate(scores)
    }
    return {**done.metrics, **folds}


def _left_out(metric: str, settings: Settings) -> bool:
    """Tell whether a metric is a time, a baseline's, or depends on the other trials of a search."""
    cost = settings.objective.name == "pareto" and settings.objective.against == "cost"
    return (
        metric.startswith((*OF_A_SEARCH, *OF_BASELINES))
        or metric == FIT_SECONDS
        or (cost and metric == SECOND_OBJECTIVE)
    )


def _checks(before: Trial, now: Trial) -> Iterator[Check]:
    """Compare code, data, configuration and versions."""
    commit, dirty = git_state()
    tags = before.tags
    was = _code(tags.get(Tag.GIT_COMMIT, ""), tags.get(Tag.GIT_DIRTY, ""))
    yield Check("commit", was, _code(commit, dirty), decides=False)
    yield Check("data", tags.get(Tag.DATA_SHA256, ""), now.tags[Tag.DATA_SHA256])
    yield Check("configuration", tags.get(Tag.CONFIG_HASH, ""), now.tags[Tag.CONFIG_HASH])
    yield Check("versions", tags.get(Tag.VERSIONS, ""), versions(), decides=False)


def _code(commit: str, dirty: str) -> str:
    """Return a commit in short, and whether the checkout had uncommitted changes."""
    return f"{commit[:12]} with uncommitted changes" if dirty == "true" else commit[:12]


def _in_folder(name: str) -> Trial | None:
    """Return `SWEEP#NUMBER`, or the one trial of a folder; None where `name` is neither."""
    where, mark, number = name.rpartition("#")
    if mark:
        path = find_sweep(where)
        known = sweep_folder.numbers(path)
        found = sweep_folder.read_trial(path, int(number)) if number.isdecimal() else None
        if found is None:
            allowed = f"a number from {known[0]} to {known[-1]}" if known else "a sweep with finished trials"
            raise DataError(describe(f"there is no trial {number} in this sweep", str(path), allowed))
        return found
    trials = sweep_folder.read_trials(Path(name)) if (Path(name) / "trials").is_dir() else []
    if len(trials) > 1:
        what, step = f"this sweep holds {len(trials)} trials", f"'{name}#{trials[0].number}' is its first"
        raise DataError(describe(what, name, "SWEEP#NUMBER", step))
    return trials[0] if trials else None


def _in_records(run_id: str, outputs: Path) -> Trial | None:
    """Look for a run's record below the outputs, for those without the store it was written to."""
    for path in sorted(outputs.glob("*/*/trials/*.json")):
        if f'"{run_id}"' in path.read_text(encoding="utf-8"):
            found = sweep_folder.read_trial(path.parents[1], int(path.stem))
            if found is not None and found.run_id == run_id:
                return found
    return None


def _texts(tree: Any) -> Iterator[str]:
    """Yield every text in a tree of plain values, keys too."""
    if isinstance(tree, str):
        yield tree
    for each in tree if isinstance(tree, (dict, list)) else ():
        yield from _texts(each)
    for each in tree.values() if isinstance(tree, dict) else ():
        yield from _texts(each)
