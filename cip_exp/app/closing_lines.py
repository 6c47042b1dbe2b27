"""What the terminal says of the data at the end of a run or sweep: columns, origins, accused columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cip_exp.audit.without_accused import leave_out_lines
from cip_exp.report.columns_table import reading_lines

if TYPE_CHECKING:
    from cip_exp.config.settings import Settings
    from cip_exp.trial.prepare import PreparedData


def closing_lines(settings: Settings, prepared: PreparedData) -> list[str]:
    """Return how a user's file was read, what no lineage is declared for, and how to run without a leak."""
    features = prepared.features
    lines = [
        *reading_lines(features.table.reading),
        features.table.lineage.undeclared(features.names),
        *leave_out_lines(features, prepared.accused, settings),
    ]
    return [line for line in lines if line]
