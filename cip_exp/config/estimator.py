"""Build the unfitted estimator of a model's settings: the only `instantiate` in this package.

(The sweep plugins have their own, for samplers and pruners.)
"""

from __future__ import annotations

import copy
import importlib
import inspect
import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from cip_exp.config.checks import ALLOWED_CLASSES, allowed_targets, require
from cip_exp.config.targets import check_targets
from cip_exp.errors import ConfigError, describe, nearest

if TYPE_CHECKING:
    from cip_exp.config.schemas import ModelSettings


MOVED = {
    "cip_exp.baselines.ZeroRegressor": "cip_exp.models.baselines.ZeroRegressor",
    "cip_exp.baselines.LastPeriodRegressor": "cip_exp.models.baselines.LastPeriodRegressor",
}
"""By import path in recorded configurations of older versions: the import path now."""
REFUSAL = re.compile(r"The '(\w+)' parameter of \w+ must be (.+)\. Got .+ instead\.", re.DOTALL)
"""scikit-learn's message for a parameter's value that is not allowed."""
PLAIN = (int, float, str, bool, type(None))
_allowed: set[tuple[str, tuple[str, ...]]] = set()
"""Targets that `instantiate` has accepted; it takes 4 ms a call."""
_last: dict[str, Any] = {}
"""The last estimator: a trial builds it twice, to check it and to fit it."""


def build_estimator(model: ModelSettings) -> Any:
    """Build the unfitted estimator; a copy of the last one where the model is the same.

    Raises:
        ConfigError: an unknown class or parameter, a value that the estimator refuses, or an estimator that
            does not fit the task.
    """
    key = f"{model!r} {allowed_targets()}"
    if key not in _last:
        _last.clear()
        _last[key] = _build(model)
    return copy.deepcopy(_last[key])


def _build(model: ModelSettings) -> Any:
    check_targets(model.params)
    kind = _import_class(MOVED.get(model.target, model.target))
    _check_names(kind, model)
    estimator = _call(kind, model)
    if estimator is None:
        estimator = _instantiate(model)
    _allowed.add((model.target, allowed_targets()))
    _check_kind(estimator, model)
    _check_values(estimator, model)
    return estimator


def _call(kind: type, model: ModelSettings) -> Any:
    """Return what `instantiate` would, where it has accepted this class before and would only call it.

    None in every other case, an error included: `instantiate` has the better message.
    """
    plain = all(isinstance(value, PLAIN) and name[0] != "_" for name, value in model.params.items())
    if not plain or (model.target, allowed_targets()) not in _allowed:
        return None
    try:
        return kind(**model.params)
    except Exception:
        return None


def _instantiate(model: ModelSettings) -> Any:
    from hydra.errors import InstantiationException
    from hydra.utils import instantiate

    node = _with_moved({"_target_": model.target, "_convert_": "all", **model.params})
    try:
        made = instantiate(node, _execution_whitelist_=list(allowed_targets()))
    except (InstantiationException, TypeError) as error:
        detail = " ".join(str(error.__cause__ or error).split())
        what = f"model '{model.name}' cannot be built: {detail}"
        raise ConfigError(describe(what, "group 'model'", f"what {model.target} takes")) from error
    if not hasattr(made, "get_params"):  # `_partial_`, for one, makes something else
        what = f"model '{model.name}' makes a {type(made).__name__}, which is not an estimator"
        raise ConfigError(describe(what, "group 'model'", f"what {model.target} takes"))
    return made


def _with_moved(value: Any) -> Any:
    """Replace import paths of older versions at any depth."""
    if isinstance(value, Mapping):
        replaced = {key: _with_moved(each) for key, each in value.items()}
        target = replaced.get("_target_")
        return replaced if target is None else replaced | {"_target_": MOVED.get(str(target), target)}
    return [_with_moved(each) for each in value] if isinstance(value, list) else value


