"""Adapters of the other tools; a tool that is not installed is reported as such.

Each gets the file as pandas reads it, with a label as 0 and 1. Looked at and left out: leakguard 1.0
(searches source code for passwords) and mlleak 0.1 (compares two sides of a split, judges no column).
"""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from time import perf_counter
from typing import TYPE_CHECKING

import pandas as pd

from benchmarks.everyday.product import Accusations

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.everyday.bench import Peer

    Named = tuple[set[str], set[str]]
    """Columns accused as leaks, and columns named at a lower level."""


def find_peers() -> tuple[dict[str, Peer], list[str]]:
    """Return the peers that can be imported, and the names of those that cannot."""
    known = {
        "leaklens": _leaklens,
        "trustcv": _trustcv,
        "targetleak": _targetleak,
        "leakage_buster": _leakage_buster,
    }
    installed = {name: _adapter(ask) for name, ask in known.items() if find_spec(name) is not None}
    return installed, [name for name in known if name not in installed]


def _adapter(ask: Callable[[pd.DataFrame, str], Named]) -> Peer:
    """Return a peer that names nothing where the tool raises an error, and says so in its verdict."""

    def peer(frame: pd.DataFrame, target: str, task: str) -> Accusations:
        if task == "churn":
            frame = frame.assign(**{target: (frame[target] == "Yes").astype(int)})
        texts = frame.select_dtypes(exclude="number").columns
        frame = frame.astype(dict.fromkeys(texts, object))
        start = perf_counter()
        leaks, named, verdict = set[str](), set[str](), ""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                leaks, named = ask(frame, target)
            except Exception as error:  # noqa: BLE001 - a tool may fail on a table in any way
                verdict = f"error: {type(error).__name__}"
        seconds = perf_counter() - start
        return Accusations(frozenset(leaks), frozenset(leaks | named), verdict, "", seconds)

    return peer


def _leaklens(frame: pd.DataFrame, target: str) -> Named:
    """Ask for leaks by values and by missing values: `critical` is a leak, `warning` is named."""
    from leaklens import Config
    from leaklens.analyzers.missing_value_leakage import MissingValueLeakageAnalyzer
    from leaklens.analyzers.target_leakage import TargetLeakageAnalyzer

    kinds = (TargetLeakageAnalyzer, MissingValueLeakageAnalyzer)
    issues = [issue for kind in kinds for issue in kind(Config()).run(frame, target=target)]
    leaks = {issue.column for issue in issues if issue.severity.value == "critical"}
    return leaks, {issue.column for issue in issues if issue.severity.value == "warning"}


def _trustcv(frame: pd.DataFrame, target: str) -> Named:
    """Ask for features with a ROC-AUC or rank correlation of .99 (leak) or .90 (named).

    It takes numbers only: texts become codes, missing values a number below all others.
    """
    from trustcv.checkers.leakage import DataLeakageChecker

    X = pd.DataFrame(
        {
            name: frame[name]
            if pd.api.types.is_numeric_dtype(frame[name])
            else frame[name].astype("category").cat.codes
            for name in frame
            if name != target
        }
    ).astype(float)
    found = DataLeakageChecker(verbose=False).check_feature_target_leakage(X.fillna(-1e9), frame[target])
    tiers = [found.get(f"{tier}_features", ()) for tier in ("suspicious", "strong")]
    return {each["name"] for each in tiers[0]}, {each["name"] for each in tiers[1]}


def _targetleak(frame: pd.DataFrame, target: str) -> Named:
    """Map findings of severity `critical` to leaks, and `warning` to named columns."""
    import targetleak

    findings = [f for f in targetleak.analyse(frame, target=target) if f.column]
    leaks, named = ({f.column for f in findings if f.severity == level} for level in ("critical", "warning"))
    return leaks, named


def _leakage_buster(frame: pd.DataFrame, target: str) -> Named:
    """Map risks of severity `high` to leaks, and `medium` to named columns.

    It fails on missing numbers: they become the median.
    """
    from leakage_buster.api import audit

    numbers = frame.select_dtypes("number")
    frame = frame.assign(**numbers.fillna(numbers.median()))

    found: dict[str, set[str]] = {"high": set(), "medium": set(), "low": set()}
    for risk in audit(frame, target).risks:
        for key in ("columns", "suspicious_columns"):
            found[risk["severity"]] |= set(risk["evidence"].get(key, ()))
    return found["high"], found["medium"]
