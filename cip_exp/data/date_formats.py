"""Find and read the format of dates: ISO, day and month in either order, month names, serial numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

ISO = "ISO8601"
SERIALS = {
    # by name: unit for pandas, its origin, and the smallest and largest number that is taken for one
    "excel": ("D", "1899-12-30", 18_000.0, 75_000.0),
    "epoch_s": ("s", "unix", 1e8, 4.2e9),
    "epoch_ms": ("ms", "unix", 1e11, 4.2e12),
    "epoch_us": ("us", "unix", 1e14, 4.2e15),
    "epoch_ns": ("ns", "unix", 1e17, 4.2e18),
}
"""Numbers that count days or seconds; the limits are about 1950 to 2105 (from 1973 for epochs)."""
YEARS = (1700, 2200)
"""A text whose year is outside is not taken for a date on its own."""
TIMES = ("%H:%M:%S", "%H:%M", "%H:%M:%S.%f", "%I:%M:%S %p", "%I:%M %p", "%I:%M:%S%p", "%I:%M%p", "%I %p")
ISO_TEXT = re.compile(
    r"\d{4}-\d{1,2}(-\d{1,2}([T ]\d{1,2}(:\d{2}){1,2}([.,]\d+)?\s?(Z|[+-]\d{2}:?\d{2}|UTC)?)?)?"
)
WORD = re.compile(r"[^\W\d_]{3,10}\.?")
MONTHS = {
    "Jan": ("jan", "ene", "gen"), "Feb": ("feb", "fév", "fev"), "Mar": ("mar", "mär", "mrz", "maa", "mrt"),
    "Apr": ("apr", "avr", "abr"), "May": ("may", "mai", "mag", "mei"), "Jun": ("jun", "juin", "giu"),
    "Jul": ("jul", "juil", "lug"), "Aug": ("aug", "aoû", "aou", "ago"), "Sep": ("sep", "set"),
    "Oct": ("oct", "okt", "ott", "out"), "Nov": ("nov",), "Dec": ("dec", "dez", "déc", "dic"),
}  # fmt: skip
"""By English abbreviation: how the month's name begins in English, German, French, Spanish, Italian,
Portuguese and Dutch."""
ZERO = re.compile(r"0000-00-00( 00:00:00)?|00[./-]00[./-]0000|0+|9999-12-31( .*)?")
"""What databases write where there is no date."""


@dataclass(frozen=True, eq=False)
class Dates:
    """Texts read as dates in one format."""

    format: str
    dates: pd.Series
    """Datetimes without zone (UTC where a zone was given); missing where a text is no date."""

    @property
    def share(self) -> float:
        """Share of the texts that are dates."""
        return float(self.dates.notna().mean()) if len(self.dates) else 0.0


def read_dates(column: pd.Series, date_format: str) -> pd.Series:
    """Read a column in a known format; missing where a value is no date of this format."""
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(column):
        return _without_zone(column)
    if date_format in SERIALS:
        unit, origin, _, _ = SERIALS[date_format]
        numbers = pd.to_numeric(column, errors="coerce")
        dates: pd.Series = pd.to_datetime(numbers, unit=unit, origin=origin, errors="coerce")  # type: ignore[call-overload]
        return dates.astype("datetime64[us]")
    text = column.astype("str").str.strip()
    if "%b" in date_format:
        text = text.str.replace(WORD, _english, regex=True)
    if pd.api.types.is_numeric_dtype(column):
        text = text.str.removesuffix(".0")
    return _without_zone(pd.to_datetime(text, format=date_format, errors="coerce", utc=True))


def find_formats(texts: Sequence[str]) -> list[Dates]:
    """Return the formats in which most of the texts are dates, those with different dates only.

    Two where day and month cannot be told apart. None where few of the texts are dates.

    Args:
        texts: different texts of one column, without blanks around them.
    """
    import pandas as pd

    column = pd.Series(list(texts), dtype="object")
    tried: set[str] = set()
    found: list[Dates] = []
    for example in texts[:: max(1, len(texts) // 20)]:
        for each in _candidates(example):
            if each in tried:
                continue
            tried.add(each)
            dates = Dates(each, _plausible(read_dates(column, each)))
            if dates.share >= 0.3 and not any(dates.dates.equals(other.dates) for other in found):
                found.append(dates)
    best = max((each.share for each in found), default=0.0)
    return [each for each in found if each.share == best]


def serial_format(values: pd.Series) -> str | None:
    """Return which serial number these are by their size, or `%Y%m%d`; None for none of them."""
    filled = values.dropna()
    if filled.empty:
        return None
    low, high = float(filled.min()), float(filled.max())
    whole = bool((filled == filled.round()).all())
    if (
        whole
        and low > 1e7
        and high < 1e8
        and _plausible(read_dates(filled.astype("int64"), "%Y%m%d")).notna().all()
    ):
        return "%Y%m%d"
    return next(
        (name for name, (_, _, least, most) in SERIALS.items() if least <= low and high <= most), None
    )


def _english(word: re.Match[str]) -> str:
    """Return the English abbreviation of a month's name; any other word as it is."""
    name = word.group().rstrip(".").casefold()
    return next((month for month, starts in MONTHS.items() if name.startswith(starts)), word.group())


