from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cip_exp.audit.rows.degenerate import degenerate

if TYPE_CHECKING:
    from pathlib import Path


def test_the_source_table_has_one_factor_and_sixty_distinct_rows(shared: Path, make_case) -> None:
    frame = pd.read_csv(shared / "Customer_Purchasing_Behaviors.csv").drop(columns="user_id")
    (finding,) = degenerate(
        make_case(frame.drop(columns="purchase_amount"), frame["purchase_amount"].to_numpy(float))
    )
    assert finding.kind == "degenerate"
    assert finding.evidence["factor"] == pytest.approx(0.988, abs=5e-4)
    assert finding.evidence["distinct"] == 60 / 238


def test_one_factor_on_different_rows_is_not_degenerate(make_case) -> None:
    rng = np.random.default_rng(0)
    size = rng.normal(size=200)
    X = pd.DataFrame({f"m{at}": size + 0.05 * rng.normal(size=200) for at in range(4)})
    assert degenerate(make_case(X, size)) is None


def test_repeated_rows_of_several_factors_are_not_degenerate(clean, make_case) -> None:
    X, y = clean
    rows = np.arange(400) % 50
    assert degenerate(make_case(X.iloc[rows].reset_index(drop=True), y[rows])) is None
