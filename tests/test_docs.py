"""The documentation names what is there: files, commands, options, keys, checks, tags, columns."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from cip_exp.audit.runner import CHECKS
from cip_exp.report.tables import SUMMARY
from cip_exp.sweep.config_store import PRUNERS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
CONF = ROOT / "conf"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
"""Every page; the change log is history, and may name what is gone."""
CURRENT = [page for page in PAGES if page.name != "CHANGELOG.md"]
GROUPS = sorted(path.name for path in CONF.iterdir() if path.is_dir() and path.name != "hydra")
KEYED = ("data", "features", "split", "seeds", "objective", "track")
"""Groups whose keys are documented one by one; those of a model are its estimator's."""
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s#]*)(?:#([^)\s]*))?\)")
PATH = re.compile(r"(?:cip_exp|conf|scripts|tests|benchmarks|docs)/[\w./*-]*")
ABSENT = re.compile(
    r"\b(?:RE)?(?:DESIGN|CONTRACT|STYLE|FACTS)\b|(?<![\w.])/(?:work|tmp|home|root)/|\.\./shared"
)


def text_of(page: Path | str) -> str:
    """Return the text of a page, given by its path or its name below docs."""
    return (page if isinstance(page, Path) else ROOT / "docs" / page).read_text(encoding="utf-8")


def name_of(page: Path) -> str:
    """Return the name of a page as a test's id."""
    return page.relative_to(ROOT).as_posix()


def inline(text: str) -> list[str]:
    """Return what stands in backticks outside fenced blocks."""
    return INLINE.findall(FENCE.sub("", text))


def anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(page: Path, text: str) -> list[str]:
    """Return the relative links of a page whose file or heading is not there."""
    broken = []
    for target, anchor in LINK.findall(FENCE.sub("", text)):
        if "://" in target:
            continue
        path = page.parent / target if target else page
        if not path.exists() or (anchor and anchor not in anchors(path.read_text(encoding="utf-8"))):
            broken.append(f"{target}#{anchor}")
    return broken


def commands(text: str) -> Iterator[list[str]]:
    """Yield the words of every `python …` command of a page, in fenced blocks and in backticks."""
    blocks = [line for _, block in FENCE.findall(text) for line in block.splitlines()]
    for line in [*blocks, *inline(text)]:
        for part in line.split(" && "):
            words = shlex.split(part, comments=True) if re.match(r"\S*python(3\.11)? ", part) else []
            if len(words) > 1:
                yield words[1:]


def keys_of(group: str) -> set[str]:
    """Return every key that some option of a group has."""
    options = (CONF / group).glob("*.yaml")
    return {key for path in options for key in yaml.safe_load(path.read_text("utf-8")) or {}}


def wrong_override(word: str) -> str | None:
    """Return what is wrong with an override such as model=rf_churn,rf_clv; None where nothing is."""
    key, value = word.lstrip("+").split("=", 1)
    if key in GROUPS:
        missing = [each for each in value.split(",") if not (CONF / key / f"{each}.yaml").is_file()]
        return f"{key} has no option {missing}" if missing else None
    group, _, rest = key.partition(".")
    if group == "hydra":
        kind, _, name = rest.partition(".")
        known = {"sweeper": keys_of("hydra/sweeper"), "launcher": keys_of("hydra/launcher")}
        return None if name.split(".")[0] in known.get(kind, ()) else f"no key {key}"
    if group in GROUPS:
        return None if rest.split(".")[0] in keys_of(group) else f"no key {key}"
    if key.startswith("hydra/"):
        place, known_here = CONF / key / f"{value}.yaml", {*PRUNERS, "joblib", "basic"}
        return None if place.is_file() or value in known_here else f"no option {word}"
    top = yaml.safe_load((CONF / "config.yaml").read_text("utf-8"))
    # An axis that is added (`+x=…`) belongs to an app that the page itself shows.
    found = word.startswith("+") or (group in top and (not rest or rest in top[group]))
    return None if found else f"no key {key}"


