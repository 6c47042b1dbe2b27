"""Override grammar to distributions: the same as the stock sweeper's, and errors that name the cause."""

from __future__ import annotations

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra_plugins.hydra_optuna_sweeper._impl import create_optuna_distribution_from_override as stock
from hypothesis import given
from hypothesis import strategies as st
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from cip_exp.errors import ConfigError
from cip_exp.sweep.space import distribution, grid_values

parse = OverridesParser.create().parse_override


@pytest.mark.parametrize(
    "text",
    [
        "a=1,2,null", "a=choice(x,'y z',true,1.5,[1,2])", "a=range(2,8)", "a=range(8,2,-2)", "a=range(5)",
        "a=range(0.1,1,0.1)", "a=range(1,10,0.5)", "a=range(0.1,0.3,0.1)", "a=float(range(1,4))",
        "a=sort(3,1,2)",
        "a=interval(0.1,1)", "a=interval(1,5)", "a=int(interval(1.5,3.2))", "a=tag(log,interval(0.001,1))",
        "a=tag(log,int(interval(1,100)))", "a=tag(any,choice(1,2))",
    ],
)  # fmt: skip
def test_a_distribution_is_the_stock_sweepers(text: str) -> None:
    assert distribution(parse(text)) == stock(parse(text))


@given(st.integers(-50, 50), st.integers(-50, 50), st.sampled_from([-7, -2, -1, 1, 3, 10]))
def test_a_range_has_the_values_that_hydra_would_run(start: int, stop: int, step: int) -> None:
    values = list(range(start, stop, step))
    line = parse(f"a=range({start},{stop},{step})")
    if not values:
        with pytest.raises(ConfigError, match="it is empty"):
            distribution(line)
        return
    assert grid_values("a", distribution(line)) == sorted(values)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a=tag(log,int(interval(2,64)))", IntDistribution(2, 64, log=True)),
        ("a=range(0.5,2,0.5)", FloatDistribution(0.5, 1.5, step=0.5)),
        ("a=shuffle(3,1,2)", CategoricalDistribution([3, 1, 2])),
        ("a=shuffle(range(1,4))", CategoricalDistribution([1, 2, 3])),
    ],
)
def test_distributions_of_overrides(text: str, kind: object) -> None:
    assert distribution(parse(text)) == kind


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a=glob(*)", "a glob is not a list of values"),
        ("a=range(1,2,0)", "its step is zero"),
        ("a=range(5,2)", "it is empty"),
        ("a=interval(5,1)", "low"),
        ("a=tag(log,interval(0,1))", "low"),
    ],
)
def test_an_override_without_a_distribution_is_refused(text: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why) as caught:
        distribution(parse(text))
    assert str(caught.value).startswith(f"Cannot search over {text}: ")


def test_the_grid_sampler_refuses_an_interval() -> None:
    with pytest.raises(ConfigError, match="The grid sampler cannot list the values of lr"):
        grid_values("lr", FloatDistribution(0, 1))
