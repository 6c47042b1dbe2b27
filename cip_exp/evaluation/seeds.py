"""One seed, several named children: what is drawn for the folds never moves what is drawn for a model."""

from __future__ import annotations

import zlib

import numpy as np


def child(seed: int, name: str) -> int:
    """Return the child seed of `seed` called `name`, in [0, 2**31).

    Children of different names are independent streams of numpy's `SeedSequence`.
    """
    sequence = np.random.SeedSequence([seed, zlib.crc32(name.encode())])
    return int(sequence.generate_state(1)[0] >> 1)


def resolve(pinned: int | None, seed: int, name: str) -> int:
    """Return `pinned` as it is where it is given, else the child of `seed`."""
    return child(seed, name) if pinned is None else pinned
