"""Convert errors, Hydra's included, to an exit code and one message of at most 12 lines.

0 done; 1 a trial failed; 2 the input is wrong; 130 interrupted.
"""

from __future__ import annotations

import re
import sys
import traceback
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from omegaconf import DictConfig


MAX_LINES = 12
GROUPS_WITHOUT_KEY = ("experiment", "hparams_search", "debug")
"""Groups of the command line that are not keys of the configuration."""
TERMINAL = "the command line"


def print_message(text: str) -> None:
    """Write at most 12 lines to stderr."""
    lines = [line.rstrip() for line in text.strip().splitlines()]
    if len(lines) > MAX_LINES:
        lines = [*lines[: MAX_LINES - 1], "  …"]
    sys.stderr.write("\n".join(lines) + "\n")


def explain_error(error: BaseException) -> tuple[int | None, str]:
    """Return the exit code and the message for an error; None for a bug of this program."""
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    from cip_exp.errors import TrialError, UserError

    if isinstance(error, UserError):
        return 2, str(error)
    if isinstance(error, TrialError):
        return 1, f"a trial failed: {error}"
    if isinstance(error, (HydraException, OmegaConfBaseException)):
        inner = next((e for e in _chain(error) if isinstance(e, (UserError, TrialError))), None)
        return explain_error(inner) if inner is not None else (2, _hydra_message(error))
    if _is_from_composing(error):
        return 2, _plain_message(str(error).splitlines() or [type(error).__name__])
    return None, ""


