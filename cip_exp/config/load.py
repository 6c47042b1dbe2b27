"""Turn a composed Hydra configuration into `Settings`, or refuse it with one message.

Hydra refuses unknown keys. The schemas refuse wrong types, and their `check` methods values out of range.
`load` refuses combinations that cannot work. No module behind this one sees a `DictConfig`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from omegaconf import MISSING, DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from cip_exp.config.checks import is_seed, one_of, require
from cip_exp.config.data_schemas import DATA_SCHEMAS
from cip_exp.config.estimator import build_estimator
from cip_exp.config.resolve import flatten, hash_config, plain_value, remembered, to_yaml
from cip_exp.config.schemas import (
    TASK_NAMES,
    AuditSettings,
    ConfirmSettings,
    FeatureSettings,
    ModelSettings,
    ObjectiveSettings,
    RefitSettings,
    SeedSettings,
    SplitSettings,
    TrackSettings,
)
from cip_exp.config.settings import AFTERWARDS, CONF, GROUPS, Settings
from cip_exp.errors import ConfigError, describe, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence


KINDS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true | false",
    "str": "a text",
    "list[int]": "a list of whole numbers, such as [0,1,2]",
    "list[str]": "a list of names, such as [a,b]",
    "dict[str, Any]": "a mapping {name: …}",
    "dict[str, list[Any]]": "a mapping {parameter: [values]}",
}
"""A schema's types in the user's words."""


def compose(overrides: Sequence[str] = ()) -> Settings:
    """Compose and check the configuration that `train.py` would run with these overrides.

    For programs that are no Hydra app; leaves Hydra's global state as it was.

    Raises:
        ConfigError: a value or a combination that cannot work, or no `conf` folder beside the package.
        HydraException: an unknown option or key; `app.messages.explain_error` words it for the user.
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
    """Check one composed config and freeze it.

    Raises:
        ConfigError: a value of the wrong type or out of range, or a combination that cannot work.
    """
    tree = {str(key): plain_value(cfg, str(key)) for key in cfg if key != "hydra"}
    _check_top(tree)
    data_name = str(tree["data"].get("name"))
    one_of("data.name", data_name, tuple(DATA_SCHEMAS))
    settings = Settings(
        seed=tree["seed"],
        outputs=Path(tree["outputs"]),
        data=_typed(DATA_SCHEMAS[data_name], "data", tree["data"]),
        features=_typed(FeatureSettings, "features", tree["features"]),
        split=_repeated(_typed(SplitSettings, "split", tree["split"]), tree["objective"]),
        seeds=_typed(SeedSettings, "seeds", tree["seeds"]),
        model=_model(tree["model"]),
        objective=_typed(ObjectiveSettings, "objective", tree["objective"]),
        audit=_typed(AuditSettings, "audit", tree["audit"]),
        track=_typed(TrackSettings, "track", tree["track"]),
        confirm=_typed(ConfirmSettings, "confirm", tree["confirm"]),
        refit=_typed(RefitSettings, "refit", tree["refit"]),
        flat=flatten(tree),
        yaml="".join(to_yaml(key, value) for key, value in tree.items()),
        config_hash=hash_config(tree),
    )
    _check_combinations(settings)
    return settings


def _repeated(split: SplitSettings, objective: Mapping[str, Any]) -> SplitSettings:
    """Lay the folds as often as `objective=repeated` asks for."""
    repeats = objective.get("repeats", 1) if objective.get("name") == "repeated" else 1
    return replace(split, n_repeats=max(split.n_repeats, repeats)) if isinstance(repeats, int) else split


def _check_top(tree: Mapping[str, Any]) -> None:
    """Refuse what Hydra lets through with `+key=` and `~key`: keys too many and groups too few."""
    known = ("seed", "outputs", "facts", *AFTERWARDS, *GROUPS)
    for key in tree:
        if key not in known:
            step = nearest(key, known) or f"values of your own go below facts: +facts.{key}=…"
            where = "the configuration's top level"
            raise ConfigError(describe(f"'{key}' is not a key", where, ", ".join(known), step))
    for group in (*GROUPS, *AFTERWARDS):
        ok = isinstance(tree.get(group), Mapping)
        require(ok, group, tree.get(group), f"an option of the group, as {group}=OPTION")
    require(is_seed(tree.get("seed")), "seed", tree.get("seed"), "a whole number from 0 to 2**32 - 1")
    _check_outputs(tree.get("outputs"))


