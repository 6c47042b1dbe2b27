"""The door between Hydra and the rooms: a composed config becomes checked, frozen settings, or one message.

Hydra's struct mode refuses unknown keys; the schemas below refuse wrong types; `check` methods refuse values
out of range; `load` refuses combinations. Nothing behind this module sees a `DictConfig`.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from omegaconf import MISSING, DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from cip_exp.errors import ConfigError, describe, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cip_exp.records import TaskName

TASK_NAMES = ("clv", "churn", "segments")
ALLOWED_TARGETS = ("sklearn.", "cip_exp.")
PLACES = ("outputs", "track", "facts")
"""Top-level keys that say where things go, and so are no part of what a trial means."""


def allowed_targets() -> tuple[str, ...]:
    """Return the import prefixes a `_target_` may have; `CIP_ALLOW_TARGETS=xgboost.,…` extends them."""
    extra = os.environ.get("CIP_ALLOW_TARGETS", "")
    return (*ALLOWED_TARGETS, *(prefix.strip() for prefix in extra.split(",") if prefix.strip()))


def require(ok: bool, key: str, value: object, allowed: str, step: str = "") -> None:
    """Raise a ConfigError about `key` unless `ok`."""
    if not ok:
        msg = describe(f"{key} = {value} is not allowed", f"configuration key '{key}'", allowed, step)
        raise ConfigError(msg)


def one_of(key: str, value: str, words: Sequence[str]) -> None:
    """Raise a ConfigError with the nearest word unless `value` is one of `words`."""
    require(value in words, key, value, " | ".join(words), nearest(value, words))


@dataclass(frozen=True)
class PurchasingData:
    """`data=purchasing`."""

    name: str = "purchasing"
    path: str | None = None


@dataclass(frozen=True)
class CsvData:
    """`data=csv`."""

    name: str = "csv"
    path: str = MISSING
    target: str = MISSING
    task: str = "churn"
    positive: str | None = None
    id: str | None = None
    time: str | None = None
    group: str | None = None
    drop: list[str] = field(default_factory=list)
    lineage: dict[str, Any] = field(default_factory=dict)

    def check(self) -> None:
        """Check ranges."""
        one_of("data.task", self.task, ("churn", "clv"))


@dataclass(frozen=True)
class TelcoData:
    """`data=telco`."""

    name: str = "telco"


@dataclass(frozen=True)
class FeatureSettings:
    """The `features` group."""

    name: str = "clean"
    fit: str = "fold"
    columns: list[str] | None = None
    impute: str = "error"
    rounded: bool = False

    def check(self) -> None:
        """Check ranges."""
        one_of("features.name", self.name, ("leaky", "clean", "strict"))
        one_of("features.fit", self.fit, ("fold", "table"))
        one_of("features.impute", self.impute, ("error", "median", "mean", "most_frequent"))


@dataclass(frozen=True)
class SplitSettings:
    """The `split` group."""

    name: str = "stratified"
    test_size: float = 0.2
    n_splits: int = 5
    n_repeats: int = 1
    twins: str = "group"

    def check(self) -> None:
        """Check ranges."""
        one_of("split.name", self.name, ("holdout", "stratified", "kfold", "repeated", "grouped"))
        one_of("split.twins", self.twins, ("group", "keep"))
        require(
            0.05 <= self.test_size <= 0.5,
            "split.test_size",
            self.test_size,
            "a share of the rows, 0.05 to 0.5",
        )
        require(
            2 <= self.n_splits <= 100, "split.n_splits", self.n_splits, "a whole number of folds, 2 to 100"
        )
        require(1 <= self.n_repeats <= 100, "split.n_repeats", self.n_repeats, "a whole number, 1 to 100")


@dataclass(frozen=True)
class SeedSettings:
    """The `seeds` group."""

    replicates: list[int] | None = None
    split: int | None = None
    model: int | None = None
    search: int | None = None
    holdout: int = 0

    def check(self) -> None:
        """Check ranges."""
        for item in fields(self):
            value = getattr(self, item.name)
            for seed in value if isinstance(value, list) else [value]:
                ok = seed is None or 0 <= seed < 2**32
                require(ok, f"seeds.{item.name}", value, "whole numbers from 0 to 2**32 - 1")
        require(
            self.replicates is None or len(self.replicates) > 0, "seeds.replicates", "[]", "one seed or more"
        )


@dataclass(frozen=True)
class ModelSettings:
    """The `model` group: what the harness needs to know, and the estimator's own parameters."""

    name: str
    task: TaskName
    target: str
    params: dict[str, Any]
    scale: bool = False
    grid: dict[str, list[Any]] = field(default_factory=dict)
    """Searched on the training side before the evaluation, as the source system did; empty for none."""
    k_min: int = 2
    k_max: int = 8
    scored: str = "out_of_fold"

    def check(self) -> None:
        """Check ranges; the estimator checks its own parameters when it is built."""
        one_of("model.task", self.task, TASK_NAMES)
        prefixes = allowed_targets()
        require(
            self.target.startswith(prefixes), "model._target_", self.target,
            " | ".join(f"{prefix}*" for prefix in prefixes),
            "set CIP_ALLOW_TARGETS=<package>. in the environment if you trust it",
        )  # fmt: skip
        require(2 <= self.k_min <= self.k_max, "model.k_min", self.k_min, "2 <= k_min <= k_max")
        one_of("model.scored", self.scored, ("out_of_fold", "in_sample"))


