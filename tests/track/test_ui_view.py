"""The view of the UI is given to every experiment once, and where there is no store nothing is made."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cip_exp.errors import DataError
from cip_exp.track import ui_view

if TYPE_CHECKING:
    from pathlib import Path

    from cip_exp.track.store import Store


def test_every_experiment_has_the_view(store: Store, tmp_path: Path) -> None:
    other = store.client.create_experiment("another")
    where, path = ui_view.share(store.uri, tmp_path)
    assert where == store.uri
    assert path == (
        f"/#/experiments/{store.experiment_id}/runs?viewStateShareKey=cip&workflowType=machine_learning"
    )
    for experiment in (store.experiment_id, other):
        shown = json.loads(store.client.get_experiment(experiment).tags["mlflow.sharedViewState.cip"])
        assert shown["orderByKey"] == "attributes.start_time"  # in any other order children do not fold
        assert "metrics.`cv_f1_mean`" in shown["selectedColumns"]
    assert ui_view.TAG not in store.client.get_experiment("0").tags
    store.client.delete_experiment(other)


def test_without_a_store_nothing_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with pytest.raises(DataError, match="no tracking store yet"):
        ui_view.share(None, tmp_path / "nowhere")
    assert list(tmp_path.iterdir()) == []
