"""Write and read the CSV files of a sweep so that no spreadsheet takes a cell for a formula.

A cell or heading that begins with `=`, `+`, `-`, `@`, a tab or a carriage return, and is no number, gets an
apostrophe before it (OWASP, "CSV Injection"). `read_csv` takes it away again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from io import StringIO
    from pathlib import Path

    import pandas as pd

FORMULA = re.compile(r"'*[=+\-@\t\r]")
ESCAPED = re.compile(r"'+[=+\-@\t\r]")


def to_csv(frame: pd.DataFrame) -> str:
    """Return the table as CSV without its index."""
    return str(_map_texts(frame, _escape).to_csv(index=False))


def read_csv(source: Path | StringIO, **options: Any) -> pd.DataFrame:
    """Read what `to_csv` wrote; `options` are those of `pandas.read_csv`."""
    import pandas as pd

    return _map_texts(pd.read_csv(source, **options), _unescape)


def _map_texts(frame: pd.DataFrame, change: Callable[[Any], Any]) -> pd.DataFrame:
    from pandas.api.types import is_datetime64_any_dtype, is_numeric_dtype

    texts = {
        name: column.map(change, na_action="ignore")
        for name, column in frame.items()
        if not is_numeric_dtype(column) and not is_datetime64_any_dtype(column)
    }
    return frame.assign(**{str(name): column for name, column in texts.items()}).rename(columns=change)


def _escape(value: Any) -> Any:
    if not isinstance(value, str) or FORMULA.match(value) is None:
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value


def _unescape(value: Any) -> Any:
    return value[1:] if isinstance(value, str) and ESCAPED.match(value) else value
