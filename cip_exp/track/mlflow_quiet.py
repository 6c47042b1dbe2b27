"""MLflow without its talk: no calls home, no lines on the terminal, none of its known warnings."""

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
"""Set where the user has not."""

KNOWN = (
    # MLflow 3.17 under SQLAlchemy 2.1, at import and of no consequence.
    "The ``noload`` loader strategy is deprecated",
    # MLflow's own type hints, when it imports its pyfunc flavour.
    r".*Any type hint is inferred as AnyType",
)


def silence_mlflow() -> None:
    """Prepare this process, and those it starts, for MLflow; call it before the first import of it."""
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    logging.getLogger("mlflow").setLevel(os.environ["MLFLOW_LOGGING_LEVEL"])
    # For good: taking a filter back would race with other threads' filters.
    for message in KNOWN:
        warnings.filterwarnings("ignore", message=message)


@contextmanager
def requirements_known() -> Iterator[None]:
    """Spare MLflow the question whether requirements fit this environment; for those that were read off it.

    It looks through the files of every installed package for the answer, 0.6 s.
    """
    from mlflow.utils import environment

    module, name = cast("Any", environment), "warn_dependency_requirement_mismatches"
    asked = getattr(module, name, None)
    if asked is None:  # another MLflow asks in another way, and may
        yield
        return
    setattr(module, name, lambda *_: None)
    try:
        yield
    finally:
        setattr(module, name, asked)
