"""Import paths of older versions: recorded configurations still build their estimators."""

from __future__ import annotations

import pytest

from cip_exp.config import estimator
from cip_exp.config.estimator import MOVED, build_estimator
from cip_exp.config.load import compose
from cip_exp.models.baselines import LastPeriodRegressor, ZeroRegressor

OLD = "cip_exp.baselines"


def model(*overrides: str) -> list[str]:
    """Return the overrides of a model for clv with no parameters but those given."""
    return ["model=ridge_clv", "~model.alpha", "~model.scale", *overrides]


@pytest.mark.parametrize("target", MOVED)
def test_a_class_that_moved_is_built_from_its_old_path(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    column = ["+model.column=age", "+model.factor=2.0"] if target.endswith("LastPeriodRegressor") else []
    settings = compose(model(f"model._target_={target}", *column))
    for _ in range(2):
        built = build_estimator(settings.model)
        assert f"{type(built).__module__}.{type(built).__name__}" == MOVED[target]
        monkeypatch.setattr(estimator, "_last", {})  # builds again, this time without `instantiate`
    assert type(built) in (ZeroRegressor, LastPeriodRegressor)
    assert built.get_params() == ({"column": "age", "factor": 2.0} if column else {})


def test_the_record_keeps_the_old_path() -> None:
    settings = compose(model(f"model._target_={OLD}.ZeroRegressor"))
    assert settings.model.target == settings.flat["model._target_"] == f"{OLD}.ZeroRegressor"
    assert f"_target_: {OLD}.ZeroRegressor\n" in settings.yaml
    # The value of commit f4a6cd7.
    assert settings.config_hash == "620512533478829806df2d8f359b9fc14a38f0374321c501b25d5a2210df9f54"


def test_a_class_that_moved_is_found_inside_another_model() -> None:
    nested = f"+model.estimator={{_target_: {OLD}.ZeroRegressor}}"
    settings = compose(model("model._target_=sklearn.ensemble.BaggingRegressor", nested))
    assert type(build_estimator(settings.model).estimator) is ZeroRegressor
