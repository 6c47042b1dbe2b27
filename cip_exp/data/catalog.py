"""Load a data set by its name; to add one, add a line to `MODULES`."""

from __future__ import annotations

from dataclasses import fields
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cip_exp.records.table import Table

MODULES = {
    "purchasing": "purchasing_table",
    "csv": "csv_table",
    "telco": "telco",
    "cdnow": "cdnow",
    "simulated": "simulated",
}
"""By `data.name`: the module of this package whose `load` returns the table; imported on first use."""
NOT_ARGUMENTS = ("name", "impute")
"""Keys of a `data` group that its module's `load` does not take."""


def load(settings: Any) -> Table:
    """Load the table of a data set.

    Args:
        settings: the data set's schema from `config.data_schemas`; its keys are the arguments of `load`.

    Raises:
        DataError: the file or its content cannot be used.
    """
    keys = [item.name for item in fields(settings) if item.name not in NOT_ARGUMENTS]
    module = import_module(f"{__package__}.{MODULES[settings.name]}")
    table: Table = module.load(**{key: getattr(settings, key) for key in keys})
    return table
