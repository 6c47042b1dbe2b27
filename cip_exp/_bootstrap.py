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


class _Kept(threading.local):
    """A generator for each thread.

    numpy gathers operating-system entropy for every new RandomState, even a seeded one: 91 µs, where seeding
    a kept one takes 1.5 µs and gives the same stream.
    """

    def __init__(self) -> None:
        self.generator = np.random.RandomState(0)


_KEPT = _Kept()


def kept_generator() -> np.random.RandomState:
    """Return this thread's generator, to be seeded before every use."""
    return _KEPT.generator


def draw_seeds(random_state: Any, n_trees: int) -> list[int]:
    """Draw in one call what stock draws a tree at a time; a generator of the user's own moves on as there."""
    if isinstance(random_state, Integral):
        generator = kept_generator()
        generator.seed(int(random_state))
    else:
        generator = check_random_state(random_state)
    seeds: list[int] = generator.randint(SEEDS_BELOW, size=n_trees).tolist()
    return seeds


def drawer(generator: np.random.RandomState, n: int, size: int, weights: NDArray[Any] | None) -> Draw:
    """Return the function that draws `size` of `n` rows with replacement, in proportion to `weights`.

    Raises ValueError for weights that are negative or sum to nothing, in numpy's words.
    """
    if weights is None:
        return lambda: np.bincount(generator.randint(0, n, size), minlength=n).astype(np.float64)
    shares = weights / np.sum(weights)
    generator.choice(n, 1, p=shares)  # for its checks alone, once and not for every tree
    # `choice` turns uniform numbers into rows by their place among the cumulated shares. Counting the sorted
    # numbers below each share gives the same rows, unordered, in half the time. numpy has frozen the
    # streams of RandomState, so neither can change beneath us.
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
