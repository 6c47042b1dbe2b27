"""The records of the audit: the case to check, the findings, and the result of all checks.

A check is a function of a `Case`, one a module. It returns its findings, nothing where it found nothing, or
`NotApplicable` with the reason. "Not applicable" is not "passed".

Declared lineage comes before statistics. A column that the lineage connects with the target is a leak. A
column that is declared clean is at most `suspect`, whatever its statistics, since values do not show where
they come from. Only a column without a declaration can become a `leak` by statistics.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from cip_exp.audit.codes import CODES
from cip_exp.audit.column_view import ColumnView, build_view
from cip_exp.audit.measures.customers import Customers, find_customers
from cip_exp.audit.measures.given_target import GivenTarget, Regressors, build_regressors
from cip_exp.features.copy_search.joined_numbers import joined
from cip_exp.features.copy_search.search import find_copies

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from cip_exp.audit.measures.marked_columns import MarkSearch
    from cip_exp.audit.measures.varying_columns import VaryingColumns
    from cip_exp.records.copied_rows import CopiedRows
    from cip_exp.records.lineage import Lineage
    from cip_exp.records.table import Split, TaskName

Kind = Literal["leak", "duplicate", "degenerate", "suspect", "redundant", "note"]
Status = Literal["found", "passed", "not applicable", "ignored"]

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
    """Shape (n,): rows with the same number are equal but for their id, or near copies."""
    groups: NDArray[np.int64] | None = None
    """Shape (n,): rows with the same number belong to one group."""
    time: NDArray[np.float64] | None = None
    """Shape (n,): when each row was known, in days from any origin."""
    split: Split | None = None
    fitted_on_table: tuple[str, ...] = ()
    """Columns of X that are fitted on the whole table before the split."""
    found: CopiedRows | None = None
    """The copies, where they are known already."""
    seed: int = 0
    labels: tuple[str, str] | None = None
    """The user's words for the lower and the upper class of a label; None where the numbers are the words."""

    @cached_property
    def view(self) -> ColumnView:
        """The columns and the target as numbers, of at most `column_view.ROWS` rows; computed once."""
        return build_view(self.X, self.y, self.seed)

    @cached_property
    def search(self) -> MarkSearch:
        """The search for values that mark an event, of a case that has a target; made once."""
        from cip_exp.audit.measures.marked_columns import MarkSearch

        together = self.together[self.view.rows]
        return MarkSearch(self.view, together, self.target, self.labels, self.seed)

    @cached_property
    def regressors(self) -> Regressors | None:
        """The columns as regressors beside the target; computed once. None without a target that varies."""
        return build_regressors(self.view, self.seed, self.together[self.view.rows])

    @cached_property
    def given_target(self) -> dict[int, GivenTarget]:
        """What the others say of a column when the target is known, by its position in the view."""
        return {} if self.regressors is None else self.regressors.measure()

    @cached_property
    def copied(self) -> CopiedRows:
        """The copies among the rows of features and target, and what chance gives; computed once."""
        return find_copies(self.X, self.y, self.groups) if self.found is None else self.found

    @property
    def copies(self) -> NDArray[np.int64]:
        """Shape (n,): rows with the same number are equal in all features and the target, or near copies."""
        return self.copied.numbers

    @cached_property
    def customers(self) -> Customers | None:
        """Columns that may name the customers of several rows each; None where a group is declared."""
        import numpy as np

        if self.groups is not None:
            return None
        rows = self.view.rows[np.sort(np.unique(self.copies[self.view.rows], return_index=True)[1])]
        return find_customers(self.X.iloc[rows])

    @cached_property
    def together(self) -> NDArray[np.int64]:
        """Shape (n,): rows with one number are copies, or of one customer, by a group or by what repeats."""
        import numpy as np

        if self.groups is not None:
            return joined([self.copies, self.groups])
        if self.customers is None:
            return self.copies
        sets = self.X.groupby(list(self.customers.columns), sort=False, dropna=False, observed=True)
        return joined([self.copies, np.asarray(sets.ngroup(), dtype=np.int64)])

    @cached_property
    def varying_columns(self) -> VaryingColumns:
        """The columns that vary, with what each explains of the target; for a case that has one."""
        from cip_exp.audit.measures.varying_columns import build_varying_columns

        return build_varying_columns(self.view, self.together, self.seed)

    def without(self, columns: Collection[str]) -> Case:
        """Return the case without these features; the view is reduced, not built again."""
        kept = [name for name in self.X.columns if str(name) not in columns]
        raw = self.raw
        if raw is not None:
            raw = raw[[name for name in raw.columns if str(name) not in columns]]
        fitted = tuple(name for name in self.fitted_on_table if name not in columns)
        reduced = replace(self, X=self.X[kept], raw=raw, fitted_on_table=fitted, found=None)
        # The view is the one that the reduced case would build. Its copies are counted anew: rows that differ
        # only in a column that is gone are equal now.
        reduced.__dict__["view"] = self.view.without(columns)
        return reduced

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
    ignored: tuple[Finding, ...] = ()
    """Findings that the user ignores: without effect on the verdict."""

    @property
    def code(self) -> str:
        """The check's stable code; the check's id where it has none."""
        return CODES.get(self.check, self.check)


@dataclass(frozen=True)
class Audit:
    """The results of all checks of one case."""

    results: tuple[CheckResult, ...]
    target: str = ""
    """The target's name; empty where there is none."""
    origins: str = ""
    """What no lineage is declared for, in words; empty where all is declared."""

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
        """The messages behind the verdict with their codes, in its words' order; then what is ignored."""
        kinds = (*VERDICT_WORDS, "suspect")
        found = (finding for kind in kinds for finding in self.findings if finding.kind == kind)
        return (*(f"{finding.message} ({finding.code})" for finding in found), *self.ignored)

    @property
    def ignored(self) -> tuple[str, ...]:
        """A line for each check with ignored findings: `ignored: CIP007 missingness, 1 finding`."""
        return tuple(
            f"ignored: {each.code} {each.check}, {n} finding{'s' if n > 1 else ''}"
            for each in self.results
            if (n := len(each.ignored))
        )

    def verdict(self) -> str:
        """Return those of leaky, duplicated, degenerate that hold, comma-joined; else suspect, else ok."""
        kinds = {finding.kind for finding in self.findings}
        words = [word for kind, word in VERDICT_WORDS.items() if kind in kinds]
        return ",".join(words) or ("suspect" if "suspect" in kinds else "ok")
