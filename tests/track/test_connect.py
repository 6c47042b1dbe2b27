"""The store opens once, quietly and cheaply, and a store that cannot be used is one clear message."""

from __future__ import annotations

import shutil
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cip_exp.config.run_schemas import EXPERIMENT
from cip_exp.errors import ConfigError
from cip_exp.track import sqlite
from cip_exp.track.connect import connect

if TYPE_CHECKING:
    from cip_exp.track.store import Store

OPEN = """
import sys
from pathlib import Path
from cip_exp.track.connect import connect
print(connect(None, Path(sys.argv[1])).experiment_id)
"""


@pytest.mark.slow
def test_two_processes_make_one_store_without_a_word(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-c", OPEN, str(tmp_path / "outputs")]
    both = [
        subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert [process.communicate(timeout=120) for process in both] == [("1\n", ""), ("1\n", "")]
    # Nothing beside the outputs: MLflow's own default would be an mlflow.db here.
    assert [path.name for path in tmp_path.iterdir()] == ["outputs"]


def test_mlflow_writes_with_a_log_ahead_and_cheap_commits(store: Store, store_folder: Path) -> None:
    with closing(sqlite3.connect(store_folder / "mlflow.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    with store.client._tracking_client.store.engine.connect() as connection:
        normal = 1
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == normal


def test_an_open_store_is_found_again(store: Store, store_folder: Path) -> None:
    again = connect(store.uri, store_folder)
    assert again.experiment_id == store.experiment_id
    other = connect(store.uri, store_folder, "Another")
    experiment = other.client.get_experiment(other.experiment_id)
    assert experiment.name == "Another"
    assert experiment.artifact_location == (store_folder / "mlartifacts").as_uri()
    assert store.client.get_experiment(store.experiment_id).name == EXPERIMENT


def test_a_store_that_is_made_needs_no_lock(store: Store, store_folder: Path, tmp_path: Path) -> None:
    assert sqlite.holds(store_folder / "mlflow.db", EXPERIMENT)
    assert not sqlite.holds(store_folder / "mlflow.db", "Not there yet")
    assert not sqlite.holds(tmp_path / "none.db", EXPERIMENT)
    assert not (tmp_path / "none.db").exists()
    with sqlite.locked(store_folder / "mlflow.db"):
        assert connect(store.uri, store_folder).experiment_id == store.experiment_id


def test_a_deleted_experiment_says_how_to_restore_it(store: Store, store_folder: Path) -> None:
    gone = connect(store.uri, store_folder, "Gone").experiment_id
    store.client.delete_experiment(gone)
    with pytest.raises(ConfigError, match=f"mlflow experiments restore --experiment-id {gone}"):
        connect(store.uri, store_folder, "Gone")


def test_a_store_of_another_mlflow_says_how_to_upgrade_it(store: Store, tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    shutil.copy(Path(store.uri.removeprefix("sqlite:///")), old)
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = 'deadbeef'")
    with pytest.raises(ConfigError, match="mlflow db upgrade sqlite:///"):
        connect(f"sqlite:///{old}", tmp_path)


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text("age,income\n" * 100, encoding="utf-8")
    with pytest.raises(ConfigError, match="file is not a database"):
        connect(f"sqlite:///{file}", tmp_path)
    assert file.read_text(encoding="utf-8") == "age,income\n" * 100


def test_a_server_that_is_not_there_is_no_long_wait(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ConfigError, match=f"no MLflow server answers at http://127.0.0.1:{port}"):
        connect(f"http://127.0.0.1:{port}", tmp_path)


LOOK = """
import sys
from pathlib import Path
from cip_exp.track.connect import check_connection
check_connection(None, Path(sys.argv[1]))
print("mlflow" in sys.modules)
"""


def test_a_store_that_was_opened_before_is_checked_without_mlflow(
    store: Store, store_folder: Path, tmp_path: Path
) -> None:
    assert store.uri.endswith("mlflow.db")
    mine = tmp_path / "outputs"
    mine.mkdir()
    with closing(sqlite3.connect(store_folder / "mlflow.db")) as source:
        source.execute("VACUUM INTO ?", (str(mine / "mlflow.db"),))
    command = [sys.executable, "-W", "error", "-c", LOOK, str(mine)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("False\n", "")
    assert sqlite.sealed(mine / "mlflow.db", EXPERIMENT)
    assert not sqlite.sealed(mine / "mlflow.db", "Not there yet")
    assert not sqlite.sealed(mine / "none.db", EXPERIMENT)


@pytest.mark.parametrize(
    "change",
    [
        "PRAGMA user_version=7",
        "UPDATE alembic_version SET version_num = 'another'",
        "UPDATE experiments SET lifecycle_stage = 'deleted'",
        "DROP TABLE alembic_version",
    ],
)
def test_a_store_that_has_changed_is_opened_again(
    store: Store, store_folder: Path, tmp_path: Path, change: str
) -> None:
    assert store.uri.endswith("mlflow.db")
    copy = tmp_path / "mlflow.db"
    with closing(sqlite3.connect(store_folder / "mlflow.db")) as source:
        source.execute("VACUUM INTO ?", (str(copy),))
    assert sqlite.sealed(copy, EXPERIMENT)
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute(change)
    assert not sqlite.sealed(copy, EXPERIMENT)