def source_of(words: list[str]) -> Path | None:
    """Return the file whose options a command takes; None where there is none."""
    if words[0] == "-m":
        module = ROOT.joinpath(*words[1].split("."))
        found = [module.with_suffix(".py"), module / "__main__.py"]
    elif words[0].startswith("scripts/"):
        script = ROOT / words[0]
        found = [ROOT / "cip_exp" / "app" / "commands" / script.name] if script.is_file() else []
    else:
        found = [ROOT / words[0]]
    return next((path for path in found if path.is_file()), None)


def problems(words: list[str], text: str) -> list[str]:
    """Return what is wrong with one command of a page: its script, its options, its overrides."""
    if words[0] == "-m" and words[1] in ("venv", "pip"):
        return []
    overrides = [word for word in words[1:] if re.match(r"\+*[a-z_/.]+=", word)]
    wrong = [found for word in overrides if (found := wrong_override(word)) is not None]
    if words[0].startswith("-X") or f"# {words[0]}\n" in text:
        return wrong
    source = source_of(words)
    if source is None:
        return [f"no script {words[0]} {words[1:2]}"]
    options = [word for word in words[1:] if word.startswith("--")] if source.name != "train.py" else []
    return [
        *wrong,
        *(f"no option {each}" for each in options if f'"{each}"' not in source.read_text("utf-8")),
    ]


def test_readme_is_short() -> None:
    assert len(text_of(ROOT / "README.md").splitlines()) < 150


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_resolve(page: Path) -> None:
    assert broken_links(page, text_of(page)) == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_page_cites_what_is_not_in_the_repository(page: Path) -> None:
    assert ABSENT.findall(text_of(page)) == []


@pytest.mark.parametrize("page", CURRENT, ids=name_of)
def test_paths_exist(page: Path) -> None:
    found = [path for code in inline(text_of(page)) for path in PATH.findall(code) if "NAME" not in path]
    assert [path for path in found if not list(ROOT.glob(path.rstrip("./")))] == []


@pytest.mark.parametrize("page", CURRENT, ids=name_of)
def test_commands_name_what_there_is(page: Path) -> None:
    text = text_of(page)
    assert [each for words in commands(text) for each in problems(words, text)] == []


def test_there_are_commands_to_check() -> None:
    assert sum(1 for page in CURRENT for _ in commands(text_of(page))) > 50


@pytest.mark.parametrize("page", CURRENT, ids=name_of)
def test_options_in_backticks_exist(page: Path) -> None:
    chosen = [code for code in inline(text_of(page)) if re.fullmatch(r"[a-z_]+=[a-z_0-9,]+", code)]
    groups = [code for code in chosen if code.split("=")[0] in GROUPS]
    assert [found for code in groups if (found := wrong_override(code)) is not None] == []


@pytest.mark.parametrize("group", [*GROUPS, "hydra/launcher", "hydra/sweeper"])
def test_every_option_is_documented(group: str) -> None:
    codes = inline(text_of("configuration.md"))
    options = [f"{group}={path.stem}" for path in (CONF / group).glob("*.yaml")]
    assert options
    assert [option for option in options if option not in codes] == []


@pytest.mark.parametrize("group", KEYED)
def test_every_key_of_a_group_is_documented(group: str) -> None:
    codes = inline(text_of("configuration.md"))
    assert [key for key in sorted(keys_of(group) - {"name"}) if f"{group}.{key}" not in codes] == []


def test_every_key_of_the_top_level_is_documented() -> None:
    top = yaml.safe_load((CONF / "config.yaml").read_text("utf-8"))
    keys = {f"{key}.{each}" for key in ("confirm", "refit") for each in top[key]}
    keys |= set(top) - {"defaults", "hydra", "confirm", "refit"}
    assert sorted(keys - set(inline(text_of("configuration.md")))) == []


