"""Save a fitted pipeline in the store, and load it: nothing is unpickled, and the trusted types are fixed."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from cip_exp.errors import DataError, describe
from cip_exp.models.customer_model import CustomerModel
from cip_exp.track.mlflow_quiet import silence_mlflow
from cip_exp.track.saved_model import format

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import pandas as pd
    from mlflow.tracking import MlflowClient
    from sklearn.pipeline import Pipeline

    from cip_exp.track.saved_model.format import SavedModel

NAME = "model"


class ModelStore(Protocol):
    """The parts of `cip_exp.track.store.Store` that saving and loading a model need."""

    @property
    def uri(self) -> str:
        """Address of the store."""

    @property
    def experiment_id(self) -> str:
        """The experiment that models are logged in."""

    @property
    def client(self) -> MlflowClient:
        """A client of the store."""

    def set_tags(self, run_id: str, tags: Mapping[str, str]) -> None:
        """Add tags to a run."""


def log_model(
    store: ModelStore,
    run_id: str,
    model: SavedModel,
    example: pd.DataFrame,
    extra_pip: Iterable[str] = (),
    keep: Path | None = None,
) -> str:
    """Log a whole fitted model to a run as `model`, and return its address (`models:/m-…`).

    Forests of this package are saved as scikit-learn's. Where another step of this package remains, a copy of
    its code is saved too.

    Args:
        store: where the run is.
        run_id: of an open or a closed run.
        model: fitted.
        example: a few rows as the model takes them, for signature and input example.
        extra_pip: requirements beyond scikit-learn, skops, numpy, scipy and pandas.
        keep: a folder for a copy of the logged model.

    Raises:
        ConfigError: the model holds a type outside the fixed list (an estimator by `_target_`).
    """
    from mlflow.entities import LoggedModelOutput
    from mlflow.models import Model

    from cip_exp.forest import as_stock

    stock, client = _with_stock_forests(model, as_stock), store.client
    card = Model(run_id=run_id)
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent, NAME)
        digest = format.pack(stock, folder, card, example, extra_pip)
        kind = getattr(format.pipeline_of(stock)[-1], "_estimator_type", None)
        logged = client.create_logged_model(
            store.experiment_id, NAME, run_id, tags={format.HASH: digest}, model_type=kind
        )
        model_id = str(logged.model_id)
        card.artifact_path, card.model_id, card.model_uuid = logged.artifact_location, model_id, model_id
        card.save(str(folder / format.CARD))
        if keep is not None:
            shutil.copytree(folder, keep, dirs_exist_ok=True)
        state: Literal["READY", "FAILED"] = "FAILED"
        try:
            client.log_model_artifacts(model_id, str(folder))
            client.log_outputs(run_id, [LoggedModelOutput(model_id, step=0)])
            store.set_tags(run_id, {format.HASH: digest})
            state = "READY"
        finally:
            client.finalize_logged_model(model_id, state)
    return f"models:/{model_id}"


def load_model(where: str | Path, store: ModelStore | None = None) -> Any:
    """Return the model of a model folder, of `models:/m-…`, or of `runs:/<run id>`.

    The SHA-256 of the model file is compared before anything is loaded: with the tag in the store, or, for a
    folder, with its MLmodel file, which reveals an accident but no attack. Only types of the fixed list are
    loaded, whatever the artifact says.

    It is a `CustomerModel`; of versions before it, a scikit-learn `Pipeline`.

    Raises:
        DataError: there is no model, the file was changed, or it holds other types.
    """
    silence_mlflow()
    import skops.io
    from skops.io.exceptions import UntrustedTypesFoundException

    if isinstance(where, str) and where.startswith(("runs:/", "models:/")):
        folder, expected = _find(where, store)
    else:
        folder, expected = Path(where), None
    content, noted = _read(folder)
    if format.sha256(content) != (expected or noted):
        raise DataError(_refusal("the model file is not the one that was logged", where))
    trusted = [*format.TRUSTED, *format.OWN, *format.added_types(content)]
    try:
        return skops.io.loads(content, trusted=trusted)
    except ModuleNotFoundError as error:
        step = f"pip install {error.name}"
        raise DataError(_refusal(f"the model needs the package {error.name}", where, step)) from error
    except UntrustedTypesFoundException as error:
        raise DataError(_refusal(f"the model file holds other types: {error}", where)) from error


def _with_stock_forests(model: SavedModel, as_stock: Callable[[Any], Any]) -> SavedModel:
    if isinstance(model, CustomerModel):
        return CustomerModel(**{**model.get_params(deep=False), "pipeline": as_stock(model.pipeline)})
    stock: Pipeline = as_stock(model)
    return stock


def _find(where: str, store: ModelStore | None) -> tuple[Path, str | None]:
    """Return a local folder with the model, and the hash that the store noted."""
    from mlflow.artifacts import download_artifacts
    from mlflow.exceptions import MlflowException

    if store is None:
        raise DataError(_refusal("this address needs a store", where))
    name = where.split(":/", 1)[1].strip("/").split("/")[0]
    try:
        if where.startswith("runs:/"):
            outputs = store.client.get_run(name).outputs
            if outputs is None or not outputs.model_outputs:
                raise DataError(_refusal("this run has no model", where))
            name = outputs.model_outputs[-1].model_id
        logged = store.client.get_logged_model(name)
        folder = download_artifacts(logged.artifact_location, tracking_uri=store.uri)
    except MlflowException as error:
        raise DataError(_refusal(str(error).splitlines()[0], where)) from error
    return Path(folder), logged.tags.get(format.HASH, "none noted")


def _read(folder: Path) -> tuple[bytes, str | None]:
    """Return the model file, and the hash in the MLmodel file of its folder."""
    from mlflow.models import Model

    try:
        content = (folder / format.FILE).read_bytes()
        noted = Model.load(str(folder)).metadata
    except OSError as error:
        raise DataError(_refusal(f"there is no saved model: {error.strerror}", folder)) from error
    return content, (noted or {}).get(format.HASH)


def _refusal(what: str, where: str | Path, step: str = "") -> str:
    return describe(what, str(where), "a model logged by this project, unchanged", step)
