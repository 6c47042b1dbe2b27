"""stub until merge"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class ReadOptions:
    sep: str | None = None
    encoding: str | None = None


@dataclass(frozen=True, eq=False)
class Cells:
    frame: pd.DataFrame
    typed: bool
    notes: tuple[str, ...]
    n_above: int = 0


def read_cells(path, options=None):
    import io

    from cip_exp.data.csv_reader import _check_shape, read_text

    text = read_text(path)
    names, sep = _check_shape(text, path)
    f = pd.read_csv(
        io.StringIO(text),
        sep=sep,
        header=0,
        names=names,
        index_col=False,
        dtype=str,
        keep_default_na=False,
        na_filter=False,
    ).astype(object)
    f = f.map(lambda x: x.strip())
    return Cells(f, False, ())
