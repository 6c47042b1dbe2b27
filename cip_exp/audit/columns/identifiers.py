"""Columns that identify rows: a model can memorise them, and the order of the rows may follow the target."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cip_exp.audit.case import Case, Finding, Kind

MIN_ROWS = 30
UNIQUE = 0.95


def identifiers(case: Case) -> list[Finding] | None:
    """Report features that look like ids as `suspect`, or as a `note` where they are declared clean.

    Whole numbers that are all different and span less than 1.05 × the number of rows; texts of which 95 % are
    different. Fewer than 30 rows pass.
    """
    if len(case.X) < MIN_ROWS:
        return None
    found = []
    for name in case.X.columns:
        how = _how(case.X[name])
        if how:
            kind: Kind = "note" if case.declared_clean(str(name)) else "suspect"
            found.append(Finding("identifiers", kind, (str(name),), f"{name} looks like an id: {how}"))
    return found


def _how(column: pd.Series) -> str:
    known = column.dropna()
    n, distinct = len(known), known.nunique()
    if n < MIN_ROWS or pd.api.types.is_bool_dtype(known) or pd.api.types.is_datetime64_any_dtype(known):
        return ""
    if not pd.api.types.is_numeric_dtype(known):
        return f"{distinct} different texts in {n} rows" if distinct >= UNIQUE * n else ""
    values = known.to_numpy(dtype=float)
    whole = distinct == n and bool((values == np.rint(values)).all())
    return "different whole numbers, almost without gaps" if whole and np.ptp(values) < 1.05 * n else ""
