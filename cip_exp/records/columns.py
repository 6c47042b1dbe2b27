"""Records of what each column of a user's table was read as."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Role = Literal[
    "target",
    "number",
    "category",
    "code",
    "date",
    "identifier",
    "group",
    "time",
    "constant",
    "text",
    "dropped",
]
Kind = Literal["number", "flag", "text", "date"]

PLURALS: dict[Role, tuple[str, str]] = {
    "number": ("number", "numbers"),
    "category": ("category", "categories"),
    "code": ("text code", "text codes"),
    "date": ("date", "dates"),
    "identifier": ("identifier", "identifiers"),
    "group": ("group", "groups"),
    "time": ("time", "times"),
    "constant": ("constant", "constants"),
    "text": ("free text", "free texts"),
    "dropped": ("dropped", "dropped"),
}
"""How one and several columns of a role are called, in the order in which they are listed."""


@dataclass(frozen=True)
class Column:
    """What one column was read as; all fields are plain values, so that a saved model can hold them."""

    name: str
    role: Role
    kind: Kind
    """How its values are stored: `flag` for true and false."""
    used: bool
    """Whether it is a feature."""
    levels: int
    """Different values, without missing ones."""
    missing: int
    missing_words: tuple[str, ...] = ()
    """Words that were read as missing, besides empty cells."""
    notation: str = ""
    """How numbers are written, as `data.notation.Notation.code` gives it; empty for plain numbers."""
    date_format: str = ""
    """A format of strptime, or `ISO8601`, `excel`, `epoch_s`, `epoch_ms`."""
    width: int = 0
    """Digits of a text code whose values all have as many; 0 for any other column."""
    note: str = ""
    """Why it has this role, or what was special in reading it."""

    def plain(self) -> dict[str, Any]:
        """Return the fields as a dict of plain values."""
        return asdict(self) | {"missing_words": list(self.missing_words)}


@dataclass(frozen=True)
class Reading:
    """How a file was read: its columns, and remarks on the file as a whole."""

    columns: tuple[Column, ...] = ()
    notes: tuple[str, ...] = ()
    na: tuple[str, ...] = ()
    """Words that the user declared as missing."""

    def role_of(self, name: str) -> Role | None:
        """Return the role of a column; None for an unknown one."""
        return next((each.role for each in self.columns if each.name == name), None)

    def names(self, *roles: Role) -> tuple[str, ...]:
        """Return the columns with one of these roles."""
        return tuple(each.name for each in self.columns if each.role in roles)

    @property
    def summary(self) -> str:
        """`14 columns: 8 numbers, 3 categories, 2 dates, 1 identifier (not used): CLIENTNUM`."""
        used: list[str] = []
        unused: list[str] = []
        for role, words in PLURALS.items():
            names = self.names(role)
            left_out = [each.name for each in self.columns if each.role == role and not each.used]
            if names:
                parts = unused if left_out else used
                listed = ", ".join(left_out[:5]) + (" …" if len(left_out) > 5 else "")
                named = f" (not used): {listed}" if left_out else ""
                parts.append(f"{len(names)} {words[len(names) > 1]}{named}")
        n = len(self.columns) - len(self.names("target"))
        return (
            f"{n} column{'s' if n != 1 else ''}: {', '.join([*used, '; '.join(unused)] if unused else used)}"
        )
