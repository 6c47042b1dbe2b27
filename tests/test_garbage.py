"""Garbage is left alone for a while, and collected again whatever ends that while."""

from __future__ import annotations

import gc

import pytest

from cip_exp.app.commands.exit_codes import exit_code_of
from cip_exp.runtime import start_gc, without_gc


@pytest.fixture(autouse=True)
def _as_before() -> object:
    yield
    gc.enable()
    gc.unfreeze()


def test_nothing_is_collected_inside_and_as_before_after() -> None:
    def broken() -> None:
        with without_gc():
            assert not gc.isenabled()
            with without_gc():
                pass
            assert not gc.isenabled()
            raise ImportError

    with pytest.raises(ImportError):
        broken()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0


def test_the_front_door_collects_nothing_until_there_is_work() -> None:
    seen: list[bool] = []

    def main() -> None:
        seen.append(gc.isenabled())
        start_gc()
        seen.append(gc.isenabled())

    assert exit_code_of(main) == 0
    assert seen == [False, True]
    assert exit_code_of(lambda: None) == 0
    assert gc.isenabled()
