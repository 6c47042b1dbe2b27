"""The data sets by name: one line each, loaded on demand and once a process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cip_exp.records.table import Table, TaskName


def load(settings: Any, task: TaskName) -> Table:
    """Load the table that a `data` group's settings name.

    Raises:
        DataError: the file or its content cannot be used.
    """
    return _LOADERS[settings.name](settings, task)


def _purchasing(settings: Any, _: TaskName) -> Table:
    from cip_exp.data import purchasing_table

    return purchasing_table.load(Path(settings.path) if settings.path else None)


def _csv(settings: Any, _: TaskName) -> Table:
    from cip_exp.data import csv_table

    return csv_table.load(
        path=Path(settings.path), target=settings.target, task=settings.task, positive=settings.positive,
        time=settings.time, group=settings.group, id=settings.id, drop=settings.drop,
        lineage=settings.lineage,
    )  # fmt: skip


def _telco(_settings: Any, _: TaskName) -> Table:
    from cip_exp.data import telco

    return telco.load()


def _cdnow(settings: Any, _: TaskName) -> Table:
    from cip_exp.data import cdnow

    return cdnow.load(
        path=settings.path,
        as_of=settings.as_of,
        horizon_months=settings.horizon_months,
        history=settings.history,
    )


def _simulated(settings: Any, _: TaskName) -> Table:
    from cip_exp.data import simulated

    return simulated.load(n_customers=settings.n_customers, seed=settings.seed, leaks=settings.leaks)


_LOADERS = {
    "purchasing": _purchasing,
    "csv": _csv,
    "telco": _telco,
    "cdnow": _cdnow,
    "simulated": _simulated,
}
