"""Rules that quote a score for a search's winner, from the record of the search."""

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
class QuotedScore:
    """A quoted score with its interval, and the true score."""

    value: float
    truth: float
    low: float = NAN
    high: float = NAN


@dataclass(frozen=True)
class Rule:
    """How to quote the winner of one method."""

    method: str
    of: Callable[[Record], QuotedScore]


def _plain(value: str, truth: str = "truth") -> Callable[[Record], QuotedScore]:
    return lambda record: QuotedScore(record[value], record[truth])


def _normal(value: str, error: str, truth: str = "truth") -> Callable[[Record], QuotedScore]:
    def quote(record: Record) -> QuotedScore:
        half = 1.96 * record[error]
        return QuotedScore(record[value], record[truth], record[value] - half, record[value] + half)

    return quote


def _ours(record: Record, *, holdout: bool) -> QuotedScore:
    task = "clv" if record["metric"] == "r2" else "churn"
    test = (record["test"], record["test_se"]) if holdout else (None, None)
    bounds = TASKS[task].metrics[record["metric"]].bounds
    made = combine_scores(record["averaged"], record["bias"], record["averaged_se"], *test, bounds)
    return QuotedScore(made.value, record["truth_averaged"], made.low, made.high)


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
