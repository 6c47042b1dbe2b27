"""One trial: the same result twice, its record, and a holdout that is not read before it is opened."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from cip_exp.config.load import compose as _compose
from cip_exp.errors import TrialError
from cip_exp.evaluation.metrics import TASKS
from cip_exp.trial import run
from cip_exp.trial.prepare import _prepared, _tuned
from cip_exp.trial.run import TrialRequest, TrialResult, failed_trial, run_trial
from cip_exp.trial.table_cache import _cached

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cip_exp.config.settings import Settings

SMALL = ("audit=off", "track=off")
CLOCK = {"fit_seconds"}


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """No cell is answered from another test's memory, and no thread waits for another."""
    memories = _cached, _prepared, _tuned
    for memory in memories:
        memory.clear()
    with threadpool_limits(1):
        yield
    for memory in memories:
        memory.clear()


def compose(*overrides: str) -> Settings:
    return _compose([*SMALL, *overrides])


def bits(outcome: TrialResult) -> dict[str, float]:
    return {name: value for name, value in outcome.trial.metrics.items() if name not in CLOCK}


@pytest.mark.parametrize(
    "overrides",
    [
        ("model=rf_churn", "model.n_estimators=10"),
        ("model=hgb_churn", "model.max_iter=10", "split=repeated", "split.n_repeats=2"),
        ("model=rf_clv", "model.n_estimators=10", "features=leaky"),
        ("model=logit_churn", "features=strict", "seeds.replicates=[3,4]"),
        ("model=kmeans_segments", "model.n_init=2", "model.k_max=3", "split.n_splits=2"),
    ],
    ids=lambda overrides: overrides[0],
)
def test_the_same_trial_twice_has_the_same_metrics_to_the_last_bit(overrides: tuple[str, ...]) -> None:
    settings = compose("seed=5", *overrides)
    one = run_trial(settings, TrialRequest(open_holdout=True))
    _cached.clear()
    _prepared.clear()
    two = run_trial(settings, TrialRequest(open_holdout=True))
    assert bits(one) == bits(two)
    assert one.trial.folds == two.trial.folds
    np.testing.assert_array_equal(one.evaluation.oof, two.evaluation.oof)
    assert any(name.startswith("test_") for name in one.trial.metrics)


@pytest.mark.parametrize(
    ("model", "metric", "sign"), [("logit_churn", "log_loss", -1), ("ridge_clv", "spearman", 1)]
)
def test_a_trial_is_compared_by_the_metric_of_the_configuration(model: str, metric: str, sign: int) -> None:
    seen: list[float] = []
    request = TrialRequest(on_fold=lambda score, _step: seen.append(score) or False)  # type: ignore[func-returns-value]
    settings = compose(f"model={model}", f"metric={metric}")
    chosen, plain = run_trial(settings, request).trial, run_trial(compose(f"model={model}")).trial
    assert (chosen.primary, list(chosen.folds)) == (metric, [metric])
    assert seen == [sign * score for score in chosen.folds[metric]]
    assert chosen.objective == chosen.metrics["objective"] == sign * chosen.metrics[f"cv_{metric}_mean"]
    assert failed_trial(settings, TrialRequest(), TrialError("x"), 0.0).primary == metric
    same = {name: value for name, value in plain.metrics.items() if name not in {*CLOCK, "objective"}}
    assert {name: chosen.metrics[name] for name in same} == same
    assert chosen.tags["cip.band"] == plain.tags["cip.band"]
    assert chosen.tags["cip.config_hash"] != plain.tags["cip.config_hash"]


