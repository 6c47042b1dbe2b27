"""Numbers as people write them: decimal commas, thousands separators, currencies, percents, parentheses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

PLAIN = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?inf(?:inity)?", re.IGNORECASE)
PLAIN_CHARACTERS = frozenset("0123456789+-.eE")
LEADING_ZERO = re.compile(r"0\d+")
"""A whole number that begins with zero is a code."""
CURRENCIES = (
    "USD", "EUR", "GBP", "CHF", "JPY", "CNY", "INR", "BRL", "CAD", "AUD", "NZD", "SEK", "NOK", "DKK",
    "PLN", "CZK", "HUF", "RON", "TRY", "RUB", "ZAR", "MXN", "KRW", "SGD", "HKD", "ILS", "AED", "SAR",
    "THB", "IDR", "MYR", "PHP", "VND", "UAH", "CLP", "COP", "PEN", "ARS", "NGN", "EGP", "PKR", "BGN",
    "ISK",
)  # fmt: skip
SIGNS = r"R\$|US\$|C\$|A\$|HK\$|NT\$|S\$|kr\.?|zł|Kč|Ft|Rs\.?|Fr\.?|[$€£¥₹₽₺₩₫₪฿₴₦₱]"
SAME = {"USD": "$", "US$": "$", "EUR": "€", "GBP": "£", "INR": "₹", "RS": "₹", "BRL": "R$", "JPY": "¥"}
"""By code, the sign of the same currency."""
UNIT = re.compile(rf"(?:{SIGNS}|(?:{'|'.join(CURRENCIES)})\b|%)", re.IGNORECASE)
PARTS = re.compile(
    r"(?P<open>\()?\s*(?P<sign1>[-+−])?\s*(?P<before>[^\d\s.,()+−-][^\d.,()+−-]*?)?\s*(?P<sign2>[-+−])?\s*"
    r"(?P<body>(?:\d|[.,]\d)[\d.,' ’]*?(?:[eE][-+]?\d+)?)\s*(?P<sign3>[-−])?\s*"
    r"(?P<after>[^\d\s.,()+−-][^\d()]*?)?\s*(?P<sign4>[-−])?\s*(?P<close>\))?"
)
UNIT_BEFORE_PARENTHESIS = re.compile(r"^([^\d\s()]{1,4}) ?\(")
MEASURE = re.compile(r"[^\W\d_]{1,12}[²³]?(?:/[^\W\d_]{1,8})?\.?")
"""A unit of measure behind a number."""
SPACES = re.compile(r"[\u00a0\u2007\u2009\u202f\s]+")
FORMS = {
    # decimal mark, thousands separator: what a body without sign and unit looks like
    (".", ","): re.compile(r"(?:[1-9]\d{0,2}(?:,\d{2,3})*,\d{3}|\d+)?(?:\.\d*)?"),
    (",", "."): re.compile(r"(?:[1-9]\d{0,2}(?:\.\d{3})+|\d+)?(?:,\d*)?"),
    (".", " "): re.compile(r"(?:[1-9]\d{0,2}(?: \d{3})+|\d+)?(?:\.\d*)?"),
    (",", " "): re.compile(r"(?:[1-9]\d{0,2}(?: \d{3})+|\d+)?(?:,\d*)?"),
    (".", "'"): re.compile(r"(?:[1-9]\d{0,2}(?:'\d{3})+|\d+)?(?:\.\d*)?"),
    (",", "'"): re.compile(r"(?:[1-9]\d{0,2}(?:'\d{3})+|\d+)?(?:,\d*)?"),
}
NAMES = {",": "thousands separator ','", ".": "thousands separator '.'", " ": "blanks between thousands",
         "'": "apostrophes between thousands"}  # fmt: skip


Part = tuple[float, str, str, bool]
"""Sign, unit, digits with their separators, and whether parentheses negate."""


@dataclass(frozen=True)
class Notation:
    """How the numbers of one column are written."""

    decimal: str = "."
    thousands: str = ""
    """The separator, empty where none occurs."""
    unit: str = ""
    """A currency, % or a unit of measure, as written; empty for none."""
    parentheses: bool = False
    """Whether parentheses mark negative numbers."""

    @property
    def code(self) -> str:
        """The fields as one text, for `from_code`; empty for plain numbers."""
        if self == Notation():
            return ""
        return "|".join((self.decimal, self.thousands, self.unit, "()" if self.parentheses else ""))

    @classmethod
    def from_code(cls, code: str) -> Notation:
        """Return the notation of a code."""
        if not code:
            return cls()
        decimal, thousands, unit, parentheses = code.split("|")
        return cls(decimal, thousands, unit, bool(parentheses))

    @property
    def words(self) -> str:
        """The notation in words, for a message: `decimal comma, currency €`."""
        kind = "unit" if is_measure(self.unit) else "currency"
        unit = f"{kind} {self.unit}" if self.unit else ""
        parts = [
            "decimal comma" if self.decimal == "," else "",
            NAMES.get(self.thousands, ""),
            "percent (45% is read as 45)" if self.unit == "%" else unit,
            "parentheses for negative numbers" if self.parentheses else "",
        ]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, eq=False)
class Numbers:
    """Texts read as numbers in one notation."""

    notation: Notation
    numbers: NDArray[np.float64]
    """Shape (n,); NaN where a text is no number."""

    @property
    def share(self) -> float:
        """Share of the texts that are numbers."""
        return float(np.mean(~np.isnan(self.numbers))) if len(self.numbers) else 0.0


def plain_numbers(texts: Sequence[str]) -> NDArray[np.float64] | None:
    """Read texts such as 12, -0.5, 1e3 and inf, shape (n,); None where one of them is anything else."""
    if set().union(*texts) <= PLAIN_CHARACTERS:
        try:
            return np.array(texts, dtype=object).astype(np.float64)
        except ValueError:
            return None
    match = PLAIN.fullmatch
    return np.array([float(text) for text in texts]) if all(match(text) for text in texts) else None


def may_be_thousands(texts: Iterable[str]) -> bool:
    """Return False where a point in plain numbers cannot separate thousands: most columns, found cheaply."""
    behind = [len(text.rpartition(".")[2]) for text in texts if "." in text]
    return bool(behind) and set(behind) == {3}


def read_numbers(texts: Sequence[str], notation: Notation) -> NDArray[np.float64]:
    """Read texts in a known notation, plain numbers included; shape (n,), NaN for any other text."""
    plain = plain_numbers(texts) if notation == Notation() else None
    if plain is not None:
        return plain
    return np.array([_read(text, notation) for text in texts], dtype=np.float64)


def find_notations(texts: Sequence[str], decimal: str | None = None) -> list[Numbers]:
    """Return the notations in which most of the texts are numbers, those with different values only.

    One for an unambiguous column; two where 1,234 may be a thousand or about one.

    Args:
        texts: different texts of one column, without blanks around them.
        decimal: the decimal mark where it is known.
    """
    parts = _with_known_units([_parts(text) for text in texts])
    units = {unit for each in parts if each is not None and (unit := each[1])}
    if len({_same_unit(unit) for unit in units}) > 1 or ("%" in units and not _all_percent(parts)):
        return []
    unit = min(units, default="", key=len)
    bodies = [each[2] for each in parts if each is not None]
    parentheses = any(each[3] for each in parts if each is not None)
    found: list[Numbers] = []
    for mark, separator in FORMS:
        if decimal is not None and mark != decimal:
            continue
        fits = [body for body in bodies if FORMS[mark, separator].fullmatch(body)]
        used = separator if any(separator in body for body in fits) else ""
        notation = Notation(mark, used, unit, parentheses)
        numbers = Numbers(notation, read_numbers(texts, notation))
        if not any(np.array_equal(numbers.numbers, each.numbers, equal_nan=True) for each in found):
            found.append(numbers)
    best = max((each.share for each in found), default=0.0)
    return [each for each in found if each.share == best > 0]


def _all_percent(parts: Iterable[Part | None]) -> bool:
    return all(each is None or each[1] == "%" or not each[2].strip("0.,") for each in parts)


def _same_unit(unit: str) -> str:
    """Return one spelling of a currency: $ and USD are the same, as € and EUR."""
    plain = unit.upper().rstrip(".")
    return SAME.get(plain, plain)


def _parts(text: str) -> Part | None:
    """Return sign, unit, digits with their separators, and whether parentheses negate; None for no number."""
    found = PARTS.fullmatch(UNIT_BEFORE_PARENTHESIS.sub(r"(\1", SPACES.sub(" ", text)))
    if found is None:
        return None
    units = [unit.strip() for unit in (found["before"], found["after"]) if unit and unit.strip()]
    if len(units) > 1 or any(UNIT.fullmatch(unit) is None and not _is_measure(found, unit) for unit in units):
        return None
    signs = [found[f"sign{number}"] for number in range(1, 5) if found[f"sign{number}"]]
    negated = found["open"] is not None
    if len(signs) > 1 or negated != (found["close"] is not None) or (negated and signs):
        return None
    body = found["body"].strip().replace("’", "'")
    negative = negated or (signs and signs[0] in "-−")
    return -1.0 if negative else 1.0, units[0] if units else "", body, negated


def _is_measure(found: re.Match[str], unit: str) -> bool:
    """Return whether a text behind a number may be a unit, such as kg or months."""
    return found["after"] is not None and MEASURE.fullmatch(unit) is not None


def _with_known_units(parts: list[Part | None]) -> list[Part | None]:
    """Take texts with a unit of measure for no numbers, unless all have it: 10 GB, but not some 10029A."""
    measures = {each[1] for each in parts if each is not None and is_measure(each[1])}
    if len(measures) == 1 and all(each is not None and each[1] in measures for each in parts):
        return parts
    return [None if each is not None and is_measure(each[1]) else each for each in parts]


def is_measure(unit: str) -> bool:
    """Return whether a unit is neither a currency nor %."""
    return bool(unit) and UNIT.fullmatch(unit) is None


def _read(text: str, notation: Notation) -> float:
    if notation.decimal == "." and PLAIN.fullmatch(text):
        return float(text)
    parts = _parts(text)
    if parts is None:
        return np.nan
    sign, unit, body, _ = parts
    if unit and _same_unit(unit) != _same_unit(notation.unit):
        return np.nan
    form = FORMS[notation.decimal, notation.thousands or " "]
    if form.fullmatch(body) is None or (" " in body and notation.thousands != " "):
        return np.nan
    digits = body.replace(notation.thousands, "") if notation.thousands else body
    return sign * float(digits.replace(notation.decimal, "."))
