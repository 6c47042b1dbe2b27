"""`optimization_results.yaml`: the best trials of a sweep, in the stock Optuna sweeper's format."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from omegaconf import OmegaConf

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import optuna


RESULTS = "optimization_results.yaml"


def best_trials(study: optuna.Study) -> list[dict[str, Any]] | None:
    """Return number, params and values of the best trial or the front; None without a complete trial."""
    if len(study.directions) > 1:
        trials = study.best_trials
    else:
        trials = []
        with contextlib.suppress(ValueError):
            trials = [study.best_trial]
    return [{"number": t.number, "params": t.params, "values": list(t.values)} for t in trials] or None


def write_results(studies: Sequence[optuna.Study], folder: Path) -> None:
    """Write the results file; with an outer grid, it has one block a cell."""
    blocks = {study.study_name: _block(study) for study in studies}
    content = next(iter(blocks.values())) if len(blocks) == 1 else {"name": "study", "cells": blocks}
    OmegaConf.save(OmegaConf.create(content), folder / RESULTS)


def _block(study: optuna.Study) -> dict[str, Any]:
    best = best_trials(study) or []
    if len(study.directions) > 1:
        front = [{"params": one["params"], "values": one["values"]} for one in best]
        return {"name": "optuna", "solutions": front}
    if not best:
        return {"name": "optuna", "best_params": None, "best_value": None}
    return {"name": "optuna", "best_params": best[0]["params"], "best_value": best[0]["values"][0]}
