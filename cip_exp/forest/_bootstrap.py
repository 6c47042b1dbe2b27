"""The random numbers of a forest, drawn as scikit-learn draws them: seeds of trees, and bootstrap samples."""

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
    """Gives how often each row was drawn, shape (n,), by the generator as it was last seeded."""


SEEDS_BELOW = np.iinfo(np.int32).max

ROWS_TO_FILTER = 2_000
"""Up to so many rows, drawing them from bits costs less than `randint`, which is slow to begin."""


class _Kept(threading.local):
    """A generator for each thread, and its bits.

    numpy gathers operating-system entropy for every new RandomState, even a seeded one: 91 µs, where seeding
    a kept one takes 2 µs and gives the same stream.
    """

    def __init__(self) -> None:
        self.bits = np.random.MT19937(0)
        self.generator = np.random.RandomState(self.bits)


_KEPT = _Kept()


def kept_generator() -> np.random.RandomState:
    """Return this thread's generator, to be seeded before every use."""
    return _KEPT.generator


class Start:
    """Stands in for a generator that was just seeded, where one whole number is drawn of it.

    A splitter wants `randint(0, 2**31 - 1)` and nothing else, which is decided by the stream's first 32 bits;
    a bootstrap of the same seed has drawn them already.
    """

    def __init__(self) -> None:
        self.seed = 0
        self.first: int | None = None
        """The first 32 bits of the seed's stream, where they are known."""

    def randint(self, low: int, high: int) -> int:
        """Return what a RandomState of this seed returns first."""
        if self.first is not None and (low, high) == (0, SEEDS_BELOW):
            drawn = self.first & SEEDS_BELOW
            if drawn < SEEDS_BELOW:  # else numpy draws again
                return drawn
        generator = kept_generator()
        generator.seed(self.seed)
        return int(generator.randint(low, high))


def draw_seeds(random_state: Any, n_trees: int) -> list[int]:
    """Draw in one call what stock draws a tree at a time; a generator of the user's own moves on as there."""
    if isinstance(random_state, Integral):
        generator = kept_generator()
        generator.seed(int(random_state))
    else:
        generator = check_random_state(random_state)
    seeds: list[int] = generator.randint(SEEDS_BELOW, size=n_trees).tolist()
    return seeds


def drawer(n: int, size: int, weights: NDArray[Any] | None, start: Start) -> Draw:
    """Return the function that draws `size` of `n` rows with replacement, in proportion to `weights`.

    It draws of the kept generator as it was last seeded, and tells `start` of the first bits.
    Raises ValueError for weights that are negative or sum to nothing, in numpy's words.
    """
    generator, bits = _KEPT.generator, _KEPT.bits
    if weights is None and max(n, size) > ROWS_TO_FILTER:
        return lambda: np.bincount(generator.randint(0, n, size), minlength=n).astype(np.float64)
    if weights is None:
        # What `randint(0, n, size)` does: the low bits of each number, unless they are n or more. numpy has
        # frozen the streams of RandomState, so this cannot change beneath us.
        mask = (1 << (n - 1).bit_length()) - 1
        enough = size * (mask + 1) // n * 11 // 10 + 16

        def draw_evenly() -> NDArray[np.float64]:
            numbers = bits.random_raw(enough).view(np.int64)
            start.first = int(numbers[0])
            rows = numbers & mask
            rows = rows[rows < n]
            while len(rows) < size:
                more = bits.random_raw(enough).view(np.int64) & mask
                rows = np.concatenate([rows, more[more < n]])
            return np.bincount(rows[:size], minlength=n).astype(np.float64)

        return draw_evenly
    shares = weights / np.sum(weights)
    generator.choice(n, 1, p=shares)  # for its checks alone, once and not for every tree
    # `choice` turns uniform numbers into rows by their place among the cumulated shares. Counting the sorted
    # numbers below each share gives the same rows, unordered, in half the time.
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


def balanced(draw: Draw, classes: NDArray[np.intp], n_classes: int) -> Draw:
    """Return `draw` with the classes it drew weighed equally; `classes` holds each row's number from 0."""

    def draw_balanced() -> NDArray[np.float64]:
        counts = draw()
        drawn = np.bincount(classes, weights=counts, minlength=n_classes)
        present = drawn > 0
        # A class that was not drawn weighs 0, and does not count as a class.
        weight = np.divide(drawn.sum(), present.sum() * drawn, out=np.zeros(n_classes), where=present)
        product: NDArray[np.float64] = counts * weight[classes]
        return product

    return draw_balanced
