"""The bootstrap samples of a forest's trees, as weights of rows: the numbers that scikit-learn draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Draw = Callable[[], NDArray[np.float64]]
    """Gives how often each row was drawn, shape (n,), by the generator as it was last seeded."""


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
