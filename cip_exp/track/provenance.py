"""The code that a run was made with: commit, uncommitted changes, installed packages."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING

from cip_exp.config.settings import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

DECISIVE = ("numpy", "scipy", "scikit-learn", "pandas")
"""Packages whose versions are recorded of every trial; `environment.txt` of winners has them all."""
GIT_SECONDS = 10.0
"""Longest wait for git; after it the commit is recorded as unknown."""


@cache
def git_state(folder: Path = PROJECT) -> tuple[str, str]:
    """Return the commit and `true` where files differ from it (new ones count), once a process.

    Two empty strings outside a checkout, without git, and where git takes too long. The commit alone is empty
    in a checkout without commits.
    """
    # Only a checkout of this project counts: the package may be installed inside another repository.
    if not (folder / ".git").exists():
        return "", ""
    command = ["git", "status", "--porcelain=v2", "--branch", "--untracked-files=normal"]
    # Without optional locks git does not write its index: parallel runs do not collide.
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
    try:
        found = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=GIT_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return "", ""
    lines = found.stdout.splitlines()
    commit = next((line.split()[-1] for line in lines if line.startswith("# branch.oid ")), "")
    dirty = any(not line.startswith("#") for line in lines)
    return ("" if commit == "(initial)" else commit), str(dirty).lower()


@cache
def versions() -> str:
    """Return the versions that decide the last bits of a metric: `python 3.11.14, numpy …, Linux x86_64`."""
    found = [f"{name} {metadata.version(name)}" for name in DECISIVE]
    system = f"{platform.system()} {platform.machine()}"
    return ", ".join([f"python {platform.python_version()}", *found, system])


@cache
def environment() -> str:
    """Return `name==version` of every installed package, a line each, sorted; once a process."""
    found = {known for dist in metadata.distributions() if (known := _name_and_version(dist))}
    system = f"# Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    lines = [f"{name}=={number}" for name, number in sorted(found, key=lambda pair: pair[0].lower())]
    return "\n".join([system, *lines]) + "\n"


def _name_and_version(dist: metadata.Distribution) -> tuple[str, str] | None:
    """Read name and version from the head of the metadata; importlib would parse the README too."""
    text = dist.read_text("METADATA") or dist.read_text("PKG-INFO") or ""
    head = text.partition("\n\n")[0]
    name, number = (re.search(rf"^{key}: *(\S+)", head, re.MULTILINE) for key in ("Name", "Version"))
    return (name[1], number[1]) if name and number else None
