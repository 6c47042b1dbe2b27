"""The experiment harness of the Customer Intelligence Platform."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cip_exp.report.load import load_sweep

__all__ = ["load_sweep"]


def __getattr__(name: str) -> Any:
    """Import `load_sweep` on demand, since pandas takes a third of a second."""
    if name == "load_sweep":
        from cip_exp.report.load import load_sweep

        return load_sweep
    msg = f"module 'cip_exp' has no attribute '{name}'"
    raise AttributeError(msg)
