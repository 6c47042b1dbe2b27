"""The Hydra callback around a run or a sweep: check every cell, open the sweep, finish it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.experimental.callback import Callback
from omegaconf import read_write

from cip_exp.app.messages import explain_error, print_message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from omegaconf import DictConfig

    from cip_exp.app.recording import FolderRecorder
    from cip_exp.config.settings import Settings
    from cip_exp.records.sweep_context import SweepContext


class SweepCallback(Callback):
    """Checks all cells before the first job: a mistake in the last cell costs no trial and leaves no run."""

    def __init__(self) -> None:
        self._sweep: SweepContext | None = None
        self._settings: Settings | None = None
        self._expected = 0
        self._progress: Any = None
        self._recorder: FolderRecorder | None = None
        self._master: DictConfig | None = None

    def __getstate__(self) -> dict[str, object]:
        """Pickle without state: a launcher may send callbacks to workers, whose jobs need none of it."""
        return SweepCallback().__dict__

    def on_run_start(self, config: DictConfig, **_: Any) -> None:
        """Check a single run, before Hydra makes its folder."""
        from cip_exp.app import job
        from cip_exp.config.load import load
        from cip_exp.track.connect import check_store
        from cip_exp.trial.estimator_check import check_estimator
        from cip_exp.trial.prepare import prepare
        from cip_exp.trial.table_cache import hold_tables

        with _ExitOnError():
            job.refuse_sweep_without_multirun(config)
            settings = load(config)
            hold_tables(False)
            prepare(settings)
            check_estimator(settings)
            hold_tables(True)
            check_store(settings)  # before the fit, and before there is a folder

    def on_run_end(self, config: DictConfig, **_: Any) -> None:
        """Read changed files again in further runs of this process."""
        del config
        from cip_exp.trial.table_cache import hold_tables

        hold_tables(False)

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        """Check every cell, create the parent run, and hand the context of the sweep to its jobs."""
        from cip_exp.app import sweep_plan, sweep_start
        from cip_exp.app.recording import FolderRecorder
        from cip_exp.app.sweep_plan import plan_sweep
        from cip_exp.report.terminal import Progress
        from cip_exp.runtime import start_gc
        from cip_exp.trial.estimator_check import check_estimator
        from cip_exp.trial.prepare import prepare
        from cip_exp.trial.table_cache import hold_tables

        with _ExitOnError():
            self._master = config
            plan = plan_sweep(config)
            sweep_plan.refuse_searched_metric(plan)
            checked = [self._compose(overrides) for overrides in plan.to_check]
            sweep_plan.refuse_mixed_objectives(checked)
            sweep_plan.refuse_margin_alone(plan, checked)
            hold_tables(False)
            for settings in checked:
                prepare(settings)
                check_estimator(settings)
            hold_tables(True)
            sweep = sweep_start.open_sweep(plan, checked, Path(config.hydra.sweep.dir))
            with read_write(config.hydra.overrides.hydra):
                config.hydra.overrides.hydra.extend(sweep.overrides())
            self._progress = Progress(sweep.path, plan.expected)
            if sweep.parent_id is not None and not plan.observed:
                self._recorder = FolderRecorder(sweep, checked[0])
            self._settings, self._expected, self._sweep = checked[0], plan.expected, sweep
            start_gc()

    def on_multirun_end(self, config: DictConfig, **_: Any) -> None:
        """Finish the sweep from its records, also where it was interrupted."""
        del config  # Hydra passes it by name
        from cip_exp.app.sweep_end import Interruption, finish_sweep
        from cip_exp.errors import UserError
        from cip_exp.records.sweep_context import VARIABLE
        from cip_exp.trial.table_cache import hold_tables

        if self._sweep is None or self._settings is None:
            return
        kind = sys.exc_info()[0]
        self._progress.close()
        if self._recorder is not None:
            self._recorder.close()
        os.environ.pop(VARIABLE, None)
        refused = kind is not None and issubclass(kind, UserError)
        interruption = Interruption(
            killed=kind is not None and issubclass(kind, KeyboardInterrupt),
            refused=refused,
            broken=kind is not None and not refused,
        )
        try:
            ending = finish_sweep(self._sweep, self._settings, self._compose, self._expected, interruption)
            hold_tables(False)
        except Exception as error:
            # Hydra would turn it into a warning and exit with 0.
            code, text = explain_error(error)
            print_message(text or f"the sweep could not be finished: {type(error).__name__}: {error}")
            raise SystemExit(code or 1) from error
        if ending.n_failed and kind is None:
            print_message(f"{ending.n_failed} of {self._expected} trials failed")
            raise SystemExit(1)

    def _compose(self, overrides: Sequence[str]) -> Settings:
        from hydra.core.global_hydra import GlobalHydra

        from cip_exp.config.load import load

        hydra = GlobalHydra.instance().hydra
        if hydra is None or self._master is None:
            msg = "Hydra is not initialised"
            raise RuntimeError(msg)
        return load(hydra.config_loader.load_sweep_config(self._master, list(overrides)))


class _ExitOnError:
    """Ends the program with a message: Hydra would turn an exception in a callback into a warning."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, Exception):
            code, text = explain_error(error)
            if code is not None:
                print_message(text)
                raise SystemExit(code) from None
            import traceback

            traceback.print_exception(error)
            raise SystemExit(1) from None
