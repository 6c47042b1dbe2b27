"""Write a fitted model as a folder that MLflow loads: model file, signature, input example, code."""

from __future__ import annotations

import hashlib
from contextlib import nullcontext
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from cip_exp.config.checks import added_prefixes
from cip_exp.errors import ConfigError, describe
from cip_exp.models.customer_model import CustomerModel
from cip_exp.records.vocabulary import Tag
from cip_exp.runtime import without_gc
from cip_exp.track import mlflow_quiet
from cip_exp.track.mlflow_quiet import silence_mlflow
from cip_exp.track.saved_model.skops_dump import fast_skops_dump

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd
    from mlflow.models import Model, ModelSignature
    from mlflow.types import DataType
    from sklearn.pipeline import Pipeline

    SavedModel: TypeAlias = CustomerModel | Pipeline

PACKAGE = Path(__file__).parents[2]
"""The folder of this package, copied to the folder of a model that needs its code."""
FILE, CARD = "model.skops", "MLmodel"
HASH = Tag.MODEL_SHA256
PINNED = ("scikit-learn", "skops", "numpy", "scipy", "pandas")

OWN = (
    "cip_exp.features.date_parts.DateParts",
    "cip_exp.features.purchasing.PurchasingFeatures",
    "cip_exp.features.raw_rows.RawRows",
    "cip_exp.models.customer_model.CustomerModel",
)
TRUSTED = (
    "sklearn.tree._tree.Tree",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    # Categories inside histogram boosting. What a partial wraps is checked too.
    "functools.partial",
    "sklearn.utils.validation.check_array",
    "sklearn.compose._column_transformer.make_column_selector",
    "numpy.dtype",
    # The cross-fitting of a target encoder.
    "sklearn.model_selection._split.KFold",
    # The members of a voting ensemble, by name.
    "sklearn.utils._bunch.Bunch",
    # Both restore a booster from its own file format.
    "xgboost.core.Booster",
    "xgboost.sklearn.XGBClassifier",
    "xgboost.sklearn.XGBRegressor",
    "lightgbm.basic.Booster",
    "lightgbm.sklearn.LGBMClassifier",
    "lightgbm.sklearn.LGBMRegressor",
    "collections.OrderedDict",
)
"""With OWN, all types that a model file may hold beyond those of skops, but for `added_types`. Never read
from an artifact."""


def pack(
    model: SavedModel, folder: Path, card: Model, example: pd.DataFrame, extra_pip: Iterable[str] = ()
) -> str:
    """Write the model to `folder`, which must not exist, and return the SHA-256 of its model file.

    `card` is completed and written to the same folder.

    Raises:
        ConfigError: the model holds a type outside the fixed list, and not of `CIP_ALLOW_TARGETS`.
    """
    silence_mlflow()
    with without_gc():
        import mlflow.sklearn
        import skops.io  # noqa: F401 (by mlflow.sklearn, later)
        from mlflow.exceptions import MlflowException

    own_code = PACKAGE.name in _packages(model)
    extra = list(extra_pip)
    try:
        with fast_skops_dump(), nullcontext() if extra else mlflow_quiet.requirements_known():
            mlflow.sklearn.save_model(
                model,
                str(folder),
                mlflow_model=card,
                signature=signature(model, example),
                input_example=_plain(example),
                serialization_format=mlflow.sklearn.SERIALIZATION_FORMAT_SKOPS,
                skops_trusted_types=[*TRUSTED, *(OWN if own_code else ()), *_added_types_of(model)],
                code_paths=[str(PACKAGE)] if own_code else None,
                pip_requirements=[*requirements(), *_requirements_of(model), *extra],
            )
    except MlflowException as error:
        raise ConfigError(
            _unkept(pipeline_of(model)[-1], str(error.__cause__ or error).splitlines()[0])
        ) from error
    digest = sha256((folder / FILE).read_bytes())
    card.metadata = {HASH: digest}
    card.save(str(folder / CARD))
    return digest


def requirements() -> list[str]:
    """Return the requirements of a model with exact versions; MLflow's own inference takes up to 42 s."""
    return [f"{name}=={version(name)}" for name in PINNED]


