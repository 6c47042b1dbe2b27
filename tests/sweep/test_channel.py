"""`report` in a job, with and without a sweep."""

from __future__ import annotations

import subprocess
import sys

from cip_exp.sweep import report
from cip_exp.sweep.channel import connected


def test_outside_a_sweep_a_report_does_nothing() -> None:
    assert report(1.0, 0) is False


def test_a_report_returns_whether_to_stop() -> None:
    seen = []

    def sink(value: float, step: int) -> bool:
        seen.append((value, step))
        return value > 1

    with connected(sink):
        assert report(1, 0) is False
        assert report(2, 1) is True
    assert seen == [(1.0, 0), (2.0, 1)]
    assert report(3, 2) is False


def test_only_errors_is_imported_from_the_rest_of_the_package() -> None:
    code = (
        "import sys, pkgutil, importlib, cip_exp.sweep as sweep\n"
        "for module in pkgutil.walk_packages(sweep.__path__, 'cip_exp.sweep.'):\n"
        "    importlib.import_module(module.name)\n"
        "print(*(name for name in sys.modules if name.startswith('cip_exp.') and '.sweep' not in name))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["cip_exp.errors"]


def test_report_imports_no_large_library() -> None:
    code = "import sys, cip_exp.sweep; print({'optuna', 'hydra', 'multiprocessing'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
