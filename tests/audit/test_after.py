from __future__ import annotations

import numpy as np
import pytest

from cip_exp.audit.runner import after_evaluation, after_trials
from cip_exp.records.trial import Evaluation, Trial


def evaluation(scores: list[float], **extras: float) -> Evaluation:
    test = {"f1": np.array(scores)}
    return Evaluation("churn", "f1", test, test, 5, 0.25, 0.1, np.zeros((1, 3)), extras)


def trial(score: float, stage: str = "search") -> Trial:
    return Trial(
        "complete", {}, {"cip.stage": stage}, {"cv_f1_mean": score}, {"f1": (score,)}, "churn", "f1", score
    )


@pytest.mark.parametrize(
    ("scores", "verdict"), [([0.96, 0.95], "suspect"), ([0.95, 0.95], "ok"), ([np.nan], "ok")]
)
def test_the_red_flag_is_a_mean_over_095(scores: list[float], verdict: str) -> None:
    assert after_evaluation(evaluation(scores)).verdict() == verdict


@pytest.mark.parametrize(("k", "verdict"), [(8, "suspect"), (2, "suspect"), (5, "ok")])
def test_the_edge_is_the_smallest_or_largest_k(k: int, verdict: str) -> None:
    assert after_evaluation(evaluation([0.5], n_clusters=k), (2, 8)).verdict() == verdict


def test_without_clusters_the_edge_is_not_applicable() -> None:
    assert after_evaluation(evaluation([0.5])).results[1].status == "not applicable"


def test_sixteen_of_thirty_two_tie_at_the_ceiling() -> None:
    found = after_trials([trial(1.0)] * 16 + [trial(0.98)] * 16 + [trial(0.9, "confirm")])
    ceiling = found.results[0].findings[0]
    assert ceiling.message.startswith("16 of 33 configurations tie at 1.0000")
    assert not after_trials([trial(0.8)] * 16 + [trial(0.7)] * 16).results[0].findings


def test_a_search_score_without_confirmation_is_suspect() -> None:
    alone = after_trials([trial(0.9), trial(0.8)]).results[1].findings[0]
    assert alone.kind == "suspect"
    assert "best of 2" in alone.message
    again = after_trials([trial(0.9), trial(0.8), trial(0.85, "confirm")]).results[1].findings[0]
    assert (again.kind, again.evidence) == ("note", {"best": 0.9, "confirmed": 0.85})
    assert after_trials([trial(0.9, ""), trial(0.8, "")]).results[1].status == "not applicable"
