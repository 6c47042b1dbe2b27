"""Load, build, split and audit the data of a trial, and build its pipeline; cached between trials."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from cip_exp.audit.from_features import audit_features
from cip_exp.config.estimator import build_estimator
from cip_exp.data import catalog
from cip_exp.errors import AuditError, describe
from cip_exp.evaluation import cross_validation, seeds, split
from cip_exp.evaluation.metrics import TASKS
from cip_exp.features.build import build
from cip_exp.models import pipeline as model

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from cip_exp.config.settings import Settings
    from cip_exp.records.table import Features, Split, Table


ALLOWED_BY_STRICT = "a cell without leaks, copies or one factor behind all; audit=warn goes on with a warning"

_tables: dict[str, Table] = {}

_prepared: dict[str, PreparedData] = {}

_tuned: dict[str, tuple[Pipeline, dict[str, Any]]] = {}


@dataclass(frozen=True, eq=False)
class PreparedData:
    """What all trials of one data set, feature set, task, split and set of seeds share."""

    features: Features
    split: Split
    words: str
    """The audit's part of the verdict."""
    reasons: tuple[str, ...]
    accused: tuple[str, ...] = ()
    """Columns that the audit calls leaks."""


def prepare(settings: Settings) -> PreparedData:
    """Load, build and divide what a trial needs; answered from memory for the same cell.

    Raises:
        UserError: anything the user can mend; nothing has been written by then.
    """
    key = _cache_key(settings)
    if key not in _prepared:
        table = _load_table(settings)
        features = build(table, settings.features, settings.model.task)
        if settings.model.task == "segments" and settings.model.scored == "in_sample":
            divided = split.in_sample(features, len(settings.replicates))
        else:
            divided = split.plan(features, settings.split, settings.seeds, settings.replicates)
        _prepared[key] = PreparedData(features, divided, *_audit(features, divided, settings))
    return _prepared[key]


def _load_table(settings: Settings) -> Table:
    key = json.dumps([asdict(settings.data), settings.model.task], default=str)
    if key not in _tables:
        _tables[key] = catalog.load(settings.data, settings.model.task)
    return _tables[key]


def _cache_key(settings: Settings) -> str:
    parts = [asdict(part) for part in (settings.data, settings.features, settings.split, settings.seeds)]
    return json.dumps(
        [*parts, settings.model.task, settings.model.scored, settings.replicates, settings.audit.name],
        default=str,
    )


def _audit(
    features: Features, divided: Split, settings: Settings
) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Return the audit's words on a cell, its reasons and the accused columns, before any model is fitted.

    Raises:
        AuditError: with audit=strict, where the cell is leaky, duplicated or degenerate.
    """
    if settings.audit.name == "off":
        return "unaudited", (), ()
    found = audit_features(features, divided)
    words = found.words()
    if settings.audit.name == "strict" and words not in ("ok", "suspect"):
        raise AuditError(
            describe(f"audit=strict stops: {words}", "; ".join(found.reasons[:5]), ALLOWED_BY_STRICT)
        )
    return words, found.reasons, found.accused


def build_pipeline(settings: Settings, cell: PreparedData) -> tuple[Pipeline, dict[str, Any]]:
    """Return the unfitted pipeline, and what a grid found for it."""
    key = f"{settings.config_hash} {_cache_key(settings)}"
    if settings.model.grid and key in _tuned:
        return _tuned[key]
    estimator = build_estimator(settings.model)
    pipe = model.pipeline(
        estimator, cell.features, scale=settings.model.scale, impute=settings.features.impute
    )
    if not settings.model.grid:
        return pipe, {}
    if settings.split.name == "nested" and cell.features.task != "segments":
        scoring = TASKS[cell.features.task].primary
        return model.self_tuning(pipe, settings.model.grid, settings.split.n_splits, scoring), {}
    seeded = model.seeded(pipe, seeds.resolve(settings.seeds.model, settings.replicates[0], "model"))
    y = cross_validation.labels(cell.features, cell.features.y)
    rows = model.inputs(cell.features)
    scoring = TASKS[cell.features.task].primary
    first = [fold for fold in cell.split.folds if fold.replicate == 0]
    _tuned[key] = model.tuned(seeded, settings.model.grid, rows, y, first, scoring)
    return _tuned[key]
