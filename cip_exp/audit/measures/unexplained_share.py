"""The share of what other columns leave unexplained: a column's scores, and the conditions for a leak."""

from __future__ import annotations

from typing import NamedTuple

FEW_COLUMNS = 7
"""With fewer other columns than this, a higher share is required."""
GROUP_SHARE_FEW = 0.7
WEAK = 0.15
"""Other columns that explain less than this together are weak: that they explain little says little."""


class Score(NamedTuple):
    """Variance explained by one column (the weakest of several) alone, by all others, and by all together."""

    alone: float
    others: float
    together: float

    @property
    def share(self) -> float:
        """What the column alone explains of the variance that the others leave unexplained."""
        return share_of_rest(self.alone, self.others)

    @property
    def share_with_others(self) -> float:
        """What all columns together explain of the variance that the others leave unexplained."""
        return share_of_rest(max(self.alone, self.together), self.others)


class Condition(NamedTuple):
    """One condition for a leak; a column that meets any of the conditions is one."""

    explained: float
    """The minimum variance that the column explains alone."""
    share: float
    """The minimum share of the variance that the others leave unexplained."""
    with_others: bool = False
    """Whether the share is that of the column with the others, not of the column alone."""
    by_others: float = 0.0
    """The minimum variance that the others explain."""
    sharp: bool = False
    """Whether one cut of the column must explain nearly as much as the whole column does."""

    def enough(self, alone: float, together: float) -> float:
        """Return the variance that the others must explain so that the share is too small."""
        explained = max(alone, together) if self.with_others else alone
        return needed_by_others(explained, self.share)

    def holds(self, score: Score) -> bool:
        """Return whether the score meets the condition, whatever one cut explains."""
        share = score.share_with_others if self.with_others else score.share
        return score.alone >= self.explained and share >= self.share and score.others >= self.by_others


class Thresholds(NamedTuple):
    """The conditions for a leak, chosen on clean tables and planted leaks of the benchmark's tuning half.

    "Share" is the share of the variance that the other columns leave unexplained. `among_strong` and `sharp`
    are for columns that explain less alone.
    """

    explained: float
    """The minimum variance that the column explains alone."""
    share_alone: float
    """The minimum share that the column explains alone ..."""
    share_with_others: float
    """... or together with the others, where it explains `explained_with_others` of the variance alone."""
    explained_with_others: float
    share_few_columns: float
    """The minimum share where there are few other columns."""
    share_backward: float
    """The minimum share of the column's variance that the target explains."""
    explained_among_weak: float = 0.0
    """The minimum variance that the column explains alone where the others are weak."""
    explained_few_columns: float = 0.0
    """The minimum variance that the column explains alone where there are few other columns."""
    among_strong: Condition | None = None
    """What is required of a column whose companions explain something too."""
    sharp: Condition | None = None
    """What is required of a column of two values, or of which one cut says everything."""
    group_explained: float = 0.6
    """The minimum variance that each of several columns explains alone, where they are tested together."""
    group_share: float = 0.7
    """The minimum share of each of them; at least GROUP_SHARE_FEW where few columns are left."""
    group_left: int = FEW_COLUMNS
    """A group is tested where at least this many columns are left."""

    def conditions(self, others: int) -> list[Condition]:
        """Return the conditions for a column beside this number of other columns."""
        few = others < FEW_COLUMNS
        share, explained = (self.share_few_columns, self.explained_few_columns) if few else (0.0, 0.0)
        every = [each for each in (self.among_strong, self.sharp) if each is not None]
        for least, by_others in ((max(explained, self.explained_among_weak), 0.0), (explained, WEAK)):
            every += [
                Condition(max(self.explained, least), self.share_alone, by_others=by_others),
                Condition(max(self.explained_with_others, least), self.share_with_others, True, by_others),
            ]
        return [each._replace(share=max(each.share, share)) for each in every]


def share_of_rest(explained: float, others: float) -> float:
    """Return the share that `explained` adds to the variance that the others leave unexplained."""
    return (explained - others) / max(1e-9, 1.0 - others)


def needed_by_others(explained: float, share: float) -> float:
    """Return the variance that the others must explain so that the share of `explained` is below `share`."""
    return (explained - share) / (1.0 - share) + 1e-9 if share < 1.0 else 0.0
