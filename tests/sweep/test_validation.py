"""Checks of a sweep's command before anything is written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from cip_exp.errors import ConfigError
from cip_exp.sweep.validation import refuse_folder, refuse_pool, refuse_twice

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_jobs": 0}, "hydra.launcher.n_jobs = 0 is not allowed"),
        ({"n_jobs": -2}, "a whole number from 1, or null"),
        ({"n_jobs": "two"}, "hydra.launcher.n_jobs = two"),
        ({"retries": None}, "a whole number from 0"),
        ({"time_limit": 0}, "seconds, more than 0, or null"),
        ({"start": "forkserve"}, "Did you mean 'forkserver'?"),
    ],
)
def test_wrong_pool_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)):
        refuse_pool({**options, "preload": []})


def test_right_pool_options_are_accepted() -> None:
    refuse_pool({})
    refuse_pool({"n_jobs": None, "threads": None, "time_limit": 0.5, "retries": 0, "start": "spawn"})


@pytest.mark.parametrize(
    ("line", "twice"),
    [
        ("seed=0,1,0", "seed=0,1,0 has 0 more than once"),
        ("model=a,a", "model=a,a has a more than once"),
        ("x=range(0,3)", ""),
    ],
)
def test_an_axis_with_a_value_twice_is_refused(line: str, twice: str) -> None:
    override = OverridesParser.create().parse_override(line)
    if not twice:
        refuse_twice(override)
        return
    with pytest.raises(ConfigError, match=re.escape(twice)):
        refuse_twice(override)


def test_a_folder_that_cannot_be_created_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refuse_folder(tmp_path / "a" / "b")
    with pytest.raises(ConfigError, match=r"cannot be created: Not a directory"):
        refuse_folder(tmp_path / "file" / "b")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
