"""Read records of trials that earlier versions wrote."""

from __future__ import annotations

from typing import Any

from cip_exp.records.vocabulary import Tag

WINNER_NOTES = ("as searched ", "quote ", "the model's own parameters")
"""Beginnings of the notes that a winner got up to version f4a6cd7, which kept them among its own."""


def split_notes(values: dict[str, Any]) -> dict[str, Any]:
    """Return a record with the notes of a winner apart from its own, as `Trial` has them now."""
    if Tag.WINNER not in values["tags"]:
        return values
    beginnings = (*WINNER_NOTES, f"{values['primary']} of seed ")
    won = [note for note in values["notes"] if note.startswith(beginnings)]
    own = [note for note in values["notes"] if note not in won]
    return {**values, "notes": own, "winner_notes": won}
