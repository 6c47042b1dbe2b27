"""Print the reproduction of a trial: which conditions and metrics are equal, and which differ."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cip_exp.records.vocabulary import OF_BASELINES
from cip_exp.report.terminal import open_console

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Check:
    """A condition of a trial, such as code, data or a version, as recorded and now."""

    name: str
    before: str
    """Empty where it was not recorded."""
    now: str
    decides: bool = True
    """Whether a difference makes it another trial; another commit or version alone does not."""

    @property
    def same(self) -> bool:
        """Whether it was recorded and is equal now."""
        return bool(self.before) and self.before == self.now


ROUNDING = 1e-12
"""Relative difference of two numbers that differ in rounding only."""


@dataclass(frozen=True)
class MetricDifference:
    """A metric that is not equal to the last bit."""

    name: str
    before: float
    now: float | None
    """None where the metric is no longer computed."""

    @property
    def rounding_only(self) -> bool:
        """Whether the two differ in their last bits only: processors round logarithms differently."""
        return self.now is not None and math.isclose(
            self.before, self.now, rel_tol=ROUNDING, abs_tol=ROUNDING
        )


def show(
    name: str, checks: Sequence[Check], differences: Sequence[MetricDifference], n_compared: int,
    left_out: Sequence[str],
) -> None:  # fmt: skip
    """Print the result of one reproduction."""
    console = open_console()
    for check in checks:
        console.print(f"{check.name}: {_compared(check)}", highlight=False, soft_wrap=True)
    real = [each for each in differences if not each.rounding_only]
    if real:
        console.print(_table(name, real))
    equal, rounded = n_compared - len(differences), len(differences) - len(real)
    more = f", {rounded} within {ROUNDING:g} of it (another processor rounds differently)" if rounded else ""
    console.print(f"{equal} of {n_compared} metrics equal to the last bit{more}", highlight=False)
    if left_out:
        names = ", ".join(_merged(left_out))
        console.print(
            f"not compared, since it is a time, a baseline's score, or depends on the sweep: {names}",
            highlight=False,
            soft_wrap=True,
        )


def _merged(names: Sequence[str]) -> list[str]:
    """Return the names, with one for all scores of a baseline."""
    prefixes = {name: next((each for each in OF_BASELINES if name.startswith(each)), "") for name in names}
    return list(dict.fromkeys(f"{prefix}*" if prefix else name for name, prefix in prefixes.items()))


def _compared(check: Check) -> str:
    if check.same:
        return f"the same, {check.now if ' ' in check.now else check.now[:12]}"  # the beginning of a hash
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
