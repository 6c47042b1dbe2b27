"""Read the command line of a sweep: its axes, the cells to check, and the number of trials."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cip_exp.errors import ConfigError, describe
from cip_exp.sweep.validation import refuse_folder, refuse_pool, refuse_twice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hydra.core.override_parser.types import Override
    from omegaconf import DictConfig

    from cip_exp.config.settings import Settings


REPLICATE_AXIS = "seed"


@dataclass(frozen=True)
class SweepPlan:
    """What this application needs to know of a sweep before it starts, for every sweeper."""

    axes: tuple[str, ...]
    """Swept keys of the grid, without `seed`."""
    hyperparameters: tuple[str, ...]
    """Keys that a search varies; empty for a grid."""
    to_check: tuple[tuple[str, ...], ...]
    """Overrides of every cell of a grid; for a search, of its extreme points."""
    expected: int
    search: bool
    observed: bool = False
    """True where the sweeper calls an observer after each trial; else a thread polls the folder."""
    resume: bool = False
    workers: int = 1
    tries_own: bool = False
    """True where the search scores the model's own parameters too."""


def plan_sweep(config: DictConfig) -> SweepPlan:
    """Expand a sweep's command line and its sweeper's `params`.

    Raises:
        ConfigError: the sweeper cannot expand the command line, or the sweep cannot be started or recorded.
    """
    from hydra.core.global_hydra import GlobalHydra
    from hydra.core.override_parser.overrides_parser import OverridesParser

    if str(config.hydra.runtime.choices.get("hydra/launcher")) == "pool":
        refuse_pool(
            config.hydra.launcher
        )  # the plugin checks it too, but only after the parent run is created
    refuse_folder(Path(str(config.hydra.sweep.dir)))
    sweeper = config.hydra.sweeper
    if str(config.hydra.runtime.choices.get("hydra/sweeper")) == "study":
        return _plan_study(config)
    params = [f"{key}={value}" for key, value in (sweeper.get("params") or {}).items()]
    loader = GlobalHydra.instance().config_loader()  # a glob lists the options of its group
    parsed = OverridesParser.create(loader).parse_overrides([*params, *config.hydra.overrides.task])
    by_key = {override.get_key_element(): override for override in parsed}
    swept = tuple(key for key, override in by_key.items() if override.is_sweep_override())
    _refuse_empty_axes([by_key[key] for key in swept])
    for key in swept:
        refuse_twice(by_key[key])
    if str(config.hydra.runtime.choices.get("hydra/sweeper")) == "basic":
        from hydra._internal.core_plugins.basic_sweeper import BasicSweeper

        cells = [tuple(cell) for batch in BasicSweeper.split_arguments(parsed, None) for cell in batch]
        axes = tuple(key for key in swept if key != REPLICATE_AXIS)
        return SweepPlan(axes, (), tuple(cells), len(cells), search=False)
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)  # only our own tables are printed
    _refuse_outer_axes(swept)
    trials = sweeper.get("n_trials")
    if not swept or not isinstance(trials, int) or trials < 1:
        what = f"hydra.sweeper.n_trials is {trials}" if swept else "there is nothing to search over"
        allowed = "a whole number from 1, and a swept key such as 'model.max_depth=range(2,8)'"
        raise ConfigError(describe(what, "the search", allowed, "hparams_search=… names ranges of a model"))
    fixed = tuple(_text(override) for key, override in by_key.items() if key not in swept)
    tried = _points({key: _values(by_key[key]) for key in swept})
    to_check = dict.fromkeys(fixed + tuple(each.values()) for each in tried)
    return SweepPlan((), swept, tuple(to_check), trials, search=True)


