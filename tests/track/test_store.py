"""A trial is stored whole and read back the same; a parent ends with its figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from cip_exp.track import store as runs
from cip_exp.track.store import NullStore, Store
from tests.track.conftest import STARTED, make_trial


def _text(store: Store, run_id: str, name: str, into: Path) -> str:
    return Path(store.client.download_artifacts(run_id, name, str(into))).read_text(encoding="utf-8")


def test_a_trial_is_read_back_as_it_was(store: Store, tmp_path: Path) -> None:
    run_id = store.log_trial(
        make_trial(), parent_id="abc", kind="trial", config_yaml="model:\n  max_depth: 5\n"
    )
    run = store.client.get_run(run_id)
    assert (run.info.status, run.info.run_name) == ("FINISHED", "rf clean seed=0,1 #0")
    assert (run.info.start_time, run.info.end_time) == (int(STARTED * 1000), int(STARTED * 1000) + 2000)
    assert run.data.params == {"model.max_depth": "5", "split.folds.0": "3"}
    assert run.data.metrics == {"cv_f1_mean": 0.5, "gap_f1": 0.125, "objective": 0.5, "fold_f1": 0.75}
    assert run.data.tags == {
        "cip.task": "churn", "cip.seed": "0,1", "cip.state": "complete", "cip.kind": "trial",
        "cip.model": "rf", "cip.features": "clean",
        "mlflow.parentRunId": "abc", "mlflow.runName": "rf clean seed=0,1 #0",
    }  # fmt: skip
    folds = store.client.get_metric_history(run_id, "fold_f1")
    assert [(fold.step, fold.value) for fold in folds] == [(0, 0.25), (1, 0.5), (2, 0.75)]
    assert _text(store, run_id, "config.yaml", tmp_path) == "model:\n  max_depth: 5\n"


@pytest.mark.parametrize(("state", "status"), [("pruned", "FINISHED"), ("failed", "FAILED")])
def test_only_a_failed_trial_has_failed(store: Store, state: str, status: str) -> None:
    trial = make_trial(state=state, error="ValueError: no rows", objective=float("nan"), reasons=("a twin",))
    run = store.client.get_run(store.log_trial(trial, parent_id=None, kind="run", config_yaml=""))
    assert run.info.status == status
    assert "objective" not in run.data.metrics
    assert run.data.tags["cip.state"] == state
    assert run.data.tags["mlflow.note.content"] == "ValueError: no rows\n\na twin"
    assert "mlflow.parentRunId" not in run.data.tags


def test_a_trial_beyond_one_batch_is_whole(store: Store) -> None:
    scores = tuple(step / 1200 for step in range(1200))
    wide = make_trial(params={f"p{i}": str(i) for i in range(250)}, folds={"f1": scores})
    run_id = store.log_trial(wide, parent_id=None, kind="run", config_yaml="")
    assert store.client.get_run(run_id).data.params == wide.params
    history = store.client.get_metric_history(run_id, "fold_f1")
    assert tuple(fold.value for fold in history) == scores


def test_a_write_that_breaks_off_leaves_no_running_run(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        msg = "disk full"
        raise OSError(msg)

    monkeypatch.setattr(type(store.client), "log_batch", broken)
    with pytest.raises(OSError, match="disk full"):
        store.log_trial(make_trial(), parent_id="broken", kind="trial", config_yaml="")
    assert [run.info.status for run in store.children("broken")] == ["FAILED"]


def test_a_parent_ends_with_its_figures_and_files(store: Store, tmp_path: Path) -> None:
    (tmp_path / "summary.csv").write_text("n\n3\n", encoding="utf-8")
    (tmp_path / "plots").mkdir()
    (tmp_path / "plots" / "gap.svg").write_text("<svg/>", encoding="utf-8")
    parent = store.start_parent("sweep", {"cip.task": "churn"}, {"seed": "0,1,2"})
    assert store.client.get_run(parent).info.status == "RUNNING"
    files = [tmp_path / "summary.csv", tmp_path / "plots"]
    store.finish_parent(parent, "FAILED", {"n_trials": 3, "n_failed": 1}, {"cip.verdict": "ok"}, files)
    run = store.client.get_run(parent)
    assert run.info.status == "FAILED"
    assert run.data.params == {"seed": "0,1,2"}
    assert run.data.metrics == {"n_trials": 3.0, "n_failed": 1.0}
    assert run.data.tags["cip.kind"] == "sweep"
    assert run.data.tags["cip.verdict"] == "ok"
    assert sorted(file.path for file in store.client.list_artifacts(parent)) == ["plots", "summary.csv"]


def test_all_children_come_back_in_order(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "PAGE", 2)
    for number in (2, 0, 4, 1, 3):
        trial = make_trial(number=number, started=STARTED + number, ended=STARTED + 9)
        store.log_trial(trial, parent_id="family", kind="trial", config_yaml="")
    names = [str(run.info.run_name).split()[-1] for run in store.children("family")]
    assert names == ["#0", "#1", "#2", "#3", "#4"]
    assert store.children("unknown") == []


def test_a_closed_run_can_be_added_to(store: Store, tmp_path: Path) -> None:
    run_id = store.log_trial(make_trial(), parent_id=None, kind="run", config_yaml="")
    store.add_metrics(run_id, {"test_f1": 0.5})
    store.set_tags(run_id, {"cip.winner": "true"})
    store.log_texts(run_id, {"environment.txt": "numpy==2\n", "predictions.csv": "id\n"})
    run = store.client.get_run(run_id)
    assert (run.data.metrics["test_f1"], run.data.tags["cip.winner"]) == (0.5, "true")
    assert _text(store, run_id, "environment.txt", tmp_path) == "numpy==2\n"


def test_the_address_lists_the_children_best_first(store: Store) -> None:
    # Seen to work in MLflow 3.17's UI in a browser: filter applied, children listed flat, best first.
    assert store.address("abc") == (
        "http://127.0.0.1:5001/#/experiments/1/runs"
        "?searchFilter=tags.mlflow.parentRunId%20%3D%20%27abc%27"
        "&orderByKey=metrics.%60objective%60&orderByAsc=false&workflowType=machine_learning"
    )
    assert store.address("abc", children=False) == (
        "http://127.0.0.1:5001/#/experiments/1/runs/abc?workflowType=machine_learning"
    )


def test_the_store_of_track_off_takes_everything_and_records_nothing() -> None:
    public = {name for name in vars(Store) if not name.startswith("_") and callable(getattr(Store, name))}
    assert public <= set(vars(NullStore))
    nothing = NullStore()
    assert nothing.start_parent("sweep", {}, {}) is None
    assert nothing.log_trial(make_trial()) is None
    assert nothing.address("run") is None
    nothing.finish_parent(None, "FINISHED", {}, {})
