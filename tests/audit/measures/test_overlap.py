from __future__ import annotations

import numpy as np

from cip_exp.audit.measures.overlap import shares_in_training
from cip_exp.records.table import Fold, Split


def fold(train: list[int], test: list[int]) -> Fold:
    return Fold(0, 0, np.array(train), np.array(test), None, None)


def test_held_out_rows_whose_number_is_in_training_are_counted() -> None:
    number = np.array([0, 0, 1, 2, 2, 2])
    split = Split((fold([0, 2], [1, 3]), fold([3, 4], [0, 1])), fold([0, 2, 3], [1, 4, 5]), "kfold", False)
    assert shares_in_training(split, number) == (0.25, 1.0)


def test_rows_scored_on_their_training_rows_have_no_overlap() -> None:
    same = fold([0, 1, 2], [0, 1, 2])
    assert shares_in_training(Split((same,), same, "in_sample", False), np.zeros(3, dtype=np.int64)) == (
        0.0,
        0.0,
    )
