"""Records of baselines: their scores on a trial's folds, and how a model compares with them."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Literal

from cip_exp.records.vocabulary import Tag

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cip_exp.records.trial import Trial

Kind = Literal["dummy", "untuned"]
Answer = Literal["true", "false", "unclear"]
DUMMIES = (
    "sklearn.dummy.",
    "cip_exp.models.baselines.",
    "cip_exp.baselines.ZeroRegressor",
    "cip_exp.baselines.LastPeriodRegressor",
)
"""Import paths of estimators that learn nothing from the features; the last two are of older versions."""


@dataclass(frozen=True)
class BaselineScores:
    """One baseline on the folds of a trial."""

    kind: Kind
    name: str
    """In a table: `everyone churns`."""
    label: str
    """In a sentence: `calling everyone a churner`."""
    folds: Mapping[str, tuple[float, ...]]
    """By metric, in the order of the trial's folds; NaN where the metric is undefined."""


@dataclass(frozen=True)
class BaselineComparison:
    """A model compared with one baseline on the same folds, by the primary metric."""

    kind: Kind
    name: str
    label: str
    means: Mapping[str, float]
    """The baseline's mean over the folds, by metric."""
    errors: Mapping[str, float]
    """Its corrected standard error, by metric."""
    difference: float
    """By how much the model is better, in the metric's unit; negative where it is worse."""
    low: float
    """Ends of the 95 % interval of the difference (Nadeau and Bengio); NaN for fewer than two folds."""
    high: float

    @property
    def ahead(self) -> bool:
        """Whether the model is better by more than chance explains."""
        return self.low > 0

    @property
    def not_ahead(self) -> bool:
        """Whether the model's mean is no better."""
        return self.difference <= 0


@dataclass(frozen=True)
class ComparedModel:
    """A configuration, over all its replicates, with its comparisons with the baselines."""

    number: int
    """Of its first trial."""
    model: str
    setting: str
    """Its values on swept axes other than the model, data and features, as `key=value`; may be empty."""
    question: str
    """Its values on the swept axes that change the data, such as `features=clean`; may be empty."""
    task: str
    metric: str
    verdict: str
    means: Mapping[str, float]
    """Its own means over the folds, by metric."""
    comparisons: tuple[BaselineComparison, ...]
    is_dummy: bool = False
    is_untuned: bool = False
    """Whether it is the untuned baseline itself, which it is then not compared with."""
    chosen: bool = False
    """Whether it has the best objective among the configurations of its question."""

    @property
    def beats(self) -> Answer:
        """Whether it beats every baseline: `false` where it is not even ahead of one in the mean."""
        if self.is_dummy or any(each.not_ahead for each in self.comparisons):
            return "false"
        return "true" if self.comparisons and all(each.ahead for each in self.comparisons) else "unclear"

    @property
    def hardest(self) -> BaselineComparison:
        """The baseline that decides: a dummy that the model is not ahead of, or the one it leads least."""
        return min(self.comparisons, key=_lead)

    @property
    def name(self) -> str:
        """The model with its setting."""
        return f"{self.model} ({self.setting})" if self.setting else self.model


def is_dummy(trial: Trial) -> bool:
    """Tell whether a trial's model learns nothing from the features."""
    return trial.params.get("model._target_", "").startswith(DUMMIES)


def beats_no_baseline(trial: Trial) -> bool:
    """Tell whether a trial was compared with the baselines, and was not found to beat them."""
    return trial.tags.get(Tag.BEATS_BASELINE) in ("false", "unclear")


def _lead(found: BaselineComparison) -> tuple[bool, bool, float]:
    """Sort first what the model is not ahead of (dummies before the untuned model), then by its lead."""
    value = found.difference if found.not_ahead or isnan(found.low) else found.low
    dummy = found.not_ahead and found.kind == "dummy"
    return not found.not_ahead, not dummy, float("-inf") if isnan(value) else value
