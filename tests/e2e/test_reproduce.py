"""A run and a search's winner, recorded by the real command, are reproduced from the store."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import cip_exp
from cip_exp.app import reproduction
from cip_exp.app.commands.reproduce import main
from cip_exp.track.sweep_folder import read_parent

if TYPE_CHECKING:
    from tests.conftest import Command

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_a_recorded_run_is_reproduced_to_the_last_bit(train: Command, outputs: Path) -> None:
    ended = train("model=rf_churn", "features=strict", "model.n_estimators=10")
    assert ended.code == 0, ended.err
    (folder,) = (outputs / "runs").iterdir()
    run_id = reproduction.find(str(folder)).run_id
    assert run_id is not None
    card = (folder / "model_card.md").read_text(encoding="utf-8")
    assert f"python scripts/reproduce.py '{run_id}'" in card

    done = subprocess.run(
        [sys.executable, "scripts/reproduce.py", run_id], cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "CIP_OUTPUTS": str(outputs)}, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "configuration: the same" in done.stdout
    assert "versions: the same, python" in done.stdout
    from_store, from_folder = reproduction.find(run_id), reproduction.find(str(folder))
    assert reproduction.figures(from_store) == reproduction.figures(from_folder)
    assert from_store.config == from_folder.config
    assert f"{len(reproduction.figures(from_store)) - 1} of " in done.stdout


@pytest.mark.slow
def test_a_winner_and_its_confirmation_are_reproduced(train: Command, outputs: Path) -> None:
    ended = train(
        "-m", "hparams_search=logit_churn", "features=strict", "seed=0,1", "hydra.sweeper.n_trials=3",
        "confirm.top=1", "confirm.repeats=2", "hydra.sweeper.n_jobs=1", "hydra.sweeper.study_name=s",
    )  # fmt: skip
    assert ended.code == 0, ended.err
    table = cip_exp.load_sweep(outputs / "sweeps" / "s")
    winner = table.loc[table["winner"] == "true", "run_id"].item()
    found = reproduction.reproduce(winner)
    assert found.equal, found.differences
    assert {"test_f1", "test_f1_low"} <= set(reproduction.figures(reproduction.find(winner)))
    (confirmed,) = (outputs / "sweeps" / "s" / "confirm" / "trials").iterdir()
    again = reproduction.reproduce(f"{confirmed.parents[1]}#{confirmed.stem}")
    assert again.equal, again.differences
    parent = read_parent(outputs / "sweeps" / "s")
    assert parent is not None
    assert main([parent]) == 2