def check_kept(fitted: Any, rows: Any) -> None:
    """Save a fitted estimator of another package in memory, load it, and compare predictions.

    Raises:
        ConfigError: skops cannot save it, it holds types that are not trusted, or it predicts other values.
    """
    import numpy as np
    from skops.io import dumps, get_untrusted_types, loads

    try:
        content = dumps(fitted)
        trusted = [*TRUSTED, *added_types(content)]
        others = sorted(set(get_untrusted_types(data=content)) - set(trusted))
        same = bool(others) or np.array_equal(
            loads(content, trusted=trusted).predict(rows), fitted.predict(rows)
        )
    except Exception as error:  # whatever another package raises
        line = (str(error) or type(error).__name__).strip().splitlines()[0]
        raise ConfigError(_unkept(fitted, line)) from error
    if others:
        raise ConfigError(_unkept(fitted, f"types that are not trusted: {', '.join(others[:4])}"))
    if not same:
        raise ConfigError(_unkept(fitted, "when it is loaded again it predicts other values"))


def _unkept(model: Any, reason: str) -> str:
    allowed = (
        "scikit-learn's estimators, types in cip_exp.track.saved_model.format.TRUSTED, packages that the "
        "environment variable CIP_ALLOW_TARGETS names"
    )
    where = f"{type(model).__module__}.{type(model).__name__}"
    return describe(f"this model cannot be saved: {reason}", where, allowed, "track.log_models=none")


def added_types(content: bytes) -> list[str]:
    """Return the types in a model file that the user trusts by `CIP_ALLOW_TARGETS`."""
    prefixes = added_prefixes()
    if not prefixes:
        return []
    from skops.io import get_untrusted_types

    return [name for name in get_untrusted_types(data=content) if name.startswith(prefixes)]


def sha256(content: bytes) -> str:
    """Return the hexadecimal SHA-256."""
    return hashlib.sha256(content).hexdigest()


def pipeline_of(model: SavedModel) -> Pipeline:
    """Return the pipeline inside a model, or the model where it is one itself."""
    found: Pipeline = model.pipeline if isinstance(model, CustomerModel) else model
    return found


def signature(model: SavedModel, example: pd.DataFrame) -> ModelSignature:
    """Return the columns and types of `example`, and the columns and types of the prediction.

    MLflow's own inference warns about every integer column, since integers cannot be missing.
    """
    import numpy as np
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema, TensorSpec

    if isinstance(model, CustomerModel):
        return _raw_signature(model.predict(example), model.columns)
    predicted = np.asarray(model.predict(example))
    columns: Sequence[Any] = [ColSpec(_type(example[name]), str(name)) for name in example.columns]
    return ModelSignature(Schema(list(columns)), Schema([TensorSpec(predicted.dtype, (-1,))]))


def _raw_signature(answered: pd.DataFrame, columns: Iterable[str]) -> ModelSignature:
    """Return the signature of a model that converts and checks its rows itself.

    Its columns have any type. With types MLflow would refuse integers for floats, floats for integers, and a
    text column that is empty in all rows of a request; of a missing column it would say so with all rows.
    """
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema
    from mlflow.types.schema import AnyType

    given = [ColSpec(AnyType(), name, required=False) for name in columns]
    answers = [ColSpec(_type(answered[name]), str(name)) for name in answered.columns]
    return ModelSignature(Schema(given), Schema(answers))


def _plain(example: pd.DataFrame) -> pd.DataFrame:
    """Return the example as a client would send it: texts in the place of categories.

    Column labels become objects: MLflow 3.17 compares them with a range, and pandas 3 warns about that.
    """
    texts = example.select_dtypes("category").columns
    return example.astype(dict.fromkeys(texts, object)).set_axis(example.columns.astype(object), axis=1)


def _type(column: pd.Series[Any]) -> DataType:
    from mlflow.types import DataType

    kinds = {"b": DataType.boolean, "i": DataType.long, "u": DataType.long, "f": DataType.double}
    return kinds.get(column.dtype.kind, DataType.string)


def _added_types_of(model: SavedModel) -> list[str]:
    if not added_prefixes():
        return []
    from skops.io import dumps

    return added_types(dumps(model))


def _requirements_of(model: SavedModel) -> list[str]:
    """Return the requirements, with exact versions, of estimators that are not scikit-learn's."""
    from importlib.metadata import packages_distributions

    homes = _packages(model) - {"sklearn", PACKAGE.name}
    if not homes:
        return []
    known = packages_distributions()
    names = sorted({name for home in homes for name in known.get(home, ())[:1]})
    return [f"{name}=={version(name)}" for name in names]


def _packages(model: SavedModel) -> set[str]:
    """Return the packages of a model and of all estimators inside it, at any depth."""
    parts = [model, *model.get_params(deep=True).values()]
    return {type(part).__module__.partition(".")[0] for part in parts if hasattr(part, "get_params")}
