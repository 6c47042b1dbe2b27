"""The address of the tracking store, and whether a server answers there."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from pathlib import Path

from cip_exp.errors import ConfigError, describe

ALLOWED = "sqlite:///FILE, http(s)://HOST:PORT of an MLflow server, postgresql://…, mysql://… or mssql://…"
SCHEMES = ("sqlite", "http", "https", "postgresql", "mysql", "mssql")
PATIENCE_SECONDS = 5.0


def resolve(uri: str | None, outputs: Path) -> str:
    """Return the store's address: `uri`, or MLFLOW_TRACKING_URI, or `outputs`/mlflow.db.

    Raises:
        ConfigError: a kind of address that MLflow does not take as a tracking store, such as `file:`.
    """
    named = uri or os.environ.get("MLFLOW_TRACKING_URI")
    if not named:
        return f"sqlite:///{outputs.resolve() / 'mlflow.db'}"
    scheme = named.partition("://")[0].partition("+")[0]
    if "://" not in named or scheme not in SCHEMES or named.rstrip("/") == "sqlite:":
        step = f"track.uri=sqlite:///{named}" if named.endswith(".db") and scheme == named else ""
        raise ConfigError(
            describe(f"'{named}' is not the address of a tracking store", "track.uri", ALLOWED, step)
        )
    file = database_file(named)
    return f"sqlite:///{file}" if file else named.rstrip("/")


def database_file(uri: str) -> Path | None:
    """Return the absolute path of an sqlite store's file; None for any other store."""
    if not uri.startswith("sqlite:///"):
        return None
    return Path(uri.removeprefix("sqlite:///")).expanduser().resolve()


def require_answer(uri: str) -> None:
    """Raise a ConfigError unless an HTTP server answers at `uri`, with any status.

    MLflow's own client would retry for minutes.
    """
    try:
        urllib.request.urlopen(f"{uri}/health", timeout=PATIENCE_SECONDS).close()
    except urllib.error.HTTPError as refusal:
        refusal.close()
    except OSError as error:
        reason = getattr(error, "reason", error)
        msg = describe(
            f"no MLflow server answers at {uri}: {reason}", "track.uri or MLFLOW_TRACKING_URI", ALLOWED,
            "start the server, or use track=sqlite or track=off",
        )  # fmt: skip
        raise ConfigError(msg) from error
