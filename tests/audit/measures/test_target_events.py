from __future__ import annotations

import numpy as np

from cip_exp.audit.measures.target_events import target_events

LABEL = np.repeat([0.0, 1.0], [300, 100])
AMOUNT = np.arange(400.0)


def test_both_classes_are_events_in_the_users_words() -> None:
    events = target_events(LABEL, "loan", ("paid", "charged off"))
    assert events.words == ("loan = charged off", "loan = paid")
    assert events.rows.sum(axis=1).tolist() == [100, 300]
    assert target_events(LABEL, "churn").words == ("churn = 1", "churn = 0")


def test_the_ends_of_an_amount_are_events_with_the_rows_on_both_sides_of_the_cut() -> None:
    events = target_events(AMOUNT, "clv")
    assert events.rows.sum(axis=1).max() <= 160
    assert not events.zeros.any()
    quarters = [at for at, event in enumerate(events.rows) if event.sum() == 100]
    assert [events.words[at][:5] for at in quarters] == ["clv ≤", "clv >"]
    for at in quarters:
        assert events.near[at].sum() == 50
        assert events.beyond[at].sum() == 50
        assert (events.near[at] <= events.rows[at]).all()
        assert not (events.beyond[at] & events.rows[at]).any()


def test_zero_and_other_amounts_are_events_from_five_percent_of_zeros_on() -> None:
    events = target_events(np.where(AMOUNT < 200, 0.0, AMOUNT), "clv")
    assert {"clv = 0", "clv other than 0"} <= set(events.words)
    assert events.zeros[events.words.index("clv = 0")]
    assert "clv = 0" not in target_events(np.where(AMOUNT < 10, 0.0, AMOUNT), "clv").words


def test_too_few_rows_have_no_event() -> None:
    assert target_events(np.repeat([0.0, 1.0], [300, 10]), "churn").words == ()
    assert target_events(np.empty(0), "churn").words == ()


def test_values_are_counted_for_all_events_at_once() -> None:
    rng = np.random.default_rng(0)
    codes, some = rng.integers(0, 5, 400), rng.random(400) < 0.7
    for y in (LABEL, AMOUNT, np.where(AMOUNT < 200, 0.0, AMOUNT)):
        events = target_events(y, "t")
        parts = np.concatenate([np.ones((1, 400), dtype=bool), events.rows, events.near, events.beyond])
        expected = [np.bincount(codes[part & some], minlength=6) for part in parts]
        assert (events.count(codes, 6, some) == np.array(expected)).all()
