"""Build the case of an audit from features and a split, and audit it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cip_exp.audit.case import Audit, Case
from cip_exp.audit.runner import audit
from cip_exp.data.column_types import to_days

if TYPE_CHECKING:
    from cip_exp.records.table import Features, Split


def audit_features(features: Features, split: Split | None) -> Audit:
    """Audit features and their split; one audit serves all trials that share both."""
    return audit(build_case(features, split))


def build_case(features: Features, split: Split | None) -> Case:
    """Return the case of features and their split."""
    table = features.table
    raw = table.frame.drop(columns=[table.id] if table.id is not None else [])
    names = [name for name in features.names if name in table.lineage and table.lineage[name].fitted]
    return Case(
        X=features.X,
        y=features.y,
        task=features.task,
        target=features.target.name if features.target is not None else "segments",
        raw=raw,
        lineage=table.lineage,
        twins=features.twins,
        found=features.copies,
        groups=features.groups,
        time=None if table.time is None else to_days(table.frame[table.time]),
        split=split,
        labels=None if features.target is None else features.target.labels,
        fitted_on_table=tuple(names) if features.builder is None else (),
    )
