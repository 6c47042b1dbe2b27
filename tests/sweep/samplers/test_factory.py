"""Samplers and pruners of a configuration, also under the names of an earlier version."""

from __future__ import annotations

from typing import Any

import optuna
import pytest
from omegaconf import OmegaConf

from cip_exp.errors import ConfigError
from cip_exp.sweep.samplers.factory import build_pruner, build_sampler
from cip_exp.sweep.samplers.paired_pruner import PairedPruner
from cip_exp.sweep.samplers.tpe import TPESampler


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("optuna.samplers.TPESampler", TPESampler),
        ("optuna.samplers.RandomSampler", optuna.samplers.RandomSampler),
    ],
)
def test_the_faster_tpe_replaces_optunas(target: str, kind: type) -> None:
    built = build_sampler(OmegaConf.create({"_target_": target, "seed": 1}), {}, [], "s", constant_liar=True)
    assert type(built) is kind


def test_another_optuna_keeps_its_own_tpe_with_a_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(optuna, "__version__", "5.9.0")
    node = OmegaConf.create({"_target_": "optuna.samplers.TPESampler", "seed": 1})
    assert type(build_sampler(node, {}, [], "s", constant_liar=False)) is optuna.samplers.TPESampler
    assert "Optuna 5.9.0: its own TPE is used" in caplog.text


@pytest.mark.parametrize("node", [OmegaConf.create, dict])
def test_names_of_an_earlier_version_are_accepted(node: Any) -> None:
    pruner = build_pruner(node({"_target_": "cip_exp.sweep.pruners.PairedPruner", "keep": 7}))
    assert vars(pruner) == vars(PairedPruner(keep=7))
    tpe = node({"_target_": "cip_exp.sweep.tpe.TPESampler", "seed": 1})
    assert type(build_sampler(tpe, {}, [], "s", constant_liar=True)) is TPESampler


@pytest.mark.parametrize("target", ["optuna.samplers.RandomSampler", "collections.OrderedDict"])
def test_anything_else_is_not_a_pruner(target: str) -> None:
    with pytest.raises(Exception, match=r"is not a pruner|collections\.OrderedDict") as caught:
        build_pruner({"_target_": target})
    assert isinstance(caught.value, ConfigError) == (target != "collections.OrderedDict")
