"""The experiment harness of the Customer Intelligence Platform."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cip_exp import audit
    from cip_exp.report.comparison.compare_cells import compare_cells
    from cip_exp.report.load_sweep import load_folds, load_sweep

__all__ = ["audit", "compare_cells", "load_folds", "load_sweep"]


def __getattr__(name: str) -> Any:
    """Import what is offered on demand, since pandas takes a third of a second."""
    if name == "audit":
        # The package itself, which can be called.
        return importlib.import_module("cip_exp.audit")
    if name in ("load_folds", "load_sweep"):
        from cip_exp.report import load_sweep as load

        return getattr(load, name)
    if name == "compare_cells":
        from cip_exp.report.comparison.compare_cells import compare_cells

        return compare_cells
    msg = f"module 'cip_exp' has no attribute '{name}'"
    raise AttributeError(msg)
