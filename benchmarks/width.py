"""Seconds of single runs and audits on a wide table and a long one: `python -m benchmarks.width`.

    python -m benchmarks.width --before FOLDER    # by turns with another checkout of this project

The wide table has 400 rows and 2,000 columns, the long one 10,000 rows and 30 columns; a twentieth of the
columns are categories, three columns have a signal, the others are noise. A first run in each checkout, on
another table, is not counted.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[1]
TABLES = {"wide": (400, 2000), "long": (10_000, 30)}
MODELS = ("rf_churn", "logit_churn", "hgb_churn")


def make_table(rows: int, columns: int, seed: int = 0) -> pd.DataFrame:
    """Return a table with a label `churn`, for 35 % of the rows, as its last column."""
    rng = np.random.default_rng(seed)
    n_categories = columns // 20
    numbers = {f"n{at}": rng.normal(size=rows).round(6) for at in range(columns - n_categories - 1)}
    texts = {f"c{at}": rng.choice(list("abcd"), size=rows) for at in range(n_categories)}
    signal = numbers["n0"] + 0.8 * numbers["n1"] + (texts["c0"] == "a") + rng.normal(size=rows)
    return pd.DataFrame({**numbers, **texts, "churn": (signal > np.quantile(signal, 0.65)).astype(int)})


def main() -> None:
    """Print wall and CPU seconds of each command in each checkout."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--before", type=Path, help="another checkout, by turns with this one")
    parser.add_argument("--tables", nargs="*", choices=TABLES, default=list(TABLES))
    parser.add_argument("--models", nargs="*", choices=MODELS, default=list(MODELS))
    arguments = parser.parse_args()
    checkouts = {"this": ROOT} | ({} if arguments.before is None else {"before": arguments.before.resolve()})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_table(100, 20).to_csv(folder / "warm.csv", index=False)
        for checkout in checkouts.values():
            _run(checkout, folder, *_training(folder / "warm.csv", "rf_churn"))
        for table in arguments.tables:
            path = folder / f"{table}.csv"
            make_table(*TABLES[table]).to_csv(path, index=False)
            commands = {model: _training(path, model) for model in arguments.models}
            commands["audit.py"] = ["scripts/audit.py", str(path), "--target", "churn", "--format", "json"]
            for what, command in commands.items():
                for which, checkout in checkouts.items():
                    wall, cpu = _run(checkout, folder, *command)
                    print(f"{table} {what} {which}: {wall:.1f} s ({cpu:.1f} s of CPU)", flush=True)


def _training(path: Path, model: str) -> list[str]:
    return ["train.py", "data=csv", f"data.path={path}", "data.target=churn", f"model={model}"]


def _run(checkout: Path, folder: Path, *command: str) -> tuple[float, float]:
    """Return wall and CPU seconds of a command; its exit code may be 1, where the audit finds something."""
    outputs = folder / f"outputs_{checkout.name}"
    environment = {**os.environ, "CIP_OUTPUTS": str(outputs), "PYTHONPATH": str(checkout)}
    begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, *command], cwd=checkout, env=environment, capture_output=True, text=True, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode > 1:
        raise RuntimeError(done.stderr[-2000:])
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - begun, cpu


if __name__ == "__main__":
    main()
