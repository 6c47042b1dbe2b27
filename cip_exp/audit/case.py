"""What the audit looks at, what it can say, and the walk through its checks.

A check is a function of a `Case`, one a file. It returns its findings, or nothing where it looked and found
nothing, or `NotApplicable` with the reason: not applicable is not passed.

Lineage speaks first. What a declaration accuses is a leak; of a column that a declaration clears, statistics
say at most `suspect`, since the truth about where a value comes from is not in its values. Of a column that
nobody declared, statistics may say `leak`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from cip_exp.audit.column_view import View, build_view

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from cip_exp.records.lineage import Lineage
    from cip_exp.records.table import Split, TaskName

Kind = Literal["leak", "duplicate", "degenerate", "suspect", "redundant", "note"]
Status = Literal["found", "passed", "not applicable"]

WORDS: dict[Kind, str] = {"leak": "leaky", "duplicate": "duplicated", "degenerate": "degenerate"}
"""The words of a verdict, in the order in which they are joined."""


@dataclass(frozen=True, eq=False)
class Case:
    """One cell of data, features, task and split, as it is known before any model is fitted."""

    X: pd.DataFrame
    """Shape (n, p): the features as fitted on the whole table."""
    y: NDArray[np.float64] | None
    """Shape (n,): the label of the whole table; None for segments."""
    task: TaskName
    target: str
    """The target's name in the lineage."""
    raw: pd.DataFrame | None
    """Shape (n, …): the rows as loaded, columns that are no features included; None where unknown."""
    lineage: Lineage
    twins: NDArray[np.int64] | None = None
    """Shape (n,): rows with the same number are equal but for their id."""
    groups: NDArray[np.int64] | None = None
    """Shape (n,): rows with the same number belong to one group."""
    time: NDArray[np.float64] | None = None
    """Shape (n,): when each row was known, in days; any origin."""
    split: Split | None = None
    set_name: str = ""
    fitted_on_table: tuple[str, ...] = ()
    """Columns of X that are fitted on the whole table before the split."""
    seed: int = 0
    leaves: int | None = None
    """The most leaves (or coefficients) that the model of the cell may have; None where unknown."""

    @cached_property
    def view(self) -> View:
        """Numeric columns, stored decimals and target of at most `columns.ROWS` rows, worked out once."""
        return build_view(self.X, self.y, self.seed)

    @cached_property
    def copies(self) -> NDArray[np.int64]:
        """Shape (n,): rows with the same number are equal in all features and the target."""
        import pandas as pd

        part = self.X if self.y is None else self.X.assign(**{"": self.y})
        return pd.factorize(pd.util.hash_pandas_object(part, index=False))[0].astype("int64")

    def declared(self, column: str) -> bool:
        """Tell whether the lineage speaks for `column`; a column it does not name is nobody's word."""
        return column in self.lineage

    def cleared(self, column: str) -> bool:
        """Tell whether a declaration says that `column` does not give the target away."""
        return self.declared(column) and self.lineage.leak(column, self.target) is None


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or worth knowing, in a sentence with its numbers."""

    check: str
    kind: Kind
    columns: tuple[str, ...]
    """The accused columns; none where the procedure or the table is meant."""
    message: str
    evidence: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class NotApplicable:
    """Why a check had nothing to look at."""

    reason: str


Check = Callable[[Case], "list[Finding] | NotApplicable | None"]


@dataclass(frozen=True)
class CheckResult:
    """What one check said."""

    check: str
    status: Status
    findings: tuple[Finding, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Audit:
    """All that the checks said of one case."""

    outcomes: tuple[CheckResult, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every finding, in the order of the checks."""
        return tuple(finding for to_result in self.outcomes for finding in to_result.findings)

    @property
    def accused(self) -> tuple[str, ...]:
        """Columns that some finding calls a leak, each once."""
        leaks = (finding for finding in self.findings if finding.kind == "leak")
        return tuple(dict.fromkeys(column for leak in leaks for column in leak.columns))

    @property
    def reasons(self) -> tuple[str, ...]:
        """The sentences behind the verdict's words, in the order of the words, suspicions last."""
        kinds = (*WORDS, "suspect")
        return tuple(finding.message for kind in kinds for finding in self.findings if finding.kind == kind)

    def words(self) -> str:
        """Return the verdict: those of leaky, duplicated, degenerate that hold, else suspect, else ok."""
        kinds = {finding.kind for finding in self.findings}
        grave = [word for kind, word in WORDS.items() if kind in kinds]
        return ",".join(grave) or ("suspect" if "suspect" in kinds else "ok")
