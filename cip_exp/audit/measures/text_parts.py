"""The parts of a category's level names that several levels share: words, beginnings and endings.

A status such as `CLO-417` has few rows of its own; its stem `CLO` has many.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LONGEST = 4
"""Beginnings and endings have 1 to this many characters."""
MOST_LEVELS = 3_000
"""Of a column with more levels no parts are made: it is free text or a key."""
WORD = re.compile(r"[^\W\d_]+|\d+")


def shared_parts(levels: Sequence[str]) -> dict[str, list[int]]:
    """Return the positions of the levels that have a part, by the part in words; only parts that some share.

    The words are `begins with 'CLO'`, `ends with …`, `contains …`, as the first level spells it; upper and
    lower case count as one. A word ends at any other character and where letters meet digits; two words that
    follow each other are a part too.
    """
    if not 2 < len(levels) <= MOST_LEVELS:
        return {}
    spelling: dict[str, str] = {}
    having: dict[str, list[int]] = {}
    for at, level in enumerate(levels):
        for part in _parts(level.strip()):
            found = having.setdefault(spelling.setdefault(part.casefold(), part), [])
            if not found or found[-1] != at:
                found.append(at)
    return {part: found for part, found in having.items() if 1 < len(found) < len(levels)}


def _parts(text: str) -> Iterator[str]:
    """Yield the parts of one level, longer ones first: they say more where the same levels have them."""
    for length in range(min(LONGEST, len(text) - 1), 0, -1):
        yield f"begins with '{text[:length]}'"
        yield f"ends with '{text[-length:]}'"
    words = WORD.findall(text)
    yield from (f"contains '{first} {second}'" for first, second in zip(words, words[1:], strict=False))
    yield from (f"contains '{word}'" for word in words)
