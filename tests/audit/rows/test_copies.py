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
    counts = {"share": 2 * n_twins / 400, "distinct": 400.0 - n_twins, "rows": 400.0}
    chance = {"expected": 0.0, "expected_low": 0.0, "expected_high": 0.0} if kind == "duplicate" else {}
    assert finding.evidence == counts | chance


def test_rows_that_are_equal_by_chance_are_a_note(make_case) -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame({f"x{at}": rng.integers(0, 4, 2000).astype(float) for at in range(4)})
    (finding,) = copies(make_case(X, rng.integers(0, 2, 2000).astype(float)))
    assert finding.kind == "note"
    assert finding.evidence["share"] > 0.9
    assert "; chance gives 9" in finding.message


def test_twins_in_features_alone_are_not_copies(clean, make_case) -> None:
    X, y = clean
    assert copies(make_case(pd.concat([X, X], ignore_index=True), np.concatenate([y, y + 1.0]))) is None
