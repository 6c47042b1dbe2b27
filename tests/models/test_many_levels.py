"""A text column with many levels is encoded by the target within the fold; a random label stays random."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cip_exp.config.load import compose
from cip_exp.trial.run import run_trial


@pytest.mark.parametrize("model", ["rf_churn", "logit_churn"])
def test_a_city_of_150_levels_does_not_predict_a_random_label(tmp_path, model: str) -> None:
    draw = np.random.default_rng(0)
    city = [f"City {i}" for i in draw.integers(0, 150, 600)]
    frame = pd.DataFrame({"city": city, "age": draw.integers(18, 80, 600), "left": draw.integers(0, 2, 600)})
    frame.to_csv(tmp_path / "t.csv", index=False)
    where = ["data=csv", f"data.path={tmp_path / 't.csv'}", "data.target=left", "track=off", "audit=off"]
    done = run_trial(compose([*where, f"model={model}", "metric=roc_auc"])).trial
    assert abs(done.metrics["cv_roc_auc_mean"] - 0.5) < 0.08


def test_a_city_that_matters_is_used(tmp_path) -> None:
    draw = np.random.default_rng(1)
    number = draw.integers(0, 60, 900)
    frame = pd.DataFrame({
        "city": [f"City {i}" for i in number], "age": draw.integers(18, 80, 900),
        "left": (number % 2 == draw.binomial(1, 0.1, 900)).astype(int),
    })  # fmt: skip
    frame.to_csv(tmp_path / "t.csv", index=False)
    where = ["data=csv", f"data.path={tmp_path / 't.csv'}", "data.target=left", "track=off", "audit=off"]
    scores = {
        way: run_trial(
            compose([*where, "model=logit_churn", "metric=roc_auc", f"features.many_levels={way}"])
        )
        for way in ("target_encode", "one_hot", "drop")
    }
    found = {way: each.trial.metrics["cv_roc_auc_mean"] for way, each in scores.items()}
    assert min(found["target_encode"], found["one_hot"]) > 0.85
    assert abs(found["drop"] - 0.5) < 0.08