@pytest.mark.parametrize("option", ["hydra/sweeper/study", "hydra/launcher/pool"])
def test_every_key_of_sweeper_and_launcher_is_documented(option: str) -> None:
    keys = yaml.safe_load((CONF / f"{option}.yaml").read_text("utf-8")).keys() - {"_target_", "defaults"}
    codes = inline(text_of("configuration.md"))
    assert sorted({*keys} - {*codes}) == []


def test_every_pruner_is_documented() -> None:
    assert PRUNERS.keys() - set(inline(text_of("configuration.md"))) == set()


def test_the_checks_are_those_of_the_audit() -> None:
    data = {check.__name__ for check in CHECKS}
    scores = {path.stem for path in (ROOT / "cip_exp" / "audit" / "scores").glob("*.py")} - {"__init__"}
    rows = re.findall(r"^\| `(\w+)` \|", text_of("audit.md"), re.MULTILINE)
    assert sorted(rows) == sorted(data | scores)


def test_the_tags_are_those_of_the_code() -> None:
    sources = [path.read_text("utf-8") for path in (ROOT / "cip_exp").rglob("*.py")]
    used = {tag for source in sources for tag in re.findall(r"[\"'](cip\.[a-z_0-9]+)[\"']", source)}
    rows = {code for code in inline(text_of("results.md")) if re.fullmatch(r"cip\.[a-z_0-9]+", code)}
    assert rows == used


def test_the_columns_of_the_summary_are_documented() -> None:
    assert set(SUMMARY) - set(inline(text_of("results.md"))) == set()


def test_architecture_has_the_order_of_imports() -> None:
    tree = ast.parse((ROOT / "tests" / "test_architecture.py").read_text("utf-8"))
    values = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    assert " < ".join(ast.literal_eval(values["ORDER"])) in " ".join(text_of("architecture.md").split())


@pytest.mark.parametrize("page", [ROOT / "CONTRIBUTING.md", ROOT / "docs" / "architecture.md"], ids=name_of)
def test_constants_named_on_a_page_exist(page: Path) -> None:
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "cip_exp").rglob("*.py"))
    named = {code for code in inline(text_of(page)) if re.fullmatch(r"[A-Z][A-Z_]{4,}", code)}
    assert named
    assert [name for name in sorted(named) if not re.search(rf"^{name}\b", sources, re.MULTILINE)] == []


def test_architecture_names_every_package() -> None:
    package, text = ROOT / "cip_exp", text_of("architecture.md")
    folders = [path.parent.relative_to(package).as_posix() for path in package.rglob("__init__.py")]
    assert [name for name in folders if name != "." and f"{name.rsplit('/', 1)[-1]}/" not in text] == []


@pytest.mark.parametrize(
    ("command", "count"),
    [
        ("python train.py model=rf_churn,rf_chrun", 1),
        ("python train.py -m hparams_search=rf_churn hydra.sweeper.n_trails=3", 1),
        ("python train.py data.pth=customers.csv", 1),
        ("python train.py confirm.tops=3", 1),
        ("python train.py hydra/sweeper/pruner=pared", 1),
        ("python scripts/audits.py customers.csv", 1),
        ("python scripts/audit.py customers.csv --tarjet churned", 1),
        ("python -m benchmarks.forests", 1),
        ("python -m benchmarks.forest --row 3", 1),
        ("python sphere.py '+x=interval(-5.5,5.5)'", 1),
        ("python train.py -m model=rf_churn seed=0,1,2 '+data.lineage.a.parents=[b]' confirm.top=3", 0),
        ("python -m benchmarks.forest --rows 3", 0),
    ],
)
def test_a_wrong_command_is_seen(command: str, count: int) -> None:
    (words,) = commands(f"```bash\n{command}\n```\n")
    assert len(problems(words, "")) == count


@pytest.mark.parametrize(
    ("link", "broken"),
    [("[a](docs/data.md#splits)", 0), ("[a](docs/data.md#spilts)", 1), ("[a](docs/date.md)", 1)],
)
def test_a_broken_link_is_seen(link: str, broken: int) -> None:
    assert len(broken_links(ROOT / "README.md", link)) == broken
