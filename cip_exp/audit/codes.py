"""The stable code of every check, with a short help text; docs/checks has a page for each code.

A code is never given to another check, also after its check is gone.
"""

from __future__ import annotations

from typing import NamedTuple


class CheckRule(NamedTuple):
    """A check's code, its id, and its help in two sentences."""

    code: str
    check: str
    """The check's id: the name of its function."""
    meaning: str
    """What a finding says."""
    remedy: str
    """What to do."""

    @property
    def page(self) -> str:
        """The check's page, relative to the root of the repository."""
        return f"docs/checks/{self.code}.md"


RULES = (
    CheckRule(
        "CIP001",
        "lineage",
        "The declared lineage connects a feature with the target, or the feature becomes known too late.",
        "Train with features=strict, or leave the feature out.",
    ),
    CheckRule(
        "CIP002",
        "late",
        "A date column is later than the row's own date: it was not known yet.",
        "Drop the column, or take its value as of the row's date.",
    ),
    CheckRule(
        "CIP003",
        "identity",
        "The target is a formula of up to three columns, to the last stored digit.",
        "Drop the computed column.",
    ),
    CheckRule(
        "CIP004",
        "fitted_encoding",
        "A column is the mean target of a group of rows, each row's own target included.",
        "Encode the category inside the fold: drop the column, and keep the category.",
    ),
    CheckRule(
        "CIP005",
        "reconstruction",
        "One column predicts the target where all other columns together cannot.",
        "Find out where the column comes from; drop it, or declare its lineage.",
    ),
    CheckRule(
        "CIP006",
        "flags",
        "A two-valued column is set nearly only on rows with the event.",
        "Drop it, or take its value before the event.",
    ),
    CheckRule(
        "CIP007",
        "missingness",
        "A column's values are missing because of the event.",
        "Take its values before the event, or drop the column.",
    ),
    CheckRule(
        "CIP008",
        "fitted",
        "A column holds a statistic (mean, rank, quantile, minimum) of rows on both sides of the split.",
        "Compute it inside the fold, from the training rows.",
    ),
    CheckRule(
        "CIP009",
        "correlation",
        "A column correlates strongly with the target; that proves nothing.",
        "Look at the column: when is its value known?",
    ),
    CheckRule(
        "CIP010",
        "names",
        "A column's name says that it is derived or the target's own, and its statistics agree.",
        "Ask where its values come from.",
    ),
    CheckRule(
        "CIP011",
        "identifiers",
        "A feature identifies the rows: a model can memorise it.",
        "Name it with data.id or data.drop.",
    ),
    CheckRule(
        "CIP012",
        "copies",
        "Rows occur more than once, so there are fewer customers than rows.",
        "Count customers, not rows: remove the copies, or keep them on one side of the split.",
    ),
    CheckRule(
        "CIP013",
        "twins",
        "Held-out rows have a copy in training, which a model can memorise.",
        "Split with split.twins=group.",
    ),
    CheckRule(
        "CIP014",
        "groups",
        "Rows of one group (customer, household) are on both sides of the split.",
        "Keep groups on one side: split.twins=group (the default), or split=grouped.",
    ),
    CheckRule(
        "CIP015",
        "temporal",
        "Held-out rows are older than training rows: the past is predicted, not the future.",
        "Split with split=temporal.",
    ),
    CheckRule(
        "CIP016",
        "adversarial",
        "Training and held-out rows can be told apart by their features.",
        "Look for drift, or split in another way.",
    ),
    CheckRule(
        "CIP017",
        "permuted",
        "A meaningless target can be predicted across the split: rows were recognised.",
        "Keep copies and groups on one side of the split.",
    ),
    CheckRule(
        "CIP018",
        "degenerate",
        "One factor carries all numbers and the rows repeat, so any model scores well.",
        "Use another table.",
    ),
    CheckRule(
        "CIP019",
        "redundant",
        "Another column determines this one; that leaks nothing.",
        "Drop one of the two.",
    ),
    CheckRule("CIP020", "constants", "A column has one value, or none.", "Drop it."),
    CheckRule(
        "CIP021",
        "small",
        "There are few rows for the number of columns: small differences may be chance.",
        "Use a smaller model, fewer columns, or more rows.",
    ),
    CheckRule(
        "CIP022",
        "red_flag",
        "A score on held-out rows is too good to be believed.",
        "Look for a leak or for copies before the score is used.",
    ),
    CheckRule(
        "CIP023",
        "edge",
        "The chosen number of clusters is at the edge of its range.",
        "Widen model.k_min and model.k_max.",
    ),
    CheckRule(
        "CIP024",
        "ceiling",
        "Many configurations share a perfect score: nothing was chosen.",
        "Doubt the data: look for a leak or for copies.",
    ),
    CheckRule(
        "CIP025",
        "quoted",
        "A search's winner was not scored again on fresh splits, or its score fell there.",
        "Search with confirm.top=5, and quote the confirmed score.",
    ),
    CheckRule(
        "CIP026",
        "marks",
        "A value occurs nearly only on rows of one class, or at one end of the target's range.",
        "Drop the column, or take its value before the event.",
    ),
    CheckRule(
        "CIP027",
        "pairs",
        "Two columns together give the target away.",
        "Find out which of the two was written after the event, and drop it.",
    ),
    CheckRule(
        "CIP028",
        "afterwards",
        "A column that is known in practice to come after the event agrees with the target.",
        "Ask when its value is written; drop it, or take its value before the event.",
    ),
    CheckRule(
        "CIP029",
        "near_copies",
        "Rows are equal but for rounding, noise or one column.",
        "Keep them on one side of the split, or remove them.",
    ),
    CheckRule(
        "CIP030",
        "repeated",
        "Several rows belong to one customer, and no group is declared.",
        "Declare the group: data.group=COLUMN.",
    ),
    CheckRule(
        "CIP031",
        "outcome_window",
        "A column depends on the target alone, or contains it: it was counted in the target's own time.",
        "Count up to the day of prediction, or drop the column.",
    ),
)
"""All rules, in the order of their codes."""

CODES = {rule.check: rule.code for rule in RULES}
"""Code by check."""


def rule_of(check: str) -> CheckRule:
    """Return the rule of a check, by its id."""
    return RULES[int(CODES[check][3:]) - 1]
