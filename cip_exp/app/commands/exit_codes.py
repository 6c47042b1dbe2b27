"""Run a command line and return its exit code.

0 done; 1 a trial failed; 2 the input is wrong; 130 interrupted.
"""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING

from cip_exp.app.messages import explain_error, print_message

if TYPE_CHECKING:
    from collections.abc import Callable


def exit_code_of(main: Callable[[], object]) -> int:
    """Call `main` and return its exit code: the int that it returns; 0 for any other value."""
    os.environ.setdefault("HYDRA_FULL_ERROR", "1")  # Hydra raises its errors instead of printing them
    gc.disable()  # a program's start is mostly imports; `cip_exp.runtime.start_gc` enables it again
    try:
        result = main()
    except KeyboardInterrupt:
        print_message("interrupted; what had finished is recorded")
        return 130
    except Exception as error:
        code, text = explain_error(error)
        if code is None:
            raise
        print_message(text)
        return code
    finally:
        gc.enable()
    return result if isinstance(result, int) else 0