def _import_class(target: str) -> type:
    """Return the class that `target` names; nothing is called before it is known to be an estimator."""
    path, _, name = target.rpartition(".")
    try:
        module = importlib.import_module(path)
    except ImportError as error:
        _refuse_missing_package(target, error)
        what = f"model._target_ = {target} cannot be imported: {error}"
        allowed = "the import path of an estimator's class, such as sklearn.linear_model.Ridge"
        raise ConfigError(describe(what, "configuration key 'model._target_'", allowed)) from error
    found = getattr(module, name, None)
    if isinstance(found, type) and hasattr(found, "fit"):
        return found
    classes = [
        key for key, value in vars(module).items() if isinstance(value, type) and hasattr(value, "fit")
    ]
    what = f"model._target_ = {target} is not an estimator's class"
    allowed = f"a class of {path} with a method fit"
    raise ConfigError(describe(what, "configuration key 'model._target_'", allowed, nearest(name, classes)))


def _refuse_missing_package(target: str, error: ImportError) -> None:
    """Say how to install the package of an estimator, where it is the package that is missing."""
    package = target.partition(".")[0]
    if not isinstance(error, ModuleNotFoundError) or error.name != package:
        return
    what = f"{target} is in the package {package}, which is not installed"
    extra = target in ALLOWED_CLASSES
    allowed = f"the optional extra `{package}`" if extra else "an installed package"
    step = f"pip install -c constraints.txt -e '.[{package}]'" if extra else f"pip install {package}"
    raise ConfigError(describe(what, "configuration key 'model._target_'", allowed, step)) from error


def _check_names(kind: type, model: ModelSettings) -> None:
    """Refuse parameters that the class does not take, and `random_state`, which the harness sets."""
    where = f"group 'model', {kind.__name__}"
    if model.params.get("random_state") is not None:
        what = "model.random_state is set from the seed"
        raise ConfigError(describe(what, where, "seed=… or seeds.model=…", "seeds.model=42 uses 42 as it is"))
    taken = _parameters(kind)
    if any(each.kind is inspect.Parameter.VAR_KEYWORD for each in taken.values()):
        return
    for name in model.params:
        if name not in taken and not name.startswith("_"):
            what = f"'model.{name}' is not a parameter of {kind.__name__}"
            raise ConfigError(describe(what, where, ", ".join(taken), nearest(name, taken)))


@cache
def _parameters(kind: type) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(kind).parameters


def _check_kind(estimator: Any, model: ModelSettings) -> None:
    """Refuse an estimator that is not of the task's type: classifier, regressor or clusterer."""
    from sklearn.base import is_classifier, is_regressor

    if model.task == "segments":
        fits = hasattr(estimator, "predict") and "n_clusters" in estimator.get_params(deep=False)
        kind = "clusterer with n_clusters and predict"
    elif model.task == "churn":
        fits = is_classifier(estimator) and hasattr(estimator, "predict_proba")
        kind = "classifier with predict_proba"
    else:
        fits, kind = is_regressor(estimator), "regressor"
    if not fits:
        what = f"model.task={model.task} needs a {kind}, which {model.target} is not"
        step = "choose another model: model=OPTION sets class and task together"
        raise ConfigError(describe(what, f"group 'model', model={model.name}", f"a {kind}", step))


def _check_values(estimator: Any, model: ModelSettings) -> None:
    """Check the values with scikit-learn's own validation, before anything runs."""
    if not hasattr(estimator, "_parameter_constraints"):  # an estimator of another package, or of ours
        return
    candidate = estimator
    if model.task == "segments" and model.params.get("n_clusters") is None:
        candidate = type(estimator)(**{**estimator.get_params(), "n_clusters": model.k_min})
    try:
        candidate._validate_params()
    except ValueError as error:
        text = " ".join(str(error).split())
        found = REFUSAL.fullmatch(text)
        if found is None:
            raise ConfigError(describe(text, "group 'model'", f"what {model.target} takes")) from error
        name, allowed = found.groups()
        require(False, f"model.{name}", repr(model.params.get(name)), allowed)
