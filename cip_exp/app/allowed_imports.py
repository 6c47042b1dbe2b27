"""The import paths that Hydra may call because the configuration of `train.py` names them."""

from __future__ import annotations

from cip_exp.config.checks import added_prefixes
from cip_exp.sweep.samplers.trusted import TRUSTED

OWN = (
    "cip_exp.app.callback.SweepCallback",
    "cip_exp.app.study_recorder.study_recorder",
    "cip_exp.sweep.plugins.PoolLauncher",
    "cip_exp.sweep.plugins.StudySweeper",
    "hydra_plugins.*",
    "logging.*",
)
"""This project's plugins, the installed plugins of Hydra, and the handlers of Python's own logging."""


def allowed_imports() -> list[str]:
    """Return the allow list: this project's parts, samplers and pruners, and `CIP_ALLOW_TARGETS`."""
    return [*OWN, *TRUSTED, *(f"{prefix.rstrip('.')}.*" for prefix in added_prefixes())]
