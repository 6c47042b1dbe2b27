"""A report of a folder that came from someone else: the store in its records is never contacted."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cip_exp.app.commands.report import main
from cip_exp.track import sweep_folder
from tests.report.page.test_write import build, make

if TYPE_CHECKING:
    from pathlib import Path


def test_the_store_in_a_record_is_not_contacted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("CIP_OUTPUTS", str(tmp_path / "outputs"))
    folder = build(tmp_path / "received")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        trial = make(0, "leaky", 0, (1.0, 0.9, 0.95))
        params = {**trial.params, "track.uri": address, "track.name": "server"}
        sweep_folder.write_trial(folder, replace(trial, params=params))
        sweep_folder.write_parent(folder, "0" * 32)
        assert main([str(folder)]) == 0
        with pytest.raises(TimeoutError):
            listener.accept()
    assert capsys.readouterr().out.strip() == str(folder / "report.html")
