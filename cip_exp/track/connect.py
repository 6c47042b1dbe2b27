"""Connect to the tracking store: once a process, and safely when two processes create it at the same time.

MLflow takes over a second to import, so nothing of it is imported before a connection is made.
"""

from __future__ import annotations

from contextlib import nullcontext
from functools import cache
from typing import TYPE_CHECKING

from cip_exp.config.run_schemas import EXPERIMENT
from cip_exp.errors import ConfigError, describe
from cip_exp.runtime import without_gc
from cip_exp.track import address, sqlite
from cip_exp.track.mlflow_quiet import silence_mlflow
from cip_exp.track.store import NullStore, Store

if TYPE_CHECKING:
    from pathlib import Path

    from mlflow.tracking import MlflowClient

    from cip_exp.config.settings import Settings


def open_store(settings: Settings) -> Store:
    """Return the store that the settings name, opened once a process; for track=off a NullStore.

    Raises:
        ConfigError: as `connect`.
    """
    if settings.track.name == "off":
        return NullStore()
    return _connect_once(settings.track.uri, settings.outputs, settings.track.experiment)


def check_store(settings: Settings) -> None:
    """Check that the store of the settings can be opened; faster than opening it, where it is known.

    Raises:
        ConfigError: as `connect`.
    """
    if settings.track.name != "off":
        check_connection(settings.track.uri, settings.outputs, settings.track.experiment)


@cache
def _connect_once(uri: str | None, outputs: Path, experiment: str) -> Store:
    with without_gc():  # the import of MLflow makes no garbage
        return connect(uri, outputs, experiment)


def connect(uri: str | None, outputs: Path, experiment: str = EXPERIMENT) -> Store:
    """Connect to a store; database and experiment are created where they are absent.

    Raises:
        ConfigError: an address that is no store, a server that does not answer, a file that is no
            database, or a database of another MLflow version.
    """
    where = address.resolve(uri, outputs)
    file = address.database_file(where)
    if file:
        with nullcontext() if sqlite.holds(file, experiment) else sqlite.locked(file):
            silence_mlflow()
            sqlite.make(file)
            sqlite.prepare(file)
            sqlite.relax(file)
            opened = _open(where, experiment, file.parent)
            sqlite.seal(file)
            return opened
    if where.startswith("http"):
        address.require_answer(where)
        return _open(where, experiment, None)
    return _open(where, experiment, outputs.resolve())


def check_connection(uri: str | None, outputs: Path, experiment: str = EXPERIMENT) -> None:
    """Check that a store can be opened, by opening it unless this MLflow version has done so before.

    Raises:
        ConfigError: as `connect`.
    """
    file = address.database_file(address.resolve(uri, outputs))
    if file is None or not sqlite.sealed(file, experiment):
        connect(uri, outputs, experiment)


def _open(uri: str, experiment: str, folder: Path | None) -> Store:
    """Connect, and find or make the experiment; artifacts go below `folder`, or where the server says."""
    silence_mlflow()
    from mlflow.exceptions import MlflowException
    from mlflow.tracking import MlflowClient

    try:
        client = MlflowClient(tracking_uri=uri)
        return Store(uri, _experiment(client, experiment, folder), client)
    except MlflowException as error:
        step = f"mlflow db upgrade {uri}" if "out-of-date" in str(error) else ""
        msg = describe(
            str(error).splitlines()[0], f"tracking store {uri}", "a store of this MLflow version", step
        )
        raise ConfigError(msg) from error


def _experiment(client: MlflowClient, name: str, folder: Path | None) -> str:
    """Return the id of the experiment `name`; another process may be making it at the same time."""
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found is None:
        location = (folder / "mlartifacts").as_uri() if folder else None
        try:
            return str(client.create_experiment(name, location))
        except MlflowException:
            found = client.get_experiment_by_name(name)
            if found is None:
                raise
    if found.lifecycle_stage != "active":
        msg = describe(
            f"the experiment '{name}' is deleted in this store", "track.experiment", "an active experiment",
            f"mlflow experiments restore --experiment-id {found.experiment_id}, or take another name",
        )  # fmt: skip
        raise ConfigError(msg)
    return str(found.experiment_id)
