"""A journal written in blocks equals Optuna's line by line, also with several writing processes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from cip_exp.sweep.storage import study_storage
from cip_exp.sweep.storage.journal import Journal

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return tmp_path / "journal.log"


def opened(path: Path) -> optuna.Study:
    store = JournalStorage(Journal(path))
    return optuna.create_study(study_name="s", storage=store, load_if_exists=True)


def stock(path: Path) -> optuna.Study:
    return optuna.load_study(study_name="s", storage=JournalStorage(JournalFileBackend(str(path))))


def ask(study: optuna.Study, number: int) -> optuna.trial.Trial:
    trial = study.ask()
    assert trial.number == number
    trial.suggest_float("x", 0, 1)
    return trial


def test_all_readers_see_the_same_trials(path: Path) -> None:
    own, other = opened(path), opened(path)
    for number in range(0, 12, 3):
        with study_storage.one_write(own):
            first = ask(own, number)
            first.set_user_attr("by", "own")
        second = ask(other, number + 1)
        with study_storage.one_write(own):
            third = ask(own, number + 2)
            own.tell(first, 1.0)
        study_storage.sync(own)
        other.tell(second, 2.0)
        own.tell(third, 3.0)
    seen = [(trial.params, trial.values, trial.user_attrs, trial.state) for trial in own.trials]
    assert len(seen) == 12
    for reader in (other, opened(path), stock(path)):
        assert [(one.params, one.values, one.user_attrs, one.state) for one in reader.trials] == seen


def test_a_block_is_one_write_also_where_it_fails(path: Path) -> None:
    study = opened(path)
    before = path.stat().st_size
    trials = []

    def fail() -> None:
        with study_storage.one_write(study):
            trials.append(ask(study, 0))
            assert path.stat().st_size == before
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert stock(path).trials[0].params == trials[0].params
    study.tell(trials[0], 1.0)
    assert stock(path).best_value == 1.0


def test_an_incomplete_line_is_read_once_it_is_complete(path: Path) -> None:
    study = opened(path)
    line = json.dumps({"op_code": 2, "worker_id": "w", "study_id": 0, "user_attr": {"a": 1}})
    with path.open("a", encoding="utf-8") as journal:
        journal.write(line)
        journal.flush()
        assert study.user_attrs == {}
        journal.write("\n")
    assert study.user_attrs == {"a": 1}


def test_a_block_without_a_journal_does_nothing() -> None:
    study = optuna.create_study()
    with study_storage.one_write(study):
        study.tell(study.ask(), 1.0)
    study_storage.sync(study)
    assert study.best_value == 1.0
