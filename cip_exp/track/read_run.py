"""Read a recorded run from the store as a trial; nothing is written."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, cast

from cip_exp.errors import DataError, describe
from cip_exp.records.trial import Trial
from cip_exp.records.vocabulary import FOLD, Tag
from cip_exp.track import address
from cip_exp.track.mlflow_quiet import silence_mlflow

if TYPE_CHECKING:
    from mlflow.entities import Run
    from mlflow.tracking import MlflowClient

    from cip_exp.records.table import TaskName

CONFIG = "config.yaml"


def read_run(run_id: str, uri: str | None, outputs: Path) -> Trial | None:
    """Return one recorded run; None where there is no such store, or no such run in it.

    Raises:
        DataError: the run is the parent of a sweep, or was not written by cip_exp.
    """
    where = address.resolve(uri, outputs)
    file = address.database_file(where)
    if file is not None and not file.is_file():
        return None
    if where.startswith("http"):
        address.require_answer(where)
    silence_mlflow()
    from mlflow.exceptions import MlflowException
    from mlflow.tracking import MlflowClient

    client = MlflowClient(tracking_uri=where)
    try:
        run = client.get_run(run_id)
    except MlflowException:
        return None
    _refuse_others(run)
    return _trial(run, client)


def _refuse_others(run: Run) -> None:
    """Refuse runs that are not one trial."""
    kind = run.data.tags.get(Tag.KIND)
    if kind in ("trial", "run"):
        return
    what = f"run {run.info.run_id} is the parent of a sweep"
    if kind != "sweep":
        what = f"run {run.info.run_id} was not written by cip_exp"
    step = "take a child from the address that the sweep printed, or FOLDER#NUMBER"
    raise DataError(describe(what, run.info.run_id, "the id of a single run or of a sweep's child", step))


def _trial(run: Run, client: MlflowClient) -> Trial:
    tags, metrics = dict(run.data.tags), dict(run.data.metrics)
    folded = [name for name in metrics if name.startswith(FOLD)]
    histories = {name: client.get_metric_history(run.info.run_id, name) for name in folded}
    folds = {
        name.removeprefix(FOLD): tuple(each.value for each in sorted(history, key=lambda each: each.step))
        for name, history in histories.items()
    }
    return Trial(
        state=tags.get(Tag.STATE, "failed"),
        params=dict(run.data.params),
        tags=tags,
        metrics={name: value for name, value in metrics.items() if name not in folded},
        folds=folds,
        task=cast("TaskName", tags.get(Tag.TASK, "")),
        primary=next(iter(folds), ""),
        objective=metrics.get("objective", float("nan")),
        config=_config(run.info.run_id, client),
        run_id=run.info.run_id,
    )


def _config(run_id: str, client: MlflowClient) -> str:
    from mlflow.exceptions import MlflowException

    with tempfile.TemporaryDirectory() as folder:
        try:
            return Path(client.download_artifacts(run_id, CONFIG, folder)).read_text(encoding="utf-8")
        except (MlflowException, OSError) as error:
            what = f"the artifact {CONFIG} cannot be read: {str(error).splitlines()[0]}"
            step = "give the sweep's folder instead: FOLDER#NUMBER"
            raise DataError(
                describe(what, f"run {run_id}", f"a run with the artifact {CONFIG}", step)
            ) from error