@dataclass(frozen=True)
class ObjectiveSettings:
    """The `objective` group."""

    name: str = "mean"
    multiple: float = 1.0
    weight: float = 0.2
    tolerance: float = 0.0

    def check(self) -> None:
        """Check ranges."""
        one_of("objective.name", self.name, ("mean", "lower_bound", "gap_penalty"))
        for key in ("multiple", "weight", "tolerance"):
            require(getattr(self, key) >= 0, f"objective.{key}", getattr(self, key), "a number of at least 0")


@dataclass(frozen=True)
class AuditSettings:
    """The `audit` group."""

    name: str = "warn"

    def check(self) -> None:
        """Check ranges."""
        one_of("audit.name", self.name, ("warn", "strict", "off"))


@dataclass(frozen=True)
class TrackSettings:
    """The `track` group."""

    name: str = "sqlite"
    uri: str | None = None
    experiment: str = "Customer_Intelligence_Platform"
    log_models: str = "winner"

    def check(self) -> None:
        """Check ranges."""
        one_of("track.log_models", self.log_models, ("none", "winner", "all"))
        named = self.uri or os.environ.get("MLFLOW_TRACKING_URI")
        require(
            self.name != "server" or bool(named), "track.uri", self.uri, "the address of an MLflow server",
            "give track.uri=http://… or set MLFLOW_TRACKING_URI",
        )  # fmt: skip


DATA_SCHEMAS: dict[str, type] = {"purchasing": PurchasingData, "csv": CsvData, "telco": TelcoData}


@dataclass(frozen=True)
class Settings:
    """One trial's configuration, checked."""

    seed: int
    outputs: Path
    data: Any
    """The schema of the chosen data set, such as `PurchasingData`."""
    features: FeatureSettings
    split: SplitSettings
    seeds: SeedSettings
    model: ModelSettings
    objective: ObjectiveSettings
    audit: AuditSettings
    track: TrackSettings
    flat: dict[str, str]
    """The resolved config as recorded: one text a leaf, under its own key."""
    yaml: str
    config_hash: str
    """SHA-256 of the resolved config without seed and places."""

    @property
    def replicates(self) -> tuple[int, ...]:
        """The seeds inside this one trial."""
        return tuple(self.seeds.replicates) if self.seeds.replicates else (self.seed,)


def load(cfg: DictConfig) -> Settings:
    """Check one composed config and freeze it.

    Raises:
        ConfigError: a value of the wrong type or out of range, or a combination that cannot work.
    """
    tree = cast("dict[str, Any]", OmegaConf.to_container(_without_hydra(cfg), resolve=True))
    if not isinstance(tree.get("seed"), int) or not 0 <= tree["seed"] < 2**32:
        require(False, "seed", tree.get("seed"), "a whole number from 0 to 2**32 - 1")
    data_name = str((tree.get("data") or {}).get("name"))
    one_of("data", data_name, tuple(DATA_SCHEMAS))
    settings = Settings(
        seed=tree["seed"],
        outputs=Path(tree["outputs"]),
        data=_typed(DATA_SCHEMAS[data_name], "data", tree["data"]),
        features=_typed(FeatureSettings, "features", tree["features"]),
        split=_typed(SplitSettings, "split", tree["split"]),
        seeds=_typed(SeedSettings, "seeds", tree["seeds"]),
        model=_model(tree["model"]),
        objective=_typed(ObjectiveSettings, "objective", tree["objective"]),
        audit=_typed(AuditSettings, "audit", tree["audit"]),
        track=_typed(TrackSettings, "track", tree["track"]),
        flat=_flatten(tree),
        yaml=OmegaConf.to_yaml(OmegaConf.create(tree)),
        config_hash=_hash(tree),
    )
    _check_combinations(settings)
    return settings


