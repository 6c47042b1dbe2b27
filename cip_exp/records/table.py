"""Records of the data: target, table, features, fold and split.

Arrays in a record are shared, never copied: treat them as read-only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from cip_exp.records.columns import Reading

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from cip_exp.records.copied_rows import CopiedRows
    from cip_exp.records.lineage import Leak, Lineage

TaskName = Literal["clv", "churn", "segments"]
Labeller = Callable[["pd.DataFrame"], "NDArray[np.float64]"]


@dataclass(frozen=True)
class Target:
    """The target of a task, and how its values are computed from raw rows."""

    name: str
    fit: Callable[[pd.DataFrame], Labeller]
    """Learn the label from training rows (a quantile, say); returns the function that labels any rows."""
    fitted: bool = False
    """True where the label depends on the rows it was learned from, so that each fold has its own."""
    columns: tuple[str, ...] = ()
    """Raw columns that *are* the target, and so never features by default."""
    labels: tuple[str, str] | None = None
    """Of churn: the user's words for 0 and 1; None where the numbers are the user's words."""


@dataclass(frozen=True, eq=False)
class Table:
    """One data set as loaded and validated: one row per customer."""

    name: str
    frame: pd.DataFrame
    sha256: str
    """Of the content: column names, types and values."""
    targets: Mapping[str, Target]
    """By task name; a task without an entry cannot be run on this table (segments needs none)."""
    lineage: Lineage
    id: str | None = None
    time: str | None = None
    group: str | tuple[str, ...] | None = None
    """The column whose equal values keep rows together; several: rows that agree in all of them."""
    horizon_days: float = 0.0
    """How long after `time` the target becomes known."""
    drop: tuple[str, ...] = ()
    """Raw columns that are never features."""
    leaky: tuple[str, ...] = ()
    """Columns that are declared leaky: left out of `clean`, included in `leaky`."""
    identifiers: tuple[str, ...] = ()
    """Columns that are nearly all different and measure nothing: rows can be equal without them."""
    reading: Reading = field(default_factory=Reading)
    """What each column of a user's file was read as; empty for other tables."""
    raw: pd.DataFrame | None = None
    """The rows of a user's file as written, before they were read; None for other tables."""
    feature_sets: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    """Explicit columns by (task, set); where absent, the set follows the general rule."""

    def group_numbers(self) -> NDArray[np.int64] | None:
        """Return a number for each row, shape (n,); rows of one group share it. None without a group."""
        import numpy as np
        import pandas as pd

        if self.group is None:
            return None
        if isinstance(self.group, str):
            return pd.factorize(self.frame[self.group])[0].astype(np.int64)
        grouped = self.frame.groupby(list(self.group), sort=False, dropna=False, observed=True)
        return np.asarray(grouped.ngroup(), dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Features:
    """The inputs and the target of a model, for one data set, feature set and task."""

    table: Table
    set_name: str
    task: TaskName
    X: pd.DataFrame
    """Shape (n, p); numeric, boolean or category columns. Where `builder` is set, these are the columns
    as fitted on the whole table, and only the audit uses them."""
    y: NDArray[np.float64] | None
    """Shape (n,): the label fitted on the whole table; None for segments."""
    twins: NDArray[np.int64]
    """Shape (n,): rows with the same number are equal but for their id, or near copies."""
    target: Target | None = None
    """None for segments; `fitted` is False here where the label is taken from the whole table."""
    groups: NDArray[np.int64] | None = None
    """Shape (n,): the values of `Table.group`, numbered."""
    copies: CopiedRows | None = None
    """Copies among the rows of X and y, and what chance gives; None where they were not searched."""
    builder: Any = None
    """An unfitted scikit-learn transformer of raw rows, where a feature is fitted on the population and
    so has to be fitted inside each fold; None where the columns of X are the same for every fold."""
    dropped: tuple[Leak, ...] = ()
    """Columns that `strict` left out, each with the reason."""
    front: Any = None
    """Where `builder` is None and the columns of X are computed from raw ones: the transformer that does so,
    fitted on the whole table. A saved model needs it."""

    @property
    def names(self) -> tuple[str, ...]:
        """Feature names, in the order of the columns of X."""
        return tuple(str(name) for name in self.X.columns)


@dataclass(frozen=True, eq=False)
class Fold:
    """One training and one validation side; positions refer to rows of `Features.X`."""

    replicate: int
    """Position of its seed in `seeds.replicates`."""
    number: int
    train: NDArray[np.int64]
    test: NDArray[np.int64]
    y_train: NDArray[np.float64] | None
    y_test: NDArray[np.float64] | None


@dataclass(frozen=True, eq=False)
class Split:
    """The rows, split once into folds for scoring and a sealed holdout."""

    folds: tuple[Fold, ...]
    final: Fold
    """Training: every row outside the holdout; test: the holdout, on which no search is scored."""
    scheme: str
    twins_grouped: bool
