"""Convert a composed Hydra configuration to `Settings`, or refuse it with one message.

Hydra refuses unknown keys. The schemas refuse wrong types, and their `check` methods values out of range.
`load` refuses combinations that cannot work. No package after `config` gets a `DictConfig`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from cip_exp.config.checks import is_seed, one_of, require
from cip_exp.config.data_schemas import DATA_SCHEMAS
from cip_exp.config.estimator import build_estimator
from cip_exp.config.resolve import flatten, hash_config, plain_value, to_yaml
from cip_exp.config.run_schemas import AuditSettings, ConfirmSettings, RefitSettings, TrackSettings
from cip_exp.config.schemas import (
    TASK_NAMES,
    FeatureSettings,
    ModelSettings,
    ObjectiveSettings,
    SeedSettings,
    SplitSettings,
)
from cip_exp.config.settings import AFTER_SEARCH, CONF, GROUPS, Settings
from cip_exp.config.typed_group import typed_group
from cip_exp.errors import ConfigError, describe, nearest
from cip_exp.records.vocabulary import METRICS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from omegaconf import DictConfig


def compose(overrides: Sequence[str] = ()) -> Settings:
    """Compose and check the configuration that `train.py` would run with these overrides.

    For programs that are not Hydra apps. Hydra's global state is restored.

    Raises:
        ConfigError: a value or a combination that cannot work, or no `conf` folder next to the package.
        HydraException: an unknown option or key; `app.messages.explain_error` makes the user's message of it.
    """
    from hydra import compose as hydra_compose
    from hydra import initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra

    if not (CONF / "config.yaml").is_file():
        msg = describe("the configuration files are missing", str(CONF), "the folder conf of a clone")
        raise ConfigError(msg)
    before = GlobalHydra.instance().hydra
    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(str(CONF)):
            return load(hydra_compose("config", overrides=list(overrides)))
    finally:
        GlobalHydra.instance().hydra = before


def load(cfg: DictConfig) -> Settings:
    """Check one composed configuration and return it as `Settings`.

    Raises:
        ConfigError: a value of the wrong type or out of range, or a combination that cannot work.
    """
    tree = {str(key): plain_value(cfg, str(key)) for key in cfg if key != "hydra"}
    _check_top(tree)
    data_name = str(tree["data"].get("name"))
    one_of("data.name", data_name, tuple(DATA_SCHEMAS))
    model = _model(tree["model"])
    settings = Settings(
        seed=tree["seed"],
        outputs=Path(tree["outputs"]),
        data=typed_group(DATA_SCHEMAS[data_name], "data", tree["data"]),
        features=typed_group(FeatureSettings, "features", tree["features"]),
        split=_repeated(typed_group(SplitSettings, "split", tree["split"]), tree["objective"]),
        seeds=typed_group(SeedSettings, "seeds", tree["seeds"]),
        model=model,
        objective=typed_group(ObjectiveSettings, "objective", tree["objective"]),
        audit=typed_group(AuditSettings, "audit", tree["audit"]),
        track=typed_group(TrackSettings, "track", tree["track"]),
        confirm=typed_group(ConfirmSettings, "confirm", tree["confirm"]),
        refit=typed_group(RefitSettings, "refit", tree["refit"]),
        metric=_metric(tree.get("metric"), model.task),
        flat=flatten(tree),
        yaml="".join(to_yaml(key, value) for key, value in tree.items()),
        config_hash=hash_config(tree),
    )
    _check_combinations(settings)
    return settings


def _repeated(split: SplitSettings, objective: Mapping[str, Any]) -> SplitSettings:
    """Set the number of repeats that `objective=repeated` requires."""
    repeats = objective.get("repeats", 1) if objective.get("name") == "repeated" else 1
    return replace(split, n_repeats=max(split.n_repeats, repeats)) if isinstance(repeats, int) else split


def _check_top(tree: Mapping[str, Any]) -> None:
    """Refuse added keys (`+key=`) and removed groups (`~key`), which Hydra accepts."""
    known = ("seed", "metric", "outputs", "facts", *AFTER_SEARCH, *GROUPS)
    for key in tree:
        if key not in known:
            step = nearest(key, known) or f"put values of your own below facts: +facts.{key}=…"
            where = "the configuration's top level"
            raise ConfigError(describe(f"'{key}' is not a key", where, ", ".join(known), step))
    for group in (*GROUPS, *AFTER_SEARCH):
        ok = isinstance(tree.get(group), Mapping)
        require(ok, group, tree.get(group), f"an option of the group, as {group}=OPTION")
    require(is_seed(tree.get("seed")), "seed", tree.get("seed"), "a whole number from 0 to 2**32 - 1")
    _check_outputs(tree.get("outputs"))


def _check_outputs(outputs: object) -> None:
    """Refuse a path at which no folder can be created."""
    ok = isinstance(outputs, str) and bool(outputs)
    if ok:
        folder = Path(str(outputs)).absolute()
        existing = next(each for each in (folder, *folder.parents) if each.exists())
        ok = existing.is_dir() and os.access(existing, os.W_OK)
    step = "give outputs=FOLDER, or CIP_OUTPUTS in the environment"
    require(ok, "outputs", outputs, "a folder that exists or can be made", step)


def _model(values: Mapping[str, Any]) -> ModelSettings:
    """Separate the settings of the harness from the estimator's own parameters."""
    own = {item.name for item in fields(ModelSettings)} - {"target", "params"}
    params = {str(key): value for key, value in values.items() if key not in own}
    target = params.pop("_target_", None)
    known = {key: values[key] for key in values if key in own and values[key] is not None}
    require(isinstance(target, str), "model._target_", target, "the import path of an estimator's class")
    one_of("model.task", known.get("task", ""), TASK_NAMES)
    # Without the parameters, which differ between trials, the checked group can be cached.
    typed = typed_group(ModelSettings, "model", {**known, "target": target, "params": {}})
    model = replace(cast("ModelSettings", typed), params=params)
    model.check()
    return model


def _metric(given: object, task: str) -> str:
    """Return the metric of the configuration, or the task's own where it names none."""
    names = METRICS[task]
    if given is None:
        return names[0]
    if given not in names:
        what = f"metric={given} is not allowed for task {task}"
        other = next((each for each in METRICS if given in METRICS[each]), None)
        step = f"metric={given} needs a model for task '{other}'" if other else nearest(str(given), names)
        raise ConfigError(describe(what, "configuration key 'metric'", ", ".join(names), step))
    return str(given)


def _check_combinations(settings: Settings) -> None:
    """Refuse values that cannot be combined."""
    data, model, objective = settings.data, settings.model, settings.objective
    data_task = getattr(data, "task", None)
    if data_task is not None and model.task not in (data_task, "segments"):
        step = f"choose model=rf_{data_task}"
        if "data.task" in settings.flat:
            step += f", or data.task={model.task} with a target of that task"
        allowed = f"a model for task '{data_task}', since data={data.name} has a {data_task} target"
        require(False, "model", model.name, allowed, step)
    task = objective.task or model.task
    allowed = f"a model for task '{task}', such as model=rf_{task}"
    what = f"{model.name}, with objective={objective.name}"
    require(model.task == task, "model", what, allowed)
    build_estimator(model)
