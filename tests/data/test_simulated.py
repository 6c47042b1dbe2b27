"""data=simulated: the data agree with the hidden state, and the planted leaks are the declared ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import r2_score

from cip_exp.data import simulated
from cip_exp.errors import ConfigError


@settings(max_examples=15, deadline=None)
@given(st.integers(100, 400), st.integers(0, 2**63), st.booleans())
def test_every_draw_keeps_the_rules_and_can_be_repeated(n: int, seed: int, leaks: bool) -> None:
    table = simulated.load(n_customers=n, seed=seed, leaks=leaks)
    assert len(table.frame) == n
    simulated.schema(leaks=leaks).validate(table.frame)
    assert simulated.load(n_customers=n, seed=seed, leaks=leaks).sha256 == table.sha256


def test_the_expected_targets_are_the_mean_of_the_drawn_ones() -> None:
    """In every segment and for the active alone, within four standard errors."""
    frame = simulated.load(n_customers=40_000, seed=1).frame
    groups = [rows for _, rows in frame.groupby("truth_segment", observed=True)]
    assert [len(rows) / 40_000 for rows in groups] == pytest.approx([0.15, 0.20, 0.30, 0.35], abs=0.01)
    for rows in (*groups, frame[frame["truth_alive"]]):
        for name in ("clv", "churn"):
            error = rows[name] - rows[f"truth_{name}"]
            assert abs(error.mean()) < 4 * error.std() / np.sqrt(len(rows))
    assert r2_score(frame["clv"], frame["truth_clv"]) == pytest.approx(0.774, abs=0.02)


def test_chunks_are_joined_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = simulated.load(n_customers=100, leaks=False).frame
    monkeypatch.setattr(simulated, "CHUNK", 100)
    frame = simulated.load(n_customers=250, leaks=False).frame
    assert frame.head(100).equals(whole)
    assert frame["customer_id"].tolist() == list(range(1, 251))
    simulated.schema(leaks=False).validate(frame)


def test_only_declared_columns_leak() -> None:
    table = simulated.load(n_customers=2_000)
    features = [c for c in table.frame if c not in ("customer_id", "as_of", "clv", "churn", *table.drop)]
    for target in ("clv", "churn"):
        leaks = [name for name in features if table.lineage.leak(name, target)]
        assert tuple(leaks) == table.leaky == simulated.PLANTED
    leak = table.lineage.leak("postcode_mean_clv", "clv")
    assert leak is not None
    assert leak.path == "postcode_mean_clv ← clv"
    clean = simulated.load(n_customers=2_000, leaks=False)
    assert clean.leaky == ()
    assert clean.frame.equals(table.frame.drop(columns=list(simulated.PLANTED)))


def test_the_planted_leaks_have_their_documented_strength() -> None:
    frame = simulated.load(n_customers=20_000).frame
    noise = (frame["clv_with_noise"] - frame["clv"]).std() / frame["clv"].std()
    assert noise == pytest.approx(0.1, abs=0.005)
    assert (frame["win_back_call"] == frame["churn"]).mean() == pytest.approx(0.95, abs=0.01)
    assert ((frame["days_to_next_order"] == simulated.HORIZON) == (frame["churn"] == 1)).all()
    assert (frame["spend_next_30d"] <= frame["clv"] + 1e-6).all()
    assert frame["postcode_mean_clv"].corr(frame["clv"]) > 0.3
    assert abs(frame["region"].cat.codes.corr(frame["clv"])) < 0.03


@pytest.mark.parametrize("options", [{"n_customers": 99}, {"n_customers": 10_000_001}, {"seed": -1}])
def test_sizes_out_of_range_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match="is out of range"):
        simulated.load(**options)  # type: ignore[arg-type]
