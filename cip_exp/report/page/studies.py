"""Read a search's studies from its folder, and shorten names and number of trials for charts."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from cip_exp.report.page.blocks import label

if TYPE_CHECKING:
    from pathlib import Path

    import optuna

MOST_POINTS = 300
"""Trials in one parallel plot, since more lines cannot be told apart: the best, and a sample of the rest."""


def read_studies(folder: Path) -> list[optuna.Study]:
    """Return the studies of the folder's storage, in the order in which they were created."""
    import optuna
    from optuna.storages import JournalStorage, RDBStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    storage: optuna.storages.BaseStorage
    if (folder / "journal.log").exists():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            storage = JournalStorage(JournalFileBackend(str(folder / "journal.log")))
    elif (folder / "study.db").exists():
        storage = RDBStorage(f"sqlite:///{folder / 'study.db'}")
    else:
        return []
    frozen = sorted(storage.get_all_studies(), key=lambda each: each._study_id)
    found = [optuna.load_study(study_name=each.study_name, storage=storage) for each in frozen]
    return [_in_memory(study) for study in found]


def _in_memory(study: optuna.Study) -> optuna.Study:
    """Return a copy in memory of the complete trials, without attributes: each plot reads all of them."""
    import optuna

    state = optuna.trial.TrialState
    copy = optuna.create_study(study_name=study.study_name, directions=study.directions)
    complete = study.get_trials(deepcopy=False, states=(state.COMPLETE,))
    copy.add_trials(
        [
            optuna.trial.create_trial(
                values=each.values, params=each.params, distributions=each.distributions
            )
            for each in complete
        ]
    )
    return copy


def short_name(study: optuna.Study) -> str:
    """Return a study's cell: the part of its name after the folder's name and a slash."""
    return study.study_name.partition("/")[2] or study.study_name


def renamed(study: optuna.Study, trials: list[optuna.trial.FrozenTrial]) -> optuna.Study:
    """Return the study with `max_depth` for `model.max_depth`, where short names are unique."""
    import optuna

    names = {name: label(name.rpartition(".")[2]) for t in trials for name in t.params}
    if len(set(names.values())) < len(names):
        names = {name: label(name) for name in names}
    copy = optuna.create_study(study_name=study.study_name, directions=study.directions)
    copy.add_trials([
        optuna.trial.create_trial(
            values=t.values, params={names[k]: v for k, v in t.params.items()},
            distributions={names[k]: d for k, d in t.distributions.items()},
        )
        for t in trials
    ])  # fmt: skip
    return copy


def thinned(study: optuna.Study) -> optuna.Study:
    """Return the study with at most `MOST_POINTS` trials: half are the best, half every n-th of the rest."""
    import optuna

    trials = study.get_trials(deepcopy=False)
    if len(trials) <= MOST_POINTS:
        return study
    sign = -1 if study.directions[0].name == "MAXIMIZE" else 1
    ranked = sorted(trials, key=lambda t: sign * t.values[0])
    half = MOST_POINTS // 2
    rest = ranked[half:]
    copy = optuna.create_study(directions=study.directions)
    copy.add_trials(ranked[:half] + rest[:: max(1, -(-len(rest) // half))])
    return copy
