"""Cells of written tables are harmless in a spreadsheet, and are read back as they were."""

from __future__ import annotations

import io

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from cip_exp.records.safe_csv import read_csv, to_csv

TEXTS = st.text(st.sampled_from("=+-@'ab1 \t"), min_size=1, max_size=6).filter(lambda text: text.strip())


@given(st.lists(TEXTS.filter(lambda text: not text.strip("+-").strip().isdigit()), min_size=1, max_size=8))
def test_any_text_is_read_back(texts: list[str]) -> None:
    written = to_csv(pd.DataFrame({"=name": texts}))
    assert read_csv(io.StringIO(written), dtype=str, keep_default_na=False)["=name"].tolist() == texts


def test_formulas_get_an_apostrophe_and_numbers_do_not() -> None:
    table = pd.DataFrame({"name": ["=1+1", "@SUM(A1)", "-2", "+cmd", "plain"], "value": [-1.5, 2, 3, 4, 5]})
    lines = to_csv(table).splitlines()
    assert lines == ["name,value", "'=1+1,-1.5", "'@SUM(A1),2.0", "-2,3.0", "'+cmd,4.0", "plain,5.0"]
