"""Write a model card in Markdown from the record of a trial, for a reader who decides about the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cip_exp.evaluation.metrics import TASKS
from cip_exp.models.pipeline import inputs
from cip_exp.records.baseline_scores import beats_no_baseline
from cip_exp.records.vocabulary import F1_AT_THRESHOLD, THRESHOLD, Tag
from cip_exp.report.model_card.baselines_section import baseline_lines, markdown_table
from cip_exp.report.model_card.limitations import count_outside, limitations
from cip_exp.report.model_card.markdown import code, plain, quoted
from cip_exp.report.model_card.value import business_value
from cip_exp.track.saved_model import format

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from cip_exp.config.settings import Settings
    from cip_exp.records.baseline_scores import ComparedModel
    from cip_exp.records.lineage import Lineage
    from cip_exp.records.table import Features, Split
    from cip_exp.records.trial import Trial

    Array = NDArray[np.float64]

MOST_VALUES = 6
PREDICTS = {
    "churn": "the probability that a customer churns, from one row a customer",
    "clv": "a customer's value, in the unit of the target, from one row a customer",
    "segments": "the number of a customer's segment, from one row a customer; numbers have no order",
}
SEGMENTS = {
    "n_clusters": "{:.0f} segments",
    "stability_ari": "adjusted Rand index between fits {:.4f}",
    "null_silhouette": "silhouette of shuffled columns {:.4f}",
}


@dataclass(frozen=True, eq=False)
class Subject:
    """The model that a card describes: its trial, configuration, data and predictions."""

    trial: Trial
    """With the scores on the holdout, where it was opened."""
    settings: Settings
    features: Features
    split: Split
    oof: Array
    """Out-of-fold predictions, shape (replicates, n)."""
    holdout: Array
    """Predictions for the holdout's rows, shape (n_holdout,)."""
    name: str
    """The argument by which `scripts/reproduce.py` finds it."""
    compared: ComparedModel | None = None
    """Its comparison with the baselines, where they were scored."""
    n_permuted: int | None = None
    """Columns whose permutation importance was computed; None where it is not known."""


def model_card(subject: Subject) -> str:
    """Return the card as Markdown."""
    done, settings = subject.trial, subject.settings
    features, split = subject.features, subject.split
    value = business_value(done, settings, features, split, subject.oof, subject.holdout)
    sections = {
        "What it predicts": _predicts(subject),
        "Input columns": _columns(subject),
        "How it was validated": _validated(subject),
        "Compared with the baselines": baseline_lines(subject.compared),
        "Where it must not be used": _bullets(limitations(done, settings, features, split)),
        "Business value": value,
        "Code and environment": _provenance(subject),
        "How to load it": _load(subject),
        "How to reproduce it": [f"    python scripts/reproduce.py {quoted(subject.name)}"],
    }
    parts = [
        f"# {plain(settings.model.name)} on {plain(settings.data.name)}, features {settings.features.name}",
        f"**Verdict: {done.tags[Tag.VERDICT].replace(',', ', ')}.**",
    ]
    for title, lines in sections.items():
        if not lines:
            continue
        parts += [f"## {title}", *lines]
    return "\n\n".join(parts) + "\n"


def _bullets(lines: Iterable[str]) -> list[str]:
    return ["\n".join(f"- {line}" for line in lines)]


def _predicts(subject: Subject) -> list[str]:
    features, fold, settings = subject.features, subject.split.final, subject.settings
    target = "" if features.target is None else f"{code(features.target.name)}: "
    lines = [f"{target}{PREDICTS[features.task]}." if target else f"{PREDICTS[features.task]}.".capitalize()]
    if fold.y_train is not None and features.task == "churn":
        share = float(np.mean(fold.y_train == 1))
        lines.append(f"{share:.1%} of its {len(fold.y_train)} training rows churned.")
    elif fold.y_train is not None:
        low, middle, high = np.quantile(fold.y_train, [0, 0.5, 1])
        lines.append(f"Training values lie from {low:.6g} to {high:.6g}, with a median of {middle:.6g}.")
    threshold = subject.trial.metrics.get(THRESHOLD)
    if threshold is not None:
        no, yes = (features.target.labels if features.target is not None else None) or ("0", "1")
        score = subject.trial.metrics.get(F1_AT_THRESHOLD, float("nan"))
        lines.append(
            f"The saved model answers {code(yes)} from a probability of {threshold:.4f} on, else {code(no)}; "
            f"the threshold was chosen in validation, where its F1 is {score:.4f}."
        )
    if features.target is not None and features.target.fitted:
        lines.append("The label depends on a threshold that was computed from the training rows.")
    if features.task == "segments":
        found = {name: subject.trial.metrics.get(name, float("nan")) for name in SEGMENTS}
        lines.append(", ".join(SEGMENTS[name].format(value) for name, value in found.items()) + ".")
    params = [f"{key}={value}" for key, value in settings.model.params.items() if value is not None]
    return [*lines, f"`{settings.model.target}`, {', '.join(params) or 'with its defaults'}."]


