"""The classes of a churn label: spellings folded together, and the words that mean churn."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cip_exp.data.column_names import words_of
from cip_exp.data.column_values import texts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

CHURN_WORDS = frozenset((
    "churn", "churned", "churner", "churners", "yes", "y", "true", "t", "1", "exit", "exited",
    "attrited", "attrition", "lost", "leave", "left", "leaver", "leavers", "leaving", "cancel",
    "cancelled", "canceled", "cancellation", "closed", "default", "defaulted", "terminated",
    "unsubscribed", "lapsed", "gone", "quit", "departed", "withdrawn", "resigned", "dropped", "oui", "j",
    "si", "sí", "sim", "ja", "да",
))  # fmt: skip
"""Words of which one in a label means that the customer churned."""
PHRASES = ("charged off", "charge off", "not retained", "not renewed", "no longer customer")
NUMBER = re.compile(r"-?\d+")
NEGATIONS = frozenset((
    "no", "not", "non", "never", "nicht", "kein", "un",
))  # fmt: skip
SYNONYMS = {
    "yes": frozenset(("yes", "y", "true", "t", "1", "ja", "j", "oui", "si", "sí", "sim")),
    "no": frozenset(("no", "n", "false", "f", "0", "nein", "non", "nao", "não")),
}
"""Short and long words for the same answer; folded where both stand in one column."""
STAYING = frozenset((
    "retained", "retention", "active", "stayed", "staying", "renewed", "renewal", "loyal", "kept", "remained",
))  # fmt: skip
"""Words in the names of labels whose yes means that the customer stays."""
FOOTERS = frozenset((
    "total", "totals", "sum", "summe", "gesamt", "average", "mean", "grand",
))  # fmt: skip


@dataclass(frozen=True, eq=False)
class Labels:
    """A text label with its spellings folded."""

    folded: pd.Series
    """Each row's class, as its most frequent spelling; missing where the cell is empty."""
    counts: dict[str, int]
    """Rows by class, the most frequent first."""
    spellings: dict[str, tuple[str, ...]]
    """Different spellings by class, where there is more than one."""


def fold_labels(column: pd.Series, na: Sequence[str] = ()) -> Labels:
    """Fold spellings that differ in case and blanks: `Yes`, `yes ` and `YES` are one class."""
    raw = column.astype("object").where(column.notna(), None)
    texts = texts_of(column, na)
    keys = _without_synonyms(texts.map(_key, na_action="ignore"))
    written = Counter(zip(keys.dropna(), texts.dropna(), strict=True))
    by_key: dict[str, list[tuple[int, str]]] = {}
    for (key, text), n in written.items():
        by_key.setdefault(key, []).append((n, text))
    # 1.0 is written 1; every other class as its most frequent spelling.
    shown = {
        key: key if NUMBER.fullmatch(key) else max(found, key=lambda each: (each[0], each[1]))[1]
        for key, found in by_key.items()
    }
    totals = {shown[key]: sum(n for n, _ in found) for key, found in by_key.items()}
    exact = Counter((key, str(cell)) for key, cell in zip(keys, raw, strict=True) if isinstance(key, str))
    spellings: dict[str, tuple[str, ...]] = {}
    for key in by_key:
        forms = sorted(((n, cell) for (k, cell), n in exact.items() if k == key), reverse=True)
        if len(forms) > 1:
            spellings[shown[key]] = tuple(f"'{cell}' ({n})" for n, cell in forms)
    counts = dict(sorted(totals.items(), key=lambda item: (-item[1], item[0])))
    return Labels(keys.map(shown, na_action="ignore"), counts, spellings)


def _without_synonyms(keys: pd.Series) -> pd.Series:
    """Fold y and yes, n and no, where a column has more than two classes and all are such words."""
    classes = set(keys.dropna().unique())
    meaning = {word: answer for answer, words in SYNONYMS.items() for word in words & classes}
    if len(classes) < 3 or set(meaning) != classes or len(set(meaning.values())) != 2:
        return keys
    return keys.map(meaning, na_action="ignore")


def sounds_like_staying(name: str) -> bool:
    """Return whether the name of a label says that its yes means staying."""
    words = words_of(name)
    return any(word in STAYING for word in words) and not any(word in NEGATIONS for word in words)


def _key(text: str) -> str:
    folded = " ".join(text.casefold().split())
    return folded.removesuffix(".0") if re.fullmatch(r"-?\d+\.0", folded) else folded


def means_churn(label: str) -> bool:
    """Return whether a class's text says that the customer churned."""
    words = re.findall(r"[^\W_]+", label.casefold())
    phrase = " ".join(words)
    if any(each in phrase for each in PHRASES):
        return True
    return bool(words) and words[0] not in NEGATIONS and any(word in CHURN_WORDS for word in words)


def guess_positive(classes: Sequence[str]) -> str | None:
    """Return the class that means churn, by its words; None where none or both do.

    The number 1 means churn beside 0 or -1 only: 1 and 2 may be coded either way.
    """
    if len(classes) != 2:
        return None
    keys = [_key(each) for each in classes]
    if "1" in keys:
        other = keys[1 - keys.index("1")]
        return classes[keys.index("1")] if other in ("0", "-1") else None
    found = [each for each in classes if means_churn(each)]
    return found[0] if len(found) == 1 else None


def looks_like_footer(label: str) -> bool:
    """Return whether a label is that of a row of totals."""
    return any(word in FOOTERS for word in re.findall(r"[^\W_]+", label.casefold()))
