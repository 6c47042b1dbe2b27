"""One Hydra job: run one trial, record it, and return its objective to the sweeper."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cip_exp.app.single_run import finish_run
from cip_exp.config.load import load
from cip_exp.errors import ConfigError, TrialError, UserError, describe
from cip_exp.records import sweep_context
from cip_exp.records.vocabulary import SECOND_OBJECTIVE, Tag
from cip_exp.runtime import ForkedCall, start_gc
from cip_exp.sweep.channel import PRUNED, report
from cip_exp.track import sweep_folder
from cip_exp.trial import reuse
from cip_exp.trial.run import TrialRequest, failed_trial, run_trial
from cip_exp.trial.score_baselines import score_baselines

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from cip_exp.config.settings import Settings
    from cip_exp.records.sweep_context import SweepContext
    from cip_exp.records.trial import Trial
    from cip_exp.sweep.channel import Pruned

    Objective = float | tuple[float, float]


def run(cfg: DictConfig) -> Objective | Pruned:
    """Run the job that Hydra composed, and return its objective.

    Raises:
        UserError: the input is wrong; nothing is written.
        TrialError: the trial failed, and is recorded as failed.
    """
    from hydra.core.hydra_config import HydraConfig

    settings = load(cfg)
    hydra = HydraConfig.get()
    sweep = sweep_context.current()
    if sweep is None:
        return _single(settings, Path(hydra.runtime.output_dir))
    number = int(hydra.job.num)
    return _child(settings, sweep, number, tuple(map(str, hydra.overrides.task)))


def refuse_sweep_without_multirun(config: DictConfig) -> None:
    """Refuse a search or a sweeping experiment without -m: Hydra would run one default trial."""
    for group in ("hparams_search", "experiment"):
        selected = config.hydra.runtime.choices.get(group)
        if selected not in (None, "null") and config.hydra.sweeper.get("params"):
            step = f"python train.py -m {group}={selected} …"
            msg = describe(f"{group}={selected} needs -m", "the command line", "a multirun", step)
            raise ConfigError(msg)


def _single(settings: Settings, output: Path) -> Objective:
    start_gc()
    baselines = ForkedCall(lambda: score_baselines(settings))  # beside the trial
    result = run_trial(settings, TrialRequest(open_holdout=True))
    sweep_folder.write_trial(output, result.trial, result.evaluation.oof)
    finish_run(settings, result, output, baselines)
    return _objective(result.trial)


def _child(
    settings: Settings, sweep: SweepContext, number: int, overrides: tuple[str, ...]
) -> Objective | Pruned:
    tags = {Tag.STAGE: "search", Tag.TRIAL_NUMBER: str(number)} if sweep.search else {}
    request = TrialRequest(number, overrides, sweep.open_holdout, tags, report if sweep.search else None)
    before = reuse.find(settings, sweep.path, open_holdout=sweep.open_holdout)
    if before is not None:
        found, where = before
        adopted = reuse.adopt(found, number, overrides, open_holdout=sweep.open_holdout)
        adopted = replace(adopted, tags={**adopted.tags, **tags})
        sweep_folder.write_trial(sweep.path, adopted, sweep_folder.read_oof(where, found.number))
        return _objective(adopted)
    started = time.time()
    try:
        result = run_trial(settings, request)
    except UserError:
        raise
    except Exception as error:
        sweep_folder.write_trial(sweep.path, failed_trial(settings, request, error, started))
        if isinstance(error, TrialError):
            raise
        msg = f"{type(error).__name__}: {error}"
        raise TrialError(msg) from error
    sweep_folder.write_trial(sweep.path, result.trial, result.evaluation.oof)
    return PRUNED if result.trial.state == "pruned" else _objective(result.trial)


def _objective(done: Trial) -> Objective:
    """Return the objective, or both where there are two."""
    second = done.metrics.get(SECOND_OBJECTIVE)
    return done.objective if second is None else (done.objective, second)
