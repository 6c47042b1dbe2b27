"""The leakage audit: `cip_exp.audit(frame, target="churned")`, and the package of its checks.

The package can be called, before and after its modules are imported: it is a module of a class that can.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from cip_exp.audit.from_frame import TableAudit


class _CallablePackage(ModuleType):
    """The type of this package."""

    def __call__(self, frame: pd.DataFrame | str | Path, target: str, **options: Any) -> TableAudit:
        """Audit a table; see `cip_exp.audit.from_frame.audit_table`."""
        from cip_exp.audit.from_frame import audit_table

        return audit_table(frame, target, **options)


sys.modules[__name__].__class__ = _CallablePackage