def _columns(subject: Subject) -> list[str]:
    features = subject.features
    rows = features.X.iloc[subject.split.final.train]
    lineage = features.table.lineage
    table = markdown_table(
        ("column", "in the training rows", "made from", "known"),
        [(code(name), _values(rows[name]), *_lineage(lineage, name)) for name in features.names],
    )
    unknown = lineage.undeclared(features.names)
    lines = [table, *([f"{unknown[0].upper()}{unknown[1:]}."] if unknown else [])]
    if subject.n_permuted is not None and subject.n_permuted < len(features.names):
        lines.append(
            f"Permutation importance (`feature_importance.csv`) is known for {subject.n_permuted} of these "
            f"{len(features.names)} columns: those that the model uses most."
        )
    if features.builder is not None:
        raw = ", ".join(code(str(name)) for name in inputs(features).columns)
        lines.append(f"The model computes these columns itself from the raw ones: {raw}.")
    if features.dropped:
        lines.append("Left out, because their lineage shows a leak:")
        lines += _bullets(plain(leak.path) for leak in features.dropped)
    return lines


def _values(column: pd.Series[Any]) -> str:
    """Return the values of a column as text: its range, or its levels."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return f"{column.min():%Y-%m-%d} to {column.max():%Y-%m-%d}"
    if pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(column):
        levels = sorted(map(str, column.dropna().unique()))
        more = f" and {len(levels) - MOST_VALUES} more" if len(levels) > MOST_VALUES else ""
        return ", ".join(plain(level) for level in levels[:MOST_VALUES]) + more
    return f"{column.min():.6g} to {column.max():.6g}"


def _lineage(lineage: Lineage, name: str) -> tuple[str, str]:
    if name not in lineage:
        return "not declared", "not declared"
    origin = lineage[name]
    fitted = ", over other rows" if origin.fitted else ""
    parents = " and ".join(map(code, origin.parents))
    return (parents + fitted if parents else "raw"), f"{origin.known} the prediction"


def _validated(subject: Subject) -> list[str]:
    done, settings, split = subject.trial, subject.settings, subject.split
    trained = f"{len(split.final.train)} training rows"
    held = "scored on the rows it was fitted on, as the source system did"
    if split.scheme != "in_sample":
        n_outside = count_outside(subject.features, split)
        held = (
            f"a sealed holdout of {len(split.final.test)} ({n_outside} of them outside the ranges above), "
            f"{len(split.folds)} folds of scheme `{settings.split.name}`, seeds {done.tags[Tag.SEED]}"
        )
    copies = "all on one side of each split" if split.twins_grouped else "possibly on both sides of a split"
    rows = []
    for name in sorted(TASKS[done.task].metrics, key=lambda name: name != done.primary):
        spread = f"{_number(done, f'cv_{name}_mean')} ± {_number(done, f'cv_{name}_se')}"
        rows.append(
            (name, _number(done, f"train_{name}"), spread, _number(done, f"gap_{name}"),
             _number(done, f"test_{name}"))
        )  # fmt: skip
    criteria = (
        []
        if beats_no_baseline(done)
        else [
            f"Band `{done.tags[Tag.BAND]}`; the source's success criteria are "
            + ("met" if done.tags[Tag.MEETS_CRITERIA] == "true" else "not met")
            + ("; overfit." if done.tags[Tag.OVERFIT] == "true" else ".")
        ]
    )
    remarks = [*done.all_notes, *(text for text in done.reasons if text not in done.all_notes)]
    return [
        f"{trained}; {held}; copies of a row are {copies}.",
        markdown_table(("metric", "train", "CV mean ± SE", "gap", "holdout"), rows),
        *criteria,
        *(_bullets(map(plain, remarks)) if remarks else []),
    ]


def _number(done: Trial, name: str) -> str:
    return f"{done.metrics[name]:.4f}" if name in done.metrics else ""


def _provenance(subject: Subject) -> list[str]:
    tags = subject.trial.tags
    dirty = ", with uncommitted changes" if tags.get(Tag.GIT_DIRTY) == "true" else ""
    lines = [
        f"commit `{tags.get(Tag.GIT_COMMIT) or 'unknown'}`{dirty}",
        f"data SHA-256 `{tags[Tag.DATA_SHA256]}`, {len(subject.features.X)} rows",
        f"configuration hash `{tags[Tag.CONFIG_HASH]}`",
        f"{tags.get(Tag.VERSIONS, 'versions not recorded')}; all packages in `environment.txt`",
    ]
    if subject.trial.run_id:
        lines.insert(0, f"run `{subject.trial.run_id}`")
    return _bullets(lines)


def _load(subject: Subject) -> list[str]:
    if subject.trial.run_id is None or subject.settings.track.log_models == "none":
        return ["The model was not saved: track=off or track.log_models=none."]
    text = (
        "    from cip_exp.track.saved_model.log_model import load_model\n"
        '    model = load_model("model")  # the folder next to this card; its SHA-256 is checked first\n'
        "    model.predict(rows)          # raw rows, with the columns of model.columns\n\n"
        'Where this package is not installed, `mlflow.pyfunc.load_model("model")` loads the copy of its code '
        "in the folder. To serve it over HTTP:\n\n"
        "    mlflow models serve -m model --env-manager local -p 5002\n\n"
        "Types that the file may hold, beyond those of skops:\n\n"
    )
    return [text + "\n".join(f"    {name}" for name in (*format.TRUSTED, *format.OWN))]
