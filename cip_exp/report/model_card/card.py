"""A model's card: facts alone, each from a record, for whoever finds the model and has to decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cip_exp.evaluation.metrics import TASKS
from cip_exp.models.pipeline import inputs
from cip_exp.report.model_card.limitations import limits, outside
from cip_exp.report.model_card.value import worth
from cip_exp.track.saved_model import format

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from cip_exp.config.settings import Settings
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
    """What a card is about."""

    trial: Trial
    """With the holdout's scores, where it was opened."""
    settings: Settings
    features: Features
    split: Split
    oof: Array
    """Out-of-fold predictions, shape (replicates, n)."""
    holdout: Array
    """Predictions of the holdout's rows, shape (n_holdout,)."""
    name: str
    """What `scripts/reproduce.py` knows it by."""


def model_card(subject: Subject) -> str:
    """Return the card as Markdown."""
    done, settings = subject.trial, subject.settings
    features, split = subject.features, subject.split
    earned = worth(done, settings, features, split, subject.oof, subject.holdout)
    sections = {
        "What it predicts": _predicts(subject),
        "From what": _columns(subject),
        "How it was validated": _validated(subject),
        "Where it must not be used": _bullets(limits(done, settings, features, split)),
        "What it is worth": earned,
        "Code and environment": _origin(subject),
        "How to load it": _load(subject),
        "How to reproduce it": [f"    python scripts/reproduce.py '{subject.name}'"],
    }
    parts = [
        f"# {settings.model.name} on {settings.data.name}, features {settings.features.name}",
        f"**Verdict: {done.tags['cip.verdict'].replace(',', ', ')}.**",
    ]
    for title, lines in sections.items():
        parts += [f"## {title}", *lines]
    return "\n\n".join(parts) + "\n"


def _bullets(lines: Iterable[str]) -> list[str]:
    text = "\n".join(f"- {line}" for line in lines)
    return [text or "Nothing that was looked for was found."]


def _predicts(subject: Subject) -> list[str]:
    features, fold, settings = subject.features, subject.split.final, subject.settings
    target = "" if features.target is None else f"`{features.target.name}`: "
    lines = [f"{target}{PREDICTS[features.task]}." if target else f"{PREDICTS[features.task]}.".capitalize()]
    if fold.y_train is not None and features.task == "churn":
        share = float(np.mean(fold.y_train == 1))
        lines.append(f"{share:.1%} of its {len(fold.y_train)} training rows churned.")
    elif fold.y_train is not None:
        low, middle, high = np.quantile(fold.y_train, [0, 0.5, 1])
        lines.append(f"Training values lie from {low:.6g} to {high:.6g}, with a median of {middle:.6g}.")
    if features.target is not None and features.target.fitted:
        lines.append("The label is a threshold that was learned from the training rows.")
    if features.task == "segments":
        found = {name: subject.trial.metrics.get(name, float("nan")) for name in SEGMENTS}
        lines.append(", ".join(SEGMENTS[name].format(value) for name, value in found.items()) + ".")
    params = [f"{key}={value}" for key, value in settings.model.params.items() if value is not None]
    return [*lines, f"`{settings.model.target}`, {', '.join(params) or 'with its defaults'}."]


def _columns(subject: Subject) -> list[str]:
    features = subject.features
    rows = features.X.iloc[subject.split.final.train]
    lineage = features.table.lineage
    table = _table(
        ("column", "in the training rows", "made from", "known"),
        [(f"`{name}`", _values(rows[name]), *_lineage(lineage, name)) for name in features.names],
    )
    lines = [table]
    if features.builder is not None:
        raw = ", ".join(f"`{name}`" for name in inputs(features).columns)
        lines.append(f"The model takes raw columns and makes these itself: {raw}.")
    if features.dropped:
        lines.append("Left out, since lineage breaks them:")
        lines += _bullets(leak.path for leak in features.dropped)
    return lines


def _values(column: pd.Series[Any]) -> str:
    """Say which values a column has: its range, or its levels."""
    if pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(column):
        levels = sorted(map(str, column.dropna().unique()))
        more = f" and {len(levels) - MOST_VALUES} more" if len(levels) > MOST_VALUES else ""
        return ", ".join(levels[:MOST_VALUES]) + more
    return f"{column.min():.6g} to {column.max():.6g}"


def _lineage(lineage: Lineage, name: str) -> tuple[str, str]:
    if name not in lineage:
        return "not declared", "not declared"
    origin = lineage[name]
    fitted = ", over other rows" if origin.fitted else ""
    parents = " and ".join(f"`{parent}`" for parent in origin.parents)
    return (parents + fitted if parents else "raw"), f"{origin.known} the prediction"


def _validated(subject: Subject) -> list[str]:
    done, settings, split = subject.trial, subject.settings, subject.split
    sides = f"{len(split.final.train)} training rows"
    held = "scored on the rows it was fitted on, as the source system did"
    if split.scheme != "in_sample":
        beyond = outside(subject.features, split)
        held = (
            f"a sealed holdout of {len(split.final.test)} ({beyond} of them outside the ranges above), "
            f"{len(split.folds)} folds of scheme `{settings.split.name}`, seeds {done.tags['cip.seed']}"
        )
    copies = "kept on one side" if split.twins_grouped else "on both sides"
    rows = []
    for name in TASKS[done.task].metrics:
        spread = f"{_number(done, f'cv_{name}_mean')} ± {_number(done, f'cv_{name}_se')}"
        rows.append(
            (name, _number(done, f"train_{name}"), spread, _number(done, f"gap_{name}"),
             _number(done, f"test_{name}"))
        )  # fmt: skip
    judged = [
        f"Band `{done.tags['cip.band']}`; the source's success criteria are "
        + ("met" if done.tags["cip.meets_criteria"] == "true" else "not met")
        + ("; overfit." if done.tags["cip.overfit"] == "true" else ".")
    ]
    said = [*done.all_notes, *(text for text in done.reasons if text not in done.all_notes)]
    return [
        f"{sides}; {held}; copies {copies}.",
        _table(("metric", "train", "CV mean ± SE", "gap", "holdout"), rows),
        *judged,
        *(_bullets(said) if said else []),
    ]


def _number(done: Trial, name: str) -> str:
    return f"{done.metrics[name]:.4f}" if name in done.metrics else ""


def _origin(subject: Subject) -> list[str]:
    tags = subject.trial.tags
    dirty = ", with changes on top" if tags.get("cip.git_dirty") == "true" else ""
    lines = [
        f"commit `{tags.get('cip.git_commit') or 'unknown'}`{dirty}",
        f"data SHA-256 `{tags['cip.data_sha256']}`, {len(subject.features.X)} rows",
        f"configuration hash `{tags['cip.config_hash']}`",
        f"{tags.get('cip.versions', 'versions not recorded')}; all packages in `environment.txt`",
    ]
    if subject.trial.run_id:
        lines.insert(0, f"run `{subject.trial.run_id}`")
    return _bullets(lines)


def _load(subject: Subject) -> list[str]:
    if subject.trial.run_id is None or subject.settings.track.log_models == "none":
        return ["It was not kept: track=off or track.log_models=none."]
    own = format.OWN if subject.features.builder is not None else ()
    trusted = "".join(f"    #     {name}\n" for name in (*format.TRUSTED, *own)).rstrip()
    code = (
        "    from cip_exp.track.saved_model.log_model import load_model\n"
        '    pipeline = load_model("model")  # the folder beside this card; its SHA-256 is compared first\n'
        "    # Without this package: skops.io.load, trusting these types and no others:\n"
    )
    return [code + trusted]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in lines)
