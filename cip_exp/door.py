"""Exit codes and messages: whatever goes wrong, the person at the terminal reads one clear message.

0 done; 1 a trial failed; 2 the input is wrong; 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_LINES = 12
TRUSTED = ["cip_exp.*", "sklearn.*", "optuna.samplers.*", "optuna.pruners.*", "hydra_plugins.*", "logging.*"]
"""What Hydra itself may import because a configuration names it."""


def enter(main: Callable[[], Any]) -> int:
    """Call Hydra's main and return the exit code."""
    os.environ.setdefault("HYDRA_FULL_ERROR", "1")  # errors arrive here, not as Hydra's own print
    try:
        main()
    except KeyboardInterrupt:
        say("interrupted; what had finished is recorded")
        return 130
    except Exception as error:
        code, text = explain(error)
        if code is None:
            raise
        say(text)
        return code
    return 0


def say(text: str) -> None:
    """Write at most 12 lines to stderr."""
    lines = [line.rstrip() for line in text.strip().splitlines()]
    if len(lines) > MAX_LINES:
        lines = [*lines[: MAX_LINES - 1], "  …"]
    sys.stderr.write("\n".join(lines) + "\n")


def explain(error: BaseException) -> tuple[int | None, str]:
    """Return the exit code and the message for an error; no code for one of ours to mend."""
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    from cip_exp.errors import TrialError, UserError

    if isinstance(error, UserError):
        return 2, str(error)
    if isinstance(error, TrialError):
        return 1, f"a trial failed: {error}"
    if isinstance(error, (HydraException, OmegaConfBaseException)):
        inner = next((e for e in _chain(error) if isinstance(e, (UserError, TrialError))), None)
        return explain(inner) if inner is not None else (2, _hydra_message(error))
    return None, ""


def _chain(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    current = error.__cause__ or error.__context__
    while current is not None and current not in chain:
        chain.append(current)
        current = current.__cause__ or current.__context__
    return chain


def _hydra_message(error: BaseException) -> str:
    """Say what Hydra says, shorter, and with the nearest match."""
    from hydra.errors import MissingConfigException
    from omegaconf.errors import ConfigAttributeError, ConfigKeyError

    if isinstance(error, MissingConfigException) and error.options:
        return _missing_option(str(error.missing_cfg_file), list(error.options))
    for each in (error, *_chain(error)):
        if isinstance(each, (ConfigAttributeError, ConfigKeyError)) and each.parent_node is not None:
            return _unknown_key(each)
    return "\n".join(
        line for line in str(error).splitlines() if line.strip() and "HYDRA_FULL_ERROR" not in line
    )


def _missing_option(missing: str, options: list[str]) -> str:
    from cip_exp.errors import describe, nearest

    group, _, option = missing.rpartition("/")
    return describe(
        f"{group}={option} is not an option",
        f"group '{group}'",
        " | ".join(options),
        nearest(option, options),
    )


def _unknown_key(error: Any) -> str:
    from cip_exp.errors import describe, nearest

    keys = [str(key) for key in error.parent_node if str(key) != "hydra"]
    full = str(error.full_key or error.key)
    where = full.rpartition(".")[0] or "the configuration's top level"
    key = str(error.key)
    return describe(f"'{full}' is not a key", where, ", ".join(keys), nearest(key, keys))
