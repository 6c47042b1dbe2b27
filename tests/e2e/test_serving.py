"""A saved model answers raw rows: in Python, by MLflow alone, and over HTTP through `mlflow models serve`."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from cip_exp.data import purchasing_synthetic
from cip_exp.track.mlflow_quiet import silence_mlflow
from cip_exp.track.saved_model.log_model import load_model

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Command

pytestmark = pytest.mark.slow

PATIENCE = 60.0
"""Seconds until the server has to answer."""


@contextmanager
def served(model: Path, log: Path) -> Iterator[str]:
    """Serve a model folder outside the checkout, and yield the address; the server is ended by its id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    tools = Path(sys.executable).parent  # the server starts uvicorn by its name
    environment = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    command = [
        str(tools / "mlflow"), "models", "serve", "-m", str(model), "--env-manager", "local",
        "-h", "127.0.0.1", "-p", str(port),
    ]  # fmt: skip
    with log.open("w") as output:
        server = subprocess.Popen(
            command, cwd=log.parent, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/ping", server, log)
        yield f"http://127.0.0.1:{port}/invocations"
    finally:
        os.killpg(server.pid, 15)
        server.wait(timeout=30)


def wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"no answer within {PATIENCE:.0f} s: {log.read_text()[-2000:]}")


def ask(address: str, body: Any) -> tuple[int, Any]:
    """Post JSON, and return the status and the answer."""
    request = urllib.request.Request(
        address, json.dumps(body).encode(), headers={"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


@pytest.fixture
def table(tmp_path: Path) -> pd.DataFrame:
    """Customers with integers, words and holes, also written to a file."""
    draw = np.random.default_rng(0)
    age, spend = draw.integers(18, 80, 200), draw.normal(100, 30, 200).round(2)
    city = draw.choice(["Bonn", "Köln", "Trier"], 200)
    churned = np.where(spend + 20 * (city == "Bonn") + draw.normal(0, 15, 200) < 90, "yes", "no")
    rows = pd.DataFrame({"age": age, "spend": spend, "city": city, "churned": churned})
    rows.loc[draw.random(200) < 0.1, "spend"] = np.nan
    rows.to_csv(tmp_path / "customers.csv", index=False)
    return rows


ON_TABLE = ("data=csv", "data.target=churned", "data.positive=yes", "features.impute=median", "audit=off")


def test_a_model_of_a_users_table_is_served(
    train: Command, outputs: Path, table: pd.DataFrame, tmp_path: Path
) -> None:
    ended = train("model=rf_churn", *ON_TABLE, f"data.path={tmp_path / 'customers.csv'}")
    assert ended.code == 0, ended.err
    (folder,) = (outputs / "runs").iterdir()
    model = load_model(folder / "model")
    rows = table.head(12).drop(columns="churned")
    expected = model.predict(rows)
    assert set(expected["prediction"]) == {"yes", "no"}
    card = (folder / "model_card.md").read_text("utf-8")
    assert f"The saved model answers `yes` from a probability of {model.threshold:.4f} on, else `no`" in card

    # Integers where floats were, texts where numbers were, a level that training has not seen, and holes.
    awkward = rows.astype(object).where(rows.notna(), None)
    awkward.loc[0, ["spend", "city"]] = [90, "Paderborn"]
    awkward.loc[1] = [None, "90", None]
    answers = model.predict(awkward)
    with served(folder / "model", tmp_path / "server.log") as address:
        status, said = ask(address, {"dataframe_records": awkward.to_dict("records")})
        assert status == 200, said
        assert said["predictions"] == answers.to_dict("records")
        split = awkward[["city", "spend", "age"]].to_dict("split")
        assert ask(address, {"dataframe_split": split})[1] == said
        status, said = ask(address, {"dataframe_records": [{"age": 30}]})
        assert status == 400
        assert "Missing columns: spend, city." in said["stack_trace"]


@pytest.mark.parametrize(
    ("model", "features", "scheme"),
    [
        ("rf_churn", "clean", "stratified"),
        ("ridge_clv", "leaky", "stratified"),
        ("kmeans_segments", "clean", "kfold"),
    ],
)
def test_purchasing_takes_its_raw_rows(
    model: str, features: str, scheme: str, train: Command, outputs: Path
) -> None:
    ended = train(
        f"model={model}",
        f"features={features}",
        f"split={scheme}",
        "model.n_init=2" if "kmeans" in model else "seed=1",
    )
    assert ended.code == 0, ended.err
    (folder,) = (outputs / "runs").iterdir()
    written = pd.read_csv(folder / "predictions.csv")
    written = written[written["fold"] == "holdout"].set_index("id")
    raw = purchasing_synthetic.customers()
    raw = raw[raw["user_id"].isin(written.index)]
    written = written.loc[raw["user_id"]]
    saved = load_model(folder / "model")
    assert set(saved.columns) <= set(raw.columns)
    silence_mlflow()
    import mlflow.pyfunc

    by_mlflow = mlflow.pyfunc.load_model(str(folder / "model"))
    for found in (saved.predict(raw), by_mlflow.predict(raw[list(saved.columns)])):
        figures = found["probability" if model == "rf_churn" else "prediction"]
        assert figures.tolist() == written["prediction"].tolist()
    some = raw[list(saved.columns)].astype(object)
    some.iloc[0], some.iloc[1, 0] = None, str(some.iloc[1, 0])
    assert saved.predict(some).notna().to_numpy().all()
    # The copy of the code that came with the model is enough: another folder, and no checkout on the path.
    assert (folder / "model" / "code" / "cip_exp" / "models" / "customer_model.py").is_file()
