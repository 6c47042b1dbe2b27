from __future__ import annotations

import numpy as np
import pytest

from cip_exp.audit.measures.formulas import Formula
from cip_exp.audit.measures.rounding import Interval

A, B = np.array([2.0, 4.0, 5.0]), np.array([3.0, 8.0, 10.0])


@pytest.mark.parametrize(
    ("formula", "text", "values"),
    [
        (Formula("sum", (0, 1), (1.0, -2.0), 7.0), "a - 2 × b + 7", 7 + A - 2 * B),
        (Formula("power", (0, 1), (1.0, -1.0), 1.0), "a / b", A / B),
        (Formula("power", (0, 1), (2.0, 1.0), 12.0), "12 × a^2 × b", 12 * A**2 * B),
        (Formula("log", (0,), (3.0,), 0.5), "3 × log(a) + 0.5", 0.5 + 3 * np.log(A)),
        (Formula("exp", (0,), (1.0,), 0.0), "exp(a)", np.exp(A)),
    ],
)
def test_formulas_have_a_value_a_text_and_a_solution(formula: Formula, text: str, values: np.ndarray) -> None:
    operands = [A, B][: len(formula.columns)]
    exact = [Interval(part, np.zeros(3)) for part in operands]
    assert formula.text(["a", "b"][: len(operands)]) == text
    np.testing.assert_allclose(formula.image(exact).value, values)
    for at, part in enumerate(operands):
        np.testing.assert_allclose(formula.solve(values, operands, at), part)


def test_a_rounded_zero_has_a_half_width() -> None:
    zero, ten = Interval(np.array([0.0]), np.array([0.5])), Interval(np.array([10.0]), np.array([0.0]))
    image = Formula("power", (0, 1), (1.0, 1.0), 1.0).image([zero, ten])
    assert image.value[0] == 0.0
    assert image.half[0] == pytest.approx(5.0)
