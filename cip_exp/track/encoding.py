"""Convert a trial to what MLflow takes: keys, values and batches within its limits."""

from __future__ import annotations

import math
import re
import time
from typing import TYPE_CHECKING

from cip_exp.records.vocabulary import Tag

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlflow.entities import Metric, Param

    from cip_exp.records.trial import Trial

PARENT = "mlflow.parentRunId"
MAX_KEY, MAX_PARAM, MAX_TAG = 250, 6000, 8000
MAX_PARAMS, MAX_ENTITIES = 100, 1000
"""In one batch; metrics may fill what params leave."""


def key(name: str) -> str:
    """Rewrite a key so that MLflow takes it: `a[0].b` becomes `a.0.b`, other refused signs `_`."""
    flat = re.sub(r"\[([^\]]*)\]", r".\1", name)
    return re.sub(r"[^\w.\- ]", "_", flat)[:MAX_KEY].strip(". ") or "_"


def cut(text: str, limit: int) -> str:
    """Shorten a value that MLflow would refuse, and say so at its end."""
    if len(text) <= limit:
        return text
    note = f" … (cut from {len(text)} characters)"
    return text[: limit - len(note)] + note


def params(values: Mapping[str, object]) -> list[Param]:
    """Return MLflow's params; of two keys that become one, the later stays."""
    from mlflow.entities import Param

    clean = {key(name): cut(str(value), MAX_PARAM) for name, value in values.items()}
    return [Param(name, value) for name, value in clean.items()]


def tags(values: Mapping[str, object]) -> dict[str, str]:
    """Return tags within MLflow's limit."""
    return {name: cut(str(value), MAX_TAG) for name, value in values.items()}


def metrics(values: Mapping[str, float], at: int) -> list[Metric]:
    """Return MLflow's metrics at time `at` in ms.

    Values that are no finite number are left out: MLflow would store infinity as 1.8e308.
    """
    from mlflow.entities import Metric

    return [Metric(key(name), float(value), at, 0) for name, value in values.items() if math.isfinite(value)]


def fold_metrics(folds: Mapping[str, tuple[float, ...]], at: int) -> list[Metric]:
    """Return `fold_<m>` with the position of the fold as step."""
    from mlflow.entities import Metric

    return [
        Metric(key(f"fold_{name}"), float(score), at, step)
        for name, scores in folds.items()
        for step, score in enumerate(scores)
        if math.isfinite(score)
    ]


def run_name(trial: Trial) -> str:
    """Return the name of a trial's run in the UI."""
    tags = trial.tags
    again = "confirm " if tags.get(Tag.STAGE) == "confirm" else ""
    return f"{again}{tags[Tag.MODEL]} {tags[Tag.FEATURES]} seed={tags[Tag.SEED]} #{trial.number}"


def trial_tags(trial: Trial, kind: str, parent_id: str | None) -> dict[str, str]:
    """Return the tags a run is created with; reasons and errors become its description in the UI."""
    own = {Tag.KIND: kind, Tag.STATE: trial.state}
    if parent_id:
        own[PARENT] = parent_id
    text = "\n\n".join(filter(None, (trial.error, *trial.reasons, *trial.all_notes)))
    if text:
        own["mlflow.note.content"] = text
    return tags({**trial.tags, **own})


def batches(of_metrics: list[Metric], of_params: list[Param]) -> Iterator[tuple[list[Metric], list[Param]]]:
    """Divide into as few batches as MLflow's limits allow; one, for a usual trial."""
    while of_metrics or of_params:
        some = of_params[:MAX_PARAMS]
        free = MAX_ENTITIES - len(some)
        yield of_metrics[:free], some
        of_metrics, of_params = of_metrics[free:], of_params[MAX_PARAMS:]


def milliseconds(seconds: float) -> int:
    """Return a time in MLflow's unit; now, where the time is not known."""
    return int((seconds or time.time()) * 1000)