@pytest.mark.parametrize(
    ("metric", "grid", "best"),
    [
        ("f1", "C: [1, 0.1]", "0.1"), ("log_loss", "C: [1, 0.1]", "1"), ("r2", "alpha: [10, 1]", "1"),
        ("rmse", "alpha: [10, 1]", "10"), ("spearman", "alpha: [10, 1]", "1"),
    ],
)  # fmt: skip
def test_a_grid_inside_the_trial_is_tuned_by_the_metric(metric: str, grid: str, best: str) -> None:
    model = "logit_churn" if grid.startswith("C") else "ridge_clv"
    made = compose(f"model={model}", f"metric={metric}", f"+model.grid={{{grid}}}", "features=strict")
    tuned = run_trial(made).trial
    assert [value for key, value in tuned.params.items() if key.startswith("grid.")] == [best]


def test_another_seed_changes_folds_and_model_and_not_the_holdout() -> None:
    one, two = (run_trial(compose(f"seed={seed}", "model.n_estimators=5")) for seed in (0, 1))
    assert one.trial.folds != two.trial.folds
    assert one.prepared.split.final.test.tolist() == two.prepared.split.final.test.tolist()
    assert one.trial.tags["cip.config_hash"] == two.trial.tags["cip.config_hash"]
    pinned = [
        run_trial(compose(f"seed={seed}", "model.n_estimators=5", "seeds.split=1", "seeds.model=2"))
        for seed in (0, 1)
    ]
    assert bits(pinned[0]) == bits(pinned[1])


def test_replicates_are_their_trials_one_after_the_other() -> None:
    both = run_trial(compose("model.n_estimators=5", "seeds.replicates=[0,1]"))
    alone = [run_trial(compose("model.n_estimators=5", f"seed={seed}")) for seed in (0, 1)]
    assert both.trial.folds["f1"] == alone[0].trial.folds["f1"] + alone[1].trial.folds["f1"]
    np.testing.assert_array_equal(both.evaluation.oof, [each.evaluation.oof[0] for each in alone])
    assert both.trial.tags["cip.seed"] == "0,1"


@pytest.mark.parametrize(
    ("model", "more"),
    [
        ("dummy_churn", set()),
        ("ridge_clv", set()),
        ("kmeans_segments", {"stability_ari", "n_clusters", "null_silhouette"}),
    ],
)
def test_a_trial_records_what_the_contract_names(model: str, more: set[str]) -> None:
    fast = ("model.n_init=1", "model.k_max=3") if more else ()
    done = run_trial(compose(f"model={model}", *fast), TrialRequest(open_holdout=True)).trial
    task = TASKS[done.task]
    forms = ("cv_{}_mean", "cv_{}_std", "cv_{}_se", "train_{}", "gap_{}", "test_{}")
    names = {form.format(metric) for metric in task.metrics for form in forms}
    assert set(done.metrics) == names | more | {"objective", "fit_seconds"}
    scores = done.folds[task.primary]
    assert done.metrics[f"cv_{task.primary}_mean"] == pytest.approx(np.mean(scores))
    assert done.metrics[f"cv_{task.primary}_std"] == pytest.approx(np.std(scores))
    assert done.objective == done.metrics["objective"] == pytest.approx(np.mean(scores))
    assert set(done.tags) == {
        f"cip.{name}"
        for name in (
            "task", "model", "features", "split", "data", "seed", "config_hash", "data_sha256", "git_commit",
            "git_dirty", "versions", "state", "verdict", "overfit", "meets_criteria", "band",
        )
    }  # fmt: skip
    assert done.tags["cip.verdict"] == "unaudited"
    assert done.tags["cip.state"] == "complete"


def test_the_holdout_is_closed_unless_the_stage_opens_it() -> None:
    outcome = run_trial(compose("model=ridge_clv"))
    assert outcome.final is None
    assert not [name for name in outcome.trial.metrics if name.startswith("test_")]


