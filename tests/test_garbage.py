"""Garbage is left alone for a while, and collected again whatever ends that while."""

from __future__ import annotations

import gc

import pytest

from cip_exp import door, garbage


@pytest.fixture(autouse=True)
def _as_before() -> object:
    yield
    gc.enable()
    gc.unfreeze()


def test_nothing_is_collected_inside_and_as_before_after() -> None:
    def broken() -> None:
        with garbage.uncollected():
            assert not gc.isenabled()
            with garbage.uncollected():
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
        garbage.begin_collecting()
        seen.append(gc.isenabled())

    assert door.enter(main) == 0
    assert seen == [False, True]
    assert door.enter(lambda: None) == 0
    assert gc.isenabled()
