"""The page from the files of a sweep: it has the same numbers, runs no foreign script and loads nothing."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from cip_exp.app.commands.report import main
from cip_exp.errors import DataError
from cip_exp.records.trial import Trial
from cip_exp.report import tables
from cip_exp.report.page.sections.importance import importance_chart
from cip_exp.report.page.source import read_source
from cip_exp.report.page.write import write_report
from cip_exp.track import sweep_folder

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = "</script><script>document.title='owned'</script>"
NUMBER = re.compile(r'<data value="([^"]+)" data-name="(\w+)">')


def make(number: int, features: str, seed: int, scores: tuple[float, ...], **changes: Any) -> Trial:
    leaky = "leaky,duplicated" if features == "leaky" else "ok"
    tags = {
        "model": "rf_churn", "features": features, "data": "purchasing", "seed": str(seed), "verdict": leaky,
        "config_hash": "c" * 64, "data_sha256": "d" * 64, "git_commit": "abc", "git_dirty": "false",
    }  # fmt: skip
    fields: dict[str, Any] = {
        "state": "complete", "params": {}, "tags": {f"cip.{name}": value for name, value in tags.items()},
        "metrics": {"cv_f1_mean": sum(scores) / len(scores), "test_f1": 0.5 + seed / 7, "gap_f1": 0.1 / 3},
        "folds": {"f1": scores}, "task": "churn", "primary": "f1", "objective": sum(scores) / len(scores),
        "number": number, "overrides": (f"features={features}", f"seed={seed}"), "test_ratio": 0.25,
        "reasons": (f"{SCRIPT} → churn",) if features == "leaky" else (), "started": 1e9, "ended": 1e9 + 1,
    }  # fmt: skip
    return Trial(**{**fields, **changes})


@pytest.fixture
def sweep(outputs: Path) -> Path:
    """A sweep's folder."""
    return build(outputs / "sweeps" / "study")


def build(where: Path) -> Path:
    """Make two feature sets under two seeds, with the files of a winner; one column's name is a script."""
    trials = [
        make(0, "leaky", 0, (1.0, 0.9, 0.95)), make(1, "leaky", 1, (0.9, 1.0, 0.97)),
        make(2, "strict", 0, (0.6, 0.7, 1 / 3)), make(3, "strict", 1, (0.5, 0.65, 0.7)),
    ]  # fmt: skip
    for trial in trials:
        sweep_folder.write_trial(where, trial)
    tables.summary(trials, ["features"]).to_csv(where / "summary.csv", index=False)
    origins = {SCRIPT: ["risk"], "risk": [], "churn": ["risk"], "age": []}
    cell = {
        "target": "churn", "rows": 12, "holdout_rows": 3, "features": [SCRIPT, "age"], "dropped": {},
        "origins": {name: {"parents": parents, "known": "before"} for name, parents in origins.items()},
        "leaks": [{"feature": SCRIPT, "path": f"{SCRIPT} ← risk → churn", "meet": "risk",
                   "edges": [["risk", SCRIPT], ["risk", "churn"]]}],
    }  # fmt: skip
    predictions = pd.DataFrame({
        "id": range(8), "fold": ["0", "0", "0", "1", "1", "1", "holdout", "holdout"],
        "prediction": [0.9, 0.2, 0.6, 0.1, 0.8, 0.7, 0.9, 0.1], "target": [1, 0, 0, 0, 1, 1, 1, 0],
    })  # fmt: skip
    importance = f"feature,impurity,permutation_mean,permutation_std\n{SCRIPT},0.9,0.5,0.1\nage,0.1,0.0,0.0\n"
    curve = "n_train,fold,train,validation\n4,0,1.0,0.5\n8,0,1.0,0.6\n4,1,1.0,0.4\n8,1,0.9,0.7\n"
    for number in (0, 2):
        sweep_folder.write_texts(where / "models" / str(number), {
            "cell.json": json.dumps(cell), "predictions.csv": predictions.to_csv(index=False),
            "feature_importance.csv": importance, "learning_curve.csv": curve,
            "environment.txt": "# Python 3.11.7, Linux x86_64\nnumpy==2.4.6\n",
        })  # fmt: skip
    return where


def test_every_number_of_the_summary_is_on_the_page_in_full_precision(sweep: Path) -> None:
    page = write_report(sweep).read_text("utf-8")

    shown: dict[str, set[float]] = {}
    for value, name in NUMBER.findall(page):
        shown.setdefault(name, set()).add(float(value))
    summary = pd.read_csv(sweep / "summary.csv")
    for name in ("n", "cv_mean", "cv_se", "ci_low", "ci_high", "test_mean", "gap_mean"):
        assert shown[name] == set(summary[name].astype(float)), name


def test_the_summary_is_first_and_the_sections_are_in_order(sweep: Path) -> None:
    assert sweep.name == "study"
    page = write_report("study").read_text("utf-8")

    assert re.findall(r"<h2>(.*?)</h2>", page) == [
        "Verdict and reasons", "Leaderboard", "Feature sets compared", "Seeds",
        "Cross-validation against the holdout", "Best model: churn", "Feature lineage", "Reproducibility",
    ]  # fmt: skip
    start = page.index('class="summary"')
    scored, results, trust = re.findall(r"<p>(.*?)</p>", page[start : page.index("<nav")])
    assert scored == (
        "This sweep scores rf_churn for churn on purchasing (12 customers), over features = leaky, strict, "
        "with 2 seeds; 4 trials."
    )
    assert "the best cell that does not leak (strict) has f1 0.5806" in results
    assert trust == "Not all scores can be trusted: 1 of 2 cells leaky and 1 of 2 cells duplicated."


