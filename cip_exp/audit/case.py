"""The records of the audit: the case to check, the findings, and the result of all checks.

A check is a function of a `Case`, one a module. It returns its findings, nothing where it found nothing, or
`NotApplicable` with the reason. "Not applicable" is not "passed".

Declared lineage comes before statistics. A column that the lineage connects with the target is a leak. A
column that is declared clean is at most `suspect`, whatever its statistics, since values do not show where
they come from. Only a column without a declaration can become a `leak` by statistics.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from cip_exp.audit.codes import CODES
from cip_exp.audit.column_view import ColumnView, build_view
from cip_exp.audit.measures.given_target import GivenTarget, Regressors, build_regressors

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from cip_exp.records.lineage import Lineage
    from cip_exp.records.table import Split, TaskName

Kind = Literal["leak", "duplicate", "degenerate", "suspect", "redundant", "note"]
Status = Literal["found", "passed", "not applicable"]

VERDICT_WORDS: dict[Kind, str] = {"leak": "leaky", "duplicate": "duplicated", "degenerate": "degenerate"}
"""The words of a verdict by kind of finding, in the order in which they are joined."""


@dataclass(frozen=True, eq=False)
class Case:
    """Features, label and split of one task, before any model is fitted."""

    X: pd.DataFrame
    """Shape (n, p): the features as fitted on the whole table."""
    y: NDArray[np.float64] | None
    """Shape (n,): the label of the whole table; None for segments."""
    task: TaskName
    target: str
    """The target's name in the lineage."""
    raw: pd.DataFrame | None
    """Shape (n, …): the rows as loaded, with columns that are not features; None where unknown."""
    lineage: Lineage
    twins: NDArray[np.int64] | None = None
    """Shape (n,): rows with the same number are equal but for their id."""
    groups: NDArray[np.int64] | None = None
    """Shape (n,): rows with the same number belong to one group."""
    time: NDArray[np.float64] | None = None
    """Shape (n,): when each row was known, in days from any origin."""
    split: Split | None = None
    fitted_on_table: tuple[str, ...] = ()
    """Columns of X that are fitted on the whole table before the split."""
    seed: int = 0

    @cached_property
    def view(self) -> ColumnView:
        """The columns and the target as numbers, of at most `column_view.ROWS` rows; computed once."""
        return build_view(self.X, self.y, self.seed)

    @cached_property
    def regressors(self) -> Regressors | None:
        """The columns as regressors beside the target; computed once. None without a target that varies."""
        return build_regressors(self.view, self.seed, self.copies[self.view.rows])

    @cached_property
    def given_target(self) -> dict[int, GivenTarget]:
        """What the others say of a column when the target is known, by its position in the view."""
        return {} if self.regressors is None else self.regressors.measure()

    @cached_property
    def copies(self) -> NDArray[np.int64]:
        """Shape (n,): rows with the same number are equal in all features and the target."""
        import pandas as pd

        part = self.X if self.y is None else self.X.assign(**{"": self.y})
        return pd.factorize(pd.util.hash_pandas_object(part, index=False))[0].astype("int64")

    def declared(self, column: str) -> bool:
        """Return whether the lineage has an entry for `column`."""
        return column in self.lineage

    def declared_clean(self, column: str) -> bool:
        """Return whether the lineage has an entry for `column` that does not connect it with the target."""
        return self.declared(column) and self.lineage.leak(column, self.target) is None


@dataclass(frozen=True)
class Finding:
    """One problem, or one remark, with its numbers."""

    check: str
    kind: Kind
    columns: tuple[str, ...]
    """The columns concerned; empty where the finding is about rows, the split or scores."""
    message: str
    evidence: Mapping[str, float] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """The check's stable code, such as CIP007; the check's id where it has none."""
        return CODES.get(self.check, self.check)


@dataclass(frozen=True)
class NotApplicable:
    """Why a check could not be made."""

    reason: str


Check = Callable[[Case], "list[Finding] | NotApplicable | None"]


@dataclass(frozen=True)
class CheckResult:
    """The result of one check."""

    check: str
    status: Status
    findings: tuple[Finding, ...] = ()
    reason: str = ""
    """Why the check is not applicable; empty otherwise."""

    @property
    def code(self) -> str:
        """The check's stable code; the check's id where it has none."""
        return CODES.get(self.check, self.check)


@dataclass(frozen=True)
class Audit:
    """The results of all checks of one case."""

    results: tuple[CheckResult, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every finding, in the order of the checks."""
        return tuple(finding for result in self.results for finding in result.findings)

    @property
    def leaking_columns(self) -> tuple[str, ...]:
        """Columns with a finding of kind `leak`, each once."""
        leaks = (finding for finding in self.findings if finding.kind == "leak")
        return tuple(dict.fromkeys(column for leak in leaks for column in leak.columns))

    @property
    def reasons(self) -> tuple[str, ...]:
        """The messages behind the verdict with their codes, in its words' order; `suspect` comes last."""
        kinds = (*VERDICT_WORDS, "suspect")
        found = (finding for kind in kinds for finding in self.findings if finding.kind == kind)
        return tuple(f"{finding.message} ({finding.code})" for finding in found)

    def verdict(self) -> str:
        """Return those of leaky, duplicated, degenerate that hold, comma-joined; else suspect, else ok."""
        kinds = {finding.kind for finding in self.findings}
        words = [word for kind, word in VERDICT_WORDS.items() if kind in kinds]
        return ",".join(words) or ("suspect" if "suspect" in kinds else "ok")
