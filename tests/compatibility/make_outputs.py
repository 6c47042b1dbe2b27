"""Make `outputs_of_f4a6cd7.tar.gz`: what the commands of commit f4a6cd7 write, without paths of a machine.

Run it in a checkout of that commit (see README.md).
"""

from __future__ import annotations

import gzip
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path

COMMIT = "f4a6cd7aec81ea91f101a08a6a57b3bb5487d499"
ARCHIVE = Path(__file__).with_name("outputs_of_f4a6cd7.tar.gz")
OUTPUTS = "/outputs-of-f4a6cd7"
"""Stands in the archive for the absolute path of the outputs folder."""
CHECKOUT = "/checkout-of-f4a6cd7"
HOST = "host"

SEARCH = (
    "-m", "hparams_search=rf_churn", "features=clean", "seed=0,1", "model.n_estimators=4",
    "hydra.sweeper.study_name=old_search", "hydra.sweeper.n_jobs=1", "hydra.sweeper.enqueue=[defaults]",
    "hydra/sweeper/sampler=random", "hydra.sweeper.sampler.seed=2",
    "confirm.top=2", "confirm.repeats=2", "track.report=false",
)  # fmt: skip
"""With this seed trial 0 wins among three trials, and trial 3 among five."""
FITTED_FEATURES = ("features=leaky", "features.fit=fold")
"""A pipeline that holds PurchasingFeatures."""
COMMANDS = (
    (*SEARCH, "hydra.sweeper.n_trials=3"),
    ("model=rf_clv", "model.n_estimators=5", *FITTED_FEATURES, "hydra.run.dir=${outputs}/runs/forest"),
    ("model=dummy_clv", *FITTED_FEATURES, "hydra.run.dir=${outputs}/runs/dummy"),
)
"""Arguments of `python train.py`: a search with a winner, and two single runs."""
RESUME = (*SEARCH, "hydra.sweeper.n_trials=5", "hydra.sweeper.resume=true")
RESUMED = "resumed"
"""Folder with what f4a6cd7 itself writes when it resumes the search: its figures and its tables."""
NOT_NEEDED = ("sweeps/*/models/*/model/code", "runs/*/model/code", "mlartifacts/models/*/artifacts/code",
              "mlartifacts/*/artifacts/model", "mlflow.lock", "*/*/*.flock")  # fmt: skip
"""Copies of this package's code, the parent's copy of the winner's model, and files of locks."""


def main() -> None:
    """Run the commands, take the paths out, and pack."""
    checkout = Path.cwd()
    git = ["git", "status", "--porcelain=v2", "--branch"]
    state = subprocess.run(git, capture_output=True, text=True, check=True).stdout.splitlines()
    if f"# branch.oid {COMMIT}" not in state or any(not line.startswith("#") for line in state):
        sys.exit(
            f"{checkout} is no clean checkout of {COMMIT[:7]}\n  next:    git worktree add FOLDER {COMMIT}"
        )
    with tempfile.TemporaryDirectory() as parent:
        outputs, again = Path(parent, "outputs").resolve(), Path(parent, "again").resolve()
        for command in COMMANDS:
            train(outputs, *command)
        for pattern in NOT_NEEDED:
            for path in outputs.glob(pattern):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.copytree(outputs, again)
        replace_everywhere(again, {str(outputs): str(again)})
        train(again, *RESUME)
        (outputs / RESUMED).mkdir()
        for name in ("figures.json", "trials.csv", "confirm.csv", "summary.csv"):
            shutil.copy(again / "sweeps" / "old_search" / name, outputs / RESUMED)
        places = {str(outputs): OUTPUTS, str(again): OUTPUTS, str(checkout): CHECKOUT}
        replace_everywhere(outputs, {**places, f'"{socket.gethostname()}"': f'"{HOST}"'})
        pack(outputs)
    print(f"written: {ARCHIVE} ({ARCHIVE.stat().st_size:,} bytes)")


def train(outputs: Path, *arguments: str) -> None:
    """Run `python train.py` of the checkout."""
    environment = {**os.environ, "CIP_OUTPUTS": str(outputs)}
    environment.pop("MLFLOW_TRACKING_URI", None)
    subprocess.run([sys.executable, "train.py", *arguments], env=environment, check=True)


def unpack(outputs: Path) -> None:
    """Unpack the archive, with paths in `outputs`, which must not exist."""
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(outputs, filter="data")
    replace_everywhere(outputs, {OUTPUTS: str(outputs)})


def replace_everywhere(outputs: Path, words: dict[str, str]) -> None:
    """Replace each word by another in all text files below a folder and in its MLflow database."""
    for path in outputs.rglob("*"):
        if (
            path.suffix in (".json", ".jsonl", ".yaml", ".csv", ".log", ".md", ".txt")
            or path.name == "MLmodel"
        ):
            text = path.read_text(encoding="utf-8")
            for old, new in words.items():
                text = text.replace(old, new)
            path.write_text(text, encoding="utf-8")
    replace_in_database(outputs / "mlflow.db", words)


def replace_in_database(database: Path, words: dict[str, str]) -> None:
    """Replace each word by another in every text of an sqlite file."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        tables = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        for table in tables:
            columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
            for column in columns:
                for old, new in words.items():
                    connection.execute(
                        f'UPDATE "{table}" SET "{column}" = replace("{column}", ?, ?) '
                        f'WHERE typeof("{column}") = \'text\' AND instr("{column}", ?)',
                        (old, new, old),
                    )
        # Deleted pages keep old texts.
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def pack(outputs: Path) -> None:
    """Write the archive, without names of users and without times."""
    with (
        ARCHIVE.open("wb") as file,
        gzip.GzipFile("", "wb", 9, file, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w") as archive,
    ):
        for path in sorted(path for path in outputs.rglob("*") if path.is_file()):
            entry = tarfile.TarInfo(str(path.relative_to(outputs)))
            entry.size = path.stat().st_size
            with path.open("rb") as content:
                archive.addfile(entry, content)


if __name__ == "__main__":
    main()
