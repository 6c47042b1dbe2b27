"""The real tables that pruned searches are compared on, small enough for thousands of fits."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from benchmarks.leakage.datasets import catalogue, load

ROWS = 400
CUSTOMERS = 300
CATALOGUED = (
    *("modeldata/wa_churn", "modeldata/credit_data", "ISLR/OJ", "MASS/Pima.te", "sklearn/breast_cancer"),
    *("sklearn/diabetes", "modeldata/Sacramento", "ISLR/Hitters", "ISLR/Wage"),
)


def tables(folder: Path, *, quick: bool) -> dict[str, list[str]]:
    """Return the overrides of each data set by name; samples are written below `folder`."""
    found = {f"purchasing {task}": ["data=purchasing", f"model=rf_{task}"] for task in ("churn", "clv")}
    if not quick:
        purchases = _sample_cdnow(folder)
        for task in ("churn", "clv"):
            shared = ["data=cdnow", f"data.path={purchases}", "split=temporal"]
            found[f"cdnow {task}"] = [*shared, f"model=rf_{task}"]
    entries = {entry.name: entry for entry in catalogue()}
    for name in CATALOGUED[:1] if quick else CATALOGUED:
        found[name] = _sample(entries[name], folder)
    return found


def _sample(entry, folder: Path) -> list[str]:
    data = load(entry)
    rows = np.sort(np.random.default_rng(0).permutation(len(data.y))[:ROWS])
    path = folder / f"{entry.item}.csv"
    data.X.assign(target_of_search=data.y).iloc[rows].to_csv(path, index=False)
    task = [f"data.task={data.task}", f"model=rf_{data.task}", "features.impute=median"]
    return ["data=csv", f"data.path={path}", "data.target=target_of_search", *task]


def _sample_cdnow(folder: Path) -> Path:
    """Write the purchases of some customers, one who bought on the last day among them: horizons end there."""
    spec = find_spec("lifetimes")
    if spec is None or spec.origin is None:
        msg = "the purchases of CDNOW are in the package lifetimes: pip install -e '.[data]'"
        raise SystemExit(msg)
    file = Path(spec.origin).parent / "datasets" / "CDNOW_master.txt"
    header, *lines = file.read_text(encoding="utf-8").splitlines()
    ids = sorted({line.split()[0] for line in lines if line.strip()})
    last = max((line.split()[1], line.split()[0]) for line in lines if line.strip())[1]
    kept = {last, *np.random.default_rng(0).choice(ids, CUSTOMERS, replace=False)}
    path = folder / "purchases.txt"
    path.write_text(
        "\n".join([header, *(one for one in lines if one.split()[:1] and one.split()[0] in kept)]) + "\n"
    )
    return path
