"""The view of the MLflow UI: newest runs first, children below their parents, the columns that matter.

MLflow 3.17 keeps the columns of a table in the browser. The only other source is a *shared view*: a tag of
the experiment, which the address names. Filter and order can be part of the address.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from cip_exp.config.run_schemas import EXPERIMENT
from cip_exp.errors import DataError, describe
from cip_exp.records.vocabulary import Tag
from cip_exp.track import address
from cip_exp.track.mlflow_quiet import silence_mlflow

if TYPE_CHECKING:
    from pathlib import Path

    from mlflow.entities import Experiment

KEY = "cip"
TAG = f"mlflow.sharedViewState.{KEY}"
PRIMARY = ("f1", "r2", "silhouette")
"""Metrics without a value get no column."""
METRICS = ("objective", "best_objective") + tuple(
    form.format(metric) for metric in PRIMARY for form in ("cv_{}_mean", "gap_{}", "test_{}")
)
TAGS = (Tag.VERDICT, Tag.MODEL, Tag.FEATURES, Tag.SEED, Tag.STAGE, Tag.WINNER, Tag.KIND)


def state() -> str:
    """Return the shared view in MLflow's format."""
    columns = [*(f"metrics.`{name}`" for name in METRICS), *(f"tags.`{name}`" for name in TAGS)]
    order = {"searchFilter": "", "orderByKey": "attributes.start_time", "orderByAsc": False}
    return json.dumps({**order, "selectedColumns": columns})


def share(uri: str | None, outputs: Path) -> tuple[str, str]:
    """Set the view of each experiment in the store; return the address of the store, and the path of the UI.

    Raises:
        DataError: there is no store yet, or it has no experiment.
        ConfigError: the address is not that of a store.
    """
    where = address.resolve(uri, outputs)
    file = address.database_file(where)
    if file is not None and not file.is_file():
        raise DataError(_nothing("there is no tracking store yet", str(file)))
    if where.startswith("http"):
        address.require_answer(where)
    found = _experiments(where)
    if not found:
        raise DataError(_nothing("this tracking store has no experiment yet", where))
    # The default experiment first, else the one that was used last.
    best = max(found, key=lambda each: (each.name == EXPERIMENT, each.last_update_time or 0))
    query = urlencode({"viewStateShareKey": KEY, "workflowType": "machine_learning"})
    return where, f"/#/experiments/{best.experiment_id}/runs?{query}"


def _experiments(where: str) -> list[Experiment]:
    """Return all experiments but MLflow's empty default, each with the view."""
    silence_mlflow()
    from mlflow.exceptions import MlflowException
    from mlflow.tracking import MlflowClient

    try:
        client = MlflowClient(tracking_uri=where)
        found = [each for each in client.search_experiments() if each.name != "Default"]
        for each in found:
            if each.tags.get(TAG) != state():
                client.set_experiment_tag(each.experiment_id, TAG, state())
    except MlflowException as error:
        what = str(error).splitlines()[0]
        raise DataError(describe(what, where, "a tracking store of this MLflow version")) from error
    return found


def _nothing(what: str, where: str) -> str:
    step = "python train.py makes one; CIP_OUTPUTS or MLFLOW_TRACKING_URI names another"
    return describe(what, where, "a store that a run has been recorded in", step)
