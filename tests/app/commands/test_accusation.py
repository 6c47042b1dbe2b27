"""The commands that follow an accusation run when they are pasted, and accuse nothing."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cip_exp.app.commands.audit import main
from cip_exp.audit.from_features import audit_features
from cip_exp.config.load import compose
from cip_exp.data import catalog
from cip_exp.evaluation.split import split_rows
from cip_exp.features.build import build

if TYPE_CHECKING:
    from pathlib import Path

N = 400


def table(leak: str, *, honest: bool = True) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    left = rng.random(N) < 0.4
    columns = {"age": rng.integers(18, 80, N), "spend, net": rng.gamma(2, 40, N).round(2)} if honest else {}
    frame = pd.DataFrame({**columns, leak: (left & (rng.random(N) < 0.7)).astype(int)})
    return frame.assign(**{"has left": np.where(left, "yes", "no")})


def accusation(path: Path, capsys: pytest.CaptureFixture[str], *options: str) -> list[list[str]]:
    """Return the words of the commands that the audit prints, as the shell splits them."""
    assert main([str(path), "--target", "has left", *options]) == 1
    lines = capsys.readouterr().out.splitlines()
    return [shlex.split(line) for line in lines if line.startswith("  python ")]


@pytest.mark.parametrize(
    ("leak", "form"),
    [
        ("invoice", ["--drop", "invoice"]),
        ("last invoice", ["--drop", "last invoice"]),
        ("invoice, last", ['data.drop=["invoice, last"]']),
        ("invoice[1]", ['data.drop=["invoice[1]"]']),
        ('it\'s "paid"', ['data.drop=["it\'s \\"paid\\""]']),
    ],
)
def test_the_commands_run_as_printed(leak: str, form: list[str], tmp_path: Path, capsys) -> None:
    path = tmp_path / "my customers.csv"
    table(leak).to_csv(path, index=False)
    audited, trained = accusation(path, capsys)
    assert audited[:3] == ["python", "scripts/audit.py", str(path)]
    assert [word for word in form if word not in audited] == []
    assert main(audited[2:]) == 0
    assert trained[:3] == ["python", "train.py", "data=csv"]
    settings = compose(trained[2:])
    features = build(catalog.load(settings.data), settings.features, "churn")
    found = audit_features(
        features, split_rows(features, settings.split, settings.seeds, settings.replicates)
    )
    assert found.leaking_columns == ()
    assert "age" in features.names


def test_what_was_given_is_repeated(tmp_path: Path, capsys) -> None:
    path = tmp_path / "t.csv"
    table("invoice").to_csv(path, index=False)
    given = ["--positive", "yes", "--drop", "age", "--ignore", "CIP010,small", "--split", "kfold"]
    audited, trained = accusation(path, capsys, *given, "data.numeric=[invoice]")
    assert audited[3:] == [
        "data.numeric=[invoice]", "--target", "has left", "--positive", "yes", "--split", "kfold",
        "--ignore", "CIP010,small", "--drop", "age,invoice",
    ]  # fmt: skip
    assert trained[3:] == [
        f"data.path={path}", 'data.target="has left"', "data.positive=yes", "data.numeric=[invoice]",
        "data.drop=[age,invoice]", "model=rf_churn", "split=kfold", "audit.ignore=[CIP010,small]",
    ]  # fmt: skip


def test_the_only_column_is_not_dropped(tmp_path: Path, capsys) -> None:
    path = tmp_path / "t.csv"
    table("invoice", honest=False).to_csv(path, index=False)
    assert main([str(path), "--target", "has left"]) == 1
    out = capsys.readouterr().out
    assert "Every column is accused" in out
    assert "  python " not in out


def test_a_clean_table_has_no_such_commands(tmp_path: Path, capsys) -> None:
    path = tmp_path / "t.csv"
    table("invoice").drop(columns="invoice").to_csv(path, index=False)
    assert main([str(path), "--target", "has left"]) == 0
    assert "Without" not in capsys.readouterr().out
