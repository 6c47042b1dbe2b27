"""The real tables on which pruned searches are compared, small enough for many fits, and their trials."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import yaml
from hydra.core.override_parser.overrides_parser import OverridesParser

from benchmarks.leakage.datasets import Entry, catalogue, load
from cip_exp.config.load import compose
from cip_exp.config.settings import CONF, Settings
from cip_exp.sweep.space import distribution
from cip_exp.trial.final import fit_and_open_holdout
from cip_exp.trial.run import TrialRequest, run_trial

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from optuna.distributions import BaseDistribution

FRESH = "[100,101,102,103,104]"
ROWS = 300
CUSTOMERS = 300
CATALOGUED = (
    *("modeldata/wa_churn", "modeldata/credit_data", "ISLR/OJ", "MASS/Pima.te", "sklearn/breast_cancer"),
    *("sklearn/diabetes", "modeldata/Sacramento", "ISLR/Hitters", "ISLR/Wage"),
)
TUNING = (
    *("AER/CreditCard", "Ecdat/Catsup", "carData/Chile", "stevedata/TV16"),
    *("wooldridge/card", "Ecdat/Computers", "AER/NMES1988", "wooldridge/beauty"),
)
"""From the leakage benchmark's tuning half; no result on them is quoted."""


def tables(folder: Path, *, quick: bool, tuning: bool = False) -> dict[str, list[str]]:
    """Return the overrides of each data set by name; samples are written to `folder`."""
    entries = {entry.name: entry for entry in catalogue()}
    if tuning:
        return {name: _sample(entries[name], folder) for name in TUNING}
    found = {f"purchasing {task}": ["data=purchasing", f"model=rf_{task}"] for task in ("churn", "clv")}
    if not quick:
        purchases = _sample_cdnow(folder)
        for task in ("churn", "clv"):
            shared = ["data=cdnow", f"data.path={purchases}", "split=temporal"]
            found[f"cdnow {task}"] = [*shared, f"model=rf_{task}"]
    for name in CATALOGUED[:1] if quick else CATALOGUED:
        found[name] = _sample(entries[name], folder)
    return found


def _sample(entry: Entry, folder: Path) -> list[str]:
    data = load(entry)
    # Complete rows of numbers only: encoding texts in each fold takes longer than a small forest.
    whole = pd.get_dummies(data.X, dtype=int).assign(target_of_search=data.y).dropna()
    path = folder / f"{entry.item}.csv"
    whole.sample(min(ROWS, len(whole)), random_state=0).to_csv(path, index=False)
    task = [f"data.task={data.task}", f"model=rf_{data.task}"]
    return ["data=csv", f"data.path={path}", "data.target=target_of_search", *task]


def _sample_cdnow(folder: Path) -> Path:
    """Write the purchases of some customers; one of them bought on the last day, at which horizons end."""
    spec = find_spec("lifetimes")
    if spec is None or spec.origin is None:
        msg = "the purchases of CDNOW are in the package lifetimes: pip install -e '.[data]'"
        raise SystemExit(msg)
    file = Path(spec.origin).parent / "datasets" / "CDNOW_master.txt"
    header, *lines = file.read_text(encoding="utf-8").splitlines()
    ids = sorted({line.split()[0] for line in lines if line.strip()})
    last = max((line.split()[1], line.split()[0]) for line in lines if line.strip())[1]
    kept = {last, *np.random.default_rng(0).choice(ids, CUSTOMERS, replace=False)}
    path = folder / "purchases.txt"
    path.write_text(
        "\n".join([header, *(one for one in lines if one.split()[:1] and one.split()[0] in kept)]) + "\n"
    )
    return path


class Scorer:
    """The trials of one data set; finished trials are cached, since a second run is equal to the last bit."""

    def __init__(self, overrides: Sequence[str]) -> None:
        fixed = [*overrides, "track=off", "audit=off"]
        self.settings = compose([*fixed, "seeds.replicates=[0,1]"])
        self.fresh_settings = compose([*fixed, f"seeds.replicates={FRESH}"])
        self.space = space(self.settings.model.name)
        self._done: dict[str, tuple[tuple[float, ...], float]] = {}
        self._final_scores: dict[str, tuple[float, float]] = {}

    def score(
        self, params: Mapping[str, Any], stop: Callable[[float, int], bool]
    ) -> tuple[int, float | None]:
        """Return the number of fitted folds and the objective; None where `stop` ended the trial."""
        key = str(params)
        if key in self._done:
            folds, value = self._done[key]
            for step, score in enumerate(folds):
                if stop(score, step) and step + 1 < len(folds):
                    return step + 1, None
            return len(folds), value
        done = run_trial(with_params(self.settings, params), TrialRequest(on_fold=stop)).trial
        folds = done.folds[done.primary]
        if done.state == "pruned":
            return len(folds), None
        self._done[key] = folds, done.objective
        return len(folds), done.objective

    def final_scores(self, params: Mapping[str, Any]) -> tuple[float, float]:
        """Return the score on the holdout, and the mean over fresh folds."""
        key = str(params)
        if key not in self._final_scores:
            _, final = fit_and_open_holdout(with_params(self.settings, params))
            fresh = run_trial(with_params(self.fresh_settings, params)).trial
            self._final_scores[key] = final.test[fresh.primary], fresh.objective
        return self._final_scores[key]


def space(model: str) -> dict[str, BaseDistribution]:
    """Return the search space of a model in conf/hparams_search."""
    text = (CONF / "hparams_search" / f"{model}.yaml").read_text(encoding="utf-8")
    lines = [f"{key}={value}" for key, value in yaml.safe_load(text)["hydra"]["sweeper"]["params"].items()]
    return {
        one.get_key_element(): distribution(one) for one in OverridesParser.create().parse_overrides(lines)
    }


def with_params(settings: Settings, params: Mapping[str, Any]) -> Settings:
    """Return the settings with these hyperparameters; composing them again would take 50 ms."""
    values = {name.removeprefix("model."): yaml.safe_load(str(value)) for name, value in params.items()}
    return replace(settings, model=replace(settings.model, params={**settings.model.params, **values}))
