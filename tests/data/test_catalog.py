"""A data set is a module, a schema and a file of conf/data, which agree on its name and its keys."""

from __future__ import annotations

import inspect
from importlib import import_module

import pytest
import yaml

from cip_exp.config.data_schemas import DATA_SCHEMAS, PurchasingData
from cip_exp.config.settings import CONF
from cip_exp.data import catalog


def test_module_schema_and_file_have_the_same_names() -> None:
    files = {path.stem for path in (CONF / "data").glob("*.yaml")}
    assert files == set(DATA_SCHEMAS) == set(catalog.MODULES)
    assert all(schema().name == name for name, schema in DATA_SCHEMAS.items())


@pytest.mark.parametrize("name", DATA_SCHEMAS)
def test_the_keys_of_the_file_are_those_of_the_schema(name: str) -> None:
    keys = yaml.safe_load((CONF / "data" / f"{name}.yaml").read_text("utf-8"))
    assert list(keys) == list(vars(DATA_SCHEMAS[name]()))


@pytest.mark.parametrize("name", DATA_SCHEMAS)
def test_a_module_loads_with_the_keys_of_its_schema(name: str) -> None:
    module = import_module(f"cip_exp.data.{catalog.MODULES[name]}")
    keys = [key for key in vars(DATA_SCHEMAS[name]()) if key not in catalog.NOT_ARGUMENTS]
    taken = dict(inspect.signature(module.load).parameters)
    if taken.pop("options", None) is not None:
        taken |= dict.fromkeys(module.OPTIONS)
    assert sorted(taken) == sorted(keys)


def test_a_table_is_loaded_by_its_schema() -> None:
    table = catalog.load(PurchasingData())
    assert (table.name, len(table.frame)) == ("purchasing", 238)
