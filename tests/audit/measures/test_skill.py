from __future__ import annotations

import numpy as np
import pytest

from cip_exp.audit.measures import skill


def judge_of(y: np.ndarray) -> skill.Judge:
    return skill.build_judge(y, np.arange(len(y)), seed=0)


def test_noise_explains_nothing_and_a_copy_everything() -> None:
    rng = np.random.default_rng(0)
    y = rng.exponential(size=600)
    alone = skill.single(judge_of(y), np.column_stack([rng.normal(size=600), y, -np.log(y), np.round(y, 2)]))
    assert alone[0] < 0.02
    assert (alone[1:] > 0.999).all()


def test_a_curve_that_turns_is_seen_by_steps() -> None:
    x = np.linspace(-1, 1, 600)
    judge = judge_of(x**2)
    assert judge.score(skill.by_rank(judge, x[:, None]))[0] < 0.05
    assert skill.single(judge, x[:, None])[0] > 0.95


def test_twins_stay_in_one_fold_so_that_nothing_is_remembered() -> None:
    rng = np.random.default_rng(0)
    person = np.repeat(np.arange(60), 8)
    y, code = rng.normal(size=60)[person], rng.permutation(60)[person].astype(float)
    parted = skill.build_judge(y, np.arange(480), seed=0)
    together = skill.build_judge(y, person, seed=0)
    assert skill.single(parted, code[:, None])[0] > 0.5
    assert skill.single(together, code[:, None])[0] < 0.1


def test_missing_values_are_a_bin_of_their_own() -> None:
    rng = np.random.default_rng(0)
    y = (rng.random(500) < 0.3).astype(float)
    x = np.where(y == 1, np.nan, rng.normal(size=500))
    assert skill.single(judge_of(y), x[:, None])[0] > 0.95


def test_joint_takes_the_better_of_lines_and_trees() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, 3))
    none = np.zeros(3, dtype=bool)
    line = skill.joint(judge_of(X.sum(axis=1)), X, none, seed=0)
    corner = skill.joint(judge_of(np.sign(X[:, 0]) * np.sign(X[:, 1]) + 0.1 * X[:, 2]), X, none, seed=0)
    assert line > 0.95
    assert corner > 0.7


def test_joint_stops_where_the_line_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 2))
    monkeypatch.setattr(skill, "_trees", lambda *_: pytest.fail("trees were grown"))
    assert skill.joint(judge_of(X.sum(axis=1)), X, np.zeros(2, dtype=bool), 0, enough=0.5) > 0.9
