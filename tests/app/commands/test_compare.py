"""Output and exit codes of `scripts/compare.py`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cip_exp.records.trial import Trial
from cip_exp.track import sweep_folder

ROOT = Path(__file__).parents[3]


@pytest.fixture
def sweep(outputs: Path) -> Path:
    """A sweep with two models of one task, and one of another."""
    path = outputs / "sweeps" / "shop"
    for number, (task, metric, scores) in enumerate([
        ("churn", "f1", (0.5, 0.6, 0.7)), ("churn", "f1", (0.6, 0.6, 0.75)), ("clv", "r2", (0.1, 0.2, 0.3)),
    ]):  # fmt: skip
        tags = {
            "cip.seed": "0", "cip.verdict": "ok", "cip.model": f"m{number}", "cip.features": "clean",
            "cip.data": "shop", "cip.data_sha256": "0123456789",
        }  # fmt: skip
        trial = Trial(
            state="complete", params={"split.name": "stratified"}, tags=tags, metrics={},
            folds={metric: scores}, task=task, primary=metric, objective=0.0, number=number,  # type: ignore[arg-type]
            overrides=(f"model=m{number}",), test_ratio=0.5,
        )  # fmt: skip
        sweep_folder.write_trial(path, trial)
    return path


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "scripts/compare.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env={**os.environ}, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.usefixtures("sweep")
def test_table_and_json_have_the_same_numbers() -> None:
    shown, stored = run("latest"), run("shop", "--format", "json", "--rope", "0.02")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "1 of 3 pairs" in shown.stdout
    assert "2 pairs: task: churn against clv" in shown.stdout
    tree = json.loads(stored.stdout)
    assert tree["rope"] == 0.02
    done = [each for each in tree["comparisons"] if not each["reason"]]
    assert [(each["first"], each["second"]) for each in done] == [("m0", "m1")]
    assert f"{done[0]['detectable']:.4f}" in shown.stdout


@pytest.mark.usefixtures("sweep")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("shopp",), "Did you mean 'shop'?"),
        (("shop", "--rope", "nan"), "--rope nan is not allowed"),
    ],
)
def test_wrong_input_is_one_message_and_exit_code_2(arguments: tuple[str, ...], words: str) -> None:
    ended = run(*arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert words in ended.stderr
    assert len(ended.stderr.splitlines()) <= 12
