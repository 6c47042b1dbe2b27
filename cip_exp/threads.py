"""One thread inside a trial, whatever machine it meets; and threads beside a sweep, which let it fork."""

from __future__ import annotations

from functools import cache, wraps
from threading import Event, Lock, Thread
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


class Watch(Thread):
    """Calls a function every so many seconds until it is closed.

    It holds `awake` whenever it does more than wait, so that whoever holds that lock can fork this process
    and copies no half-done work: `cip_exp.sweep.starting` asks every thread for it.
    """

    def __init__(self, name: str, look: Callable[[], None], seconds: float) -> None:
        super().__init__(name=name, daemon=True)
        self.awake = Lock()
        self._look = look
        self._seconds = seconds
        self._ended = Event()

    def run(self) -> None:
        """Look, wait, look again."""
        while not self._ended.wait(self._seconds):
            with self.awake:
                self._look()

    def close(self) -> None:
        """Look no more; returns when the last look is over."""
        self._ended.set()
        self.join()
