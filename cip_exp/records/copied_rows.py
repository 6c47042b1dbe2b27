"""Which rows of a table are copies of others, how many chance would give, and how they were found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DUPLICATED = 0.05
"""A table is duplicated where so large a share of its rows has a twin beyond what chance gives."""

CHANCE_ERROR = 0.1
"""What chance gives may be this share of itself too low: items of a survey follow a common factor."""


@dataclass(frozen=True)
class Expected:
    """The share of rows with a twin that chance gives."""

    share: float
    low: float
    high: float
    """`low` and `high` are about two standard errors from `share`."""


@dataclass(frozen=True)
class NearCopies:
    """Rows that are not equal to another, but nearer to one than chance gives."""

    how: str
    """How the rows were found, such as "equal in all but one column (order_ref)"."""
    share: float
    """Of the rows that have no equal."""
    expected: Expected
    looked_at: int
    """The number of rows that were compared with all others."""
    linked: bool
    """Whether the copies have their original's number."""


@dataclass(frozen=True, eq=False)
class CopiedRows:
    """The copies of one table of features and target."""

    equal: NDArray[np.int64]
    """Shape (n,): rows that are equal in all features and the target share a number."""
    numbers: NDArray[np.int64]
    """Shape (n,): as `equal`, and near copies share their original's number where they exceed chance."""
    share: float
    """Of rows with an equal one."""
    expected: Expected | None = None
    """Of `share`; None where it is below `DUPLICATED`."""
    near: NearCopies | None = None
    """None where there are no more near copies than chance gives."""

    @property
    def exceeds_chance(self) -> bool:
        """Whether the share with an equal row is `DUPLICATED` or more above chance and its error."""
        chance = 0.0 if self.expected is None else self.expected.share
        return self.beyond_chance >= DUPLICATED + CHANCE_ERROR * chance

    @property
    def beyond_chance(self) -> float:
        """The share of rows with an equal one, less what chance gives; 0 where it is within the interval."""
        if self.expected is None or self.share <= self.expected.high:
            return 0.0
        return self.share - self.expected.share
