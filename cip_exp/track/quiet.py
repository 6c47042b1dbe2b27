"""MLflow without its talk: no calls home, no lines on the terminal, none of its known warnings."""

from __future__ import annotations

import logging
import os
import warnings

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


def hush() -> None:
    """Prepare this process, and those it starts, for MLflow; call it before the first import of it."""
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    logging.getLogger("mlflow").setLevel(os.environ["MLFLOW_LOGGING_LEVEL"])
    # For good: taking a filter back would race with other threads' filters.
    for message in KNOWN:
        warnings.filterwarnings("ignore", message=message)
