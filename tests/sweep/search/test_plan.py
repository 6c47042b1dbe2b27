"""Which swept key is a hyperparameter, a replicate or an axis; first points; and one reading a command."""

from __future__ import annotations

from typing import Any

import pytest
from hydra.core.object_type import ObjectType
from omegaconf import DictConfig, OmegaConf

from cip_exp.errors import ConfigError
from cip_exp.sweep.search.plan import make_plan, read_study
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


def first(config: dict[str, Any], *arguments: str, enqueue: list[Any]) -> tuple[tuple[Any, ...], ...]:
    class Composing(Loader):
        def load_sweep_config(self, master: DictConfig, overrides: list[str]) -> DictConfig:
            return OmegaConf.merge(master, OmegaConf.from_dotlist(overrides))

    options = {"sampler": {}, "pruner": {}, "enqueue": enqueue}
    loader: Any = Composing()
    return read_study(options, OmegaConf.create(config), loader, arguments).first


def test_the_own_point_has_the_spelling_of_the_space() -> None:
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
    assert found == ((own, {"m.depth": 3}),) * 2


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
        ([], {"direction": ["minimize", "maximize"], "patience": 3}, "direction is a list of 2."),
    ],
)  # fmt: skip
def test_a_wrong_command_is_refused(arguments: list[str], options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        plan(*arguments, **options)
    assert message in str(caught.value)


def options(**changed: Any) -> dict[str, Any]:
    return {"sampler": OmegaConf.create({"seed": 1}), "pruner": {}, "n_trials": 1, **changed}


def test_an_app_and_its_sweeper_share_one_reading() -> None:
    loader: Any = Loader()
    config = OmegaConf.create({"seed": 1, "hydra": {"overrides": {"hydra": []}, "runtime": {"cwd": "a"}}})
    request = read_study(options(), config, loader, ["x=1,2"])
    config.hydra.overrides.hydra.append("hydra.sweep.dir=s")
    # The sweeper has its options as Hydra resolves them.
    interpolated = OmegaConf.create({"seed": 1, "sampler": {"seed": "${seed}"}}).sampler
    assert read_study(options(sampler=interpolated), config, loader, ["x=1,2"]) is request
    assert request.plan.space["x"].choices == (1, 2)
    # The next command is read again, even where it is the same.
    assert read_study(options(), config, loader, ["x=1,2"]) is not request


@pytest.mark.parametrize("changed", ["options", "arguments", "config", "sources", "loader"])
def test_another_command_is_read_again(changed: str) -> None:
    loader: Any = Loader()
    given, arguments = options(), ["x=1,2"]
    config = OmegaConf.create({"y": 1, "hydra": {"runtime": {"cwd": "a"}}})
    request = read_study(given, config, loader, arguments)
    if changed == "options":
        given = options(n_trials=2)
    elif changed == "arguments":
        arguments = ["x=1,3"]
    elif changed == "config":
        config.y = 1.0
    elif changed == "sources":
        config.hydra.runtime.cwd = "b"
    else:
        loader = Loader()
    again = read_study(given, config, loader, arguments)
    assert again is not request
    assert again.settings.n_trials == given["n_trials"]
    assert again.plan.space["x"].choices == ((1, 3) if changed == "arguments" else (1, 2))


def test_equal_values_of_another_type_are_another_command() -> None:
    loader: Any = Loader()
    config = OmegaConf.create({})
    read_study(options(fail_fast=1), config, loader, ["x=1,2"])
    with pytest.raises(ConfigError, match="fail_fast is True"):
        read_study(options(fail_fast=True), config, loader, ["x=1,2"])


def test_a_command_that_is_refused_is_not_remembered() -> None:
    loader: Any = Loader()
    config = OmegaConf.create({})
    for _ in range(2):
        with pytest.raises(ConfigError, match="n_trials is 0"):
            read_study(options(n_trials=0), config, loader, ["x=1,2"])
