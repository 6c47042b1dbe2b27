"""Adapters of the other tools; a tool that is not installed is reported as such."""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from benchmarks.leakage.detectors import Detection, Detector

if TYPE_CHECKING:
    from benchmarks.leakage.planting import SplitData

SIDE, GROUP, DATE = "side", "entity", "date"


def find_peers() -> tuple[list[Detector], list[str]]:
    """Return the peers that can be imported, and the names of those that cannot."""
    known = {"targetleak": Detector("targetleak", _targetleak), "skore": Detector("skore", _skore)}
    installed = [name for name in known if find_spec(name) is not None]
    return [known[name] for name in installed], [name for name in known if name not in installed]


def _frame(given: SplitData) -> pd.DataFrame:
    """Return the features, with the dates and groups as columns where there are any."""
    extra: dict[str, object] = {}
    if given.groups is not None:
        extra[GROUP] = given.groups
    if given.time is not None:
        extra[DATE] = pd.Timestamp("2024-01-01") + pd.to_timedelta(given.time, unit="D")
    return given.data.X.assign(**extra)


def _targetleak(given: SplitData) -> Detection:
    """Map findings of severity `critical` to leaks, and `warning` to named columns."""
    import targetleak

    sides = np.where(given.test, "test", "train")
    frame = _frame(given).assign(**{"target": given.data.y, SIDE: sides})
    group = GROUP if given.groups is not None else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        findings = targetleak.analyse(frame, target="target", split=SIDE, group=group)
    leaks = {f.column for f in findings if f.severity == "critical" and f.column}
    named = leaks | {f.column for f in findings if f.severity == "warning" and f.column}
    counted = [f for f in findings if f.severity in ("critical", "warning")]
    procedures = {
        "twins": any(f.kind == "train-test-contamination" for f in counted),
        "groups": any(f.kind == "group-overlap" and f.column == GROUP for f in counted),
        "time": any(f.kind == "temporal-column" and f.column == DATE for f in counted),
    }
    return Detection(
        frozenset(leaks),
        frozenset(named),
        {kind: frozenset() for kind, found in procedures.items() if found},
    )


def _skore(given: SplitData) -> Detection:
    """Run SKD011 (golden feature) and SKD013 (time overlap) on a small forest.

    A feature as good as the target itself counts as a leak, one as good as all features as named.
    """
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer
    from skore import EstimatorReport

    forest = RandomForestClassifier if given.data.task == "churn" else RandomForestRegressor
    model = make_pipeline(
        FunctionTransformer(_numbers, feature_names_out="one-to-one"),
        forest(n_estimators=20, min_samples_leaf=3, random_state=0),
    )
    frame, y, test = _frame(given), given.data.y, given.test
    y = y.astype(int) if given.data.task == "churn" else y
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = EstimatorReport(
            model, X_train=frame[~test], y_train=y[~test], X_test=frame[test], y_test=y[test]
        )
        codes = {line.split(" ")[0] for line in report.checks.available()}
        found = report.checks.summarize(ignore=sorted(codes - {"SKD011", "SKD013"})).frame()
    issues = found[found["section"].isin(["issue", "tip"])]
    golden = " ".join(str(t) for t in issues.loc[issues["code"] == "SKD011", "explanation"])
    like = [part for part in golden.split("A model trained on") if "target itself" in part]
    leaks = frozenset(str(c) for c in frame if f"'{c}'" in "".join(like))
    named = frozenset(str(c) for c in frame if f"'{c}'" in golden)
    late = bool((issues["code"] == "SKD013").any())
    return Detection(leaks, named, {"time": frozenset()} if late else {})


def _numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """Convert categories to codes, dates to days, and missing values to a number that no other value has."""
    columns = {}
    for name in frame:
        values = frame[name]
        if isinstance(values.dtype, pd.CategoricalDtype):
            values = values.cat.codes
        elif values.dtype.kind == "M":
            values = values.astype("int64") / 8.64e13
        columns[name] = values.astype(float).fillna(-1e9)
    return pd.DataFrame(columns, index=frame.index)
