from __future__ import annotations

import numpy as np

from cip_exp.audit.measures.agreement import measure_agreement


def test_suspected_columns_are_compared_with_the_others_only(clean, make_case) -> None:
    X, y = clean
    copy = y + 0.5 * y.std() * np.random.default_rng(1).normal(size=len(y))
    X["one"], X["two"], X["noise"] = copy, copy + 0.01, np.random.default_rng(2).normal(size=len(y))
    at = [X.columns.get_loc(name) for name in ("one", "two", "noise")]
    one, two, noise = measure_agreement(make_case(X, y), at).values()
    assert one.alone > 0.7
    assert one.added > 0.4
    assert two.reaches(0.7, 0.4)
    assert (noise.added, noise.apart) == (0.0, False)


def test_a_weak_leak_stands_apart(clean, make_case) -> None:
    X, y = clean
    X["weak"] = y + 2 * y.std() * np.random.default_rng(1).normal(size=len(y))
    (weak,) = measure_agreement(make_case(X, y), [8]).values()
    assert weak.apart
    (honest,) = measure_agreement(make_case(X, y), [0]).values()
    assert not honest.apart


def test_constants_and_cases_without_a_target_have_none(clean, make_case) -> None:
    X, y = clean
    assert measure_agreement(make_case(X.assign(same=1.0), y), [8]) == {}
    assert measure_agreement(make_case(X, None), [0]) == {}
    assert measure_agreement(make_case(X, y), []) == {}
