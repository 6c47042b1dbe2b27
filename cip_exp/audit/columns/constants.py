"""Columns that say nothing: one value in every row, or nothing at all."""

from __future__ import annotations

from cip_exp.audit.case import Case, Finding


def constants(case: Case) -> list[Finding] | None:
    """Note columns that do not vary."""
    return [
        Finding("constants", "note", (name,), f"{name} has the same value, or none, in every row looked at")
        for name, kind in zip(case.view.names, case.view.kinds, strict=True)
        if kind == "constant"
    ]
