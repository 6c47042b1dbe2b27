"""A metric with its direction and bounds: the only place that knows whether less or more is better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

Scores = TypeVar("Scores", float, "NDArray[np.float64]")


@dataclass(frozen=True)
class Metric:
    """A score of predictions against the truth."""

    name: str
    fn: Callable[[Array, Array], float]
    """From (y_true, y_pred), shape (n,) each, to a number; NaN where the metric is undefined."""
    greater_is_better: bool = True
    needs: Literal["label", "score"] = "label"
    """For churn: the predicted class, or the probability of churn."""
    bounds: tuple[float, float] = (0.0, 1.0)
    """The lowest and the highest possible value."""
    scorer_name: str = ""
    """scikit-learn's scorer of this metric; empty where it has none."""

    def signed(self, values: Scores) -> Scores:
        """Return values of this metric so that greater is better: a loss becomes its negative, and back."""
        return values if self.greater_is_better else -values

    @property
    def described(self) -> str:
        """Its name; of a loss with the words that less is better."""
        return self.name if self.greater_is_better else f"{self.name} (less is better)"

    @property
    def signed_bounds(self) -> tuple[float, float]:
        """The lowest and the highest possible value of `signed`."""
        low, high = sorted(map(self.signed, self.bounds))
        return low, high

    @property
    def best(self) -> float:
        """The best possible value."""
        return self.signed(self.signed_bounds[1])

    @property
    def scorer(self) -> Any:
        """What scikit-learn takes as `scoring`: greater is better, so a loss counts as its negative."""
        if self.scorer_name:
            return self.scorer_name
        from sklearn.metrics import make_scorer

        return make_scorer(self.fn, greater_is_better=self.greater_is_better)

    def gap(self, train: float, validation: float) -> float:
        """Return how much better the training score is, positive for overfitting."""
        return train - validation if self.greater_is_better else validation - train

    def overfits(self, gap: float, validation: float) -> bool:
        """Return whether the gap is at least max(0.03, 0.10 × the validation score), skore's rule.

        Of a loss, whose unit is the target's, the gap has to be at least 0.10 × the validation loss.
        """
        least = max(0.03, 0.10 * validation) if self.greater_is_better else 0.10 * validation
        return 0 < gap >= least
