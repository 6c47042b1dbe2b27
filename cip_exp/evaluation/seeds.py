"""Child seeds by name, so that the folds, the model and the search draw independent random numbers."""

from __future__ import annotations

import zlib

import numpy as np


def child(seed: int, name: str) -> int:
    """Return the child seed of `seed` with this name, in [0, 2**31).

    Children with different names are independent, by numpy's `SeedSequence`.
    """
    sequence = np.random.SeedSequence([seed, zlib.crc32(name.encode())])
    return int(sequence.generate_state(1)[0] >> 1)


def resolve(pinned: int | None, seed: int, name: str) -> int:
    """Return `pinned` unchanged where it is given, else the child of `seed` with this name."""
    return child(seed, name) if pinned is None else pinned
