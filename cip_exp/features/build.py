"""Build the features of a table: columns by feature set and lineage; what is fitted is left to the fold."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.base import clone

from cip_exp.data.column_roles import many_levels
from cip_exp.errors import ConfigError, DataError, describe, nearest
from cip_exp.features.copy_search.joined_numbers import joined
from cip_exp.features.copy_search.search import find_copies
from cip_exp.features.purchasing import PurchasingFeatures, needs_fit
from cip_exp.records.lineage import Leak
from cip_exp.records.table import Features

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cip_exp.config.schemas import FeatureSettings
    from cip_exp.records.copied_rows import CopiedRows
    from cip_exp.records.table import Table, Target, TaskName


def build(table: Table, settings: FeatureSettings, task: TaskName) -> Features:
    """Return the features of `table` for `task`.

    Raises:
        ConfigError: a set the table does not declare, an unknown column, or one that strict refuses.
        DataError: a missing or infinite value without a declared imputation.
    """
    target = _target(table, task)
    names, dropped = _columns(table, settings, task, target)
    X, fitted = _frame(table, settings, names)
    whole_table = settings.fit == "table"
    in_fold = fitted is not None and needs_fit(names) and not whole_table
    if target is not None and whole_table:
        target = replace(target, fitted=False)
    X = _model_ready(X, settings)
    y = None if target is None else table.targets[task].fit(table.frame)(table.frame)
    groups = table.group_numbers()
    copies = find_copies(X, y, groups)
    return Features(
        table=table,
        set_name=settings.name,
        task=task,
        X=X,
        y=y,
        twins=_twin_numbers(table, copies),
        copies=copies,
        target=target,
        groups=groups,
        builder=clone(fitted) if in_fold else None,
        dropped=dropped,
        front=None if in_fold else fitted,
    )


def _target(table: Table, task: TaskName) -> Target | None:
    if task == "segments":
        return None
    if task not in table.targets:
        have = ", ".join(table.targets)
        msg = describe(
            f"data={table.name} has no target for task '{task}'", "model", f"models for: {have}, segments"
        )
        raise ConfigError(msg)
    return table.targets[task]


def _columns(
    table: Table, settings: FeatureSettings, task: TaskName, target: Target | None
) -> tuple[tuple[str, ...], tuple[Leak, ...]]:
    """Return the columns of the set, and the leaks for which `strict` left columns out."""
    if settings.columns is not None:
        return _listed_columns(table, settings, target)
    declared = table.feature_sets.get((task, settings.name))
    if declared is not None:
        return declared, ()
    clean = table.feature_sets.get((task, "clean")) or _all_columns(table, target)
    if settings.many_levels == "drop":
        clean = tuple(name for name in clean if not _has_many_levels(table.frame[name]))
    if settings.name == "leaky":
        if not table.leaky:
            msg = describe(
                f"data={table.name} declares no leaky columns",
                "features=leaky",
                "features=clean | features=strict",
            )
            raise ConfigError(msg)
        return (*clean, *table.leaky), ()
    if settings.name == "clean":
        return clean, ()
    leaks = {name: _leak_of(table, name, target) for name in clean}
    kept = tuple(name for name in clean if leaks[name] is None)
    if not kept:
        msg = describe(
            "features=strict leaves no column", "lineage", "a table with a column that does not leak"
        )
        raise ConfigError(msg)
    return kept, tuple(leak for leak in leaks.values() if leak is not None)


def _leak_of(table: Table, name: str, target: Target | None) -> Leak | None:
    """Return why `strict` leaves a column out: it leaks the target; for segments, it is derived."""
    leak = table.lineage.leak(name, "segments" if target is None else target.name)
    if target is not None or leak is not None or table.lineage.raw(name):
        return leak
    return Leak(name, "segments", f"{name} ← {', '.join(table.lineage[name].parents)} (derived)")


def _has_many_levels(column: pd.Series[Any]) -> bool:
    return isinstance(column.dtype, pd.CategoricalDtype) and many_levels(column.nunique(), len(column))


def _listed_columns(
    table: Table, settings: FeatureSettings, target: Target | None
) -> tuple[tuple[str, ...], tuple[Leak, ...]]:
    """Return the columns that the user lists; under `strict`, refuse those that leak, by name and path."""
    names = tuple(settings.columns or ())
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated is not None:
        raise ConfigError(describe(f"'{repeated}' is listed twice", "features.columns", "each column once"))
    known = {*map(str, table.frame.columns), *(table.lineage if table.name == "purchasing" else ())}
    for name in names:
        if name not in known:
            msg = describe(
                f"'{name}' is not a column of data={table.name}", "features.columns",
                ", ".join(sorted(known)), nearest(name, known),
            )  # fmt: skip
            raise ConfigError(msg)
    if not names:
        raise ConfigError(
            describe("features.columns is empty", "features.columns", "one column or more, or null")
        )
    targets = set(names) & ({*target.columns, target.name} if target is not None else set())
    if targets:
        what = f"{', '.join(sorted(targets))} is the target itself"
        raise ConfigError(describe(what, "features.columns", "columns other than the target"))
    leaks = [leak for name in names if (leak := _leak_of(table, name, target)) is not None]
    if settings.name == "strict" and leaks:
        paths = "; ".join(leak.path for leak in leaks)
        msg = describe(
            f"features=strict refuses: {paths}",
            "features.columns",
            "columns that share no ancestor with the target; for segments, raw ones",
        )
        raise ConfigError(msg)
    return names, ()


def _all_columns(table: Table, target: Target | None) -> tuple[str, ...]:
    """Return all columns but the target, id, time, group, dropped columns and columns declared as leaky."""
    one_group = table.group if isinstance(table.group, str) else None
    out = {table.id, table.time, one_group, *table.drop, *table.leaky}
    for each in table.targets.values() if target is None else (target,):
        out |= set(each.columns)
    return tuple(str(name) for name in table.frame.columns if name not in out)


def _frame(table: Table, settings: FeatureSettings, names: Sequence[str]) -> tuple[pd.DataFrame, Any]:
    """Return the columns as fitted on the whole table, and the transformer that was fitted for them."""
    if table.name != "purchasing":
        return table.frame.loc[:, list(names)], None
    fitted = PurchasingFeatures(columns=list(names), rounded=settings.rounded).fit(table.frame)
    return fitted.transform(table.frame), fitted


def _model_ready(X: pd.DataFrame, settings: FeatureSettings) -> pd.DataFrame:
    """Convert numbers to floats and texts to categories; dates stay. Refuse holes without an imputation."""
    columns: dict[str, pd.Series[Any]] = {}
    for name in X.columns:
        column = X[name]
        if pd.api.types.is_datetime64_any_dtype(column):
            columns[name] = column
            continue
        if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
            columns[name] = column.astype(np.float64)
        else:
            columns[name] = column.astype(object).where(column.notna(), None).astype("category")
    ready = pd.DataFrame(columns, index=X.index)
    numeric = ready.select_dtypes("number")
    infinite = np.isinf(numeric.to_numpy()).sum(axis=0)
    missing = ready.isna().sum() + pd.Series(infinite, index=numeric.columns).reindex(
        ready.columns, fill_value=0
    )
    if settings.impute == "error" and missing.any():
        listed = ", ".join(f"{name} ({count})" for name, count in missing[missing > 0].head(6).items())
        msg = describe(
            f"missing or infinite values in: {listed}", "the feature columns", "finite values in every row",
            "impute them inside the fold: features.impute=median (or mean, most_frequent)",
        )  # fmt: skip
        raise DataError(msg)
    return ready.replace([np.inf, -np.inf], np.nan) if infinite.any() else ready


def _twin_numbers(table: Table, copies: CopiedRows) -> NDArray[np.int64]:
    """Return a number for each row, shape (n,); rows that are equal but for their id share a number.

    So do near copies, where there are more of them than chance gives.
    """
    apart = {table.id, *table.identifiers}
    columns = [name for name in table.frame.columns if name not in apart]
    grouped = table.frame.groupby(columns, sort=False, dropna=False, observed=True)
    equal = np.asarray(grouped.ngroup(), dtype=np.int64)
    linked = copies.near is not None and copies.near.linked
    return joined([equal, copies.numbers]) if linked else equal
