"""What a `-m` command asks for: its axes, its cells to check, and how many trials there will be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cip_exp.errors import ConfigError, describe
from cip_exp.records.vocabulary import Tag
from cip_exp.sweep.validation import refuse_folder, refuse_pool, refuse_twice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hydra.core.override_parser.types import Override
    from omegaconf import DictConfig

    from cip_exp.config.settings import Settings


REPLICATE_AXIS = "seed"


@dataclass(frozen=True)
class SweepPlan:
    """A sweep before it starts."""

    axes: tuple[str, ...]
    """Swept keys of the grid, `seed` left out."""
    hyperparameters: tuple[str, ...]
    """What a search varies; none in a grid."""
    to_check: tuple[tuple[str, ...], ...]
    """Overrides of every cell of a grid; of a search, its corners."""
    expected: int
    search: bool
    observed: bool = False
    """True where the sweeper tells an observer of each trial, so that nobody has to watch the folder."""
    resume: bool = False
    workers: int = 1
    tries_own: bool = False
    """True where the search begins with the model's own parameters."""


def plan_sweep(config: DictConfig) -> SweepPlan:
    """Expand a sweep's command line and its sweeper's `params`.

    Raises:
        ConfigError: a sweep with nothing to sweep over that the sweeper cannot expand; one that could not be
            started, or written down.
    """
    from hydra.core.global_hydra import GlobalHydra
    from hydra.core.override_parser.overrides_parser import OverridesParser

    if str(config.hydra.runtime.choices.get("hydra/launcher")) == "pool":
        refuse_pool(config.hydra.launcher)  # its plugin would, with a parent run in the store by then
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

    optuna.logging.set_verbosity(optuna.logging.WARNING)  # the terminal belongs to the tables
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

    from cip_exp.sweep.search.plan import first_points, make_plan
    from cip_exp.sweep.search.study_settings import OWN_PARAMETERS, read_settings

    options = {str(key): value for key, value in config.hydra.sweeper.items() if key != "_target_"}
    settings = read_settings(options)
    storage = settings.storage
    if isinstance(storage, str) and storage != "sqlite" and "://" not in storage:
        what = f"hydra.sweeper.storage = {storage} is no storage"
        allowed = "null (a journal in the sweep's folder) | sqlite (study.db there) | sqlite:///FILE | postgresql://…"
        raise ConfigError(describe(what, "configuration key 'hydra.sweeper.storage'", allowed))
    hydra = GlobalHydra.instance().hydra
    if hydra is None:
        msg = "Hydra is not initialised"
        raise RuntimeError(msg)
    asked = make_plan(settings, hydra.config_loader, list(config.hydra.overrides.task))
    first_points(settings, asked, config, hydra.config_loader)  # its own call would come after the parent run
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
        tries_own=OWN_PARAMETERS in settings.enqueue,
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
        what = "the model's own parameters cannot stay where the search does not try them"
        step = "hydra.sweeper.enqueue=[defaults]"
        raise ConfigError(describe(what, "confirm.margin", f"a margin beside {step}, or null", step))


def _ends(kind: Any) -> list[Any]:
    """Return every choice of a distribution, or the ends of its range."""
    return list(kind.choices) if hasattr(kind, "choices") else [kind.low, kind.high]


def _points(values: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """Return few points that try every value once: all the first, all the last, the others one at a time.

    Their product would be the search itself.
    """
    first, last = ({key: each[side] for key, each in values.items()} for side in (0, -1))
    return [first, last, *(first | {key: value} for key, each in values.items() for value in each[1:-1])]


def parent_tags(settings: Settings, plan: SweepPlan, folder: Path) -> dict[str, str]:
    """Return the tags a sweep's parent is created with."""

    from cip_exp.track.provenance import git_state

    commit, dirty = git_state()
    return {
        Tag.TASK: settings.model.task, Tag.DATA: settings.data.name, Tag.FOLDER: folder.name,
        Tag.GIT_COMMIT: commit, Tag.GIT_DIRTY: dirty, Tag.AXES: ",".join(plan.axes),
    }  # fmt: skip


def parent_params(plan: SweepPlan) -> dict[str, str]:
    """Return what was asked for, as the parent's params."""
    asked: dict[str, list[str]] = {}
    for cell in plan.to_check:
        for override in cell:
            key, _, value = override.partition("=")
            asked.setdefault(key.lstrip("+"), []).append(value)
    return {key: ",".join(dict.fromkeys(values)) for key, values in asked.items()}


def refuse_mixed_objectives(checked: Sequence[Settings]) -> None:
    """Refuse cells of which some return one value and others two: a search has one set of directions.

    Raises:
        ConfigError: `objective=pareto` beside another objective in one sweep.
    """
    if len({settings.objective.name == "pareto" for settings in checked}) > 1:
        what = "objective=pareto returns two values, the other objectives one"
        raise ConfigError(describe(what, "the swept objective", "pareto alone, or the others without it"))


def _refuse_outer_axes(swept: tuple[str, ...]) -> None:
    """The stock sweeper would take a sweep over seeds or whole groups for a hyperparameter."""
    groups = {"data", "features", "split", "seeds", "objective", "audit", "track", REPLICATE_AXIS}
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
