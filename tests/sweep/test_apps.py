"""Both plugins in another Hydra app, with the command that docs/searches.md shows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState

from cip_exp.sweep.storage import study_storage

SPHERE = Path(__file__).parent / "apps" / "sphere.py"


@pytest.mark.slow
def test_hydras_own_example_is_searched_pruned_and_resumed(tmp_path: Path) -> None:
    plugins = ["hydra/sweeper=study", "hydra/launcher=pool", "hydra/sweeper/pruner=median"]
    space = ["+x=interval(-5.5,5.5)", "+y=choice(-5,0,5)", "hydra.sweeper.sampler.seed=1"]
    place = [f"hydra.sweep.dir={tmp_path / 's'}"]
    command = [sys.executable, "-W", "error", str(SPHERE), "-m", *plugins, *space, *place]
    for extra in (["hydra.sweeper.n_trials=10"], ["hydra.sweeper.n_trials=12", "hydra.sweeper.resume=true"]):
        done = subprocess.run([*command, *extra], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    study = optuna.load_study(study_name="s", storage=study_storage.open_storage(None, tmp_path / "s"))
    states = [trial.state for trial in study.trials]
    assert len(states) == 12
    assert set(states) == {TrialState.COMPLETE, TrialState.PRUNED}
    best = study.best_trial
    assert best.value == best.params["+x"] ** 2 + best.params["+y"] ** 2
