from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cip_exp.audit.rows.copies import copies


@pytest.mark.parametrize(("n_twins", "kind"), [(9, "note"), (11, "duplicate")])
def test_five_percent_of_the_rows_make_a_duplicated_table(n_twins: int, kind: str, clean, make_case) -> None:
    X, y = clean
    X, y = X.iloc[: 400 - n_twins], y[: 400 - n_twins]
    twice = np.concatenate([np.arange(len(y)), np.arange(n_twins)])
    (finding,) = copies(make_case(X.iloc[twice].reset_index(drop=True), y[twice]))
    assert finding.kind == kind
    assert finding.evidence == {"share": 2 * n_twins / 400, "distinct": 400.0 - n_twins, "rows": 400.0}


def test_twins_in_features_alone_are_not_copies(clean, make_case) -> None:
    X, y = clean
    assert copies(make_case(pd.concat([X, X], ignore_index=True), np.concatenate([y, y + 1.0]))) is None
