"""Copies and customers without a key, through train.py and scripts/audit.py."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from tests.conftest import ROOT, environment_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command

pytestmark = pytest.mark.slow


def copied(key: bool) -> pd.DataFrame:
    """Return 150 customers three times, in random order; with a key that is different in every row."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({
        "age": rng.integers(18, 80, 150),
        "tenure": rng.integers(1, 72, 150),
        "charges": rng.normal(70, 25, 150).round(2),
        "contract": rng.choice(["month", "year", "two years"], 150),
        "churn": rng.integers(0, 2, 150),
    })  # fmt: skip
    frame = frame.iloc[rng.permutation(np.tile(np.arange(150), 3))]
    keys = rng.choice(np.arange(700_000_000, 900_000_000), len(frame), replace=False)
    return frame.assign(CLIENTNUM=keys) if key else frame


def panel() -> pd.DataFrame:
    """Return 80 customers with six months each, and a label that nothing explains."""
    rng = np.random.default_rng(0)
    person = np.repeat(np.arange(80), 6)
    return pd.DataFrame({
        "age": rng.integers(20, 70, 80)[person],
        "income": rng.normal(50, 15, 80).round(1)[person],
        "month": np.tile(np.arange(1, 7), 80),
        "usage": rng.gamma(2, 4, 480).round(2),
        "churn": rng.integers(0, 2, 80)[person],
    })  # fmt: skip


def both(
    frame: pd.DataFrame, train: Command, outputs: Path, *keys: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the audit of the file, and the record of a run on it."""
    path = outputs.parent / "table.csv"
    frame.to_csv(path, index=False)
    done = subprocess.run(
        [sys.executable, "scripts/audit.py", str(path), "--target", "churn", "--format", "json", *keys],
        cwd=ROOT, env=environment_of(outputs), capture_output=True, text=True, check=False,
    )  # fmt: skip
    ended = train("data=csv", f"data.path={path}", "data.target=churn", "model=rf_churn", "track=off", *keys)
    assert ended.code == 0, ended.err
    (record,) = (outputs / "runs").glob("*/trials/0.json")
    return json.loads(done.stdout), json.loads(record.read_text())


@pytest.mark.parametrize("key", [False, True])
def test_copies_are_duplicates_with_and_without_a_key(key: bool, train: Command, outputs: Path) -> None:
    audit, run = both(copied(key), train, outputs)
    assert audit["verdict"] == run["tags"]["cip.verdict"] == "duplicated"
    assert run["metrics"]["cv_roc_auc_mean"] < 0.65


def test_customers_without_a_key_are_proposed_as_a_group(train: Command, outputs: Path) -> None:
    audit, run = both(panel(), train, outputs)
    assert audit["verdict"] == run["tags"]["cip.verdict"] == "suspect"
    (findings,) = [each["findings"] for each in audit["checks"] if each["check"] == "repeated"]
    assert "'data.group=[age,income]'" in findings[0]["message"]


def test_the_proposed_option_keeps_customers_together(train: Command, outputs: Path) -> None:
    audit, run = both(panel(), train, outputs, "data.group=[age,income]")
    assert audit["verdict"] == run["tags"]["cip.verdict"] == "ok"
    assert run["metrics"]["cv_roc_auc_mean"] < 0.65
