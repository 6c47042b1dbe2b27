"""What to type so that the next run has no accused column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cip_exp.errors import argument

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cip_exp.config.settings import Settings
    from cip_exp.records.table import Features

MOST_LISTED = 30
"""A command that lists more columns than this is not proposed."""
ALL = "Every column is accused: without them nothing is left to predict from."


def without_accused(features: Features, accused: Sequence[str], settings: Settings) -> str:
    """Return the overrides of a run without the accused columns; empty where they leave no column."""
    rest = [name for name in features.names if name not in accused]
    if not accused or not rest:
        return ""
    lineage, target = features.table.lineage, features.target
    declared = [name for name in accused if target is not None and lineage.leak(name, target.name)]
    others = [name for name in accused if name not in declared]
    listed = settings.features.columns is not None
    if not listed and not others:
        return "features=strict"
    if settings.data.name != "csv" or listed:
        return argument("features.columns", rest) if len(rest) <= MOST_LISTED else ""
    strict = ["features=strict"] if declared else []
    return " ".join([*strict, argument("data.drop", [*settings.data.drop, *others])])


def leave_out_lines(features: Features, accused: Sequence[str], settings: Settings) -> list[str]:
    """Return a line with these overrides; none where no column is accused."""
    if not accused:
        return []
    if set(features.names) <= set(accused):
        return [ALL]
    overrides = without_accused(features, accused, settings)
    what = "the accused column" if len(accused) == 1 else "the accused columns"
    return [f"Without {what}: add {overrides}"] if overrides else []
