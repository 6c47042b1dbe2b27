"""The log of holdout openings in the folder of a sweep: one line each, written before the holdout is read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cip_exp.records.grouping import axis_values
from cip_exp.records.vocabulary import Tag

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cip_exp.records.trial import Trial

OPENINGS = "holdout_openings.jsonl"


def record_opening(folder: Path, winner: Trial, axes: Sequence[str]) -> int:
    """Record that the holdout is about to be opened for `winner`.

    The line is written first, so that an opening is on record even where the process is killed.

    Returns:
        How often the holdout of this question has been opened, this time included.
    """
    question = ",".join((winner.task, *axis_values(winner, axes)))
    seed = winner.tags[Tag.SEED]
    with (folder / OPENINGS).open("a", encoding="utf-8") as file:
        file.write(json.dumps({"question": question, "seed": seed, "trial": winner.number}) + "\n")
    return sum((each["question"], each["seed"]) == (question, seed) for each in read_openings(folder))


def read_openings(folder: Path) -> list[dict[str, object]]:
    """Return every recorded opening, oldest first."""
    path = folder / OPENINGS
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []
