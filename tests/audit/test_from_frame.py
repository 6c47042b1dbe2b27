"""`cip_exp.audit(frame, target=…)`: the same as the command line on a file of the frame."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

import cip_exp
from cip_exp.errors import ConfigError, DataError

if TYPE_CHECKING:
    from pathlib import Path

N = 300


@pytest.fixture
def frame() -> pd.DataFrame:
    """Customers as a user has them: numbers, text, dates, categories, holes, and a leak."""
    rng = np.random.default_rng(0)
    left = rng.random(N) < 0.4
    return pd.DataFrame({
        "customer_id": rng.permutation(np.arange(70_000, 70_000 + N)),
        "age": pd.array(np.where(rng.random(N) < 0.1, None, rng.integers(18, 80, N)), dtype="Int64"),
        "spend": rng.gamma(2, 40, N).round(2),
        "plan": pd.Categorical(rng.choice(["basic", "plus"], N)),
        "since": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, N), unit="D"),
        "email_ok": rng.random(N) < 0.5,
        "invoice": (left & (rng.random(N) < 0.7)).astype(int),
        "churned": np.where(left, "yes", "no"),
    })  # fmt: skip


def test_verdict_and_findings(frame: pd.DataFrame) -> None:
    before = frame.copy(deep=True)
    found = cip_exp.audit(frame, target="churned")
    assert found.verdict == "leaky"
    assert found.sentence == "Leaky: invoice gives churned away."
    assert found.accused == ["invoice"]
    assert list(found.findings) == ["code", "check", "column", "severity", "message"]
    flag = found.findings.set_index("code").loc["CIP006"]
    assert (flag["check"], flag["column"], flag["severity"]) == ("flags", "invoice", "leak")
    assert flag["message"].startswith("invoice is set on ")
    pd.testing.assert_frame_equal(frame, before)


def test_printed_it_is_the_verdict_and_a_table(frame: pd.DataFrame) -> None:
    text = repr(cip_exp.audit(frame, target="churned"))
    assert text.startswith("Leaky: invoice gives churned away.\n")
    assert "CIP006 flags: invoice is set" in text
    assert "no lineage declared: origins unknown" in text
    assert "Give split='stratified'" in " ".join(text.split())
    assert text.endswith("verdict: leaky")


def test_columns_are_read_as_those_of_a_file(frame: pd.DataFrame) -> None:
    roles = dict(cip_exp.audit(frame, target="churned").columns[["name", "role"]].to_numpy())
    assert roles == {
        "customer_id": "identifier", "age": "number", "spend": "number", "plan": "category",
        "since": "date", "email_ok": "category", "invoice": "number", "churned": "target",
    }  # fmt: skip


@pytest.mark.parametrize("split", [None, "stratified"])
@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_a_frame_and_a_file_agree(frame: pd.DataFrame, name: str, split: str | None, tmp_path: Path) -> None:
    path = tmp_path / name
    frame.to_csv(path, index=False) if name == "t.csv" else frame.to_parquet(path)
    options = {"target": "churned", "split": split, "drop": "spend"}
    of_frame, of_file = cip_exp.audit(frame, **options), cip_exp.audit(path, **options)
    assert of_frame.to_json() == of_file.to_json()
    assert of_frame.to_json() == cip_exp.audit(str(path), **options).to_json()


def test_an_amount_a_time_and_a_group(frame: pd.DataFrame) -> None:
    found = cip_exp.audit(
        frame.assign(household=np.arange(N) // 3), "spend", time="since", group="household", split="temporal",
        drop=["inv*", "churned"],
    )  # fmt: skip
    used = found.columns.set_index("name")["used"]
    assert not used[["customer_id", "invoice", "since", "household"]].any()
    assert [result.status for result in found.record.results if result.check == "temporal"] == ["passed"]


def test_declared_lineage_and_ignored_checks(frame: pd.DataFrame) -> None:
    found = cip_exp.audit(frame, target="churned", lineage={"spend": {"parents": ["churned"]}})
    assert found.findings["code"].iloc[0] == "CIP001"
    assert found.record.origins == "no lineage declared for 5 of 6 columns: their origins are unknown"
    codes = {*found.findings.query("severity == 'leak'")["code"]} - {"CIP001"}
    assert cip_exp.audit(frame, target="churned", ignore=",".join(codes)).verdict != "leaky"
    one = cip_exp.audit(frame, target="churned", ignore=[f"{code}:invoice" for code in codes])
    assert one.verdict != "leaky"
    assert len(one.record.ignored) == len(codes)


def test_an_index_with_a_name_is_a_column(frame: pd.DataFrame) -> None:
    indexed = cip_exp.audit(frame.set_index("customer_id"), target="churned")
    assert indexed.columns["name"].tolist()[0] == "customer_id"
    with pytest.raises(DataError, match="Duplicate column names"):
        cip_exp.audit(frame.set_index("age", drop=False), target="churned")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"target": "churnd"}, DataError, "Did you mean 'churned'"),
        ({"target": "churned", "drp": ["a"]}, ConfigError, "Did you mean 'drop'"),
        ({"target": "churned", "ignore": ["CIP999"]}, ConfigError, "'CIP999' is no check"),
        ({"target": "churned", "split": "stratifed"}, ConfigError, "Did you mean 'stratified'"),
        ({"target": "churned", "split": "temporal"}, ConfigError, "split=temporal needs dates"),
        ({"target": "churned", "task": "value"}, ConfigError, "churn | clv"),
        ({"target": "churned", "numeric": ["plan"]}, DataError, "plan"),
    ],
)
def test_errors_are_those_of_the_command_line(frame, options, error, message: str) -> None:
    with pytest.raises(error) as caught:
        cip_exp.audit(frame, **options)
    assert message in str(caught.value)


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(DataError, match="A list is no table"):
        cip_exp.audit([1, 2], target="a")  # type: ignore[arg-type]


def test_the_package_can_be_called_before_and_after_its_modules_are_imported() -> None:
    lines = [
        "import cip_exp, pandas as pd",
        "frame = pd.DataFrame({'a': range(60), 'b': ['x', 'y'] * 30})",
        "first = cip_exp.audit(frame, target='b').verdict",
        "import cip_exp.audit.case",
        "from cip_exp.audit.runner import CHECKS",
        "from cip_exp import audit",
        "assert first == cip_exp.audit(frame, target='b').verdict == audit(frame, target='b').verdict",
        "assert cip_exp.audit.case.Finding and cip_exp.audit is audit",
    ]
    subprocess.run([sys.executable, "-c", "\n".join(lines)], check=True)
