"""One thread inside a trial, whatever machine it meets."""

from __future__ import annotations

from functools import cache, wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")


def one_thread(function: Callable[P, R]) -> Callable[P, R]:
    """Let BLAS and OpenMP use one thread inside `function`.

    Sums in another order have other last bits, so a trial would depend on how many cores it met; and on small
    tables idle threads that wait for work cost ten times the work itself.
    """

    @wraps(function)
    def limited(*args: P.args, **kwargs: P.kwargs) -> R:
        with _threads().limit(limits=1):
            return function(*args, **kwargs)

    return limited


@cache
def _threads() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
