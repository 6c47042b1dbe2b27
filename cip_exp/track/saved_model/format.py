"""Write a fitted pipeline as a folder that MLflow loads: model file, signature, input example, code."""

from __future__ import annotations

import hashlib
from contextlib import nullcontext
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cip_exp.errors import ConfigError, describe
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

PACKAGE = Path(__file__).parents[2]
"""The folder of this package, copied to the folder of a model that needs its code."""
FILE, CARD = "model.skops", "MLmodel"
HASH = Tag.MODEL_SHA256
PINNED = ("scikit-learn", "skops", "numpy", "scipy", "pandas")

OWN = (
    "cip_exp.features.date_parts.DateParts",
    "cip_exp.features.purchasing.PurchasingFeatures",
    "cip_exp.features.raw_rows.RawRows",
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
)
"""With OWN, all types that a model file may hold beyond those of skops. Never read from an artifact."""


def pack(
    pipeline: Pipeline, folder: Path, card: Model, example: pd.DataFrame, extra_pip: Iterable[str] = ()
) -> str:
    """Write the pipeline to `folder`, which must not exist, and return the SHA-256 of its model file.

    `card` is completed and written to the same folder.

    Raises:
        ConfigError: the pipeline holds a type outside the fixed list.
    """
    silence_mlflow()
    with without_gc():
        import mlflow.sklearn
        import skops.io  # noqa: F401 (by mlflow.sklearn, later)
        from mlflow.exceptions import MlflowException

    own_code = _holds_own_code(pipeline)
    extra = list(extra_pip)
    try:
        with fast_skops_dump(), nullcontext() if extra else mlflow_quiet.requirements_known():
            mlflow.sklearn.save_model(
                pipeline,
                str(folder),
                mlflow_model=card,
                signature=signature(pipeline, example),
                input_example=_plain(example),
                serialization_format=mlflow.sklearn.SERIALIZATION_FORMAT_SKOPS,
                skops_trusted_types=[*TRUSTED, *(OWN if own_code else ())],
                code_paths=[str(PACKAGE)] if own_code else None,
                pip_requirements=[*requirements(), *extra],
            )
    except MlflowException as error:
        what = f"this model cannot be saved: {str(error.__cause__ or error).splitlines()[0]}"
        allowed = "scikit-learn's estimators, and the types in cip_exp.track.saved_model.format.TRUSTED"
        raise ConfigError(
            describe(what, type(pipeline[-1]).__name__, allowed, "track.log_models=none")
        ) from error
    digest = sha256((folder / FILE).read_bytes())
    card.metadata = {HASH: digest}
    card.save(str(folder / CARD))
    return digest


def requirements() -> list[str]:
    """Return the requirements of a model with exact versions; MLflow's own inference takes up to 42 s."""
    return [f"{name}=={version(name)}" for name in PINNED]


def sha256(content: bytes) -> str:
    """Return the hexadecimal SHA-256."""
    return hashlib.sha256(content).hexdigest()


def signature(pipeline: Pipeline, example: pd.DataFrame) -> ModelSignature:
    """Return the columns and types of `example`, and the type of the prediction.

    MLflow's own inference warns about every integer column, since integers cannot be missing.
    """
    import numpy as np
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema, TensorSpec

    predicted = np.asarray(pipeline.predict(example))
    columns: Sequence[Any] = [ColSpec(_type(example[name]), str(name)) for name in example.columns]
    return ModelSignature(Schema(list(columns)), Schema([TensorSpec(predicted.dtype, (-1,))]))


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


def _holds_own_code(pipeline: Pipeline) -> bool:
    """Tell whether a step, at any depth, is a class of this package."""
    parts = [step for _, step in pipeline.steps] + list(pipeline.get_params(deep=True).values())
    return any(type(part).__module__.partition(".")[0] == PACKAGE.name for part in parts)
