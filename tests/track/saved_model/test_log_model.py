"""A logged model predicts the same to the last bit, anywhere, and nothing unknown is ever loaded."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from cip_exp.config.data_schemas import PurchasingData
from cip_exp.data import catalog
from cip_exp.errors import ConfigError, DataError
from cip_exp.features.purchasing import PurchasingFeatures
from cip_exp.forest import RandomForestClassifier, RandomForestRegressor
from cip_exp.models.customer_model import CustomerModel
from cip_exp.track.saved_model import format
from cip_exp.track.saved_model.log_model import load_model, log_model
from tests.track.conftest import make_trial

if TYPE_CHECKING:
    from cip_exp.track.store import Store

MODELS = [
    RandomForestClassifier(20, random_state=0),
    RandomForestRegressor(20, random_state=0),
    HistGradientBoostingClassifier(max_iter=10),
    HistGradientBoostingRegressor(max_iter=10),
    LogisticRegression(),
    Ridge(),
    DummyClassifier(),
    DummyRegressor(),
    KMeans(3, n_init=1, random_state=0),
    VotingClassifier([(f"seed_{n}", DummyClassifier(strategy="stratified", random_state=n)) for n in (0, 1)]),
    VotingRegressor([(f"seed_{n}", GradientBoostingRegressor(subsample=0.5)) for n in (0, 1)]),
]
"""One of each kind that the project's own configuration can choose, and what averages seeds."""


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    income = rng.normal(50, 10, 120)
    income[7] = np.nan
    region = pd.Categorical(rng.choice(["North", "South", "West"], 120))
    return pd.DataFrame({"age": rng.integers(18, 70, 120), "income": income, "region": region})


def _fit(model: Any, rows: pd.DataFrame) -> Pipeline:
    numbers = Pipeline([("fill", SimpleImputer(strategy="median")), ("scale", StandardScaler())])
    encode = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    prepare = ColumnTransformer([("numbers", numbers, ["age", "income"]), ("texts", encode, ["region"])])
    return Pipeline([("prepare", prepare), ("model", model)]).fit(rows, (rows["age"] > 40).astype(float))


def _pack(pipeline: Pipeline, folder: Path, example: pd.DataFrame) -> Path:
    from mlflow.models import Model

    format.pack(pipeline, folder / "model", Model(), example)
    return folder / "model"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_every_model_is_itself_again(model: Any, rows: pd.DataFrame, tmp_path: Path) -> None:
    from cip_exp.forest import as_stock

    fitted = _fit(model, rows)
    again = load_model(_pack(as_stock(fitted), tmp_path, rows.head()))
    method = "predict_proba" if hasattr(fitted, "predict_proba") else "predict"
    assert np.array_equal(getattr(again, method)(rows), getattr(fitted, method)(rows))
    assert {type(step).__module__.partition(".")[0] for _, step in again.steps} == {"sklearn"}


def test_boosting_on_categories_is_itself_again(rows: pd.DataFrame, tmp_path: Path) -> None:
    fitted = Pipeline([("model", HistGradientBoostingRegressor(max_iter=10))]).fit(rows, rows["age"])
    again = load_model(_pack(fitted, tmp_path, rows.head()))
    assert np.array_equal(again.predict(rows), fitted.predict(rows))


OUTSIDE = """
import sys, warnings
sys.path.extend(sys.argv[1].split(","))
sys.modules["cip_exp"] = None
import mlflow.sklearn, numpy as np, pandas as pd
stock, own, folder = sys.argv[2:]
rows = pd.read_pickle(f"{folder}/rows.pkl")
np.save(f"{folder}/stock.npy", mlflow.sklearn.load_model(stock).predict_proba(rows))
del sys.modules["cip_exp"]
raw = pd.read_pickle(f"{folder}/raw.pkl")
np.save(f"{folder}/own.npy", mlflow.pyfunc.load_model(own).predict(raw)["prediction"])
import cip_exp
print(cip_exp.__file__)
"""


@pytest.mark.slow
def test_a_model_predicts_the_same_where_this_package_is_not(
    store: Store, rows: pd.DataFrame, tmp_path: Path
) -> None:
    run_id = store.log_trial(make_trial(), parent_id=None, kind="run", config_yaml="")
    raw = catalog.load(PurchasingData()).frame
    columns = ["age", "customer_value_score", "region_North", "income_percentile"]
    learned = Pipeline([("features", PurchasingFeatures(columns)), ("model", Ridge())])
    learned.fit(raw, raw["purchase_amount"])
    columns = learned[0].raw_columns()
    served = CustomerModel(learned, columns, "clv", numbers=[name for name in columns if name != "region"])
    forest = _fit(MODELS[0], rows)
    folders = [_folder(store, log_model(store, run_id, each, example.head()))
               for each, example in ((forest, rows), (served, raw[columns]))]  # fmt: skip
    rows.to_pickle(tmp_path / "rows.pkl")
    raw.to_pickle(tmp_path / "raw.pkl")
    # -S leaves out what an editable installation adds to the path.
    site = ",".join({sysconfig.get_path(name) for name in ("purelib", "platlib")})
    command = [sys.executable, "-S", "-W", "ignore", "-c", OUTSIDE, site, *map(str, folders), str(tmp_path)]
    env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert np.array_equal(np.load(tmp_path / "stock.npy"), forest.predict_proba(rows))
    assert np.array_equal(np.load(tmp_path / "own.npy"), learned.predict(raw))
    # The code that was used came with the model.
    assert Path(done.stdout.strip()).is_relative_to(folders[1])


