"""Time and size of the report of a large search: python -m benchmarks.report_cost [--trials 2000].

It runs a search of 12 trials, enlarges its folder and study to the given number, and writes the page three
times.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import optuna

from cip_exp.report.page.write import write_report

ROOT = Path(__file__).parents[1]


def enlarge(folder: Path, trials: int) -> None:
    """Add copies of the search's trials with other scores, up to this number of trials."""
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    storage = JournalStorage(JournalFileBackend(str(folder / "journal.log")))
    (name,) = optuna.get_all_study_names(storage)
    study = optuna.load_study(study_name=name, storage=storage)
    known, rng = study.get_trials(), random.Random(0)
    added = [rng.choice(known) for _ in range(trials - len(known))]
    scores = [rng.uniform(0.5, 0.9) for _ in added]
    study.add_trials([
        optuna.trial.create_trial(params=each.params, distributions=each.distributions, value=score)
        for each, score in zip(added, scores, strict=True)
    ])  # fmt: skip
    for number, (each, score) in enumerate(zip(added, scores, strict=True), start=len(known)):
        record = json.loads((folder / "trials" / f"{each.number}.json").read_text("utf-8"))
        tags = {key: value for key, value in record["tags"].items() if key != "cip.winner"}
        record |= {"number": number, "objective": score, "tags": {**tags, "cip.trial_number": str(number)}}
        (folder / "trials" / f"{number}.json").write_text(json.dumps(record), encoding="utf-8")


def main() -> None:
    """Print seconds and megabytes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=2000)
    trials = parser.parse_args().trials
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with tempfile.TemporaryDirectory() as outputs:
        environment = {**os.environ, "CIP_OUTPUTS": outputs}
        asked = ("hparams_search=rf_churn", "hydra.sweeper.n_trials=12", "track=off", "track.report=false")
        command = [sys.executable, "train.py", "-m", *asked]
        subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
        (folder,) = (Path(outputs) / "sweeps").iterdir()
        enlarge(folder, trials)
        for _ in range(3):
            wall, used = time.perf_counter(), time.process_time()
            size = write_report(folder).stat().st_size / 1e6
            seconds, cpu = time.perf_counter() - wall, time.process_time() - used
            print(f"{trials:,} trials: {seconds:.1f} s ({cpu:.1f} s of CPU), {size:.1f} MB")


if __name__ == "__main__":
    main()
