"""Hydra's override grammar as Optuna distributions, the same as the stock sweeper's for the same text."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from hydra.core.override_parser.types import (
    ChoiceSweep,
    FloatRange,
    IntervalSweep,
    Override,
    RangeSweep,
    Transformer,
    ValueType,
)
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from cip_exp.errors import ConfigError, describe

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

GRAMMAR = "choice(a,b), range(start,stop,step), interval(a,b), each with tag(log, …), shuffle(…)"


def distribution(override: Override) -> BaseDistribution:
    """Return the distribution of a swept override; raises ConfigError where there is none."""
    value = override.value()
    if override.value_type == ValueType.GLOB_CHOICE_SWEEP:
        raise _refused(override, "a glob is not a list of values; list the options with choice(…)")
    if isinstance(value, ChoiceSweep):
        return CategoricalDistribution(_values(override))
    if isinstance(value, RangeSweep):
        return _range(override, value)
    if isinstance(value, IntervalSweep):
        return _interval(override, value)
    raise _refused(override, "it is not a sweep")


def _values(override: Override) -> list[Any]:
    swept = override.value()
    if isinstance(swept, ChoiceSweep | RangeSweep):
        # A sampler has its own order, and a shuffled space would differ when the study resumes.
        swept.shuffle = False
    values = list(override.sweep_iterator(transformer=Transformer.encode))
    if not values:
        raise _refused(override, "it is empty")
    return values


def _range(override: Override, sweep: RangeSweep) -> BaseDistribution:
    if sweep.step == 0:
        raise _refused(override, "its step is zero")
    if sweep.shuffle or sweep.transformers:  # as in the stock sweeper: categories, not an ordered range
        return CategoricalDistribution(_values(override))
    values = sweep.range()
    if isinstance(values, range):
        if not values:
            raise _refused(override, "it is empty")
        return IntDistribution(min(values), max(values), step=abs(values.step))
    return _float_range(override, values)


def _float_range(override: Override, values: FloatRange) -> BaseDistribution:
    start, stop, step = (Decimal(number) for number in (values.start, values.stop, values.step))
    count = math.ceil((Fraction(stop) - Fraction(start)) / Fraction(step))
    if count <= 0:
        raise _refused(override, "it is empty")
    # Hydra's stop is exclusive, Optuna's high inclusive.
    exact = sorted((start, start + (count - 1) * step))
    low, high, width = float(exact[0]), float(exact[1]), float(abs(step))
    kept = [Decimal(str(number)) for number in (low, high, width)] == [*exact, abs(step)]
    if not kept or (low != high and width < max(math.ulp(low), math.ulp(high))):
        # Floats cannot represent these numbers exactly: they become categories, as they are spelled.
        return CategoricalDistribution(_values(override))
    return FloatDistribution(low, high, step=width)


def _interval(override: Override, sweep: IntervalSweep) -> BaseDistribution:
    low, high, log = sweep.start, sweep.end, "log" in sweep.tags
    try:
        if isinstance(low, int) and isinstance(high, int):
            return IntDistribution(low, high, log=log)
        return FloatDistribution(float(low or 0), float(high or 0), log=log)
    except ValueError as error:
        raise _refused(override, str(error)) from error


def grid_values(name: str, kind: BaseDistribution) -> list[Any]:
    """Return every value of a discrete distribution, for the grid sampler."""
    if isinstance(kind, CategoricalDistribution):
        return list(kind.choices)
    if isinstance(kind, IntDistribution) and not kind.log:
        return list(range(kind.low, kind.high + 1, kind.step))
    if isinstance(kind, FloatDistribution) and kind.step is not None:
        values = list(FloatRange(kind.low, kind.high, kind.step))
        return values if values and values[-1] == kind.high else [*values, kind.high]
    msg = describe(
        f"The grid sampler cannot list the values of {name}: {kind}.",
        "hydra.sweeper.params or the command line",
        "choice(…) and range(…)",
        "use another sampler, such as hydra/sweeper/sampler=tpe, for an interval",
    )
    raise ConfigError(msg)


def as_text(space: Mapping[str, BaseDistribution]) -> dict[str, str]:
    """Return the space as text, which is compared when a study is resumed."""
    return {name: repr(kind) for name, kind in space.items()}


def allowed_values(kind: BaseDistribution) -> str:
    """Return the values of a distribution as a text for messages."""
    if isinstance(kind, CategoricalDistribution):
        return ", ".join(map(str, kind.choices))
    if not isinstance(kind, IntDistribution | FloatDistribution):
        return str(kind)
    step = f" in steps of {kind.step}" if kind.step not in (None, 1) else ""
    return f"{kind.low} to {kind.high}{step}"


def assignments(params: Iterable[tuple[str, Any]]) -> tuple[str, ...]:
    """Return values as overrides; strings are spelled as in Hydra's grammar already."""
    return tuple(f"{name}={value}" for name, value in params)


def bare_key(key: str) -> str:
    """Return the key without the `+` that adds it."""
    return key.lstrip("+")


def _refused(override: Override, why: str) -> ConfigError:
    line = override.input_line or override.get_key_element()
    where = "hydra.sweeper.params or the command line"
    return ConfigError(describe(f"Cannot search over {line}: {why}.", where, GRAMMAR))
