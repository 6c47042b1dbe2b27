"""Columns with one value in every row, or with missing values only."""

from __future__ import annotations

from cip_exp.audit.case import Case, Finding


def constants(case: Case) -> list[Finding] | None:
    """Note columns without two different known values in the sampled rows. Always applicable."""
    return [
        Finding("constants", "note", (name,), f"{name} has one value, or none, in all rows checked")
        for name, kind in zip(case.view.names, case.view.kinds, strict=True)
        if kind == "constant"
    ]