def test_a_loss_and_a_score_are_ranked_each_in_its_own_direction(outputs: Path) -> None:
    where = outputs / "sweeps" / "two"
    scores = {("a", "roc_auc"): 0.7, ("b", "roc_auc"): 0.8, ("a", "log_loss"): 0.9, ("b", "log_loss"): 0.4}
    trials = [
        make(
            number, model, 0, (score, score + 0.01), primary=metric, folds={metric: (score, score + 0.01)},
            metrics={f"cv_{metric}_mean": score, "cv_f1_mean": 0.7},
            overrides=(f"x={model}", f"metric={metric}"),
            objective=-score if metric == "log_loss" else score,
        )
        for number, ((model, metric), score) in enumerate(scores.items())
    ]  # fmt: skip
    for trial in trials:
        sweep_folder.write_trial(where, trial)
    tables.summary(trials, ["x", "metric"]).to_csv(where / "summary.csv", index=False)

    page = write_report("two").read_text("utf-8")

    assert "the best cell (b · roc_auc) has roc_auc 0.8050" in page
    assert "the best cell (b · log_loss) has log_loss 0.4050" in page
    assert page.index("Churn: roc_auc") < page.index("Churn: log_loss (less is better)")
    listed = re.findall(r'data-name="cv_mean">([\d.]+)<', page)[:4]
    assert listed == ["0.8050", "0.7050", "0.4050", "0.9050"]
    assert page.count("<td>good</td>") == 4


def test_names_from_the_data_are_text_and_never_markup(sweep: Path) -> None:
    page = write_report(sweep).read_text("utf-8")

    assert SCRIPT not in page
    assert "<script>document" not in page
    assert html.escape(SCRIPT) in page
    assert page.count("\\u0026lt;/script") + page.count("&lt;/script") > 1


def test_the_page_loads_nothing_and_has_plotly_once(sweep: Path) -> None:
    page = write_report(sweep).read_text("utf-8")

    own = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert re.findall(r'(?:src|href)="(?!#|data:)', own) == []
    assert "@import" not in own
    assert "url(" not in own
    assert len(re.findall(r"plotly\.js v\d", page)) == 1
    assert len(page.encode()) < 8e6
    drawn = re.findall(r'role="img" aria-label="([^"]*)"', own)
    assert len(drawn) == own.count('class="plot"') + own.count("<svg") >= 12
    assert all(re.search(r"\d", text) for text in drawn)


def test_a_leaking_path_is_marked_in_the_lineage(sweep: Path) -> None:
    page = write_report(sweep).read_text("utf-8")

    assert page.count('class="edge leak"') == 2
    assert page.count('class="node leak"') == 1
    assert page.count('class="node target"') == 1
    assert "Raw columns that share no source with the target: age." in page
    assert "origins" not in page.partition("Feature lineage</h2>")[2].partition("<h2>")[0]


def test_of_columns_without_declaration_nothing_is_promised(sweep: Path) -> None:
    for path in (sweep / "models").glob("*/cell.json"):
        cell = json.loads(path.read_text("utf-8"))
        cell["origins"]["age"] = {"parents": [], "declared": False}
        path.write_text(json.dumps(cell))
    page = write_report(sweep).read_text("utf-8")

    assert "share no source" not in page
    assert "No lineage declared for 1 of 2 columns: their origins are unknown." in page


def test_a_killed_sweep_without_winner_or_summary_has_a_page(outputs: Path) -> None:
    where = outputs / "sweeps" / "killed"
    sweep_folder.write_trial(where, make(0, "strict", 0, (0.5, 0.75)))
    failed = {
        "state": "failed",
        "folds": {},
        "metrics": {},
        "objective": float("nan"),
        "error": "too <few> rows",
    }
    sweep_folder.write_trial(where, make(1, "clean", 0, (0.0,), **failed))

    page = write_report("killed").read_text("utf-8")

    assert "2 trials, 1 failed" in page
    assert "trial 1 failed: too &lt;few&gt; rows" in page
    assert read_source("killed").summary["cv_mean"].tolist() == [0.625]


@pytest.mark.parametrize("given", ["nope", "../study/x", ""])
def test_an_unknown_sweep_is_refused_in_one_message(
    sweep: Path, given: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([given]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert 1 <= len(err.splitlines()) <= 12
    assert "there is no sweep" in err
    assert not (sweep / "report.html").exists()


def test_a_sweep_without_trials_is_refused(outputs: Path) -> None:
    (outputs / "sweeps" / "empty" / "trials").mkdir(parents=True)
    with pytest.raises(DataError, match="holds no finished trial"):
        write_report("empty")


def test_the_chart_of_importance_says_how_many_features_were_permuted() -> None:
    permutation = {"permutation_mean": [0.2, None, None], "permutation_std": [0.1, None, None]}
    table = pd.DataFrame({"feature": ["a", "b", "c"], "impurity": [0.6, 0.3, 0.1], **permutation})
    assert importance_chart(table, "f1").caption.endswith("; 1 were permuted")
    assert "were permuted" not in importance_chart(table.head(1), "f1").caption
