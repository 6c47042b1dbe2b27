"""The commit and the packages of a run are what they are, and unknown rather than guessed."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING

from cip_exp.track import provenance

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def _git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@t", "-c", "commit.gpgsign=false"]
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def _state(folder: Path) -> tuple[str, str]:
    provenance.git_state.cache_clear()
    return provenance.git_state(folder)


def test_a_checkout_is_known_by_commit_and_changes(tmp_path: Path) -> None:
    _git(tmp_path, "init", "-q")
    (tmp_path / "a.py").write_text("a = 1\n", encoding="utf-8")
    assert _state(tmp_path) == ("", "true")
    _git(tmp_path, "add", "a.py")
    _git(tmp_path, "commit", "-q", "-m", "first")
    commit = _git(tmp_path, "rev-parse", "HEAD")
    assert _state(tmp_path) == (commit, "false")
    (tmp_path / "new.yaml").write_text("b: 1\n", encoding="utf-8")
    assert _state(tmp_path) == (commit, "true")
    (tmp_path / ".gitignore").write_text("new.yaml\n.gitignore\n", encoding="utf-8")
    assert _state(tmp_path) == (commit, "false")
    (tmp_path / "a.py").write_text("a = 2\n", encoding="utf-8")
    assert _state(tmp_path) == (commit, "true")


def test_a_folder_below_somebody_elses_checkout_has_no_commit(tmp_path: Path) -> None:
    _git(tmp_path, "init", "-q")
    (tmp_path / "site-packages").mkdir()
    assert _state(tmp_path / "site-packages") == ("", "")


def test_git_that_does_not_answer_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "bin").mkdir()
    slow = tmp_path / "bin" / "git"
    slow.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(60)\n", encoding="utf-8")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(provenance, "GIT_SECONDS", 0.3)
    assert _state(tmp_path) == ("", "")
    slow.unlink()
    assert _state(tmp_path) == ("", "")


def test_the_environment_lists_every_package_once() -> None:
    lines = provenance.environment().splitlines()
    assert lines[0].startswith(f"# Python {sys.version_info.major}.{sys.version_info.minor}.")
    assert f"scikit-learn=={version('scikit-learn')}" in lines
    names = [line.partition("==")[0] for line in lines[1:]]
    assert names == sorted(names, key=str.lower)
    assert len(names) == len(set(names))
