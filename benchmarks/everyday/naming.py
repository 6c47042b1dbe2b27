"""The names and places of planted columns: a third have the telling name, if the kind has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from benchmarks.everyday.kinds import Kind

TELLING_SHARE = 1 / 3
NEUTRAL = {
    "n": ("v17", "field_3", "metric_b", "x_204", "num_attr_6", "value_2", "q_11", "amt_c"),
    "t": ("attr_5", "type_cd", "grp", "field_8", "txt_1", "info", "code_b", "c_31"),
    "d": ("dt_2", "date_b", "ts_field", "d_7", "upd", "field_12"),
    "f": ("flag_4", "ind_b", "bool_3", "f_19"),
}
"""Names that say nothing, by the type of the column."""


def name_columns(
    kind: Kind, task: str, taken: Sequence[str], rng: np.random.Generator
) -> tuple[tuple[str, ...], bool]:
    """Return a name for each column, and whether they are the telling ones."""
    telling = kind.telling(task)
    if telling and (rng.random() < TELLING_SHARE or kind.always_named):
        return tuple(f"{name}_2" if name in taken else name for name in telling), True
    names: list[str] = []
    for letter in kind.types:
        free = [name for name in NEUTRAL[letter] if name not in taken and name not in names]
        names.append(str(rng.choice(free)))
    return tuple(names), False


def insert(
    X: pd.DataFrame, names: Sequence[str], columns: Sequence[object], rng: np.random.Generator
) -> pd.DataFrame:
    """Return the table with the columns at random places."""
    out = X.copy()
    for name, values in zip(names, columns, strict=True):
        series = values.to_numpy() if isinstance(values, pd.Series) else values
        out.insert(int(rng.integers(out.shape[1] + 1)), name, series)
    return out