@pytest.mark.parametrize(
    "overrides",
    [
        ("model=rf_churn", "model.n_estimators=5"),
        ("model=rf_clv", "model.n_estimators=5", "features=leaky", "features.fit=fold"),
        ("model=kmeans_segments", "model.n_init=1", "model.k_max=3", "split.n_splits=2"),
    ],
    ids=lambda overrides: overrides[0],
)
def test_a_poisoned_holdout_changes_no_trial(
    overrides: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = compose(*overrides)
    clean = run_trial(settings)
    cell = clean.prepared
    sealed = cell.split.final.test
    X, frame = cell.features.X.astype(float), cell.features.table.frame.copy()
    numbers = list(frame.select_dtypes("number").columns)
    frame[numbers] = frame[numbers].astype(float)
    X.iloc[sealed] = 1e6
    frame.loc[frame.index[sealed], numbers] = 1e6
    features = replace(cell.features, X=X, table=replace(cell.features.table, frame=frame))
    monkeypatch.setattr(run, "prepare", lambda _: replace(cell, features=features))
    poisoned = run_trial(settings)
    assert bits(poisoned) == bits(clean)
    np.testing.assert_array_equal(poisoned.evaluation.oof, clean.evaluation.oof)
    opened = run_trial(settings, TrialRequest(open_holdout=True))
    assert bits(opened) != bits(clean)


def test_a_trial_that_is_told_to_stop_keeps_what_it_has() -> None:
    heard: list[tuple[float, int]] = []

    def stop(value: float, step: int) -> bool:
        heard.append((value, step))
        return step == 1

    done = run_trial(compose("model=ridge_clv", "seeds.replicates=[0,1]"), TrialRequest(on_fold=stop)).trial
    assert done.state == done.tags["cip.state"] == "pruned"
    assert heard == list(zip(done.folds["r2"], (0, 1), strict=True))
    whole = run_trial(
        compose("model=ridge_clv", "seeds.replicates=[0,1]"), TrialRequest(on_fold=lambda *_: False)
    )
    assert whole.trial.state == "complete"
    assert whole.trial.folds["r2"][:2] == done.folds["r2"]
    assert len(whole.trial.folds["r2"]) == 10


def test_k_at_the_edge_of_its_range_is_said() -> None:
    fast = ("model=kmeans_segments", "model.n_init=1", "split.n_splits=2")
    edge = run_trial(compose(*fast, "model.k_min=7", "model.k_max=8")).trial
    assert any("edge of 7..8" in reason for reason in edge.reasons)
    fixed = run_trial(compose(*fast, "model.n_clusters=3")).trial
    assert not fixed.notes
    assert fixed.metrics["n_clusters"] == 3


def test_a_fit_that_fails_is_a_failed_trial() -> None:
    settings = compose("model=logit_churn", "+model.l1_ratio=0.5")
    with pytest.raises(TrialError, match="logit_churn"):
        run_trial(settings)
    record = failed_trial(settings, TrialRequest(3, ("a=1",)), TrialError("why"), 12.0)
    assert (record.state, record.number, record.error) == ("failed", 3, "why")
    assert record.tags["cip.state"] == "failed"
    assert not record.metrics


def test_nested_without_a_search_chooses_from_the_grid_inside_each_fold() -> None:
    grid = "+model.grid={max_depth: [1, 4]}"
    settings = compose("model=rf_churn", "model.n_estimators=5", "split=nested", "split.n_splits=3", grid)
    outcome = run_trial(settings, TrialRequest(open_holdout=True))
    alone = [
        run_trial(compose("model=rf_churn", "model.n_estimators=5", "split=nested", "split.n_splits=3",
                          f"model.max_depth={depth}")).trial.folds["f1"]
        for depth in (1, 4)
    ]  # fmt: skip
    assert all(score in pair for score, *pair in zip(outcome.trial.folds["f1"], *alone, strict=True))
    assert outcome.final is not None
    assert outcome.final.pipeline[-1].max_depth in (1, 4)


def test_repeated_lays_its_folds_anew() -> None:
    once, thrice = (
        run_trial(compose("model=logit_churn", f"objective={name}")).trial.folds["f1"]
        for name in ("mean", "repeated")
    )
    assert len(thrice) == 3 * len(once)
    assert thrice[: len(once)] == once
