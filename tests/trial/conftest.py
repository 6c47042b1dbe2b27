"""Fixtures of the tests of trials."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Fit on one thread, as trials do: two processes with two threads each wait for each other."""
    with threadpool_limits(1):
        yield