def _check_outputs(outputs: object) -> None:
    """Refuse a place that no folder can be made at."""
    ok = isinstance(outputs, str) and bool(outputs)
    if ok:
        folder = Path(str(outputs)).absolute()
        nearest_there = next(each for each in (folder, *folder.parents) if each.exists())
        ok = nearest_there.is_dir() and os.access(nearest_there, os.W_OK)
    step = "give outputs=FOLDER, or CIP_OUTPUTS in the environment"
    require(ok, "outputs", outputs, "a folder that exists or can be made", step)


def _typed(schema: type, group: str, values: Mapping[str, Any]) -> Any:
    """Merge a group's values into its schema and check their ranges; from memory where they are known."""
    key = schema.__name__, group, repr(values), os.environ.get("CIP_ALLOW_TARGETS", "")
    return remembered(key, lambda: _checked(schema, group, values))


def _checked(schema: type, group: str, values: Mapping[str, Any]) -> Any:
    try:
        typed: Any = OmegaConf.to_object(OmegaConf.merge(OmegaConf.structured(schema), dict(values)))
    except OmegaConfBaseException as error:
        raise ConfigError(_type_message(error, schema, group, values)) from error
    if hasattr(typed, "check"):
        typed.check()
    return typed


def _type_message(error: OmegaConfBaseException, schema: type, group: str, values: Mapping[str, Any]) -> str:
    """Say that a key is unknown, missing, or of the wrong type."""
    full = str(error.full_key or error.key)
    key = full.partition(".")[0].partition("[")[0]
    kinds = {item.name: str(item.type) for item in fields(schema)}
    where = f"group '{group}'" + (f", {group}={values['name']}" if values.get("name") else "")
    if key not in kinds:
        names = [name for name in kinds if name in values]
        return describe(f"'{group}.{full}' is not a key", where, ", ".join(names), nearest(key, names))
    kind, _, optional = kinds[key].partition(" | ")
    allowed = KINDS.get(kind, kind) + (", or null" if optional else "")
    if values.get(key, MISSING) in (MISSING, None):
        return describe(f"{group}.{key} is missing", where, allowed, f"give {group}.{key}=…")
    what = f"{group}.{key} = {values[key]} has the wrong type"
    return describe(what, f"configuration key '{group}.{key}'", allowed)


def _model(values: Mapping[str, Any]) -> ModelSettings:
    """Separate what the harness reads from the estimator's own parameters."""
    own = {item.name for item in fields(ModelSettings)} - {"target", "params"}
    params = {str(key): value for key, value in values.items() if key not in own}
    target = params.pop("_target_", None)
    known = {key: values[key] for key in values if key in own and values[key] is not None}
    require(isinstance(target, str), "model._target_", target, "the import path of an estimator's class")
    one_of("model.task", known.get("task", ""), TASK_NAMES)
    # Parameters are not typed here, and differ from trial to trial; the rest of the group does not.
    typed = _typed(ModelSettings, "model", {**known, "target": target, "params": {}})
    model = replace(cast("ModelSettings", typed), params=params)
    model.check()
    return model


def _check_combinations(settings: Settings) -> None:
    """Refuse what is fine alone and wrong together."""
    name = settings.data.name
    data_task = getattr(settings.data, "task", None) or {"telco": "churn"}.get(name)
    if data_task is not None and settings.model.task not in (data_task, "segments"):
        step = f"choose model=rf_{data_task}"
        if name == "csv":
            step += f", or data.task={settings.model.task} with a target to suit"
        allowed = f"a model for task '{data_task}', since data={name} has a {data_task} target"
        require(False, "model", settings.model.name, allowed, step)
    of_task = {"profit": "churn", "top_decile": "clv"}.get(settings.objective.name, settings.model.task)
    allowed = f"a model for task '{of_task}', such as model=rf_{of_task}"
    what = f"{settings.model.name}, with objective={settings.objective.name}"
    require(settings.model.task == of_task, "model", what, allowed)
    build_estimator(settings.model)
