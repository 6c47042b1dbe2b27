from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from cip_exp.audit.case import Audit, CheckResult, Finding
from cip_exp.audit.output import baseline
from cip_exp.audit.output.audit_json import to_json
from cip_exp.audit.output.findings_table import print_table
from cip_exp.audit.output.sarif import to_sarif
from cip_exp.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

LEAK = Finding("identity", "leak", ("ratio",), "income × ratio = amount", {"holds": 1.0})
COPIES = Finding("copies", "duplicate", (), "206 of 238 rows have a twin")
NAME = Finding("names", "suspect", ("ratio",), "ratio contains 'ratio' [a word for derived columns]")
AUDIT = Audit(
    (
        CheckResult("identity", "found", (LEAK,)),
        CheckResult("copies", "found", (COPIES,)),
        CheckResult("names", "found", (NAME,)),
        CheckResult("flags", "passed"),
        CheckResult("twins", "not applicable", reason="there is no split"),
    )
)


def test_the_table_shows_serious_kinds_first_and_checks_without_findings() -> None:
    out = io.StringIO()
    print_table(AUDIT, (), Console(file=out, width=140))
    text = out.getvalue()
    assert (
        text.index("income × ratio") < text.index("206 of 238") < text.index("[a word for derived columns]")
    )
    assert "CIP003 identity" in text
    assert "passed: flags" in text
    assert "not applicable: twins (there is no split)" in text
    assert "verdict: leaky,duplicated" in text


def test_json_has_the_result_of_every_check() -> None:
    tree = json.loads(json.dumps(to_json(AUDIT)))
    assert tree["verdict"] == "leaky,duplicated"
    assert tree["accused"] == ["ratio"]
    assert [check["status"] for check in tree["checks"]] == ["found"] * 3 + ["passed", "not applicable"]
    assert [check["code"] for check in tree["checks"][:2]] == ["CIP003", "CIP012"]
    assert tree["checks"][0]["findings"][0]["code"] == "CIP003"
    assert tree["checks"][0]["findings"][0]["evidence"] == {"holds": 1.0}


def test_sarif_has_the_required_fields() -> None:
    log = to_sarif(AUDIT, "table.csv")
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert run["tool"]["driver"]["name"] == "cip_exp audit"
    assert [(r["ruleId"], r["level"]) for r in run["results"]] == [
        ("CIP003", "error"),
        ("CIP012", "error"),
        ("CIP010", "warning"),
    ]
    for result in run["results"]:
        assert result["ruleId"] in rules
        assert result["message"]["text"]
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "table.csv"
    first = run["tool"]["driver"]["rules"][0]
    assert (first["name"], first["helpUri"]) == ("identity", "docs/checks/CIP003.md")
    assert "(docs/checks/CIP003.md)" in first["help"]["markdown"]
    assert run["results"][0]["partialFingerprints"] == {"cipFinding/v1": "identity|leak|ratio"}
    assert run["results"][0]["locations"][0]["logicalLocations"] == [{"name": "ratio", "kind": "member"}]


def test_findings_of_a_baseline_are_not_new(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    assert baseline.new_findings(AUDIT, ()) == [LEAK, COPIES]
    baseline.write_baseline(Audit(AUDIT.results[:1]), path)
    assert baseline.new_findings(AUDIT, baseline.read_baseline(path)) == [COPIES]


@pytest.mark.parametrize("text", ["", "[]", '{"known": [{"check": 1}]}'])
def test_a_file_that_is_not_a_baseline_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(text)
    with pytest.raises(DataError, match="not a baseline"):
        baseline.read_baseline(path)
