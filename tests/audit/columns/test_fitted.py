from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata

from cip_exp.audit.columns.fitted import fitted
from cip_exp.records.lineage import Lineage, Origin

N = 500
TEST = np.random.default_rng(11).random(N) < 0.2
RAW = np.random.default_rng(9).gamma(2.0, 10.0, N)
RAW[np.flatnonzero(TEST)[0]] = RAW.max() + 40.0
MISSING = np.random.default_rng(7).random(N) < 0.1


def standardise(values: np.ndarray, fit: np.ndarray) -> np.ndarray:
    return (values - values[fit].mean()) / values[fit].std()


def stretch(values: np.ndarray, fit: np.ndarray) -> np.ndarray:
    return (values - values[fit].min()) / (values[fit].max() - values[fit].min())


def fill(values: np.ndarray, fit: np.ndarray) -> np.ndarray:
    return np.where(MISSING, values[fit & ~MISSING].mean(), values)


def cut(values: np.ndarray, fit: np.ndarray) -> np.ndarray:
    return (values > np.quantile(values[fit], 0.75)).astype(float)


STEPS = {
    "standardised": standardise,
    "scaled to 0..1": stretch,
    "with the mean": fill,
    "cuts raw": cut,
}


@pytest.mark.parametrize("word", STEPS)
def test_a_step_is_reported_if_fitted_on_all_rows_and_not_if_on_training_rows(word: str, make_case) -> None:
    everything = np.ones(N, dtype=bool)
    for fit, n_found in ((everything, 1), (~TEST, 0)):
        X = pd.DataFrame({"raw": RAW, "made": STEPS[word](RAW, fit)})
        findings = fitted(make_case(X, RAW, TEST))
        assert len(findings) == n_found
        assert all(f.kind == "suspect" and f.columns == ("made",) and word in f.message for f in findings)


def test_percentile_ranks_are_reported(make_case) -> None:
    X = pd.DataFrame({"raw": RAW, "rank": (rankdata(RAW) / N).round(4)})
    (finding,) = fitted(make_case(X, RAW))
    assert finding.message == "rank is a rank of all 500 rows, before the split"


def test_a_column_fitted_in_each_fold_is_not_reported(make_case) -> None:
    X = pd.DataFrame({"raw": RAW, "score": standardise(RAW, np.ones(N, dtype=bool))})
    lineage = Lineage({"score": Origin(("raw",), fitted=True)})
    assert fitted(make_case(X, RAW, lineage=lineage)) == []
    (finding,) = fitted(make_case(X, RAW, lineage=lineage, fitted_on_table=("score",)))
    assert finding.message == "score is declared to be a statistic of all 500 rows, before the split"


@pytest.mark.parametrize(
    ("values", "limit"),
    [(RAW.round(2), 25.0), (np.round(RAW / 3), 7.0), (RAW * 1000, 20_000.0), (RAW.round(3) - 30, 0.0)],
)
def test_a_limit_that_a_person_would_type_is_not_reported(
    values: np.ndarray, limit: float, make_case
) -> None:
    # The quantile of the whole table happens to give the same flag.
    at = np.quantile(values, 0.75)
    shifted = values + (limit - at) if values.dtype == float and limit != 7.0 else values
    flag = (shifted >= np.quantile(shifted, 0.75)).astype(float)
    assert fitted(make_case(pd.DataFrame({"raw": shifted, "rule": flag}), RAW)) == []


def test_a_flag_beside_a_column_that_is_mostly_zero_is_not_reported(make_case) -> None:
    values = np.where(np.quantile(RAW, 0.8) > RAW, 0.0, RAW)
    flags = {"any": (values > 0).astype(float), "of_zeros": (np.arange(N) % 7 == 0) * (values == 0) * 1.0}
    assert fitted(make_case(pd.DataFrame({"raw": values, **flags}), RAW)) == []


def test_a_limit_that_only_the_quantile_explains_is_reported(make_case) -> None:
    flag = (np.quantile(RAW, 0.75) < RAW).astype(float)
    (finding,) = fitted(make_case(pd.DataFrame({"raw": RAW, "rule": flag}), RAW))
    assert "rule cuts raw at the 0.75 quantile" in finding.message