def build_estimator(model: ModelSettings) -> Any:
    """Build the unfitted estimator; the only `instantiate` in the house.

    Raises:
        ConfigError: an unknown class or parameter, or a value the estimator itself refuses.
    """
    from hydra.errors import InstantiationException
    from hydra.utils import instantiate
    from sklearn.base import is_classifier, is_regressor

    try:
        node = {"_target_": model.target, "_convert_": "all", **model.params}
        estimator = instantiate(node, _execution_whitelist_=[f"{p}*" for p in allowed_targets()])
    except (InstantiationException, TypeError) as error:
        detail = str(error.__cause__ or error).splitlines()[0]
        msg = describe(
            f"model '{model.name}' cannot be built: {detail}", "group 'model'", f"what {model.target} takes"
        )
        raise ConfigError(msg) from error
    fits = {"churn": is_classifier, "clv": is_regressor}.get(model.task, lambda e: hasattr(e, "fit_predict"))
    kind = {"churn": "a classifier", "clv": "a regressor"}.get(model.task, "a clusterer")
    require(fits(estimator), "model.task", model.task, f"{kind}; {model.target} is not one")
    _check_parameters(estimator, model)
    return estimator


def _check_parameters(estimator: Any, model: ModelSettings) -> None:
    """Let scikit-learn say which values it takes, before anything runs."""
    if not hasattr(estimator, "_validate_params"):
        return
    candidate = estimator
    if model.task == "segments" and model.params.get("n_clusters") is None:
        candidate = type(estimator)(**{**estimator.get_params(), "n_clusters": model.k_min})
    try:
        candidate._validate_params()
    except ValueError as error:
        text = str(error).replace("\n", " ")
        msg = describe(text, f"model '{model.name}' (group 'model')", "see the message above")
        raise ConfigError(msg) from error


def _without_hydra(cfg: DictConfig) -> DictConfig:
    """Return the config without Hydra's own node, which need not resolve outside a job."""
    return OmegaConf.masked_copy(cfg, [str(key) for key in cfg if key != "hydra"])


def _typed(schema: type, group: str, values: dict[str, Any] | None) -> Any:
    """Merge a group's values into its schema and check their ranges."""
    try:
        typed: Any = OmegaConf.to_object(OmegaConf.merge(OmegaConf.structured(schema), values or {}))
    except OmegaConfBaseException as error:
        raise ConfigError(_type_message(error, schema, group, values or {})) from error
    if hasattr(typed, "check"):
        typed.check()
    return typed


def _type_message(error: OmegaConfBaseException, schema: type, group: str, values: dict[str, Any]) -> str:
    key = str(error.key) if error.key is not None else "?"
    names = [item.name for item in fields(schema)]
    full = f"{group}.{error.full_key or key}"
    if key not in names:
        return describe(
            f"'{full}' is not a key of {group}", f"group '{group}'", ", ".join(names), nearest(key, names)
        )
    kind = next(item.type for item in fields(schema) if item.name == key)
    given = values.get(key, "nothing")
    given = "nothing" if given == MISSING else given
    return describe(
        f"{full} = {given} has the wrong type", f"configuration key '{full}'", str(kind), f"give {full}=…"
    )


def _model(values: dict[str, Any]) -> ModelSettings:
    """Separate what the harness reads from the estimator's own parameters."""
    own = {item.name for item in fields(ModelSettings)} - {"target", "params"}
    rest = {key: value for key, value in values.items() if key not in own}
    target = str(rest.pop("_target_", ""))
    known = {key: value for key, value in values.items() if key in own and value is not None}
    settings = ModelSettings(target=target, params=rest, **known)
    settings.check()
    return settings


def _check_combinations(settings: Settings) -> None:
    """Refuse what is fine alone and wrong together."""
    data_task = getattr(settings.data, "task", None) or {"telco": "churn"}.get(settings.data.name)
    if data_task is not None and settings.model.task not in (data_task, "segments"):
        require(
            False, "model", settings.model.name,
            f"a model for task '{data_task}', since data={settings.data.name} has a {data_task} target",
            f"choose model=rf_{data_task}",
        )  # fmt: skip
    build_estimator(settings.model)


def _flatten(tree: Any, prefix: str = "") -> dict[str, str]:
    """Return one text a leaf; list items under `key.0`, since MLflow refuses brackets."""
    if isinstance(tree, (dict, list)) and tree:
        items = tree.items() if isinstance(tree, dict) else enumerate(tree)
        flat: dict[str, str] = {}
        for key, value in items:
            flat |= _flatten(value, f"{prefix}.{key}" if prefix else str(key))
        return flat
    return {prefix: str(tree)}


def _hash(tree: dict[str, Any]) -> str:
    """Hash what a trial means: not its seed, not where things lie."""
    kept = {key: value for key, value in tree.items() if key not in (*PLACES, "seed")}
    kept["data"] = {key: value for key, value in tree["data"].items() if key != "path"}
    kept["seeds"] = {key: value for key, value in tree["seeds"].items() if key != "replicates"}
    return hashlib.sha256(json.dumps(kept, sort_keys=True, default=str).encode()).hexdigest()
