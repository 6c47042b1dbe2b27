"""Exit codes and messages: Hydra's errors in our form, and bugs with their traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hydra.errors import HydraException

from cip_exp.app.commands.exit_codes import exit_code_of
from cip_exp.app.messages import explain_error, print_message
from cip_exp.config.load import compose
from cip_exp.errors import ConfigError, DataError, TrialError

if TYPE_CHECKING:
    from collections.abc import Callable

ERRORS = [
    (
        "model=rf_chrun",
        "model=rf_chrun is not an option",
        "dummy_churn | dummy_clv",
        "Did you mean 'rf_churn'?",
    ),
    ("hydra/launcher=bsic", "hydra/launcher=bsic is not an option", "basic", "Did you mean 'basic'?"),
    ("split.tst_size=1", "'split.tst_size' is not a key", "name, test_size", "Did you mean 'test_size'?"),
    ("objective.weight=1", "'objective.weight' is not a key", "group 'objective', objective=mean", "name"),
    ("max_depth=3", "'max_depth' is not a key", "top level", "Did you mean 'model.max_depth'?"),
    ("hparam_search=x", "'hparam_search' is not a key", "top level", "Did you mean 'hparams_search'?"),
    ("model.oob_score=true", "'model.oob_score' is not a key", "max_depth", "add it: +model.oob_score=…"),
    ("facts.mine=1", "'facts.mine' is not a key", "any name", "add it: +facts.mine=…"),
    ("model.max_depth=${nope}", "Interpolation key 'nope' not found", "model.max_depth", "${…}"),
    ("seed=${oc.env:NOPE}", "Environment variable 'NOPE' not found", "configuration key 'seed'", "${…}"),
    ("hydra.job.chdir=x", "hydra.job.chdir=x is not allowed: Value 'x'", "the command line", "own type"),
    ("seed", "'seed' is not key=value", "the command line", "without blanks around ="),
    ("seed==3", "'seed==3' cannot be read: extraneous input '='", "the command line", "quote"),
    ("model.max_depth=[1,", "'model.max_depth=[1,' cannot be read: no viable", "the command line", "quote"),
    ("seed=1,2", "seed has several values: 1,2", "with -m", "python train.py -m seed=1,2"),
    ("+data=telco", "data already has an option", "data=OPTION", "write data=… without the +"),
    ("model=null", "a group needs the name of an option", "group=OPTION", "--help"),
]


def explained(call: Callable[[], object]) -> tuple[int | None, str]:
    """Return exit code and message of the error that a call raises."""
    try:
        call()
    except Exception as error:  # noqa: BLE001
        return explain_error(error)
    pytest.fail("nothing was raised")


@pytest.mark.parametrize(("override", "what", "where", "step"), ERRORS, ids=[c[0] for c in ERRORS])
def test_errors_of_hydra_become_our_messages(override: str, what: str, where: str, step: str) -> None:
    code, text = explained(lambda: compose([override]))
    assert code == 2
    assert what in text.splitlines()[0]
    assert where in text
    assert step in text
    assert len(text.splitlines()) == (4 if "next:" in text else 3)


def test_sweeps_that_the_basic_sweeper_refuses() -> None:
    from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
    from hydra.core.override_parser.overrides_parser import OverridesParser

    parsed = OverridesParser.create().parse_overrides(["model.max_depth=interval(1,5)"])
    code, text = explained(lambda: BasicSweeper.split_arguments(parsed, None))
    assert code == 2
    assert text.splitlines()[0] == "an interval has no list of values to run"


def test_our_own_errors_keep_their_message_inside_an_error_of_hydra() -> None:
    assert explain_error(DataError("no such file")) == (2, "no such file")
    assert explain_error(TrialError("NaN")) == (1, "a trial failed: NaN")
    wrapped = HydraException("job failed")
    wrapped.__cause__ = ValueError("outer")
    wrapped.__cause__.__context__ = ConfigError("the real reason")
    assert explain_error(wrapped) == (2, "the real reason")


def test_unknown_messages_of_hydra_are_printed_without_its_advice() -> None:
    text = "First line.\n\nSet the environment variable HYDRA_FULL_ERROR=1 for a complete stack trace."
    assert explain_error(HydraException(text)) == (2, "First line.")


@pytest.mark.parametrize("bug", [ValueError("ours"), KeyError("k"), OSError(2, "No such file", "x")])
def test_a_bug_has_no_exit_code_and_is_raised(bug: Exception) -> None:
    def main() -> None:
        raise bug

    assert explain_error(bug) == (None, "")
    with pytest.raises(type(bug)):
        exit_code_of(main)


def in_module(name: str, call: Callable[[], object]) -> Callable[[], object]:
    """Return a function of the module `name` that calls `call`."""
    namespace: dict[str, Any] = {"__name__": name, "call": call}
    exec("def run(): return call()", namespace)
    return namespace["run"]  # type: ignore[no-any-return]


def test_a_plain_error_is_the_users_only_where_hydra_raised_it() -> None:
    def fails() -> None:
        msg = "Config group override must be a string or a list. Got int"
        raise ValueError(msg)

    in_hydra = in_module("hydra._internal.x", in_module("pathlib", fails))
    assert explained(in_module("cip_exp.app.callback", in_hydra))[0] == 2
    in_job = in_module("hydra._internal.x", in_module("cip_exp.app.job", fails))
    assert explained(in_job)[0] is None


def _raise(error: BaseException) -> Any:
    raise error


@pytest.mark.parametrize(
    ("main", "code", "printed"),
    [
        (lambda: None, 0, ""),
        (lambda: 0.5, 0, ""),
        (lambda: 1, 1, ""),
        (lambda: _raise(TrialError("NaN")), 1, "a trial failed: NaN\n"),
        (lambda: _raise(ConfigError("wrong")), 2, "wrong\n"),
        (lambda: _raise(KeyboardInterrupt()), 130, "interrupted\n"),
    ],
)
def test_exit_codes(
    main: Callable[[], object], code: int, printed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code_of(main) == code
    assert capsys.readouterr() == ("", printed)


def test_no_message_is_longer_than_twelve_lines(capsys: pytest.CaptureFixture[str]) -> None:
    print_message("\n".join(f"line {number}" for number in range(40)))
    lines = capsys.readouterr().err.splitlines()
    assert (len(lines), lines[0], lines[10], lines[11]) == (12, "line 0", "line 10", "  …")
