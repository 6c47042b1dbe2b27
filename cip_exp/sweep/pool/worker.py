"""One worker process: receives jobs from its pipe, runs them with Hydra, and sends back their results."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
import time
import traceback
from dataclasses import dataclass, replace
from multiprocessing import connection, parent_process
from threading import Thread
from typing import TYPE_CHECKING, Any

import cloudpickle
from hydra.core.plugins import Plugins
from hydra.core.singleton import Singleton
from hydra.core.utils import JobReturn, _take_job_return_handoff, run_job, setup_globals
from omegaconf import DictConfig, open_dict

from cip_exp.sweep import channel
from cip_exp.sweep.pool.compose import Composer
from cip_exp.sweep.pool.jobs import Done, Job, Reported, failed
from cip_exp.sweep.pool.run_job import shared

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.connection import Connection
    from pathlib import Path

    from hydra.types import HydraContext


THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)

GARBAGE = 100_000
"""Objects that a job may leave before a garbage collection: a trial of a forest leaves some thousands."""
SOON = 0.005
"""Seconds within which a sweep that has sampled ahead sends the next job."""
_loaded: dict[str, int] = {}
"""The number of modules when threads were last limited: searching for libraries takes milliseconds."""


@dataclass
class Setup:
    """What a worker needs to run any job of one sweep."""

    task_function: Callable[[Any], Any]
    hydra_context: HydraContext
    config: DictConfig
    threads: int | None
    singletons: Any = None
    """Hydra's own state; None for a forked worker, which has it already."""
    environ: dict[str, str] | None = None
    cwd: str = ""
    sys_path: tuple[str, ...] = ()


def serve(pipe: Connection, source: Setup | Path, inherited: Sequence[Connection] = ()) -> None:
    """Run jobs until the pipe is closed; `source` is the setup itself, or a file that holds it pickled.

    `inherited` are the sweep's ends of other workers' pipes, of which a forked worker has copies.
    """
    # Ctrl-C reaches the whole process group; the sweep decides what happens to running jobs.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for other in inherited:
        other.close()
    _exit_with_parent()
    try:
        setup = source if isinstance(source, Setup) else _load(source)
        composer = _prepare(setup)
    except BaseException:
        pipe.send_bytes(pickle.dumps(("broken", traceback.format_exc())))
        return
    pipe.send_bytes(pickle.dumps(("ready", os.getpid())))
    while True:
        try:
            job = pickle.loads(pipe.recv_bytes())
        except EOFError:
            return
        if job is None:
            return
        _send(pipe, _run(pipe, setup, composer, job))
        if not pipe.poll():
            composer.prepare()
        if not pipe.poll(SOON):
            gc.collect()


def _load(path: Path) -> Setup:
    setup: Setup = pickle.loads(path.read_bytes())
    return setup


def _prepare(setup: Setup) -> Composer:
    if setup.environ is not None:
        os.environ.clear()
        os.environ.update(setup.environ)
        os.chdir(setup.cwd)
        sys.path[:] = setup.sys_path
    if setup.threads:
        pin_threads(setup.threads)
    setup_globals()
    if setup.singletons is not None:
        # Plugins register their configurations once, before the sweep's config store replaces this one.
        Plugins.instance()
        Singleton.set_state(setup.singletons)
    else:
        _reset_after_fork()
    # Objects that exist now stay: no collection has to visit them, or copy the pages that a fork shares.
    # Garbage is collected between jobs, while the sweep prepares the next; in a job only if there is much.
    gc.freeze()
    gc.set_threshold(GARBAGE)
    return Composer(setup.hydra_context.config_loader, setup.config)


def _reset_after_fork() -> None:
    """Reset what a forked worker has inherited and must not share."""
    if "numpy" in sys.modules:
        # All forked workers would draw the same numbers.
        sys.modules["numpy"].random.seed()
    for name in ("stdout", "stderr"):
        # Rich redirects these streams to draw the sweep's progress bar; a worker writes to the originals.
        stream = getattr(sys, name)
        setattr(sys, name, getattr(stream, "rich_proxied_file", stream))


def pin_threads(threads: int) -> None:
    """Limit BLAS and OpenMP to `threads` a process: those loaded already, and those to come."""
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(threads)))
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=threads)


def _exit_with_parent() -> None:
    parent = parent_process()
    if parent is None:
        return

    def watch() -> None:
        connection.wait([parent.sentinel])
        os._exit(113)

    Thread(target=watch, daemon=True, name="parent-exit-watch").start()


def _run(pipe: Connection, setup: Setup, composer: Composer, job: Job) -> Done:
    def sink(value: float, step: int) -> bool:
        pipe.send_bytes(pickle.dumps(Reported(job.number, step, value)))
        return bool(pickle.loads(pipe.recv_bytes())) if job.pruning else False

    if setup.threads and len(sys.modules) != _loaded.get("modules"):
        # Libraries that an earlier job imported have thread pools of their own.
        pin_threads(setup.threads)
        _loaded["modules"] = len(sys.modules)
    started = time.monotonic()
    with channel.connected(sink), shared(job.slim):
        result = run(setup, composer, job)
    output_dir = None if result.hydra_cfg is None else str(result.hydra_cfg.hydra.runtime.output_dir)
    if job.slim:
        result = replace(result, cfg=None, hydra_cfg=None)
    return Done(job.number, result, output_dir, time.monotonic() - started)


def run(setup: Setup, composer: Composer, job: Job) -> JobReturn:
    """Compose and run one job; any exception, also `SystemExit`, gives a failed JobReturn."""
    try:
        config = composer.compose(job.overrides)
        with open_dict(config):
            config.hydra.job.id = str(job.number)
            config.hydra.job.num = job.number
        return run_job(
            hydra_context=setup.hydra_context,
            task_function=setup.task_function,
            config=config,
            job_dir_key="hydra.sweep.dir",
            job_subdir_key="hydra.sweep.subdir",
        )
    except BaseException as error:
        return _take_job_return_handoff(error) or failed(job.overrides, error)


def _send(pipe: Connection, done: Done) -> None:
    try:
        message = cloudpickle.dumps(done)
    except Exception as error:
        overrides = done.result.overrides or ()
        what = TypeError(f"the job's return value cannot be sent back from its worker: {error}")
        message = cloudpickle.dumps(replace(done, result=failed(overrides, what)))
    pipe.send_bytes(message)
