"""The exceptions of this package, and the layout of their messages.

CipError
├── UserError            the user's input is wrong: one message, exit code 2, nothing written
│   ├── ConfigError      a key, a value or a combination of the configuration
│   ├── DataError        a file or a table
│   └── AuditError       audit=strict found data on which a score would be worthless
└── TrialError           a trial could not be scored: exit code 1, the sweep goes on
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SAFE = re.compile(r"(?:\.{0,2}/)?[A-Za-z_][A-Za-z0-9_./-]*|[0-9]+")
HARMLESS = re.compile(r"[A-Za-z0-9_./,=:@%+-]+")


class CipError(Exception):
    """The base class of all errors that this package raises on purpose."""


class UserError(CipError):
    """The user's input is wrong; the message says how to correct it."""


class ConfigError(UserError):
    """A key, a value or a combination in the configuration is not allowed."""


class DataError(UserError):
    """A file or table cannot be used as it is."""


class AuditError(UserError):
    """With audit=strict: the data is leaky, duplicated or degenerate, so its scores would be worthless."""


class TrialError(CipError):
    """A trial could not be fitted, or its score is not a finite number."""


def nearest(given: str, allowed: Iterable[str]) -> str:
    """Return `" Did you mean 'x'?"` for the closest allowed word, or an empty string."""
    match = get_close_matches(str(given), [str(word) for word in allowed], n=1, cutoff=0.5)
    return f" Did you mean '{match[0]}'?" if match else ""


def describe(what: str, where: str, allowed: str, step: str = "") -> str:
    """Return one message: what is wrong, where, what is allowed, and the next step."""
    lines = [what, f"  where:   {where}", f"  allowed: {allowed}"]
    if step:
        lines.append(f"  next:    {step.strip()}")
    return "\n".join(lines)


def argument(key: str, value: str | Sequence[str]) -> str:
    """Return `key=value` as it has to be typed; quoted for Hydra and the shell where needed.

    >>> argument("data.target", "churn")
    'data.target=churn'
    >>> argument("data.target", "churn[1]")
    "'data.target=\"churn[1]\"'"
    """
    if not isinstance(value, str):
        return _for_shell(f"{key}=[{','.join(_for_hydra(each) for each in value)}]")
    return _for_shell(f"{key}={_for_hydra(value)}")


def _for_hydra(value: str) -> str:
    """Quote a text that Hydra's grammar does not take as it is, or would take for another type."""
    if SAFE.fullmatch(value) and value.casefold() not in ("null", "true", "false", "nan", "inf"):
        return value
    return '"' + value.replace('"', '\\"') + '"'


def _for_shell(text: str) -> str:
    """Quote a text for the shell where it has any but harmless characters."""
    return text if HARMLESS.fullmatch(text) else "'" + text.replace("'", "'\\''") + "'"