def _chain(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    current = error.__cause__ or error.__context__
    while current is not None and current not in chain:
        chain.append(current)
        current = current.__cause__ or current.__context__
    return chain


def _is_from_composing(error: BaseException) -> bool:
    """Return whether Hydra's own code raised the error, not code that it called."""
    if not isinstance(error, (ValueError, OSError)):
        return False
    modules = [str(frame.f_globals.get("__name__")) for frame, _ in traceback.walk_tb(error.__traceback__)]
    known = [name.partition(".")[0] for name in modules if name.startswith(("hydra.", "cip_exp."))]
    return known[-1:] == ["hydra"]


def _hydra_message(error: BaseException) -> str:
    """Return Hydra's message, shorter and with the nearest match."""
    from hydra.errors import MissingConfigException, OverrideParseException
    from omegaconf.errors import ConfigAttributeError, ConfigKeyError, InterpolationResolutionError

    if isinstance(error, MissingConfigException) and error.options:
        return _unknown_option(str(error.missing_cfg_file), list(error.options))
    if isinstance(error, OverrideParseException):
        return unreadable(error.override, error.message)
    for each in (error, *_chain(error)):
        if isinstance(each, (ConfigAttributeError, ConfigKeyError)) and each.parent_node is not None:
            return _unknown_key(each)
        if isinstance(each, InterpolationResolutionError):
            return _unresolved(each)
    lines = str(error).splitlines()
    if lines and lines[0].startswith("Error merging override") and error.__cause__ is not None:
        lines = [f"{lines[0]}: {str(error.__cause__).splitlines()[0]}"]
    return _plain_message(lines)


def _unknown_option(missing: str, options: list[str]) -> str:
    from cip_exp.errors import describe, nearest

    group, _, option = missing.rpartition("/")
    what = f"{group}={option} is not an option"
    return describe(what, f"group '{group}'", " | ".join(options), nearest(option, options))


def unreadable(override: str, message: str) -> str:
    """Name the one argument that Hydra's grammar refuses; its own message repeats all arguments."""
    from cip_exp.errors import describe

    own = ("Error when parsing", "Error parsing", "See https")
    detail = " ".join(line for line in message.splitlines() if not line.startswith(own))
    detail = detail.partition(" expecting {")[0]
    if "=" not in override:
        step = "write key=value in one word, without blanks around ="
        return describe(f"'{override}' is not key=value", TERMINAL, "key=value", step)
    if detail.startswith("Lexer"):
        detail = "a character that has to be quoted"
    quoted = _quoted(override)
    step = f"type {quoted}" if quoted else "quote what the shell would split or expand: 'key=[a,b]'"
    allowed = "key=value | key=[a,b] | key=a,b with -m | key=null"
    return describe(f"'{override}' cannot be read: {detail}", TERMINAL, allowed, step)


def _quoted(override: str) -> str | None:
    """Return the override as it can be typed, with its value as text; None where that is not its fault."""
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    from cip_exp.errors import argument

    key, _, value = override.partition("=")
    if value[:1] == "=" or (value[:1] == "[" and value[-1:] != "]"):  # mistyped, or cut off by the shell
        return None
    inside = value[1:-1].split(",") if value[:1] == "[" else None
    typed = argument(key, value if inside is None else [each.strip(" \"'") for each in inside])
    plain = typed[1:-1].replace("'\\''", "'") if typed[:1] == "'" else typed
    try:
        OverridesParser.create().parse_override(plain)
    except HydraException:
        return None
    return typed


def _unresolved(error: Any) -> str:
    from cip_exp.errors import describe

    what = str(error).splitlines()[0]
    return describe(what, f"configuration key '{error.full_key}'", "${…} of a key or a variable that exists")


def _unknown_key(error: Any) -> str:
    from cip_exp.errors import describe, nearest

    node, full, key = error.parent_node, str(error.full_key or error.key), str(error.key)
    group = full.rpartition(".")[0]
    what = f"'{full}' is not a key"
    keys = [str(each) for each in node if str(each) != "hydra"]
    if not group:
        keys += GROUPS_WITHOUT_KEY
        step = nearest(key, _full_names(node, key)) or nearest(key, keys)
        return describe(what, "the configuration's top level", ", ".join(keys), step)
    option = node.get("name") if "." not in group else None
    where = f"group '{group}', {group}={option}" if option else group
    step = nearest(key, keys)
    if not keys or (group == "model" and not step):
        # An open mapping, or a parameter of the estimator: Hydra requires a plus for keys that no file lists.
        step = f"add it: +{full}=…"
    return describe(what, where, ", ".join(keys) or "any name", step)


def _full_names(root: DictConfig, key: str) -> list[str]:
    """Return the full names of the keys `key` of all groups: `model.max_depth` for `max_depth`."""
    from omegaconf import DictConfig

    groups = {str(name): root._get_node(name) for name in root if str(name) != "hydra"}
    return [f"{name}.{key}" for name, node in groups.items() if isinstance(node, DictConfig) and key in node]


def _plain_message(lines: list[str]) -> str:
    """Return Hydra's text, in the form of our own messages where it is in `_KNOWN`."""
    from cip_exp.errors import describe

    text = "\n".join(line for line in lines if line.strip() and "HYDRA_FULL_ERROR" not in line)
    for pattern, what, allowed, step in _KNOWN:
        found = re.search(pattern, text)
        if found:
            given = [found.expand(template) for template in (what, allowed, step)]
            return describe(given[0], TERMINAL, given[1], given[2])
    return text


_KNOWN = (
    (
        r"Ambiguous value for argument '([^=]+)=(.*)'",
        r"\1 has several values: \2",
        "one value, or a sweep over several with -m",
        r"python train.py -m \1=\2 …; a list is written \1=[\2]",
    ),
    (
        r"'(hydra/\w+)' must be selected before the sweep starts",
        r"an option of this sweep sets \1, and one command can have only one",
        "one hparams_search or experiment a command",
        "run one command for each of them",
    ),
    (
        r"BasicSweeper does not support sweep type : INTERVAL_SWEEP",
        "an interval has no list of values to run",
        "choice(a,b) | range(start,stop,step)",
        "intervals need a search: hydra/sweeper=optuna, or hparams_search=…",
    ),
    (
        r"Multiple values for (\S+)\. ",
        r"\1 already has an option",
        r"\1=OPTION replaces it",
        r"write \1=… without the +",
    ),
    (
        r"Config group override must be a string or a list\. Got (\w+)",
        r"a group needs the name of an option, and was given a \1",
        "group=OPTION, the name of a file in conf/group",
        "python train.py --help lists groups and options; leave out a group that selects nothing",
    ),
    (
        r"Error merging override (.+?): (.+)",
        r"\1 is not allowed: \2",
        "a value of the key's own type",
        "",
    ),
    (
        r"\[Errno \d+\] ([^:]+): '(.*)'",
        r"\1: \2",
        "a folder that exists or can be made",
        "give outputs=FOLDER, or CIP_OUTPUTS in the environment",
    ),
)
"""Of messages of Hydra: a pattern, then our text: what is wrong, what is allowed, the next step."""
