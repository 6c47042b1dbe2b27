"""Load, build, split and audit the data of a trial, and build its pipeline; cached between trials."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from cip_exp.audit.from_features import audit_features
from cip_exp.audit.ignore import parse_ignored, without_ignored
from cip_exp.audit.without_accused import leave_out_lines
from cip_exp.config.estimator import build_estimator
from cip_exp.errors import AuditError, describe
from cip_exp.evaluation import cross_validation, seeds, split
from cip_exp.evaluation.metrics import TASKS
from cip_exp.features.build import build
from cip_exp.models import pipeline
from cip_exp.trial.table_cache import load_table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

    from cip_exp.audit.case import Audit
    from cip_exp.config.settings import Settings
    from cip_exp.records.table import Features, Split, Table


ALLOWED_BY_STRICT = "data without leaks, copies or one dominant factor; audit=warn warns and goes on"

_prepared: dict[str, PreparedData] = {}

_tuned: dict[str, tuple[Pipeline, dict[str, Any]]] = {}


@dataclass(frozen=True, eq=False)
class PreparedData:
    """Features, split and audit, shared by all trials with the same data, features, task, split and seeds."""

    features: Features
    split: Split
    words: str
    """The verdict of the audit, before any model is fitted."""
    reasons: tuple[str, ...]
    accused: tuple[str, ...] = ()
    """Columns that the audit calls leaks."""
    audit: Audit | None = None
    """Of the data; None where it was not audited."""

    @property
    def row_groups(self) -> NDArray[np.int64] | None:
        """Shape (n,): rows with the same number are on one side of every fold; None for single rows."""
        return self.features.twins if self.split.twins_grouped else None


def prepare(settings: Settings) -> PreparedData:
    """Load the table, build the features, split the rows and audit them; cached by settings and table.

    Raises:
        UserError: the settings or the data cannot be used; nothing has been written.
    """
    key, table = _cache_key(settings), _load_table(settings)
    if key not in _prepared or _prepared[key].features.table is not table:
        features = build(table, settings.features, settings.model.task)
        if settings.model.task == "segments" and settings.model.scored == "in_sample":
            divided = split.split_in_sample(features, len(settings.replicates))
        else:
            divided = split.split_rows(features, settings.split, settings.seeds, settings.replicates)
        _prepared[key] = PreparedData(features, divided, *_audit(features, divided, settings))
    return _prepared[key]


def _load_table(settings: Settings) -> Table:
    return load_table(settings.data, json.dumps([asdict(settings.data), settings.model.task], default=str))


def _cache_key(settings: Settings) -> str:
    parts = [asdict(part) for part in (settings.data, settings.features, settings.split, settings.seeds)]
    return json.dumps(
        [*parts, settings.model.task, settings.model.scored, settings.replicates, asdict(settings.audit)],
        default=str,
    )


def _audit(
    features: Features, divided: Split, settings: Settings
) -> tuple[str, tuple[str, ...], tuple[str, ...], Audit | None]:
    """Return the verdict of the audit, its reasons, the accused columns, and the audit.

    Raises:
        ConfigError: audit.ignore names a check that does not exist.
        AuditError: audit=strict, and the data is leaky, duplicated or degenerate.
    """
    ignored = parse_ignored(settings.audit.ignore, "configuration key 'audit.ignore'")
    if settings.audit.name == "off":
        return "unaudited", (), (), None
    found = without_ignored(audit_features(features, divided), ignored)
    words = found.verdict()
    if settings.audit.name == "strict" and words not in ("ok", "suspect"):
        where = "; ".join(found.reasons[:5])
        step = " ".join(leave_out_lines(features, found.leaking_columns, settings))
        raise AuditError(describe(f"audit=strict stops: {words}", where, ALLOWED_BY_STRICT, step))
    return words, found.reasons, found.leaking_columns, found


def build_pipeline(settings: Settings, prepared: PreparedData) -> tuple[Pipeline, dict[str, Any]]:
    """Return the unfitted pipeline, and the parameters that `model.grid` chose for it."""
    key = f"{settings.config_hash} {_cache_key(settings)} {prepared.features.table.sha256}"
    if settings.model.grid and key in _tuned:
        return _tuned[key]
    estimator = build_estimator(settings.model)
    pipe = pipeline.pipeline(
        estimator, prepared.features, scale=settings.model.scale, impute=settings.features.impute,
        many_levels=settings.features.many_levels,
    )  # fmt: skip
    if not settings.model.grid:
        return pipe, {}
    scoring = TASKS[prepared.features.task].metrics[settings.metric].scorer
    if settings.split.name == "nested" and prepared.features.task != "segments":
        return pipeline.with_inner_search(pipe, settings.model.grid, settings.split.n_splits, scoring), {}
    seeded = pipeline.seeded(pipe, seeds.resolve(settings.seeds.model, settings.replicates[0], "model"))
    y = cross_validation.labels(prepared.features, prepared.features.y)
    rows = pipeline.inputs(prepared.features)
    first = [fold for fold in prepared.split.folds if fold.replicate == 0]
    _tuned[key] = pipeline.tune(seeded, settings.model.grid, rows, y, first, scoring)
    return _tuned[key]
