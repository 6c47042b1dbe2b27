"""A configuration may name all samplers and pruners of Optuna, and nothing else of it."""

from __future__ import annotations

from inspect import isclass

import optuna

from cip_exp.sweep.samplers.trusted import TRUSTED


def test_all_samplers_and_pruners_of_optuna_are_named() -> None:
    abstract = {"BaseSampler", "BaseGASampler", "BasePruner"}
    for module, kind in (
        (optuna.samplers, optuna.samplers.BaseSampler),
        (optuna.pruners, optuna.pruners.BasePruner),
    ):
        classes = {name for name in module.__all__ if isclass(getattr(module, name))} - abstract
        assert all(issubclass(getattr(module, name), kind) for name in classes)
        prefix = f"{module.__name__}."
        named = {path.removeprefix(prefix) for path in TRUSTED if path.startswith(prefix)}
        assert {name for name in named if "." not in name} == classes
        assert all(isclass(getattr(optuna.samplers.nsgaii, n.partition(".")[2])) for n in named if "." in n)
