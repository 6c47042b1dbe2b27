"""Studies of the shop app: results, replicates, outer grids, and the limits that end a search."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import optuna
import pytest
import yaml
from optuna.trial import TrialState

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

    from tests.sweep.conftest import Shop

SPACE = ("x=range(0,5)", "y=interval(0,1)")


def facts(trials: list[FrozenTrial]) -> list[tuple[object, ...]]:
    return [(t.number, t.params, t.values, t.state, t.intermediate_values, t.user_attrs) for t in trials]


@pytest.mark.slow
def test_one_worker_two_workers_and_no_pool_give_identical_trials(shop: Shop, another_shop: Shop) -> None:
    two = shop.search("x=range(0,5)", "y=range(0,3)", "hydra.sweeper.n_trials=12", "sleep=0.02")
    one = another_shop.search(
        "x=range(0,5)", "y=range(0,3)", "hydra.sweeper.n_trials=12", "hydra.sweeper.n_jobs=1"
    )
    assert facts(two) == facts(one)
    assert len(two) == 12
    another_shop.folder = another_shop.folder.with_name("u")
    arguments = ["x=range(0,5)", "y=range(0,3)", "hydra.sweeper.n_trials=12"]
    assert facts(two) == facts(another_shop.search(*arguments, launcher="basic"))


@pytest.mark.slow
def test_the_stock_sweeper_proposes_the_same_points(shop: Shop, another_shop: Shop) -> None:
    arguments = ["x=range(0,5)", "y=interval(0,1)", "hydra.sweeper.n_trials=13", "hydra.sweeper.n_jobs=1"]
    tpe = ["hydra/sweeper/sampler=tpe", "hydra.sweeper.sampler.seed=3"]
    own = shop.search(*arguments, *tpe)
    store = f"hydra.sweeper.storage=sqlite:///{another_shop.folder.parent}/stock.db"
    done = another_shop.run(
        *arguments, *tpe, store, "hydra.sweeper.study_name=s", sweeper="optuna", launcher="basic"
    )
    assert done.returncode == 0, done.stderr
    stock = optuna.load_study(study_name="s", storage=store.partition("=")[2])
    assert [trial.params for trial in own] == [trial.params for trial in stock.trials]
    assert [trial.values for trial in own] == [trial.values for trial in stock.trials]
    stock._storage.remove_session()
    names = [shop.folder / "optimization_results.yaml", another_shop.folder / "optimization_results.yaml"]
    assert yaml.safe_load(names[0].read_text()) == yaml.safe_load(names[1].read_text())


def test_a_configuration_that_is_proposed_again_is_not_run_again(shop: Shop) -> None:
    trials = shop.search("x=range(0,3)", "hydra.sweeper.n_trials=10")
    first = {}
    for trial in trials:
        original = first.setdefault(trial.params["x"], trial)
        assert trial.values == original.values
        assert trial.user_attrs.get("duplicate_of", trial.number) == original.number
    assert sorted(int(path.name) for path in shop.folder.iterdir() if path.is_dir()) == sorted(
        trial.number for trial in first.values()
    )


def test_replicates_are_one_list_in_one_job(shop: Shop) -> None:
    arguments = ["hydra.sweeper.replicates=seed", "hydra.sweeper.replicates_into=seeds.replicates"]
    trials = shop.search(*SPACE, "seed=4,1,2", *arguments, "hydra.sweeper.n_trials=2")
    assert [sorted(trial.params) for trial in trials] == [["x", "y"], ["x", "y"]]
    overrides = yaml.safe_load((shop.folder / "0" / ".hydra" / "overrides.yaml").read_text())
    assert overrides[2:] == ["seed=4", "seeds.replicates=[4,1,2]"]


@pytest.mark.slow
def test_replicates_without_a_key_for_the_list_are_jobs_with_their_mean(shop: Shop) -> None:
    trials = shop.search(
        "x=range(0,3)", "seed=0,6", "hydra.sweeper.replicates=seed", "hydra.sweeper.n_trials=1"
    )
    assert trials[0].values == [(trials[0].params["x"] - 2) ** 2 + 0.003]
    assert len(trials[0].intermediate_values) == 6


@pytest.mark.slow
def test_swept_groups_span_a_grid_of_studies(shop: Shop) -> None:
    done = shop.run("x=range(0,3)", "model=plain,heavy", "hydra.sweeper.n_trials=2")
    assert done.returncode == 0, done.stderr
    plain, heavy = shop.trials("s/model=plain"), shop.trials("s/model=heavy")
    assert [trial.params for trial in plain] == [trial.params for trial in heavy]
    assert [trial.value + 1 for trial in plain if trial.value is not None] == [trial.value for trial in heavy]
    cells = yaml.safe_load((shop.folder / "optimization_results.yaml").read_text())["cells"]
    assert list(cells) == ["s/model=plain", "s/model=heavy"]


def test_the_grid_sampler_covers_its_grid_once_and_stops(shop: Shop) -> None:
    trials = shop.search("x=0,1,2", "y=0,1", "hydra/sweeper/sampler=grid", "hydra.sweeper.n_trials=50")
    assert sorted((t.params["x"], t.params["y"]) for t in trials) == [
        (x, y) for x in range(3) for y in range(2)
    ]


def test_given_points_come_first_and_a_target_ends_the_search(shop: Shop) -> None:
    trials = shop.search(
        *SPACE, "hydra.sweeper.enqueue=[{x:1,y:0.5},{x:2,y:0.25}]", "hydra.sweeper.target=0.25",
        "hydra.sweeper.n_jobs=1",
    )  # fmt: skip
    assert [trial.params for trial in trials] == [{"x": 1, "y": 0.5}, {"x": 2, "y": 0.25}]


def test_patience_ends_the_search(shop: Shop) -> None:
    arguments = ["hydra.sweeper.patience=3", "hydra.sweeper.n_jobs=1", "hydra.sweeper.n_trials=60"]
    trials = shop.search("x=range(0,60)", *arguments)
    values = [trial.values[0] for trial in trials]
    assert len(values) < 60
    assert min(values) == values[-4]


@pytest.mark.slow
def test_a_budget_in_reports_includes_earlier_runs(shop: Shop) -> None:
    arguments = ["x=range(0,60)", "steps=4", "hydra.sweeper.n_jobs=1", "hydra.sweeper.n_trials=50"]
    first = shop.search(*arguments, "hydra.sweeper.n_reports=9")
    again = shop.search(*arguments, "hydra.sweeper.n_reports=14", "hydra.sweeper.resume=true")
    # Whole trials run until the budget is reached; a duplicate has no reports of its own.
    counts = [
        sum(len(t.intermediate_values) for t in trials if "duplicate_of" not in t.user_attrs)
        for trials in (first, again)
    ]
    assert counts == [12, 16]


@pytest.mark.parametrize("value", ["0", "2.5", "true"])
def test_a_budget_in_reports_is_a_whole_number(shop: Shop, value: str) -> None:
    done = shop.run(*SPACE, f"hydra.sweeper.n_reports={value}")
    assert done.returncode != 0
    assert "n_reports" in done.stderr
    assert not shop.folder.exists()


def test_replicates_that_the_app_does_not_have_are_refused(shop: Shop) -> None:
    done = shop.run(*SPACE, "hydra.sweeper.replicates=sed")
    assert done.returncode == 1
    assert "Did you mean 'seed'?" in done.stderr
    assert not shop.folder.exists()


@pytest.mark.slow
def test_a_search_ends_when_its_gain_is_below_the_noise(shop: Shop) -> None:
    # Reports within a trial differ by thousands, trials from each other by hundreds.
    arguments = ["x=range(0,30)", "y=9000", "hydra.sweeper.n_jobs=1", "hydra.sweeper.n_trials=25"]
    trials = shop.search(*arguments, "hydra.sweeper.stop_below_noise=8")
    assert 8 <= len(trials) < 25


def test_several_objectives_are_refused_with_a_pruner(shop: Shop) -> None:
    done = shop.run(*SPACE, "hydra.sweeper.direction=[minimize,maximize]", "hydra/sweeper/pruner=median")
    assert done.returncode == 1
    assert "hydra.sweeper.direction is a list of 2." in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("launcher", ["pool", "basic"])
def test_a_pruner_stops_trials_that_report(shop: Shop, launcher: str) -> None:
    trials = shop.search(
        "x=range(0,30)", "hydra.sweeper.n_trials=12", "hydra/sweeper/pruner=median", "steps=4",
        "hydra.sweeper.pruner.n_startup_trials=3", launcher=launcher,
    )  # fmt: skip
    pruned = [trial for trial in trials if trial.state is TrialState.PRUNED]
    complete = [trial for trial in trials if trial.state is TrialState.COMPLETE]
    assert pruned
    assert len(pruned) + len(complete) == 12
    assert any(len(trial.intermediate_values) < 4 for trial in pruned)
    assert all(len(trial.intermediate_values) == 4 for trial in complete)


def test_too_many_failures_end_the_search_with_the_jobs_own_error(shop: Shop) -> None:
    done = shop.run(*SPACE, "fail=raise")
    assert done.returncode == 1
    assert "ValueError: bad x" in done.stderr
    assert "in _fail_as_configured" in done.stderr
    assert len(shop.trials()) <= 3


def test_the_same_error_in_the_first_trials_ends_the_search(shop: Shop) -> None:
    done = shop.run(*SPACE, "fail=raise", "hydra.sweeper.max_failure_rate=1.0", "hydra.sweeper.n_trials=20")
    assert done.returncode == 1
    assert "The first 3 trials have all failed with the same error: ValueError: bad x" in done.stderr
    assert len(shop.trials()) <= 4


@pytest.mark.slow
def test_an_observer_gets_each_trial_once_and_earlier_ones_when_resumed(shop: Shop) -> None:
    observer = f"{{_target_: shop_observer.FileObserver, path: {shop.folder}.txt}}"
    arguments = ["x=range(0,3)", f"hydra.sweeper.observer={observer}"]
    shop.search(*arguments, "hydra.sweeper.n_trials=5")
    shop.search(*arguments, "hydra.sweeper.n_trials=7", "hydra.sweeper.resume=true")
    lines = Path(f"{shop.folder}.txt").read_text().splitlines()
    first, second = lines.index("end"), len(lines) - 1
    assert lines[0] == "start s resumed=False finished=[]"
    assert sorted(line.split()[1] for line in lines[1:first]) == ["0", "1", "2", "3", "4"]
    assert lines[first + 1] == "start s resumed=True finished=[0, 1, 2, 3, 4]"
    assert sorted(line.split()[1] for line in lines[first + 2 : second]) == ["5", "6"]
    for line in lines[1:first]:
        _, number, state, original, folder = line.split()
        assert state == "complete"
        assert folder == str(shop.folder / (number if original == "None" else original))


@pytest.mark.slow
def test_several_objectives_give_a_front(shop: Shop) -> None:
    trials = shop.search(
        *SPACE, "pair=true", "hydra.sweeper.direction=[minimize,maximize]", "hydra.sweeper.n_trials=6"
    )
    assert all(len(trial.values) == 2 and trial.values[1] == trial.params["y"] for trial in trials)
    front = yaml.safe_load((shop.folder / "optimization_results.yaml").read_text())["solutions"]
    best = min(trials, key=lambda trial: trial.values[0])
    assert best.values in [solution["values"] for solution in front]


@pytest.mark.slow
def test_a_search_space_of_the_users_own(shop: Shop) -> None:
    own_space = "hydra.sweeper.custom_search_space=shop_observer.extend"
    trials = shop.search("x=range(0,5)", own_space, "hydra.sweeper.n_trials=4")
    assert [list(trial.params) for trial in trials] == [["x", "y"]] * 4
    assert all(trial.params["y"] <= trial.params["x"] + 1 for trial in trials)
    assert trials[0].values == [(trials[0].params["x"] - 2) ** 2 + trials[0].params["y"]]
