"""Run a command line and return its exit code.

0 done; 1 a trial failed; 2 the input is wrong; 130 interrupted.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cip_exp.app.messages import explain_error, print_message

if TYPE_CHECKING:
    from collections.abc import Callable


RECORDED = "interrupted; what had finished is recorded"


def exit_code_of(main: Callable[[], object], interrupted: str = "interrupted") -> int:
    """Call `main` and return its exit code: the int that it returns; 0 for any other value.

    `interrupted` is the message after Ctrl-C.
    """
    os.environ.setdefault("HYDRA_FULL_ERROR", "1")  # Hydra raises its errors instead of printing them
    try:
        result = main()
    except KeyboardInterrupt:
        print_message(interrupted)
        return 130
    except Exception as error:
        code, text = explain_error(error)
        if code is None:
            raise
        print_message(text)
        return code
    return result if isinstance(result, int) else 0
