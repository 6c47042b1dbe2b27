"""Switch off MLflow's telemetry, progress bars and known warnings."""

from __future__ import annotations

import logging
import os
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
"""Environment variables that are set where the user has not set them."""

KNOWN = (
    # MLflow 3.17 with SQLAlchemy 2.1, at import; harmless.
    "The ``noload`` loader strategy is deprecated",
    # From the type hints of MLflow's own pyfunc flavour.
    r".*Any type hint is inferred as AnyType",
)


def silence_mlflow() -> None:
    """Prepare this process, and those it starts, for MLflow; call it before the first import of it."""
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    logging.getLogger("mlflow").setLevel(os.environ["MLFLOW_LOGGING_LEVEL"])
    # Never removed: removing a filter would race with the filters of other threads.
    for message in KNOWN:
        warnings.filterwarnings("ignore", message=message)


@contextmanager
def requirements_known() -> Iterator[None]:
    """Skip MLflow's check of requirements against this environment, for requirements that were read from it.

    The check reads the files of every installed package, which takes 0.6 s.
    """
    from mlflow.utils import environment

    module, name = cast("Any", environment), "warn_dependency_requirement_mismatches"
    original = getattr(module, name, None)
    if original is None:  # this MLflow has no such function: nothing to patch
        yield
        return
    setattr(module, name, lambda *_: None)
    try:
        yield
    finally:
        setattr(module, name, original)
