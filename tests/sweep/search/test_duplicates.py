"""Duplicates take the result of the trial that was scored first."""

from __future__ import annotations

import optuna
import pytest
from optuna.trial import TrialState

from cip_exp.sweep.search.duplicates import Duplicates
from cip_exp.sweep.search.outcomes import JobOutcome, RunningTrial, TrialEnd

POINT = ("x=1",)


@pytest.fixture
def study() -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna.create_study()


def running(study: optuna.Study) -> RunningTrial:
    """Return a new trial of the one configuration."""
    trial = study.ask()
    return RunningTrial(trial, POINT, first_job=trial.number, jobs=1)


def end(number: int, state: str, duplicate_of: int | None = None) -> TrialEnd:
    """Return the record of a trial of an earlier run."""
    values = (0.5,) if state == "complete" else None
    return TrialEnd(number, state, values, {"x": 1}, POINT, f"s/{number}", {0: 0.5}, duplicate_of, "")


def test_a_configuration_is_new_then_running_then_has_a_result(study: optuna.Study) -> None:
    duplicates, first = Duplicates(study, enabled=True), running(study)
    assert duplicates.find(POINT) is None
    duplicates.start(first)
    assert duplicates.find(POINT) is first
    result = JobOutcome(0, TrialState.COMPLETE, [1.0])
    duplicates.finish(first, result)
    assert duplicates.find(POINT) is result
    assert duplicates.find(("x=2",)) is None


def test_a_failed_configuration_is_new_again(study: optuna.Study) -> None:
    duplicates, first = Duplicates(study, enabled=True), running(study)
    duplicates.start(first)
    duplicates.finish(first, JobOutcome(0, TrialState.FAIL, error=ValueError("bad x")))
    assert duplicates.find(POINT) is None


def test_without_deduplication_every_configuration_is_new(study: optuna.Study) -> None:
    duplicates, trials = Duplicates(study, enabled=False), [running(study), running(study)]
    for trial in trials:
        duplicates.start(trial)
        assert duplicates.find(POINT) is None
    for trial in trials:
        duplicates.finish(trial, JobOutcome(trial.first_job, TrialState.FAIL))
    duplicates.load([end(0, "complete")])
    assert duplicates.find(POINT) is None


def test_a_duplicate_gets_values_reports_and_folder_of_its_original(study: optuna.Study) -> None:
    study.tell(study.ask(), 0.0)
    trial = study.ask()
    original = JobOutcome(0, TrialState.PRUNED, None, {0: 0.25, 2: 0.5}, "s/0")
    copy = Duplicates(study, enabled=True).copy_result(trial, original)
    assert copy == JobOutcome(1, TrialState.PRUNED, None, {0: 0.25, 2: 0.5}, "s/0")
    stored = study.trials[1]
    assert stored.user_attrs == {"duplicate_of": 0}
    assert stored.intermediate_values == {0: 0.25, 2: 0.5}


@pytest.mark.parametrize(
    ("earlier", "number"),
    [
        ([end(0, "complete")], 0),
        ([end(0, "pruned"), end(1, "pruned", duplicate_of=0)], 0),
        ([end(0, "failed"), end(3, "complete")], 3),
        ([end(0, "failed")], None),
    ],
)
def test_results_of_earlier_runs_count(
    study: optuna.Study, earlier: list[TrialEnd], number: int | None
) -> None:
    duplicates = Duplicates(study, enabled=True)
    duplicates.load(earlier)
    found = duplicates.find(POINT)
    assert (None if found is None else (found.number, found.folder)) == (
        None if number is None else (number, f"s/{number}")
    )
