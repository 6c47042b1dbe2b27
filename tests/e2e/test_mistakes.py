"""Mistakes of users, through the real command: exit 2, one message, nothing written."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command, Ended

pytestmark = pytest.mark.slow

HEADER = "customer_id,age,spend,region,churned,amount"
GOOD = [
    f"c{i},{20 + i % 45},{i * 37 % 101}.5,{'NSW'[i % 3]},{int(i % 4 == 0)},{i * 53 % 97}.25"
    for i in range(60)
]
CHURN = "data=csv data.path={tables}/%s data.target=churned"
AMOUNT = "data=csv data.path={tables}/good.csv data.target=amount data.task=clv"


def _replaced(row: int, column: str, value: str) -> list[str]:
    """Return the good rows with one value replaced; rows count from 0."""
    fields = GOOD[row].split(",")
    fields[HEADER.split(",").index(column)] = value
    return [*GOOD[:row], ",".join(fields), *GOOD[row + 1 :]]


def _all(column: str, value: str) -> list[str]:
    place = HEADER.split(",").index(column)
    return [",".join([*row.split(",")[:place], value, *row.split(",")[place + 1 :]]) for row in GOOD]


TABLES = {
    "good.csv": [HEADER, *GOOD],
    "empty.csv": [],
    "header.csv": [HEADER],
    "cut.csv": [HEADER, *GOOD[:40], GOOD[40][:9]],
    "twice.csv": [HEADER.replace("spend", "age"), *GOOD],
    "text.csv": [HEADER, *_replaced(5, "spend", "lots")],
    "hole.csv": [HEADER, *_replaced(5, "spend", "")],
    "inf.csv": [HEADER, *_replaced(5, "spend", "inf")],
    "one.csv": [HEADER, *_all("churned", "1")],
    "rare.csv": [HEADER, *[row.replace(",1,", ",0,") for row in GOOD[:-8]], *GOOD[-8:]],
}

SINGLE = [
    ("model=rf_chrun", "model=rf_chrun is not an option", "Did you mean 'rf_churn'?"),
    ("experiment=unknown", "experiment=unknown is not an option", "seed_robustness"),
    ("model.max_dept=3", "'model.max_dept' is not a key", "Did you mean 'max_depth'?"),
    ("sede=1", "'sede' is not a key", "Did you mean 'seed'?"),
    ("split.test_size=7", "split.test_size = 7.0 is not allowed", "0.05 to 0.5"),
    ("seed=-1", "seed = -1 is not allowed", "0 to 2**32 - 1"),
    ("metric=auc", "metric=auc is not allowed for task churn", "Did you mean 'roc_auc'?"),
    ("model.max_depth=abc", "model.max_depth = 'abc' is not allowed", "an int in the range [1, inf) or None"),
    ("model._target_=os.system", "model._target_ = os.system is not allowed", "sklearn.* | cip_exp.forest."),
    ("model.max_depth=[1,", "'model.max_depth=[1,' cannot be read", "the command line"),
    ("seed=0,1", "seed has several values: 0,1", "python train.py -m seed=0,1"),
    ("hparams_search=rf_churn", "needs -m", "python train.py -m hparams_search=rf_churn"),
    ("experiment=seed_robustness", "needs -m", "python train.py -m experiment=seed_robustness"),
    ("track=server", "track.uri is missing", "set MLFLOW_TRACKING_URI"),
    ("track.uri=http://127.0.0.1:9", "no MLflow server answers", "track=sqlite or track=off"),
    ("outputs={tables}/good.csv", "good.csv is not allowed", "a folder that exists or can be made"),
    (f"{CHURN % 'good.csv'} features=leaky", "declares no leaky columns", "features=clean | features=strict"),
    (f"{AMOUNT} model=rf_churn", "model = rf_churn is not allowed", "choose model=rf_clv"),
    ("data=csv data.path={tables} data.target=churned", "is a folder, not a file", "data.path=FILE"),
    (CHURN % "godo.csv", "There is no such file", "Did you mean 'good.csv'?"),
    (CHURN % "empty.csv", "The file is empty", "empty.csv"),
    (CHURN % "header.csv", "has a header and no rows", "at least one row"),
    (CHURN % "cut.csv", "Line 42 has 3 fields and the header 6", "a file that was cut off ends like this"),
    (CHURN % "twice.csv", "Duplicate column names: 'age'", "rename or delete"),
    (CHURN % "text.csv", "numbers, and texts that are none: 'lots', first in row 6", "'data.drop=[spend]'"),
    (
        f"{CHURN % 'hole.csv'} data.impute=error",
        "missing or infinite values in: spend (1)",
        "features.impute",
    ),
    (f"{CHURN % 'inf.csv'} data.impute=error", "missing or infinite values in: spend (1)", "features.impute"),
    (
        "data=csv data.path={tables}/good.csv data.target=a[1]",
        "cannot be read",
        "type 'data.target=\"a[1]\"'",
    ),
    (CHURN % "one.csv", "The target 'churned' has one class only: 1", "two classes"),
    (CHURN % "rare.csv", "of class 1", "split.n_splits"),
    (f"{CHURN % 'good.csv'} data.drop=[amont]", "no column 'amont'", "Did you mean 'amount'?"),
    ("data=csv data.path={tables}/good.csv data.target=chruned", "no column 'chruned'", "'churned'"),
]

LAST_CELL = [
    ("model=rf_churn,rf_chrun", "model=rf_chrun is not an option", "'rf_churn'"),
    ("model=rf_churn,rf_clv metric=f1", "metric=f1 is not allowed for task clv", "r2, rmse, mae"),
    (
        "hparams_search=rf_churn metric=f1,roc_auc hydra.sweeper.outer=[model]",
        "metric would become a hyperparameter",
        "hydra.sweeper.outer=[metric]",
    ),
    ("seed=0,1 split.test_size=0.2,7", "split.test_size = 7.0 is not allowed", "0.05 to 0.5"),
    ("model.max_depth=3,-1", "model.max_depth = -1 is not allowed", "an int in the range [1, inf)"),
    (
        "data=csv data.path={tables}/good.csv,{tables}/hole.csv data.target=churned data.impute=error",
        "values in: spend (1)",
        "features.impute",
    ),
    ("hparams_search=rf_churn,rf_clv", "one command can have only one", "run one command for each"),
    ("model.max_depth=interval(1,5)", "an interval has no list of values", "hydra/sweeper=optuna"),
    ("seed=range(0,0)", "seed=range(0,0) has no values", "one value or more"),
    ("hydra/sweeper=optuna", "there is nothing to search over", "hparams_search=…"),
    (
        "hparams_search=rf_churn model.max_features=sqrt,sqr,0.5",
        "model.max_features = 'sqr' is not allowed",
        "'log2'",
    ),
    ("hparams_search=rf_churn objective=mean,pareto", "returns two values", "pareto alone"),
    ("hydra/sweeper=optuna seed=0,1", "seed would become a hyperparameter", "seeds.replicates=[0,1,2]"),
]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of small tables; all but one have an error."""
    folder = tmp_path_factory.mktemp("tables")
    for name, lines in TABLES.items():
        (folder / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return folder


def _assert_refused(done: Ended, what: str, step: str) -> None:
    assert done.code == 2, done.err
    assert done.out == ""
    assert what in done.err.splitlines()[0]
    assert step in done.err
    assert 1 <= len(done.err.splitlines()) <= 12
    assert "Traceback" not in done.err
    assert "Warning" not in done.err


@pytest.mark.parametrize(("arguments", "what", "step"), SINGLE, ids=[case[0] for case in SINGLE])
def test_a_run_with_a_mistake_ends_with_its_message_and_writes_nothing(
    arguments: str, what: str, step: str, train: Command, outputs: Path, tables: Path
) -> None:
    done = train(*arguments.format(tables=tables).split(), PYTHONWARNINGS="error")
    _assert_refused(done, what, step)
    assert not outputs.exists()


@pytest.mark.parametrize(("arguments", "what", "step"), LAST_CELL, ids=[case[0] for case in LAST_CELL])
def test_a_mistake_in_the_last_cell_of_a_sweep_ends_it_before_the_first_trial(
    arguments: str, what: str, step: str, train: Command, outputs: Path, tables: Path
) -> None:
    done = train("-m", *arguments.format(tables=tables).split(), PYTHONWARNINGS="error")
    _assert_refused(done, what, step)
    assert not outputs.exists()


def test_imputation_replaces_missing_and_infinite_values(train: Command, tables: Path) -> None:
    each = f"{tables}/hole.csv,{tables}/inf.csv"
    fixed = ["data=csv", "data.target=churned", "model=dummy_churn", "track=off"]
    done = train("-m", f"data.path={each}", *fixed, PYTHONWARNINGS="error")
    assert (done.code, done.err) == (0, "")


@pytest.mark.usefixtures("made_store")
def test_mistakes_add_no_run_to_a_store_that_has_one(train: Command, outputs: Path) -> None:
    assert train("model=dummy_churn", "track.log_models=none").code == 0
    assert train("model.strategy=guess").code == 2
    assert train("-m", "model=dummy_churn,dummy_clv", "split.n_splits=5,200").code == 2
    with sqlite3.connect(outputs / "mlflow.db") as store:
        assert store.execute("select count(*) from runs").fetchone() == (1,)
