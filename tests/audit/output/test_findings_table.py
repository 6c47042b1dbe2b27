"""The audit on a terminal: the answer first, no broken words, one line each for what was not found."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from cip_exp.audit.case import Audit, CheckResult, Finding
from cip_exp.audit.ignore import Ignored, without_ignored
from cip_exp.audit.output.baseline import baseline_key
from cip_exp.audit.output.findings_table import NO_SPLIT, print_table

LONG = "growth_potential_score_adj"
LEAK = Finding(
    "reconstruction", "leak", (LONG,),
    f"{LONG} alone explains 0.957 of the variance of churned out of sample, all other columns together 0.127",
)  # fmt: skip
PAIR = Finding("pairs", "leak", ("price", "price_after"), "price - price_after gives churned away")
NAME = Finding("names", "suspect", (LONG,), f"{LONG} contains 'score', a word for derived columns")
AUDIT = Audit(
    (
        CheckResult("lineage", "not applicable", reason="no lineage is declared"),
        CheckResult("late", "not applicable", reason="no time is declared"),
        CheckResult("reconstruction", "found", (LEAK,)),
        CheckResult("pairs", "found", (PAIR,)),
        CheckResult("names", "found", (NAME,)),
        *(
            CheckResult(name, "passed")
            for name in ("flags", "missingness", "fitted", "identifiers", "copies")
        ),
        CheckResult("twins", "not applicable", reason="there is no split"),
        CheckResult("temporal", "not applicable", reason="no time is declared"),
    ),
    "churned",
    "no lineage declared: origins unknown",
)
OFFER = f"{NO_SPLIT} Add --split stratified (or grouped, temporal)."
COMMANDS = [
    "Without the accused columns:",
    f"  python scripts/audit.py {'x' * 90}.csv --target churned --drop a",
]


def shown(audit: Audit, width: int, **more) -> list[str]:
    out = io.StringIO()
    print_table(audit, more.pop("known", ()), Console(file=out, width=width), **more)
    return out.getvalue().splitlines()


@pytest.mark.parametrize("width", [80, 120])
def test_the_table_fits_and_breaks_no_word(width: int) -> None:
    lines = shown(AUDIT, width, offer=OFFER, advice=COMMANDS)
    assert [line for line in lines if len(line.rstrip()) > width] == [COMMANDS[1]]
    words = {word for line in lines for word in line.split()}
    texts = [LEAK.message, NAME.message, PAIR.message, OFFER, AUDIT.origins]
    assert [word for text in texts for word in text.split() if word not in words] == []


@pytest.mark.parametrize("width", [80, 120])
def test_the_answer_is_the_first_line_and_the_verdict_the_last(width: int) -> None:
    lines = shown(AUDIT, width)
    assert lines[0] == f"Leaky: {LONG}, price and price_after give churned away."
    assert lines[-1] == "verdict: leaky"


def test_a_name_that_is_too_long_for_its_column_is_folded() -> None:
    found = Finding("names", "suspect", ("n" * 70,), "a name")
    lines = shown(Audit((CheckResult("names", "found", (found,)),)), 80)
    assert max(len(line.rstrip()) for line in lines) <= 80
    assert "".join(line[9:33].strip() for line in lines[2:5]) == "n" * 70


def test_reasons_are_grouped_and_checks_of_the_split_are_offered_once() -> None:
    text = "\n".join(shown(AUDIT, 200, offer=OFFER))
    assert "not applicable: late (no time is declared)" in text
    assert text.count("twins") == 1
    text = "\n".join(shown(AUDIT, 200))
    assert "not applicable: late, temporal (no time is declared); twins (there is no split)" in text
    assert "Not checked" not in text


def test_missing_lineage_is_said_once() -> None:
    text = "\n".join(shown(AUDIT, 120, offer=OFFER))
    assert text.count("lineage") == 1


def test_known_findings_are_marked() -> None:
    text = "\n".join(shown(AUDIT, 120, known={baseline_key(PAIR)}))
    assert "CIP027 pairs (known): price" in text
    assert "CIP005 reconstruction: " in text
    assert "known: 1 of 3 findings are in the baseline" in text


def test_ignored_checks_are_said() -> None:
    audit = without_ignored(AUDIT, [Ignored("CIP005"), Ignored("CIP027")])
    lines = shown(audit, 120)
    assert "ignored: CIP005 reconstruction, 1 finding" in lines
    assert lines[0] == "No leak found; 1 column to look at."
    assert lines[-1] == "verdict: suspect"


def test_how_the_file_was_read_comes_after_the_findings() -> None:
    lines = shown(AUDIT, 120, reading=["2 columns: 2 numbers", "decimal comma"])
    at = lines.index("2 columns: 2 numbers")
    assert lines[at + 1] == "  • decimal comma"
    assert at > lines.index("passed: flags, missingness, fitted, identifiers, copies")
