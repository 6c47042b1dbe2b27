"""Which store is meant, and what is said of one that cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from cip_exp.errors import ConfigError
from cip_exp.track import address


def test_the_config_goes_before_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert address.resolve(None, tmp_path) == f"sqlite:///{tmp_path}/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://tracking:5000/")
    assert address.resolve(None, tmp_path) == "http://tracking:5000"
    assert address.resolve("postgresql+psycopg://u@h/db", tmp_path) == "postgresql+psycopg://u@h/db"


def test_a_relative_file_is_meant_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert address.resolve("sqlite:///a/b.db", Path("elsewhere")) == f"sqlite:///{tmp_path}/a/b.db"


@pytest.mark.parametrize("uri", ["file:///tmp/mlruns", "mlruns", "ftp://host/x", "sqlite://", "sqlite:"])
def test_other_addresses_are_refused(uri: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"'{uri}' is not the address of a tracking store"):
        address.resolve(uri, tmp_path)


def test_a_bare_file_name_is_mended(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="track.uri=sqlite:///runs.db"):
        address.resolve("runs.db", tmp_path)