def _without_zone(dates: pd.Series) -> pd.Series:
    zone = getattr(dates.dt, "tz", None)
    plain = dates.dt.tz_convert("UTC").dt.tz_localize(None) if zone is not None else dates
    return plain.astype("datetime64[us]")


def _plausible(dates: pd.Series) -> pd.Series:
    return dates.where(dates.dt.year.between(*YEARS))


def _candidates(text: str) -> Iterator[str]:
    """Yield the formats that this text may have."""
    if ISO_TEXT.fullmatch(text):
        yield ISO
    if ISO_TEXT.fullmatch(text) or "%" in text:  # a sign of strptime
        return
    day, _, clock = _split_clock(text)
    times = [f" {each}" for each in TIMES] if clock else [""]
    for each in _day_formats(day):
        yield from (f"{each}{time}" for time in times)


def _split_clock(text: str) -> tuple[str, str, str]:
    """Divide a text into its day and its time of day, if any."""
    found = re.search(r"\s\d{1,2}(:\d{2}|\s?[AaPp][Mm])", text)
    return (text, "", "") if found is None else (text[: found.start()], " ", text[found.start() + 1 :])


def _day_formats(day: str) -> Iterator[str]:
    """Yield formats of a day without time: 31.12.2024, 12/31/24, 2024/12/31, 31-Dec-2024, Dec 31, 2024."""
    words = WORD.findall(day)
    if words:
        yield from _named_formats(day, words)
        return
    if re.fullmatch(r"\d{8}", day):
        yield "%Y%m%d"
    parts = re.fullmatch(r"(\d{1,4})([./ -])\s?(\d{1,2})\2\s?(\d{1,4})\.?", day)
    if parts is None:
        return
    first, mark, _, last = parts.groups()
    blank = " " if f"{mark} " in day and mark != " " else ""
    mark += blank
    if len(first) == 4:
        yield f"%Y{mark}%m{mark}%d"
        yield f"%Y{mark}%d{mark}%m"
        return
    year = "%Y" if len(last) == 4 else "%y"
    yield f"%d{mark}%m{mark}{year}"
    yield f"%m{mark}%d{mark}{year}"
    if len(last) == 2 and int(first) > 31:
        yield f"%y{mark}%m{mark}%d"


def _named_formats(day: str, words: Sequence[str]) -> Iterator[str]:
    """Yield the format of a day with a month's name, by the text around it."""
    weekday, shape = "", day
    if len(words) == 2:  # "Mon, 3 Mar 2024"
        head = day[: day.index(words[0]) + len(words[0])]
        rest = day[len(head) :]
        weekday = ("%a" if len(words[0].rstrip(".")) == 3 else "%A") + rest[
            : len(rest) - len(rest.lstrip(", "))
        ]
        shape = rest.lstrip(", ")
    form = re.sub(WORD, "%b", shape, count=1)
    form, has_year = re.subn(r"\d{4}", "%Y", form, count=1)
    numbers = re.findall(r"\d{1,2}", form)
    marks = ["%d", "%y"][: len(numbers)] if len(numbers) != 1 or has_year else ["%y"]  # "Dec-11": no day
    for mark in marks:
        form = re.sub(r"\d{1,2}", mark, form, count=1)
    if len(numbers) + has_year in (1, 2):
        yield weekday + form
