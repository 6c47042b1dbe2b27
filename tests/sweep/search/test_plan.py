"""Which swept key is a hyperparameter, a replicate or an axis; first points; and one reading a command."""

from __future__ import annotations

from typing import Any

import pytest
from hydra.core.object_type import ObjectType
from omegaconf import DictConfig, OmegaConf

from cip_exp.errors import ConfigError
from cip_exp.sweep.search.plan import first_points, make_plan
from cip_exp.sweep.search.study_settings import read_settings

GROUPS = {"model": ["plain", "heavy"], "data": ["a", "b", "c"]}


class Loader:
    """A loader with two config groups."""

    def get_group_options(
        self, group_name: str, results_filter: ObjectType | None = ObjectType.CONFIG
    ) -> list[str]:
        assert results_filter is ObjectType.CONFIG
        return GROUPS.get(group_name, [])


def plan(*arguments: str, **options: Any) -> Any:
    settings = read_settings({"sampler": {}, "pruner": {}, **options})
    return make_plan(settings, Loader(), arguments)  # type: ignore[arg-type]


def test_values_are_searched_and_groups_are_axes() -> None:
    made = plan("model=plain,heavy", "x=range(2,8)", "y=3", "~z", "data=glob(*)")
    assert list(made.space) == ["x"]
    assert made.fixed == {"y": "y=3", "~z": "~z"}
    assert len(made.cells) == 6
    assert made.overrides(made.cells[4], {"x": 5}) == ("model=heavy", "x=5", "y=3", "~z", "data=b")


def test_a_group_among_the_params_is_searched_and_a_value_in_outer_is_not() -> None:
    made = plan("x=1,2", params={"model": "plain,heavy"}, outer=["x"])
    assert list(made.space) == ["model"]
    assert made.cells == ({"x": "x=1"}, {"x": "x=2"})


def test_the_command_line_replaces_a_range_or_fixes_a_value() -> None:
    params = {"x": "range(0,9)", "y": "interval(0,1)"}
    made = plan("x=choice(1,4)", "y=0.5", params=params)
    assert made.space["x"].choices == (1, 4)
    assert list(made.space) == ["x"]
    assert made.overrides({}, {"x": 4}) == ("x=4", "y=0.5")


def test_replicates_are_not_a_hyperparameter() -> None:
    made = plan("x=1,2", "seed=range(0,3)", replicates="seed", replicates_into="seeds.all")
    assert list(made.space) == ["x"]
    assert made.overrides({}, {"x": 1}) == ("x=1", "seed=0", "seeds.all=[0,1,2]")
    assert made.jobs_per_trial == 1
    without_list = plan("x=1,2", "seed=range(0,3)", replicates="seed")
    assert [without_list.overrides({}, {"x": 1}, replicate)[-1] for replicate in range(3)] == [
        "seed=0",
        "seed=1",
        "seed=2",
    ]
    assert without_list.jobs_per_trial == 3


def first(config: dict[str, Any], *arguments: str, enqueue: list[Any]) -> list[Any]:
    class Composing(Loader):
        def load_sweep_config(self, master: DictConfig, overrides: list[str]) -> DictConfig:
            return OmegaConf.merge(master, OmegaConf.from_dotlist(overrides))

    settings = read_settings({"sampler": {}, "pruner": {}, "enqueue": enqueue})
    made = make_plan(settings, Composing(), arguments)
    return first_points(settings, made, OmegaConf.create(config), Composing())


def test_the_configurations_own_point_has_the_spelling_of_the_space() -> None:
    config = {"m": {"depth": 5, "rate": 0.1, "features": "sqrt", "share": 0.5, "weight": None, "flag": True}}
    space = (
        "m.depth=range(2,9)", "m.rate=interval(0.01,1)", "m.features=sqrt,log2", "m.share=choice(sqrt,0.5)",
        "m.weight=balanced,null", "m.flag=true,false", "other=7", "data=a,b",
    )  # fmt: skip
    own = {
        "m.depth": 5,
        "m.rate": 0.1,
        "m.features": "sqrt",
        "m.share": 0.5,
        "m.weight": "null",
        "m.flag": True,
    }
    found = first(config, *space, enqueue=["defaults", {"m.depth": 3}])
    assert found == [[own, {"m.depth": 3}]] * 2


@pytest.mark.parametrize(
    ("depth", "message"),
    [
        (
            "m.depth=range(6,9)",
            r"own m.depth=5 is outside the space\..*allowed: 6 to 8.*with 5 among its values",
        ),
        ("+m.leaf=range(6,9)", r"\+m.leaf has no value of its own"),
    ],
)
def test_an_own_point_outside_the_space_is_refused(depth: str, message: str) -> None:
    with pytest.raises(ConfigError, match=f"(?s){message}"):
        first({"m": {"depth": 5}}, depth, enqueue=["defaults"])


def test_a_single_seed_is_a_fixed_value() -> None:
    made = plan("x=1,2", "seed=3", replicates="seed", replicates_into="seeds.all")
    assert made.overrides({}, {"x": 1}) == ("x=1", "seed=3")


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (["seed=interval(0,1)"], {"replicates": "seed"}, "seed=interval(0,1) has no separate values."),
        (["x=interval(0,1)"], {"outer": ["x"]}, "x=interval(0,1) has no separate values."),
        (["x=1,2"], {"enqueue": [{"xx": 1}]}, "xx is not searched."),
        (["x=1,2"], {"enqueue": [{"x": 3}]}, "x=3 is outside the space."),
        (["x=1,2"], {"replicates": "x", "outer": ["x"]}, "x cannot be both the replicates and an axis."),
        (["x=glob(*)"], {}, "Cannot search over x=glob(*)"),
        ([], {"n_trials": 0}, "hydra.sweeper.n_trials is 0."),
        ([], {"max_failure_rate": 1.5}, "hydra.sweeper.max_failure_rate is 1.5."),
        ([], {"direction": "maximise"}, "Did you mean 'maximize'?"),
        ([], {"direction": ["minimize", "maximize"], "patience": 3}, "hydra.sweeper.direction is a list of 2."),
    ],
)  # fmt: skip
def test_a_wrong_command_is_refused(arguments: list[str], options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        plan(*arguments, **options)
    assert message in str(caught.value)
