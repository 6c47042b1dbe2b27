"""The threshold of churn is judged on rows that did not choose it, and is 0.5 where nothing is gained."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from cip_exp.evaluation.decision_threshold import best_threshold, choose_threshold, f1, score_threshold
from cip_exp.models.customer_model import is_positive
from cip_exp.records.table import Fold


def folds(y: np.ndarray, k: int = 5) -> list[Fold]:
    parts = np.array_split(np.arange(len(y)), k)
    train = np.arange(0)
    return [Fold(0, number, train, part, None, y[part]) for number, part in enumerate(parts)]


def table(n: int = 500, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(1)
    y = (draw.random(n) < 0.2).astype(float)
    p = 1 / (1 + np.exp(-(2 * y - 1 + shift + draw.normal(size=n))))
    return y, p


@pytest.mark.parametrize("seed", range(5))
def test_the_best_threshold_is_the_best_of_all(seed: int) -> None:
    draw = np.random.default_rng(seed)
    y, p = draw.integers(0, 2, 60).astype(float), draw.random(60).round(1)
    best = max(f1_score(y, p >= value) for value in np.unique(p))
    assert f1(y, p, best_threshold(y, p)) == pytest.approx(best)


def test_a_model_that_is_too_careful_gets_a_lower_threshold() -> None:
    y, p = table(shift=-3)
    found = choose_threshold(p[None], folds(y))
    plain = np.mean([f1_score(y[fold.test], p[fold.test] > 0.5) for fold in folds(y)])
    assert found.value < 0.3
    assert found.f1 > plain + 0.1
    # Judged on rows that did not choose it, it is worse than on those that did.
    assert found.f1 < f1(y, p, found.value) + 0.02
    assert score_threshold(p[None], folds(y), 0.5).f1 == pytest.approx(plain)


def test_noise_keeps_the_half() -> None:
    kept = 0
    for seed in range(20):
        draw = np.random.default_rng(seed)
        y = draw.permutation(np.repeat([0.0, 1.0], 60))
        p = np.where(y == 1, 0.8, 0.2) + draw.normal(scale=0.05, size=120)
        kept += choose_threshold(p[None], folds(y)).value == 0.5
    assert kept == 20


def test_rows_that_nobody_held_out_do_not_count() -> None:
    y, p = table(shift=-3)
    some = np.where(np.arange(len(p)) % 7 == 0, np.nan, p)
    kept = ~np.isnan(some)
    found = choose_threshold(some[None], folds(y))
    assert found.value == best_threshold(y[kept], p[kept])
    assert choose_threshold(np.full((1, 500), np.nan), folds(y)).value == 0.5


def test_in_time_a_threshold_is_chosen_on_earlier_folds() -> None:
    y, p = table(shift=-3)
    forward = choose_threshold(p[None], folds(y), forward=True)
    first, *others = folds(y)
    before = [np.concatenate([fold.test for fold in [first, *others][:at]]) for at in range(1, 5)]
    later = [
        f1(y[fold.test], p[fold.test], best_threshold(y[rows], p[rows]))
        for fold, rows in zip(others, before, strict=True)
    ]
    at_half = f1_score(y[first.test], is_positive(p[first.test], 0.5))
    assert forward.f1 == pytest.approx(np.mean([at_half, *later]))