def _folder(store: Store, uri: str) -> Path:
    location = store.client.get_logged_model(uri.removeprefix("models:/")).artifact_location
    return Path(location.removeprefix("file://"))


def test_a_logged_model_has_all_that_others_need(store: Store, rows: pd.DataFrame, tmp_path: Path) -> None:
    run_id = store.log_trial(make_trial(), parent_id=None, kind="run", config_yaml="")
    fitted = _fit(Ridge(), rows)
    uri = log_model(store, run_id, fitted, rows.head(), ["lightgbm==4.0.0"], keep=tmp_path / "kept")
    logged = store.client.get_logged_model(uri.removeprefix("models:/"))
    assert (logged.name, str(logged.status), logged.source_run_id) == ("model", "READY", run_id)
    folder = _folder(store, uri)
    needed = (folder / "requirements.txt").read_text(encoding="utf-8").split()
    names = ["mlflow", "scikit-learn", "skops", "numpy", "scipy", "pandas", "lightgbm"]
    assert [line.partition("==")[0] for line in needed] == names
    from mlflow.models import Model

    card = Model.load(str(folder))
    assert card.signature.inputs.to_dict() == [
        {"name": "age", "type": "long", "required": True},
        {"name": "income", "type": "double", "required": True},
        {"name": "region", "type": "string", "required": True},
    ]
    assert card.load_input_example(str(folder)).shape == (5, 3)
    digest = format.sha256((folder / "model.skops").read_bytes())
    assert card.metadata == {"cip.model_sha256": digest}
    assert store.client.get_run(run_id).data.tags["cip.model_sha256"] == digest
    for where in (uri, f"runs:/{run_id}", f"runs:/{run_id}/model", tmp_path / "kept"):
        assert np.array_equal(load_model(where, store).predict(rows), fitted.predict(rows))


def test_a_changed_model_file_is_refused(store: Store, rows: pd.DataFrame) -> None:
    run_id = store.log_trial(make_trial(), parent_id=None, kind="run", config_yaml="")
    uri = log_model(store, run_id, _fit(Ridge(), rows), rows.head())
    folder = _folder(store, uri)
    other = skops.io.dumps(_fit(DummyRegressor(), rows))
    card = (folder / "MLmodel").read_text(encoding="utf-8")
    old = format.sha256((folder / "model.skops").read_bytes())
    (folder / "model.skops").write_bytes(other)
    with pytest.raises(DataError, match="not the one that was logged"):
        load_model(folder)
    # A forger who mends the folder's own note still cannot mend the store's.
    (folder / "MLmodel").write_text(card.replace(old, format.sha256(other)), encoding="utf-8")
    with pytest.raises(DataError, match="not the one that was logged"):
        load_model(uri, store)


def test_an_artifact_cannot_say_what_to_trust(tmp_path: Path) -> None:
    import mlflow.sklearn

    evil = Pipeline([("run", FunctionTransformer(functools.partial(os.system, "touch harm")))])
    trusted = ["functools.partial", f"{os.name}.system"]
    (tmp_path / "evil").mkdir()
    content = skops.io.dumps(evil)
    (tmp_path / "evil" / "model.skops").write_bytes(content)
    card = mlflow.models.Model(metadata={"cip.model_sha256": format.sha256(content)})
    card.add_flavor("sklearn", pickled_model="model.skops", skops_trusted_types=trusted)
    card.save(str(tmp_path / "evil" / "MLmodel"))
    with pytest.raises(DataError, match=rf"{os.name}\.system"):
        load_model(tmp_path / "evil")


class Stranger(TransformerMixin, BaseEstimator):
    """A transformer that is not on the list."""

    def fit(self, X: pd.DataFrame, y: object = None) -> Stranger:  # noqa: ARG002
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        return X[["age"]]


def test_an_unknown_type_is_not_kept(store: Store, rows: pd.DataFrame) -> None:
    run_id = store.log_trial(make_trial(), parent_id=None, kind="run", config_yaml="")
    fitted = Pipeline([("own", Stranger()), ("model", Ridge())]).fit(rows, rows["age"])
    with pytest.raises(ConfigError, match="Stranger"):
        log_model(store, run_id, fitted, rows.head())
    assert store.client.search_logged_models([store.experiment_id], f"source_run_id = '{run_id}'") == []


def test_what_is_no_model_is_said_so(store: Store, tmp_path: Path) -> None:
    run_id = store.log_trial(make_trial(), parent_id=None, kind="run", config_yaml="")
    with pytest.raises(DataError, match="this run has no model"):
        load_model(f"runs:/{run_id}", store)
    with pytest.raises(DataError, match="needs a store"):
        load_model(f"runs:/{run_id}")
    with pytest.raises(DataError, match="there is no saved model"):
        load_model(tmp_path)
