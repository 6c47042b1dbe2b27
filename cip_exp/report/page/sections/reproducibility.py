"""List what is needed to reproduce the numbers: command, commit, data, environment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cip_exp.records.vocabulary import Tag
from cip_exp.report.page.blocks import Block, PageTable, Section, TableCell, Text
from cip_exp.track import sweep_folder as records

if TYPE_CHECKING:
    from cip_exp.report.page.source import Source

MAIN_PACKAGES = (
    "cip_exp",
    "scikit-learn",
    "numpy",
    "scipy",
    "pandas",
    "optuna",
    "mlflow",
    "hydra-core",
    "omegaconf",
    "skops",
)


def reproducibility_section(source: Source) -> Section:
    """Return the commands, the recorded facts and the versions of all packages."""
    tags = [trial.tags for trial in source.trials]
    parent = records.read_parent(source.folder) or ""
    data = dict.fromkeys((each[Tag.DATA], each[Tag.DATA_SHA256]) for each in tags)
    commits = dict.fromkeys(
        _commit(each.get(Tag.GIT_COMMIT, ""), each.get(Tag.GIT_DIRTY, "")) for each in tags
    )
    hashes = list(dict.fromkeys(each[Tag.CONFIG_HASH] for each in tags))
    packages = _packages(source)
    facts = [
        ("started", _time(min(trial.started for trial in source.trials))),
        ("ended", _time(max(trial.ended for trial in source.trials))),
        ("commit", "; ".join(commits)),
        *((f"data {name}, SHA-256", digest) for name, digest in data),
        (
            "configuration",
            hashes[0]
            if len(hashes) == 1
            else f"{len(hashes):,} different ones; each trial's is in its config.yaml",
        ),
        ("folder", source.name),
        *([("parent run", parent)] if parent else []),
        *((name, packages[name]) for name in ("Python", *MAIN_PACKAGES) if name in packages),
    ]
    rows = tuple((TableCell(name), TableCell(value)) for name, value in facts)
    blocks: list[Block] = []
    if source.command:
        blocks += [Text(("Command of the sweep:",)), Text((source.command,), "code")]
    runs = [each.trial for each in source.best() if each.trial.run_id]
    if runs:
        lines = tuple(
            f"python scripts/reproduce.py {trial.run_id}  # {tags[Tag.MODEL]} {tags[Tag.FEATURES]}"
            for trial in runs
            for tags in (trial.tags,)
        )
        blocks += [Text(("Run one trial again and compare every metric:",)), Text(lines, "code")]
    blocks.append(PageTable("Recorded with the numbers", ("item", "value"), rows))
    if packages:
        every = tuple(f"{name} {version}" for name, version in packages.items())
        blocks.append(Text(every, "code", f"all {len(every)} packages"))
    return Section("Reproducibility", blocks)


def _commit(commit: str, dirty: str) -> str:
    if not commit:
        return "unknown"
    return f"{commit} with uncommitted changes" if dirty == "true" else commit


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if seconds else "unknown"


def _packages(source: Source) -> dict[str, str]:
    """Return versions by package, as they were recorded with a winner; empty where none was recorded."""
    paths = [each.folder / "environment.txt" for each in source.diagnostics]
    text = next((path.read_text(encoding="utf-8") for path in paths if path.exists()), "")
    lines = text.splitlines()
    found = {"Python": lines[0].removeprefix("# Python ")} if lines else {}
    return found | {name: version for name, _, version in (line.partition("==") for line in lines[1:])}
