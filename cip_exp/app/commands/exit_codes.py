"""Run a command line and return its exit code.

0 done; 1 a trial failed; 2 the input is wrong; 130 interrupted.
"""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING, Any

from cip_exp.app.messages import explain_error, print_message

if TYPE_CHECKING:
    from collections.abc import Callable


def exit_code_of(main: Callable[[], Any]) -> int:
    """Call Hydra's main and return the exit code."""
    os.environ.setdefault("HYDRA_FULL_ERROR", "1")  # errors arrive here, not as Hydra's own print
    gc.disable()  # until there is work: the start is imports (cip_exp.garbage)
    try:
        main()
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
    return 0
