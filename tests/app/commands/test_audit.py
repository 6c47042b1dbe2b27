from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cip_exp.app.commands.audit import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def leaky(tmp_path: Path) -> Path:
    """A table of 400 rows with a ratio of its target among the features."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(400, 6)).round(3), columns=[f"x{at}" for at in range(6)])
    y = (50 + 5 * X["x0"] + 4 * X["x1"] + 5 * rng.normal(size=400)).round(2)
    X["income"] = rng.integers(20, 90, 400) * 1000
    path = tmp_path / "table.csv"
    X.assign(ratio=(y / X["income"]).round(6), amount=y).to_csv(path, index=False)
    return path


def test_the_exit_code_is_1_for_a_leak_and_0_for_a_leak_of_the_baseline(
    leaky: Path, tmp_path: Path, capsys
) -> None:
    arguments = [str(leaky), "--target", "amount"]
    baseline = str(tmp_path / "baseline.json")
    assert main(arguments) == 1
    assert "income × ratio = amount on 400 of 400 rows" in capsys.readouterr().out
    assert main([*arguments, "--write-baseline", baseline]) == 0
    capsys.readouterr()
    assert main([*arguments, "--baseline", baseline]) == 0
    assert capsys.readouterr().out.startswith(
        "Nothing new: all that follows is in the baseline. Leaky: ratio"
    )
    frame = pd.read_csv(leaky)
    frame.assign(copy=frame["amount"] * 2).to_csv(leaky, index=False)
    assert main([*arguments, "--baseline", baseline]) == 1


def test_without_the_leak_the_exit_code_is_0(leaky: Path, capsys) -> None:
    assert main([str(leaky), "--target", "amount", "--drop", "ratio"]) == 0
    assert "verdict: ok" in capsys.readouterr().out


def test_an_ignored_check_does_not_count(leaky: Path, capsys) -> None:
    arguments = [
        str(leaky),
        "--target",
        "amount",
        "--ignore",
        "CIP003:ratio",
        "--ignore",
        "names,reconstruction,outcome_window",
    ]
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert "ignored: CIP003 identity, 1 finding" in out
    assert "ignored: CIP031 outcome_window, 1 finding" in out
    assert out.startswith("No leak found")
    assert main([*arguments, "--format", "sarif"]) == 0
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    suppressed = [result["ruleId"] for result in run["results"] if "suppressions" in result]
    assert {"CIP003", "CIP031"} <= set(suppressed)
    assert main([str(leaky), "--target", "amount", "--ignore", "CIP003:other"]) == 1


@pytest.mark.parametrize(
    ("split", "more"), [("stratified", []), ("grouped", ["group=x9"]), ("kfold", ["drop=[x1]"])]
)
def test_a_split_file_is_audited_as_the_configuration_is(
    split: str, more: list[str], leaky: Path, capsys
) -> None:
    frame = pd.read_csv(leaky)
    frame.assign(x9=np.arange(400) // 4).to_csv(leaky, index=False)
    keys = [f"data.{word}" for word in more]
    main([str(leaky), "--target", "amount", *keys, "--split", split, "--format", "json"])
    of_file = json.loads(capsys.readouterr().out)
    data = [f"data.path={leaky}", "data.target=amount", "data.task=clv", *keys]
    main(["data=csv", *data, f"split={split}", "model=rf_clv", "--format", "json"])
    assert of_file == json.loads(capsys.readouterr().out)
    status = {check["check"]: check["status"] for check in of_file["checks"]}
    assert status["twins"] == "passed"


def test_without_a_split_it_is_said_what_is_not_checked(leaky: Path, capsys) -> None:
    main([str(leaky), "--target", "amount"])
    out = " ".join(capsys.readouterr().out.split())
    assert "Not checked without a split: twins (CIP013), groups (CIP014), temporal (CIP015)" in out
    assert "Add --split stratified (or grouped, temporal)." in out
    main([str(leaky), "--target", "amount", "--split", "stratified"])
    assert "Not checked" not in capsys.readouterr().out


def test_missing_lineage_is_said_in_every_format(leaky: Path, capsys) -> None:
    origins = "no lineage declared: origins unknown"
    for form in ("table", "json", "sarif"):
        main([str(leaky), "--target", "amount", "--format", form])
        assert capsys.readouterr().out.count(origins) == 1
    main(["data=purchasing", "features=clean", "model=rf_clv"])
    assert "no lineage declared" not in capsys.readouterr().out


@pytest.mark.parametrize("form", ["json", "sarif"])
def test_json_and_sarif_print_nothing_but_json(form: str, leaky: Path, capsys) -> None:
    assert main([str(leaky), "--target", "amount", "--format", form]) == 1
    tree = json.loads(capsys.readouterr().out)
    assert tree["verdict" if form == "json" else "version"] == ("leaky" if form == "json" else "2.1.0")


def test_overrides_audit_the_data_that_train_would_use(capsys) -> None:
    assert main(["data=purchasing", "features=clean", "model=rf_clv"]) == 1
    out = capsys.readouterr().out
    assert "spend_to_income_ratio ← purchase_amount → clv" in out
    assert "verdict: leaky,duplicated,degenerate" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.csv", "--target", "a"], "There is no such file."),
        (["{table}"], "The target is not named."),
        (["{table}", "--target", "amoun"], "Did you mean 'amount'?"),
        (["{table}", "{table}", "--target", "amount"], "More than one input"),
        (["{table}", "--target", "amount", "--baseline", "{table}"], "The file is not a baseline"),
        (["data=purchasin"], "Did you mean 'purchasing'?"),
        (["data=telco", "--target", "churn"], "--target is allowed with a FILE only."),
        (["data=telco", "--split", "kfold"], "write split=…"),
        (["{table}", "--target", "amount", "--ignore", "CIP0007"], "Did you mean 'CIP007'?"),
        (["{table}", "--target", "amount", "--ignore", "flags,idenity"], "Did you mean 'identity'?"),
        (["data=purchasing", "model=rf_clv", "audit.ignore=[CIP0007]"], "Did you mean 'CIP007'?"),
        (["{table}", "--target", "amount", "--split", "kfolds"], "Did you mean 'kfold'?"),
        (["{table}", "--target", "amount", "--split", "temporal"], "or set data.time"),
    ],
)
def test_bad_input_is_exit_code_2_and_a_short_message(arguments, message, leaky: Path, capsys) -> None:
    assert main([word.format(table=leaky) for word in arguments]) == 2
    streams = capsys.readouterr()
    assert message in streams.err
    assert len(streams.err.splitlines()) <= 12
    assert streams.out == ""


@pytest.fixture
def customers(tmp_path: Path) -> Path:
    """A table of 60 rows as a German program writes it."""
    rng = np.random.default_rng(1)
    path = tmp_path / "kunden.csv"
    frame = pd.DataFrame({
        "CLIENTNUM": rng.permutation(np.arange(708_082_000, 708_082_060)),
        "seit": pd.Timestamp("2024-06-30") - pd.to_timedelta(rng.integers(0, 900, 60), unit="D"),
        "umsatz": [f"{x:.2f}".replace(".", ",") for x in rng.lognormal(3, 1, 60)],
        "kinder": rng.choice(["0", "1", "2", "3+"], 60, p=[0.4, 0.3, 0.2, 0.1]),
        "kunde": rng.choice(["ja", "nein"], 60),
    })  # fmt: skip
    frame.assign(seit=frame["seit"].dt.strftime("%d.%m.%Y")).to_csv(path, index=False, sep=";")
    return path


def test_columns_are_shown_as_a_table_and_as_json(customers: Path, capsys) -> None:
    options = ["data.categorical=[kinder]", "--target", "kunde"]
    assert main([str(customers), *options, "--columns"]) == 0
    shown = capsys.readouterr().out
    assert "1 identifier (not used): CLIENTNUM" in shown
    assert "separator ; (found" in shown
    assert main([str(customers), *options, "--columns", "--format", "json"]) == 0
    found = {each["name"]: each for each in json.loads(capsys.readouterr().out)}
    roles = {
        "CLIENTNUM": "identifier",
        "seit": "date",
        "umsatz": "number",
        "kinder": "category",
        "kunde": "target",
    }
    assert {name: each["role"] for name, each in found.items()} == roles
    assert found["umsatz"]["note"] == "decimal comma"


def test_the_option_that_a_refusal_names_works_when_pasted(customers: Path, capsys) -> None:
    assert main([str(customers), "--columns"]) == 2
    message = capsys.readouterr().err
    assert "data.categorical=[kinder]" in message
    assert main([str(customers), "--target", "kunde", "data.categorical=[kinder]"]) == 0
    assert "5 columns" not in capsys.readouterr().out
    assert main([str(customers), "--target", "kunde", "data.categorial=[kinder]"]) == 2
    assert "Did you mean 'categorical'?" in capsys.readouterr().err


def test_brackets_in_names_and_options_are_shown(tmp_path: Path, capsys) -> None:
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(
        {"acct": rng.permutation(np.arange(10_000_000, 10_000_060)), "spend [EUR]": rng.random(60)}
    )
    frame.to_csv(tmp_path / "t.csv", index=False)
    assert main([str(tmp_path / "t.csv"), "--columns"]) == 0
    shown = capsys.readouterr().out
    assert "spend [EUR]" in shown
    assert "'data.numeric=[acct]' keeps it" in shown


def test_what_only_one_class_has_is_a_leak_in_the_users_words(tmp_path: Path, capsys) -> None:
    rng = np.random.default_rng(0)
    off = rng.random(600) < 0.25
    frame = pd.DataFrame(
        {"amount": rng.integers(1, 40, 600) * 1000.0, "rate": rng.normal(12, 3, 600).round(2)}
    )
    frame["recoveries"] = np.where(off & (rng.random(600) < 0.4), rng.gamma(2.0, 300.0, 600).round(2), 0.0)
    words = np.where(
        off & (rng.random(600) < 0.6), "Settled", rng.choice(["Current", "In grace", "New"], 600)
    )
    frame["state"] = [
        f"{word} {number:02d}" for word, number in zip(words, rng.integers(0, 30, 600), strict=True)
    ]
    frame["loan_status"] = np.where(off, "Charged Off", "Fully Paid")
    path = tmp_path / "loans.csv"
    frame.to_csv(path, index=False)
    assert main([str(path), "--target", "loan_status", "--format", "json"]) == 1
    checks = json.loads(capsys.readouterr().out)["checks"]
    found = next(check["findings"] for check in checks if check["check"] == "marks")
    messages = {each["columns"][0]: each["message"] for each in found}
    share = (frame["recoveries"] > 0).sum() / off.sum()
    assert messages["recoveries"] == (
        f"recoveries is not 0 on {share:.0%} of the rows with loan_status = Charged Off "
        "and on 0.0% of the others"
    )
    assert messages["state"].startswith("state begins with 'Sett' on ")
