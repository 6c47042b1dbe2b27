"""Names and texts use the terms of the field: the metaphors of earlier versions do not come back."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
METAPHORS = re.compile(
    r"\b(house|room|corridor|door|drawer|(un)?crown(s|ed|ing)?|scribe|portrait)s?\b", re.IGNORECASE
)
FOLDERS = ("cip_exp", "conf", "scripts", "tests", "benchmarks", "docs")
KINDS = {".py", ".yaml", ".md", ".j2", ".css", ".js"}
EXEMPT = {"CHANGELOG.md", "benchmarks/leakage/datasets.py", "benchmarks/overtuning/tables.py"}
"""They name modules that were moved, and public data sets."""


def texts() -> dict[str, str]:
    paths = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in KINDS]
    paths += [path for path in ROOT.glob("*") if path.suffix in KINDS]
    named = {path.relative_to(ROOT).as_posix(): path for path in paths if path != Path(__file__)}
    return {name: path.read_text(encoding="utf-8") for name, path in named.items() if name not in EXEMPT}


def words(text: str) -> list[str]:
    """Return the metaphors in a text; parts of names count as words."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", text)
    return [found.group() for found in METAPHORS.finditer(spaced)]


def test_no_metaphor_is_left() -> None:
    found = {name: words(text) for name, text in texts().items()}
    assert len(found) > 300
    assert {name: each for name, each in found.items() if each} == {}


def test_a_metaphor_is_seen() -> None:
    assert words("def crown_all(): ...") == ["crown"]
    assert words("class HouseKeeper: 'the rooms of'") == ["House", "rooms"]
    assert words("an indoor plant, a housing loan, broom") == []
