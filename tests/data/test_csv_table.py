"""data=csv: roles, types, targets and lineage of any table, and a message for each mistake."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from cip_exp.data.csv_table import load
from cip_exp.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from cip_exp.records.table import Table

ROWS = {
    "Customer ID": ["c1", "c2", "c3", "c4", "c5", "c6"],
    "since": ["2024-01-31", "2024-02-01", "2024-02-02", "2024-02-03", "2024-02-04", "2024-02-05"],
    "shop": [1, 1, 2, 2, 3, 3],
    "plan": ["basic", "pro", "basic", None, "pro", "basic"],
    "age": [31, 45, None, 52, 38, 27],
    "ratio": [0.1, np.inf, 0.3, 0.4, 0.5, 0.6],
    "left": ["No", "Yes", "No", "No", "Yes", "No"],
    "spend": [10.0, 20.5, 30.0, 0.0, 5.0, 8.0],
}


def table(folder: Path, changes: dict[str, list[Any]] | None = None, **options: Any) -> Table:
    pd.DataFrame(ROWS | (changes or {})).to_csv(folder / "t.csv", index=False)
    return load(path=folder / "t.csv", **({"target": "spend", "task": "clv"} | options))


def refused(folder: Path, changes: dict[str, list[Any]] | None = None, **options: Any) -> str:
    with pytest.raises(DataError) as caught:
        table(folder, changes, **options)
    assert len(str(caught.value).splitlines()) <= 12
    return str(caught.value)


def test_roles_and_types(tmp_path: Path) -> None:
    loaded = table(tmp_path, time="since", group="shop", drop=["ratio"])
    assert (loaded.id, loaded.time, loaded.group) == ("Customer ID", "since", "shop")
    assert loaded.drop == ("since", "shop", "ratio")
    assert loaded.frame["since"][0] == pd.Timestamp("2024-01-31")
    assert loaded.frame["plan"].cat.categories.tolist() == ["basic", "pro"]
    assert loaded.frame["plan"].isna().tolist() == [False, False, False, True, False, False]
    assert np.isinf(loaded.frame["ratio"][1])
    assert loaded.frame["age"].isna().sum() == 1


@pytest.mark.parametrize(
    ("values", "positive", "labels"),
    [
        (["No", "Yes"] * 3, "yes", ("No", "Yes")),
        (["No", "Yes"] * 3, "No", ("Yes", "No")),
        ([0, 1] * 3, None, ("0", "1")),
        ([True, False] * 3, None, ("False", "True")),
        (["a", "b", "c"] * 2, "b", ("not b", "b")),
    ],
)
def test_the_words_of_the_target_are_kept(
    values: list[Any], positive: str | None, labels: tuple[str, str], tmp_path: Path
) -> None:
    loaded = table(tmp_path, {"left": values}, target="left", task="churn", positive=positive)
    assert loaded.targets["churn"].labels == labels


def test_roles_do_not_change_the_digest(tmp_path: Path) -> None:
    first = table(tmp_path, time="since", drop=["age"])
    assert first.sha256 == table(tmp_path, target="left", task="churn", positive="Yes").sha256
    assert first.sha256 != table(tmp_path, {"age": [31, 45, None, 52, 38, 28]}).sha256


def test_a_column_with_the_name_of_an_id_is_the_id_only_where_it_is_unique(tmp_path: Path) -> None:
    assert table(tmp_path, {"Customer ID": ["c1"] * 6}).id is None
    assert table(tmp_path, id="since").id == "since"
    message = refused(tmp_path, id="shop")
    assert "id '1' occurs more than once" in message
    assert "data.group=shop" in message


def labels(loaded: Table) -> list[float]:
    target = pickle.loads(pickle.dumps(next(iter(loaded.targets.values()))))
    return target.fit(loaded.frame.iloc[:2])(loaded.frame).tolist()


@pytest.mark.parametrize(
    ("values", "positive"),
    [
        ([0, 1, 0, 0, 1, 0], None),
        ([False, True, False, False, True, False], None),
        ([False, True, False, False, True, False], "true"),
        ([1, 2, 1, 1, 2, 1], "2"),
        (["No", "Yes", "No", "No", "Yes", "No"], "yes"),
        (["a", "gone", "b", "c", "gone", "a"], "gone"),
    ],
)
def test_churn_is_read_as_zero_and_one(tmp_path: Path, values: list[Any], positive: str | None) -> None:
    loaded = table(tmp_path, {"left": values}, target="left", task="churn", positive=positive)
    assert labels(loaded) == [0, 1, 0, 0, 1, 0]
    assert loaded.targets["churn"].columns == ("left",)


def test_clv_is_the_column_itself(tmp_path: Path) -> None:
    loaded = table(tmp_path)
    assert labels(loaded) == ROWS["spend"]
    assert list(loaded.targets) == ["clv"]


CHURN = {"target": "left", "task": "churn"}


@pytest.mark.parametrize(
    ("changes", "options", "words"),
    [
        ({}, {"target": "spent"}, "no column 'spent'. Did you mean 'spend'?"),
        ({}, {"time": "sinse"}, "no column 'sinse'. Did you mean 'since'?"),
        ({}, {"group": "shops"}, "data.group"),
        ({}, {"drop": ["agee"]}, "Did you mean 'age'?"),
        ({"spend": [5] * 6}, {}, "one value only: 5"),
        ({"spend": ["9", "x", "7", "6", "5", "4"]}, {}, "'x' in column 'spend', row 2"),
        ({"spend": [1, None, 3, 4, 5, 6]}, {}, "missing in 1 rows, first in row 2"),
        ({"spend": [1, 2, 3, np.inf, 5, 6]}, {}, "infinite in row 4"),
        ({"spend": [True, False] * 3}, {}, "True/False, not an amount"),
        ({"left": ["A", "B"] * 3}, CHURN, "data.positive=A or data.positive=B"),
        ({}, CHURN | {"positive": "Yess"}, "no value 'Yess'. Did you mean 'Yes'?"),
        ({"left": ["No"] * 6}, CHURN, "one class only: No"),
        ({"left": ["No"] * 6}, CHURN | {"positive": "No"}, "one class only: No"),
        ({"left": [0, 1, 2, 0, 1, 2]}, CHURN, "has 3 values where churn has two classes"),
        ({"left": [1, 2, 1, 2, 1, 2]}, CHURN, "data.positive=1 or data.positive=2"),
        ({"left": ["Yes", " ", "No", "No", "No", "No"]}, CHURN, "missing in 1 rows, first in row 2"),
        ({"age": [1, 2, "12a", 4, 5, 6]}, {}, "numbers, and texts that are none: '12a', first in row 3"),
        (
            {"since": ["2024-01-31", "soon"] * 3},
            {"time": "since"},
            "Column 'since' has dates, and texts that are none: 'soon', first in row 2",
        ),
        (
            {"since": ["03/04/1997", "05/06/1997"] * 3},
            {"time": "since"},
            "Day and month cannot be told apart",
        ),
        ({"since": [1, 2] * 3}, {"time": "since"}, "dates, and texts that are none: '1', '2'"),
        ({"shop": [1, 1, None, 2, 2, 2]}, {"group": "shop"}, "Column 'shop' is missing in 1 rows"),
    ],
)
def test_each_mistake_is_one_message(
    tmp_path: Path, changes: dict[str, list[Any]], options: dict[str, Any], words: str
) -> None:
    assert words in refused(tmp_path, changes, **options)


def test_text_with_few_numbers_stays_text(tmp_path: Path) -> None:
    loaded = table(tmp_path, {"age": ["20", "30", "x", "y", "z", "40"]})
    assert isinstance(loaded.frame["age"].dtype, pd.CategoricalDtype)


@pytest.mark.parametrize(
    ("values", "first"),
    [
        ([2019, 2020, 2021, 2022, 2023, 2024], "2019-01-01"),
        ([20190131, 20200131, 20210131, 20220131, 20230131, 20240131], "2019-01-31"),
        (["31.01.2019", "01.02.2019"] * 3, "2019-01-31"),
        (["1/2/2019 8:26", "1/31/2019 8:28"] * 3, "2019-01-02 08:26"),
        (["2019-01-31T12:00:00+02:00", "2019-02-01T12:00:00+01:00"] * 3, "2019-01-31 10:00"),
    ],
)
def test_time_is_read_from_years_numbers_and_zones(tmp_path: Path, values: list[Any], first: str) -> None:
    assert table(tmp_path, {"since": values}, time="since").frame["since"][0] == pd.Timestamp(first)


def test_lineage_is_declared_and_late_columns_are_leaky(tmp_path: Path) -> None:
    lineage = {
        "ratio": {"parents": ["spend", "age"]},
        "plan": {"known": "after"},
        "shop": {"parents": ["region"], "fitted": True},
        "region": None,
    }
    loaded = table(tmp_path, lineage=lineage)
    leak = loaded.lineage.leak("ratio", "spend")
    assert leak is not None
    assert leak.path == "ratio ← spend"
    assert loaded.leaky == ("plan",)
    assert loaded.lineage["shop"].fitted


@pytest.mark.parametrize(
    ("lineage", "words"),
    [
        ({"ratoi": {}}, "'ratoi' is neither a column nor a parent of one. Did you mean 'ratio'?"),
        (
            {"ratio": {"parents": ["spent"]}},
            "'spent', a parent of 'ratio', is not a column. Did you mean 'spend'?",
        ),
        ({"ratio": {"parent": ["spend"]}}, "Unknown key 'parent'. Did you mean 'parents'?"),
        ({"ratio": {"known": "later"}}, "known: before|after"),
        ({"ratio": {"parents": "spend"}}, "parents: [names]"),
        ({"ratio": ["spend"]}, "parents: [names]"),
    ],
)
def test_a_wrong_lineage_is_refused(tmp_path: Path, lineage: Any, words: str) -> None:
    assert words in refused(tmp_path, lineage=lineage)


def test_several_columns_name_a_group_together_and_stay_features(tmp_path: Path) -> None:
    loaded = table(tmp_path, {"age": [31, 45, 31, 31, 45, 45]}, group=["shop", "age"])
    numbers = loaded.group_numbers()
    assert loaded.group == ("shop", "age")
    assert numbers is not None
    assert numbers.tolist() == [0, 1, 2, 2, 3, 3]
    assert not {"shop", "age"} & set(loaded.drop)
    assert "rows that agree in shop, age stay together" in loaded.reading.notes
