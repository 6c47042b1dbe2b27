"""Every check has a code, a page and a row in docs/audit.md; the pages' examples are true."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cip_exp.app.commands.audit import main
from cip_exp.audit.codes import CODES, RULES, rule_of
from cip_exp.audit.runner import CHECKS

ROOT = Path(__file__).parents[2]
SCORES = sorted(path.stem for path in (ROOT / "cip_exp/audit/scores").glob("*.py") if path.stem != "__init__")
IN_USE = [*(check.__name__ for check in CHECKS), *SCORES]  # type: ignore[attr-defined]
PAGES = [rule_of(check).code for check in IN_USE]
HEADINGS = ["What it means", "Example", "How to mend it", "When to ignore it"]
SHORTEST, LONGEST = 15, 45
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def page_of(code: str) -> str:
    return (ROOT / "docs" / "checks" / f"{code}.md").read_text("utf-8")


def test_codes_never_repeat_and_are_numbered_without_gaps() -> None:
    assert [rule.code for rule in RULES] == [f"CIP{n:03d}" for n in range(1, len(RULES) + 1)]
    assert len(CODES) == len(RULES)


def test_codes_never_change() -> None:
    ids = (
        "lineage late identity fitted_encoding reconstruction flags missingness fitted correlation names",
        "identifiers copies twins groups temporal adversarial permuted degenerate redundant constants small",
        "red_flag edge ceiling quoted marks pairs afterwards near_copies repeated",
    )
    known = " ".join(ids).split()
    assert [rule.check for rule in RULES[: len(known)]] == known


@pytest.mark.parametrize("check", IN_USE)
def test_every_check_has_a_code(check: str) -> None:
    assert rule_of(check).check == check


@pytest.mark.parametrize("code", PAGES)
def test_every_code_has_a_page(code: str) -> None:
    text = page_of(code)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS
    assert text.startswith(f"# {code} {RULES[int(code[3:]) - 1].check}\n")
    assert SHORTEST <= len(text.splitlines()) <= LONGEST


@pytest.mark.parametrize("check", IN_USE)
def test_every_check_has_its_rows(check: str) -> None:
    code = CODES[check]
    audit = (ROOT / "docs" / "audit.md").read_text("utf-8")
    index = (ROOT / "docs" / "checks" / "README.md").read_text("utf-8")
    assert f"| `{check}` | [{code}](checks/{code}.md) |" in audit
    assert f"`{check}` |" in index
    assert code in index


def blocks(text: str) -> dict[str, str]:
    """Return the text of each fenced block by its language."""
    return dict(FENCE.findall(text))


def flat(text: str) -> str:
    """Return a text with single blanks in place of its layout."""
    return " ".join(text.split())


@pytest.mark.parametrize("code", [code for code in PAGES if "python train.py" not in page_of(code)])
def test_the_output_of_an_example_is_real(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    found = blocks(page_of(code))
    if "python" in found:
        *base, save = blocks(page_of("README"))["python"].splitlines()
        *lines, last = found["python"].splitlines()
        assert last == save
        exec("\n".join([*base, *lines, last]), {"np": np, "pd": pd})
    assert main(shlex.split(found["bash"])[2:]) in (0, 1)
    shown = flat(capsys.readouterr().out)
    # From the code on: which other checks have found the same column is not what the page is about.
    parts = [flat(part.split("\n…")[0]) for part in found["text"].split(code)[1:]]
    assert parts
    assert [part for part in parts if f"{code} {part}" not in shown] == []
