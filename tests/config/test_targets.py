"""What a model's configuration may name: estimators and their parts, nothing that acts when it is called."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import warnings
from typing import TYPE_CHECKING, Any

import pytest
import sklearn

import cip_exp
from cip_exp.config.checks import OWN_CLASSES
from cip_exp.config.estimator import build_estimator
from cip_exp.config.load import compose
from cip_exp.config.targets import NO_MODULES, check_targets
from cip_exp.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

GADGETS = (
    {"_target_": "cip_exp.sweep.worker._load", "_args_": ["x"]},
    {"_target_": "cip_exp.track.place.database_file", "uri": "sqlite:///x"},
    {"_target_": "cip_exp.track.folder.write_texts"},
    {"_target_": "cip_exp.config.estimator.build_estimator"},
    {"_target_": "cip_exp.app.reproduction.reproduce", "name": "x"},
    {"_target_": "sklearn.datasets.clear_data_home", "data_home": "x"},
    {"_target_": "sklearn.datasets.fetch_openml", "name": "x"},
    {"_target_": "sklearn.datasets._base.load_files"},
    {"_target_": "sklearn.utils.parallel.Parallel"},
    {"_target_": "sklearn.utils.deprecation.deprecated"},
    {"_target_": "sklearn.utils.Bunch"},
    {"_target_": "sklearn.linear_model.ridge_regression"},
    {"_target_": "sklearn.linear_model._base.os.system", "_args_": ["true"]},
    {"_target_": "sklearn.externals.array_api_compat"},
    {"_target_": "sklearn.base.clone"},
    {"_target_": "sklearn.set_config"},
    {"_target_": "os.system", "_args_": ["true"]},
    {"_target_": "builtins.eval", "_args_": ["1"]},
    {"_target_": "importlib.import_module", "_args_": ["antigravity"]},
    {"_target_": "hydra.utils.get_method", "path": "os.system"},
    {"_target_": "sklearn.linear_model.Ridge", "_partial_": True},
    {"_target_": "sklearn.pipeline.Pipeline", "memory": "cache", "steps": []},
    {"_target_": "xgboost.XGBRegressor", "xgb_model": "model.bin"},
    {"_target_": "lightgbm.LGBMRegressor", "forcedsplits_filename": "x.json"},
    {"_target_": 3},
)


@pytest.mark.parametrize("gadget", GADGETS, ids=lambda each: str(each["_target_"]))
def test_what_is_no_estimator_is_refused_at_any_depth(gadget: dict[str, Any]) -> None:
    inside: Any = {"_target_": "sklearn.linear_model.Ridge", "extra": [gadget]}
    for node in ({"estimator": gadget}, {"steps": [["a", gadget]]}, {"estimator": inside}):
        with pytest.raises(ConfigError, match="not allowed|not an estimator|cannot be imported"):
            check_targets(node)


def test_estimators_kernels_and_splitters_are_allowed_inside_others() -> None:
    kernel = "{_target_: sklearn.gaussian_process.kernels.RBF, length_scale: 2.0}"
    process = f"{{_target_: sklearn.gaussian_process.GaussianProcessRegressor, kernel: {kernel}}}"
    base = ["model=ridge_clv", "~model.alpha", "~model.scale"]
    target = "model._target_=sklearn.ensemble.BaggingRegressor"
    built = build_estimator(compose([*base, target, f"+model.estimator={process}"]).model)
    assert built.estimator.kernel.length_scale == 2.0
    check_targets({"cv": {"_target_": "sklearn.model_selection.KFold", "n_splits": 3}})


def test_the_users_own_package_is_trusted_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    node = {"estimator": {"_target_": "strangers.Share"}}
    with pytest.raises(ConfigError):
        check_targets(node)
    monkeypatch.setenv("CIP_ALLOW_TARGETS", "strangers.")
    check_targets(node)


@pytest.mark.slow
@pytest.mark.parametrize("package", [sklearn, cip_exp], ids=lambda each: each.__name__)
def test_of_all_importable_names_only_estimators_and_their_parts_pass(package: ModuleType) -> None:
    passed = []
    for path, value in _names(package):
        try:
            check_targets({"estimator": {"_target_": path}})
        except ConfigError:
            continue
        passed.append(path)
        assert inspect.isclass(value), path
        parts = {each.__name__ for each in value.__mro__}
        assert parts & {"BaseEstimator", "Kernel", "BaseCrossValidator", "BaseShuffleSplit"}, path
    if package is cip_exp:
        assert set(passed) <= set(OWN_CLASSES)
    else:
        assert "sklearn.linear_model.Ridge" in passed
        assert len(passed) > 300


def _names(package: ModuleType) -> Iterator[tuple[str, Any]]:
    """Yield every attribute of every module below a package that can be imported."""
    found = [package]
    for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}.", onerror=lambda _: None):
        if set(info.name.split(".")) & {*NO_MODULES, "__main__"}:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                found.append(importlib.import_module(info.name))
            except ImportError:
                continue
    for module in found:
        for name, value in sorted(vars(module).items()):
            yield f"{module.__name__}.{name}", value
