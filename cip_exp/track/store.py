"""Runs in the store: a sweep's parent, a trial in one batch, the children of a parent."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote, urlencode

from cip_exp.runtime import without_gc
from cip_exp.track import encoding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlflow.entities import Metric, Param, Run
    from mlflow.tracking import MlflowClient

    from cip_exp.records.trial import Trial

Status = Literal["FINISHED", "FAILED", "KILLED"]

UI = "http://127.0.0.1:5001"
"""Where `scripts/ui.py` shows a store that is not a server itself."""
PAGE = 1000


@dataclass(frozen=True, eq=False)
class Store:
    """One experiment in one store. Not for other processes: each opens its own."""

    uri: str
    experiment_id: str
    client: MlflowClient

    def start_parent(self, name: str, tags: Mapping[str, str], params: Mapping[str, str]) -> str:
        """Create the run of a sweep, and return its id."""
        started = encoding.milliseconds(0.0)
        own = encoding.tags({**tags, "cip.kind": "sweep"})
        run_id = str(self._create(name, own, started).info.run_id)
        self._log(run_id, [], encoding.params(params))
        return run_id

    def log_trial(
        self,
        trial: Trial,
        *,
        parent_id: str | None,
        name: str,
        kind: Literal["run", "trial"],
        config_yaml: str,
    ) -> str:
        """Write one finished trial as a closed run, and return the run's id.

        A pruned trial is FINISHED; only a failed one is FAILED. When writing breaks off, the run is
        left as FAILED and the error goes on.
        """
        ended = encoding.milliseconds(trial.ended)
        run = self._create(
            name, encoding.trial_tags(trial, kind, parent_id), encoding.milliseconds(trial.started)
        )
        run_id = str(run.info.run_id)
        status: Status = "FAILED"
        try:
            self._write_text(run, "config.yaml", config_yaml)
            numbers = {**trial.metrics, "objective": trial.objective}
            metrics = encoding.metrics(numbers, ended) + encoding.fold_metrics(trial.folds, ended)
            self._log(run_id, metrics, encoding.params(trial.params))
            status = "FAILED" if trial.state == "failed" else "FINISHED"
        finally:
            self.client.set_terminated(run_id, status, ended)
        return run_id

    def finish_parent(
        self,
        run_id: str,
        status: Status,
        metrics: Mapping[str, float],
        tags: Mapping[str, str],
        artifacts: Sequence[Path] = (),
    ) -> None:
        """Close the run of a sweep with its counts and files; a folder keeps its name."""
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
        """Move a run to MLflow's bin."""
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

    def address(self, run_id: str, *, children: bool = True) -> str:
        """Return the UI's address: of a parent's children, best first, or of one run.

        Sorted by date, MLflow 3.17 would fold the children away below their parent.
        """
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


def _below(parent_id: str) -> str:
    """Return the search that finds a parent's children, in the store as in the UI."""
    return f"tags.{encoding.PARENT} = '{parent_id}'"
