"""The MLflow store of a sweep: its parent run, its trials as children, artifacts and tags."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast
from urllib.parse import quote, urlencode

from cip_exp.records.vocabulary import Tag
from cip_exp.runtime import without_gc
from cip_exp.track import encoding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from mlflow.entities import Metric, Param, Run
    from mlflow.tracking import MlflowClient

    from cip_exp.models.customer_model import CustomerModel
    from cip_exp.records.trial import Trial

Status = Literal["FINISHED", "FAILED", "KILLED"]

UI = "http://127.0.0.1:5001"
"""Where `scripts/ui.py` shows a store that is not a server itself."""
PAGE = 1000


@dataclass(frozen=True, eq=False)
class Store:
    """One experiment in one MLflow store. It is not shared between processes: each opens its own."""

    uri: str
    experiment_id: str
    client: MlflowClient

    def start_parent(self, name: str, tags: Mapping[str, str], params: Mapping[str, str]) -> str | None:
        """Create the parent run of a sweep, and return its id."""
        started = encoding.milliseconds(0.0)
        own = encoding.tags({**tags, Tag.KIND: "sweep"})
        run_id = str(self._create(name, own, started).info.run_id)
        self._log(run_id, [], encoding.params(params))
        return run_id

    def log_trial(
        self,
        trial: Trial,
        *,
        parent_id: str | None = None,
        kind: Literal["run", "trial"] = "trial",
        config_yaml: str = "",
    ) -> str | None:
        """Write one finished trial as a closed run, and return the run's id.

        A pruned trial is FINISHED; only a failed one is FAILED. Where writing fails, the run is left as
        FAILED and the error is raised.

        Args:
            trial: the record.
            parent_id: of the sweep's parent run; None for a single run.
            kind: `trial` for a child of a sweep.
            config_yaml: the configuration, where the record holds none.
        """
        ended = encoding.milliseconds(trial.ended)
        tags = encoding.trial_tags(trial, kind, parent_id)
        run = self._create(encoding.run_name(trial), tags, encoding.milliseconds(trial.started))
        run_id = str(run.info.run_id)
        status: Status = "FAILED"
        try:
            self._write_text(run, "config.yaml", trial.config or config_yaml)
            numbers = {**trial.metrics, "objective": trial.objective}
            metrics = encoding.metrics(numbers, ended) + encoding.fold_metrics(trial.folds, ended)
            self._log(run_id, metrics, encoding.params(trial.params))
            status = "FAILED" if trial.state == "failed" else "FINISHED"
        finally:
            self.client.set_terminated(run_id, status, ended)
        return run_id

    def finish_parent(
        self,
        run_id: str | None,
        status: Status,
        metrics: Mapping[str, float],
        tags: Mapping[str, str],
        artifacts: Sequence[Path] = (),
    ) -> None:
        """Close the parent run of a sweep with its metrics and files; a folder keeps its name."""
        if run_id is None:
            return
        self.set_tags(run_id, tags)
        self.add_metrics(run_id, metrics)
        for path in artifacts:
            self.client.log_artifact(run_id, str(path))
        self.client.set_terminated(run_id, status, encoding.milliseconds(0.0))

    def log_texts(self, run_id: str, texts: Mapping[str, str]) -> None:
        """Write artifacts by file name, in one call; the run may be closed already."""
        with tempfile.TemporaryDirectory() as folder:
            for name, text in texts.items():
                Path(folder, name).write_text(text, encoding="utf-8")
            self.client.log_artifacts(run_id, folder)

    def add_metrics(self, run_id: str, metrics: Mapping[str, float]) -> None:
        """Add metrics to a run, closed or not; a name it has already gets another value."""
        self._log(run_id, encoding.metrics(metrics, encoding.milliseconds(0.0)), [])

    def set_tags(self, run_id: str, tags: Mapping[str, str]) -> None:
        """Add or replace tags of a run, closed or not, in one call."""
        from mlflow.entities import RunTag

        found = [RunTag(name, value) for name, value in encoding.tags(tags).items()]
        for start in range(0, len(found), encoding.MAX_PARAMS):
            self.client.log_batch(run_id, tags=found[start : start + encoding.MAX_PARAMS])

    def reopen(self, run_id: str) -> None:
        """Set a closed run running again."""
        self.client.update_run(run_id, status="RUNNING")

    def delete(self, run_id: str) -> None:
        """Mark a run as deleted; MLflow can restore it."""
        self.client.delete_run(run_id)

    def delete_tag(self, run_id: str, name: str) -> None:
        """Take a tag off a run."""
        self.client.delete_tag(run_id, name)

    def children(self, parent_id: str) -> list[Run]:
        """Return all runs below a parent, oldest first; about 1 ms a run."""
        found: list[Run] = []
        token: str | None = None
        with without_gc():  # runs are no garbage, and looking at them costs more than reading them
            while True:
                page = self.client.search_runs(
                    [self.experiment_id], _below(parent_id), max_results=PAGE, page_token=token,
                    order_by=["attributes.start_time ASC"],
                )  # fmt: skip
                found.extend(page)
                token = page.token
                if not token:
                    return found

    def log_model(self, run_id: str, model: CustomerModel, example: pd.DataFrame, keep: Path) -> None:
        """Log a fitted model to a run, with a copy in the folder `keep`; see `saved_model.log_model`."""
        from cip_exp.track.saved_model.log_model import log_model

        log_model(self, run_id, model, example, keep=keep)

    def address(self, run_id: str | None, *, children: bool = True) -> str | None:
        """Return the UI's address: of a parent's children, best first, or of one run; None without a run.

        Sorted by date, MLflow 3.17 would fold the children away below their parent.
        """
        if run_id is None:
            return None
        server = self.uri if self.uri.startswith("http") else UI
        runs = f"{server}/#/experiments/{self.experiment_id}/runs"
        view = {"workflowType": "machine_learning"}
        if not children:
            return f"{runs}/{run_id}?{urlencode(view)}"
        order = {"orderByKey": "metrics.`objective`", "orderByAsc": "false"}
        query = urlencode({"searchFilter": _below(run_id), **order, **view}, quote_via=quote)
        return f"{runs}?{query}"

    def _create(self, name: str, tags: Mapping[str, str], started: int) -> Run:
        return self.client.create_run(self.experiment_id, started, dict(tags), run_name=name)

    def _write_text(self, run: Run, name: str, text: str) -> None:
        """Write an artifact of a run that was just created.

        The client would read the whole run back to learn where its artifacts go.
        """
        from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

        place = get_artifact_repository(str(run.info.artifact_uri), tracking_uri=self.uri)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, name)
            path.write_text(text, encoding="utf-8")
            place.log_artifact(str(path))

    def _log(self, run_id: str, metrics: list[Metric], params: list[Param]) -> None:
        for some_metrics, some_params in encoding.batches(metrics, params):
            self.client.log_batch(run_id, some_metrics, some_params)


class NullStore(Store):
    """The store of `track=off`: it takes everything and records nothing."""

    def __init__(self) -> None:
        super().__init__("", "", cast("MlflowClient", None))

    def start_parent(self, name: str, tags: Mapping[str, str], params: Mapping[str, str]) -> None:
        """Record nothing."""

    def log_trial(self, trial: Trial, **_: Any) -> None:
        """Record nothing."""

    def finish_parent(self, *_: Any, **__: Any) -> None:
        """Record nothing."""

    def log_texts(self, run_id: str, texts: Mapping[str, str]) -> None:
        """Record nothing."""

    def add_metrics(self, run_id: str, metrics: Mapping[str, float]) -> None:
        """Record nothing."""

    def set_tags(self, run_id: str, tags: Mapping[str, str]) -> None:
        """Record nothing."""

    def reopen(self, run_id: str) -> None:
        """Do nothing."""

    def delete(self, run_id: str) -> None:
        """Do nothing."""

    def delete_tag(self, run_id: str, name: str) -> None:
        """Do nothing."""

    def children(self, parent_id: str) -> list[Run]:
        """Return no runs."""
        del parent_id
        return []

    def log_model(self, run_id: str, model: CustomerModel, example: pd.DataFrame, keep: Path) -> None:
        """Save nothing."""

    def address(self, run_id: str | None, *, children: bool = True) -> None:
        """Return None: there is nothing to look at."""


def _below(parent_id: str) -> str:
    """Return the search that finds a parent's children, in the store as in the UI."""
    return f"tags.{encoding.PARENT} = '{parent_id}'"
