"""The commands that follow an accusation of `scripts/audit.py FILE`: the same without the accused columns."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

from cip_exp.audit.without_accused import ALL
from cip_exp.errors import argument

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from cip_exp.audit.case import Case

OPTIONS = ("target", "task", "positive", "id", "time", "group", "split")
"""Options of the command that are repeated as they were given."""
PLAIN = re.compile(r"""[^,*?\[\]"'\\]+""")
"""Names that `--drop A,B` takes: without a comma, a glob or a quote."""


def commands_without(
    args: argparse.Namespace, options: Mapping[str, Any], case: Case, accused: Sequence[str]
) -> list[str]:
    """Return the lines after an accusation; none where no column is accused."""
    if not accused:
        return []
    if set(map(str, case.X.columns)) <= set(accused):
        return [ALL]
    dropped = [*options.get("drop", []), *accused]
    keys = [shlex.quote(word) for word in args.inputs[1:] if not word.startswith("data.drop=")]
    one = "the accused column" if len(accused) == 1 else "the accused columns"
    return [
        f"Without {one}:",
        f"  {_audit(args, keys, dropped)}",
        f"  {_train(args, options, case, keys, dropped)}",
    ]


def _audit(args: argparse.Namespace, keys: Sequence[str], dropped: Sequence[str]) -> str:
    words = ["python scripts/audit.py", shlex.quote(args.inputs[0]), *keys]
    for name in OPTIONS:
        if getattr(args, name) is not None:
            words += [f"--{name}", shlex.quote(getattr(args, name))]
    words += [f"--ignore {shlex.quote(','.join(args.ignore))}"] if args.ignore else []
    if all(PLAIN.fullmatch(name) and name == name.strip() for name in dropped):
        return " ".join([*words, "--drop", shlex.quote(",".join(dropped))])
    return " ".join([*words[:2], argument("data.drop", dropped), *words[2:]])


def _train(
    args: argparse.Namespace,
    options: Mapping[str, Any],
    case: Case,
    keys: Sequence[str],
    dropped: Sequence[str],
) -> str:
    words = ["python train.py data=csv", argument("data.path", args.inputs[0])]
    given = {name: options.get(name) for name in ("target", "positive", "id", "time", "group")}
    for name, value in {**given, "task": "clv" if case.task == "clv" else None}.items():
        if value is not None and not any(key.lstrip("'").startswith(f"data.{name}=") for key in keys):
            words.append(argument(f"data.{name}", value))
    words += [*keys, argument("data.drop", dropped), f"model=rf_{case.task}"]
    words += [f"split={args.split}"] if args.split else []
    words += [argument("audit.ignore", args.ignore)] if args.ignore else []
    return " ".join(words)
