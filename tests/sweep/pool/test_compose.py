"""The fast path of composition gives the same keys, values and flags as Hydra."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import ConfigCompositionException
from hydra.types import RunMode
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from cip_exp.sweep.pool.compose import Composer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from omegaconf import DictConfig

CONF = Path(__file__).parents[1] / "apps" / "conf"
LEAVES = st.sampled_from(
    [
        "x=1", "x=2.5", "x=null", "y='a b'", "y=[1,{a: 2}]", "+new=1", "++x=7", "+seeds.more=3", "x=true",
        "seeds={replicates: [1]}", "seed=${x}", "marks=${oc.env:HOME}", "x=${now:%f}", "model.penalty=2",
        "++model={extra: 1}", "~steps",
    ]
)  # fmt: skip
GROUPS = st.sampled_from(["model=plain", "model=heavy", "+model@other=heavy", "hydra.verbose=false"])


@pytest.fixture(scope="module")
def composer() -> Iterator[Composer]:
    with initialize_config_dir(str(CONF)):
        loader = GlobalHydra.instance().config_loader()
        master = loader.load_configuration(
            "config", ["hydra.job.name=shop", "hydra.sweep.dir=s"], run_mode=RunMode.MULTIRUN
        )
        yield Composer(loader, master)


def everything(config: DictConfig) -> tuple[object, ...]:
    """Return content, types and flags of a configuration."""
    nodes = []

    def walk(node: object, path: str) -> None:
        meta = node._metadata  # type: ignore[attr-defined]
        nodes.append((path, type(node), meta.flags, meta.object_type))
        if OmegaConf.is_dict(node) and not node._is_none() and not node._is_missing():
            for key in node:
                walk(node._get_node(key), f"{path}.{key}")

    walk(config, "")
    return OmegaConf.to_yaml(config), nodes


def outcome(compose: Callable[[], DictConfig]) -> tuple[object, ...]:
    """Return the composed config, or Hydra's message."""
    try:
        return everything(compose())
    except ConfigCompositionException as error:
        return (str(error),)


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(leaves=st.lists(LEAVES, max_size=4, unique=True), groups=st.lists(GROUPS, max_size=2, unique=True))
def test_fast_and_slow_composition_agree(composer: Composer, leaves: list[str], groups: list[str]) -> None:
    overrides = [*leaves[:2], *groups, *leaves[2:]]
    slow = outcome(lambda: composer.loader.load_sweep_config(composer.master, list(overrides)))
    assert outcome(lambda: composer.compose(overrides)) == slow
    composer.prepare()
    assert outcome(lambda: composer.compose(overrides)) == slow


NUMBERS = st.sampled_from(
    ["0", "-3", "2", "1.5", "-0.25", "1e-05", "2.5E3", "007", "1_000", "true", "'7'", "a"]
)


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(
    values=st.lists(st.tuples(NUMBERS, NUMBERS), min_size=2, max_size=4),
    sign=st.sampled_from(["", "++", "+"]),
)
def test_jobs_that_differ_in_values_only(
    composer: Composer, values: list[tuple[str, str]], sign: str
) -> None:
    key = f"{sign}x" if sign != "+" else "+new"
    for one, other in values:
        overrides = [f"{key}={one}", "model=heavy", f"model.penalty={other}"]
        slow = outcome(
            lambda overrides=overrides: composer.loader.load_sweep_config(composer.master, overrides)
        )
        assert outcome(lambda overrides=overrides: composer.compose(overrides)) == slow
        composer.prepare()


def test_hydra_composes_new_group_choices_only(composer: Composer, monkeypatch: pytest.MonkeyPatch) -> None:
    composer.compose(["model=heavy", "x=1"])
    monkeypatch.setattr(type(composer.loader), "load_sweep_config", None)
    config = composer.compose(["x=3", "model=heavy", "y=0.5"])
    assert (config.x, config.y, config.model.penalty) == (3, 0.5, 1.0)
    assert list(config.hydra.overrides.task) == ["x=3", "model=heavy", "y=0.5"]


def test_a_change_by_one_job_is_not_in_the_next(composer: Composer) -> None:
    composer.compose(["x=1"]).seeds.replicates = [9]
    assert composer.compose(["x=1"]).seeds.replicates is None


def test_an_error_has_hydras_own_message(composer: Composer) -> None:
    with pytest.raises(ConfigCompositionException, match="Could not override 'z'"):
        composer.compose(["z=1"])
