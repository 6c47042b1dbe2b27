"""Ways of saying what a winner is worth, from one search's record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cip_exp.evaluation.metrics import TASKS
from cip_exp.selection.quote import combine_scores

if TYPE_CHECKING:
    from collections.abc import Callable

    Record = dict[str, Any]

NAN = float("nan")


@dataclass(frozen=True)
class Said:
    """What is quoted, and what is true."""

    value: float
    truth: float
    low: float = NAN
    high: float = NAN


@dataclass(frozen=True)
class Rule:
    """A way of quoting the winner of one method."""

    method: str
    of: Callable[[Record], Said]


def _plain(value: str, truth: str = "truth") -> Callable[[Record], Said]:
    return lambda record: Said(record[value], record[truth])


def _normal(value: str, error: str, truth: str = "truth") -> Callable[[Record], Said]:
    def said(record: Record) -> Said:
        half = 1.96 * record[error]
        return Said(record[value], record[truth], record[value] - half, record[value] + half)

    return said


def _ours(record: Record, *, holdout: bool) -> Said:
    task = "clv" if record["metric"] == "r2" else "churn"
    test = (record["test"], record["test_se"]) if holdout else (None, None)
    bounds = TASKS[task].metrics[record["metric"]].bounds
    made = combine_scores(record["averaged"], record["bias"], record["averaged_se"], *test, bounds)
    return Said(made.value, record["truth_averaged"], made.low, made.high)


QUOTES = {
    "mean CV": Rule("mean", _normal("reported", "row_se")),
    "BBC-CV": Rule("mean", _plain("bbc")),
    "nested CV": Rule("nested", _plain("reported")),
    "confirm: fresh splits": Rule("confirm", _normal("reported", "row_se", "truth_averaged")),
    "confirm: fresh predictions averaged": Rule(
        "confirm", _normal("averaged", "averaged_se", "truth_averaged")
    ),
    "confirm, less the bootstrap's bias (no holdout)": Rule("confirm", lambda r: _ours(r, holdout=False)),
    "**confirm, quoted** (with the holdout)": Rule("confirm", lambda r: _ours(r, holdout=True)),
    "stop, confirm, quoted (with the holdout)": Rule("stop, confirm", lambda r: _ours(r, holdout=True)),
    "the holdout alone": Rule("confirm", _normal("test", "test_se", "truth_averaged")),
}
