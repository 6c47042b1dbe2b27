"""Draw the random numbers of a forest as scikit-learn does: the seeds of its trees, and bootstrap samples."""

from __future__ import annotations

import threading
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils import check_random_state

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Draw = Callable[[], NDArray[np.float64]]
    """Draws a bootstrap sample from the shared generator: how often each row was drawn, shape (n,)."""


SEEDS_BELOW = np.iinfo(np.int32).max

ROWS_TO_FILTER = 2_000
"""Up to so many rows, a sample from raw bits is faster than `randint`, which has a high cost per call."""


class _ThreadGenerator(threading.local):
    """One generator for each thread, and its bit generator.

    Seeding an existing RandomState takes 2 µs and gives the same stream as a new one. A new one takes 91 µs,
    since numpy reads entropy from the operating system even where a seed is given.
    """

    def __init__(self) -> None:
        self.bits = np.random.MT19937(0)
        self.generator = np.random.RandomState(self.bits)


_SHARED = _ThreadGenerator()


def shared_generator() -> np.random.RandomState:
    """Return this thread's generator; seed it before every use."""
    return _SHARED.generator


class SeededGenerator:
    """Replaces a generator that was just seeded, for code that draws one integer from it.

    scikit-learn's splitter only calls `randint(0, 2**31 - 1)`. Its result depends on the first 32 bits of the
    stream, and the bootstrap sample of the same seed has drawn them already.
    """

    def __init__(self) -> None:
        self.seed = 0
        self.first: int | None = None
        """The first 32 bits of the seed's stream; None where they are not known."""

    def randint(self, low: int, high: int) -> int:
        """Return the first integer that a RandomState with this seed returns."""
        if self.first is not None and (low, high) == (0, SEEDS_BELOW):
            drawn = self.first & SEEDS_BELOW
            if drawn < SEEDS_BELOW:  # numpy rejects the other value, and draws again
                return drawn
        generator = shared_generator()
        generator.seed(self.seed)
        return int(generator.randint(low, high))


def draw_seeds(random_state: Any, n_trees: int) -> list[int]:
    """Return the seeds that stock code draws one by one; a generator of the user advances by as much."""
    if isinstance(random_state, Integral):
        generator = shared_generator()
        generator.seed(int(random_state))
    else:
        generator = check_random_state(random_state)
    seeds: list[int] = generator.randint(SEEDS_BELOW, size=n_trees).tolist()
    return seeds


def bootstrap_sampler(
    n: int, size: int, weights: NDArray[Any] | None, splitter_generator: SeededGenerator
) -> Draw:
    """Return the function that draws `size` of `n` rows with replacement, in proportion to `weights`.

    It draws from the shared generator, which is seeded before each call, and stores the first bits in
    `splitter_generator`. Raises numpy's ValueError for weights that are negative or sum to zero.
    """
    generator, bits = _SHARED.generator, _SHARED.bits
    if weights is None and max(n, size) > ROWS_TO_FILTER:
        return lambda: np.bincount(generator.randint(0, n, size), minlength=n).astype(np.float64)
    if weights is None:
        # As in `randint(0, n, size)`: take the low bits of each number, and reject those that are n or more.
        # numpy has frozen the streams of RandomState, so this algorithm does not change.
        mask = (1 << (n - 1).bit_length()) - 1
        enough = size * (mask + 1) // n * 11 // 10 + 16

        def draw_evenly() -> NDArray[np.float64]:
            numbers = bits.random_raw(enough).view(np.int64)
            splitter_generator.first = int(numbers[0])
            rows = numbers & mask
            rows = rows[rows < n]
            while len(rows) < size:
                more = bits.random_raw(enough).view(np.int64) & mask
                rows = np.concatenate([rows, more[more < n]])
            return np.bincount(rows[:size], minlength=n).astype(np.float64)

        return draw_evenly
    shares = weights / np.sum(weights)
    generator.choice(n, 1, p=shares)  # only for its checks: once, not for every tree
    # `choice` maps uniform numbers to rows by their position among the cumulated shares. Counting the sorted
    # numbers below each share gives the same rows, in another order, in half the time.
    cumulated = shares.astype(np.float64).cumsum()
    cumulated /= cumulated[-1]

    def draw() -> NDArray[np.float64]:
        numbers = generator.random_sample(size)
        numbers.sort()
        below = numbers.searchsorted(cumulated)
        counts: NDArray[np.float64] = below.astype(np.float64)
        counts[1:] -= below[:-1]
        return counts

    return draw


def balance_classes(draw: Draw, classes: NDArray[np.intp], n_classes: int) -> Draw:
    """Return `draw` with equal weights of the drawn classes; `classes` are numbers from 0, shape (n,)."""

    def draw_balanced() -> NDArray[np.float64]:
        counts = draw()
        drawn = np.bincount(classes, weights=counts, minlength=n_classes)
        present = drawn > 0
        # A class that was not drawn has weight 0, and is not counted as a class.
        weight = np.divide(drawn.sum(), present.sum() * drawn, out=np.zeros(n_classes), where=present)
        product: NDArray[np.float64] = counts * weight[classes]
        return product

    return draw_balanced
