"""Text of a user's table in Markdown: names, levels and messages are shown as they are."""

from __future__ import annotations

import re

SPECIAL = re.compile(r"([\\`*\[\]<>])")


def plain(text: str) -> str:
    """Return text in one line, with the characters that Markdown or HTML would take as markup escaped."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split()))


def code(text: str) -> str:
    """Return text as inline code, in one line; a longer fence where the text holds backticks."""
    line = " ".join(text.split()) or " "
    longest = max((len(run) for run in re.findall(r"`+", line)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if longest else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def quoted(text: str) -> str:
    """Return text as one argument of a shell, always in quotes."""
    return "'" + " ".join(text.split()).replace("'", "'\\''") + "'"
