"""The tools that install, each behind the benchmark's own form; one that is absent is reported as absent."""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from benchmarks.leakage.detectors import Detector, Said

if TYPE_CHECKING:
    from benchmarks.leakage.planting import Cell

SIDE, GROUP, DATE = "side", "entity", "date"


def find_peers() -> tuple[list[Detector], list[str]]:
    """Return the peers that can be imported, and the names of those that cannot."""
    known = {"targetleak": Detector("targetleak", _targetleak), "skore": Detector("skore", _skore)}
    there = [name for name in known if find_spec(name) is not None]
    return [known[name] for name in there], [name for name in known if name not in there]


def _frame(cell: Cell) -> pd.DataFrame:
    """Return the features, with the date as a date and the group as a column where the cell has them."""
    extra: dict[str, object] = {}
    if cell.groups is not None:
        extra[GROUP] = cell.groups
    if cell.time is not None:
        extra[DATE] = pd.Timestamp("2024-01-01") + pd.to_timedelta(cell.time, unit="D")
    return cell.data.X.assign(**extra)


def _targetleak(cell: Cell) -> Said:
    """Map `critical` to accused and `warning` to named."""
    import targetleak

    sides = np.where(cell.test, "test", "train")
    frame = _frame(cell).assign(**{"target": cell.data.y, SIDE: sides})
    group = GROUP if cell.groups is not None else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        findings = targetleak.analyse(frame, target="target", split=SIDE, group=group)
    accused = {f.column for f in findings if f.severity == "critical" and f.column}
    named = accused | {f.column for f in findings if f.severity == "warning" and f.column}
    grave = [f for f in findings if f.severity in ("critical", "warning")]
    procedures = {
        "twins": any(f.kind == "train-test-contamination" for f in grave),
        "groups": any(f.kind == "group-overlap" and f.column == GROUP for f in grave),
        "time": any(f.kind == "temporal-column" and f.column == DATE for f in grave),
    }
    return Said(
        frozenset(accused),
        frozenset(named),
        {kind: frozenset() for kind, found in procedures.items() if found},
    )


def _skore(cell: Cell) -> Said:
    """Run SKD011 (golden feature) and SKD013 (time overlap) on a small forest.

    A feature as good as the target itself counts as accused, one as good as all features as named.
    """
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer
    from skore import EstimatorReport

    forest = RandomForestClassifier if cell.data.task == "churn" else RandomForestRegressor
    model = make_pipeline(
        FunctionTransformer(_numbers, feature_names_out="one-to-one"),
        forest(n_estimators=20, min_samples_leaf=3, random_state=0),
    )
    frame, y, test = _frame(cell), cell.data.y, cell.test
    y = y.astype(int) if cell.data.task == "churn" else y
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
    accused = frozenset(str(c) for c in frame if f"'{c}'" in "".join(like))
    named = frozenset(str(c) for c in frame if f"'{c}'" in golden)
    late = bool((issues["code"] == "SKD013").any())
    return Said(accused, named, {"time": frozenset()} if late else {})


def _numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """Turn categories into codes, dates into days, and gaps into a number of their own."""
    columns = {}
    for name in frame:
        values = frame[name]
        if isinstance(values.dtype, pd.CategoricalDtype):
            values = values.cat.codes
        elif values.dtype.kind == "M":
            values = values.astype("int64") / 8.64e13
        columns[name] = values.astype(float).fillna(-1e9)
    return pd.DataFrame(columns, index=frame.index)