def _plan_study(config: DictConfig) -> SweepPlan:
    """Read a study's command line as its sweeper does."""
    from hydra.core.global_hydra import GlobalHydra

    from cip_exp.sweep.search.plan import read_study
    from cip_exp.sweep.search.study_settings import DEFAULTS

    hydra = GlobalHydra.instance().hydra
    if hydra is None:
        msg = "Hydra is not initialised"
        raise RuntimeError(msg)
    options = {str(key): value for key, value in config.hydra.sweeper.items() if key != "_target_"}
    # The sweeper gets the same request: reading it here finds its errors before there is a parent run.
    request = read_study(options, config, hydra.config_loader, list(config.hydra.overrides.task))
    settings, asked = request.settings, request.plan
    storage = settings.storage
    if isinstance(storage, str) and storage != "sqlite" and "://" not in storage:
        what = f"hydra.sweeper.storage = {storage} is not a storage"
        allowed = "null (a journal in the sweep's folder) | sqlite (study.db there) | sqlite:///FILE | postgresql://…"
        raise ConfigError(describe(what, "configuration key 'hydra.sweeper.storage'", allowed))
    points = _points({key: _ends(kind) for key, kind in asked.space.items()})
    corners = [asked.overrides(cell, point) for cell in asked.cells for point in points]
    trials = settings.n_trials if asked.space or settings.custom_search_space else 1
    return SweepPlan(
        axes=tuple(asked.cells[0]),
        hyperparameters=tuple(asked.space),
        to_check=tuple(dict.fromkeys(corners)),
        expected=trials * len(asked.cells),
        search=True,
        observed=True,
        resume=settings.resume,
        workers=settings.n_jobs,
        tries_own=DEFAULTS in settings.enqueue,
    )


def refuse_margin_alone(plan: SweepPlan, checked: Sequence[Settings]) -> None:
    """Refuse a margin for parameters that the search does not try.

    Raises:
        ConfigError: `confirm.margin` without the word `defaults` in `hydra.sweeper.enqueue`.
    """
    if (
        plan.search
        and not plan.tries_own
        and any(settings.confirm.margin is not None for settings in checked)
    ):
        what = "confirm.margin needs a trial with the model's own parameters"
        step = "hydra.sweeper.enqueue=[defaults]"
        raise ConfigError(describe(what, "confirm.margin", f"a margin together with {step}, or null", step))


def _ends(kind: Any) -> list[Any]:
    """Return every choice of a distribution, or the ends of its range."""
    return list(kind.choices) if hasattr(kind, "choices") else [kind.low, kind.high]


def _points(values: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """Return few points that hold every value once: all first values, all last values, others singly.

    All combinations would be the search itself.
    """
    first, last = ({key: each[side] for key, each in values.items()} for side in (0, -1))
    return [first, last, *(first | {key: value} for key, each in values.items() for value in each[1:-1])]


def refuse_mixed_objectives(checked: Sequence[Settings]) -> None:
    """Refuse a mix of objectives with one value and with two: a search has one set of directions.

    Raises:
        ConfigError: `objective=pareto` and another objective in one sweep.
    """
    if len({settings.objective.name == "pareto" for settings in checked}) > 1:
        what = "objective=pareto returns two values, the other objectives one"
        raise ConfigError(describe(what, "the swept objective", "pareto alone, or the others without it"))


def refuse_searched_metric(plan: SweepPlan) -> None:
    """Refuse a metric among the hyperparameters: scores in different metrics cannot be compared.

    Raises:
        ConfigError: `metric` is swept, and the sweeper was not told that it is an axis of the outer grid.
    """
    if "metric" in plan.hyperparameters:
        what = "metric would become a hyperparameter of the search"
        step = "hydra.sweeper.outer=[metric] makes one study for each metric"
        raise ConfigError(describe(what, "the command line", "one metric in a search", step))


def _refuse_outer_axes(swept: tuple[str, ...]) -> None:
    """Refuse swept seeds and groups: the stock sweeper would search over them as hyperparameters."""
    groups = {"data", "features", "split", "seeds", "objective", "audit", "track", "metric", REPLICATE_AXIS}
    wrong = [key for key in swept if key in groups]
    if wrong:
        msg = describe(
            f"{', '.join(wrong)} would become a hyperparameter of the search", "the command line",
            "one value in a search; seeds go into seeds.replicates=[0,1,2]",
        )  # fmt: skip
        raise ConfigError(msg)


def _refuse_empty_axes(swept: Sequence[Override]) -> None:
    for override in swept:
        if override.is_discrete_sweep() and not list(override.sweep_string_iterator()):
            what = f"{override.input_line} has no values"
            raise ConfigError(describe(what, "the command line", "one value or more"))


def _values(override: Override) -> list[str]:
    """Return plain overrides: every choice, or the ends of a range or an interval."""
    from hydra.core.override_parser.types import IntervalSweep, RangeSweep

    key, swept = override.get_key_element(), override.value()
    if isinstance(swept, IntervalSweep):
        return [f"{key}={swept.start}", f"{key}={swept.end}"]
    texts = [f"{key}={text}" for text in override.sweep_string_iterator()]
    return [texts[0], texts[-1]] if isinstance(swept, RangeSweep) else texts


def _text(override: Override) -> str:
    return f"{override.get_key_element()}={override.get_value_element_as_str()}"
