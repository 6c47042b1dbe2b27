"""What the person at the terminal sees of a trial that was run again: what differs, and how much does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cip_exp.report.terminal import open_console

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Check:
    """Something a trial rests on, then and now."""

    name: str
    before: str
    """Empty where it was not recorded."""
    now: str
    decides: bool = True
    """Whether a difference makes it another trial; equal metrics outweigh another commit or version."""

    @property
    def same(self) -> bool:
        """Tell whether it is recorded and equal."""
        return bool(self.before) and self.before == self.now


@dataclass(frozen=True)
class MetricDifference:
    """A metric that is not equal to the last bit."""

    name: str
    before: float
    now: float | None
    """None where the metric is not computed any more."""


def show(
    name: str, checks: Sequence[Check], differences: Sequence[MetricDifference], n_compared: int,
    left_out: Sequence[str],
) -> None:  # fmt: skip
    """Print one reproduction."""
    console = open_console()
    for check in checks:
        console.print(f"{check.name}: {_said(check)}", highlight=False, soft_wrap=True)
    if differences:
        console.print(_table(name, differences))
    equal = n_compared - len(differences)
    console.print(f"{equal} of {n_compared} metrics equal to the last bit", highlight=False)
    if left_out:
        names = ", ".join(left_out)
        console.print(f"not compared, a time or its sweep's: {names}", highlight=False, soft_wrap=True)


def _said(check: Check) -> str:
    if check.same:
        return f"the same, {check.now if ' ' in check.now else check.now[:12]}"  # of a hash its beginning
    if not check.before:
        return f"not recorded; now {check.now or 'unknown'}"
    return f"recorded {check.before}, now {check.now or 'unknown'}"


def _table(name: str, differences: Sequence[MetricDifference]) -> object:
    from rich.table import Table

    table = Table(title=name, title_justify="left")
    for column in ("metric", "recorded", "now", "difference"):
        table.add_column(column, justify="left" if column == "metric" else "right")
    for each in differences:
        gone = each.now is None
        change = "" if each.now is None else f"{each.now - each.before:+.2e}"
        table.add_row(each.name, repr(each.before), "not computed" if gone else repr(each.now), change)
    return table
