"""Each chart and table of the page, compared with numbers counted by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import optuna
import pandas as pd
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from cip_exp.report.page.blocks import Chart, PageTable, joined, label, tone
from cip_exp.report.page.sections.churn import churn_blocks
from cip_exp.report.page.sections.clv import clv_blocks
from cip_exp.report.page.sections.importance import learning_curve_chart
from cip_exp.report.page.sections.lineage_graph import LineageGraph, _layers
from cip_exp.report.page.sections.search_history import search_section
from cip_exp.report.page.sections.segments import segment_blocks
from cip_exp.report.page.source import Source
from cip_exp.report.page.studies import MOST_POINTS
from tests.report.page.test_write import make

if TYPE_CHECKING:
    from pathlib import Path


def predictions(target: list[float], prediction: list[float], fold: str = "0") -> pd.DataFrame:
    return pd.DataFrame({"fold": fold, "prediction": prediction, "target": target})


def test_churn_blocks_equal_a_calculation_by_hand() -> None:
    blocks = churn_blocks(predictions([1, 1, 0, 0], [0.9, 0.4, 0.6, 0.1]))

    table, roc, precision, calibration, gain, lift = blocks
    assert isinstance(table, PageTable)
    assert [[cell.value for cell in row[1:]] for row in table.rows] == [[1, 1], [1, 1]]
    assert isinstance(roc, Chart)
    assert roc.alt == "ROC. out of fold: area 0.7500."
    assert roc.data[0]["x"] == [0, 0, 0.5, 0.5, 1]
    assert roc.data[0]["y"] == [0, 0.5, 0.5, 1, 1]
    assert "average precision 0.8333" in precision.alt
    assert isinstance(calibration, Chart)
    assert calibration.data[1]["y"] == [0, 1, 0, 1]
    assert isinstance(gain, Chart)
    assert gain.data[1]["y"] == [0, 0.5, 0.5, 1, 1]
    assert isinstance(lift, Chart)
    assert lift.data[1]["y"] == [2, 1, pytest.approx(4 / 3, abs=1e-5), 1]


def test_a_side_with_one_class_has_no_curves() -> None:
    assert churn_blocks(predictions([0, 0], [0.1, 0.9])) == []


def test_clv_blocks_equal_a_calculation_by_hand() -> None:
    fit, residuals = clv_blocks(predictions([1.0, 2.0, 3.0], [1.0, 2.0, 5.0], "holdout"))
    assert isinstance(fit, Chart)
    assert "holdout: r2 -1.0000, mean absolute error 0.6667 over 3 rows" in fit.alt
    assert isinstance(residuals, Chart)
    assert sorted(residuals.data[0]["y"]) == [-2.0, 0.0, 0.0]


def test_segment_blocks_equal_a_calculation_by_hand() -> None:
    profiles = pd.DataFrame({"cluster": [0, 1], "age": [20.0, 40.0], "size": [3, 1], "share": [0.75, 0.25]})
    blocks = segment_blocks(profiles, pd.DataFrame({"cluster": [0, 0, 1], "silhouette": [0.5, 0.25, -0.1]}))

    assert [block.kind for block in blocks] == ["chart", "chart", "table", "chart"]
    assert "segment 0 3 (75%)" in blocks[0].alt  # type: ignore[union-attr]
    assert "segment 0 0.3750; segment 1 -0.1000" in blocks[1].alt  # type: ignore[union-attr]
    assert "segment 1: age +1.7" in blocks[3].alt  # type: ignore[union-attr]


def test_a_learning_curve_without_points_is_left_out() -> None:
    columns = ["n_train", "fold", "train", "validation"]
    assert learning_curve_chart(pd.DataFrame(columns=columns), "f1") is None
    chart = learning_curve_chart(
        pd.DataFrame([[5, 0, 1.0, 0.5], [9, 0, 1.0, 0.7], [9, 1, 1.0, 0.9]], columns=columns), "f1"
    )
    assert chart is not None
    assert "9 rows: 1.0000 fitted on, 0.8000 held out" in chart.alt


def test_a_lineage_with_a_circle_is_drawn_without_error() -> None:
    graph = LineageGraph("t", {"a": ["b"], "b": ["a"], "t": ["a"]})
    assert sorted(name for layer in _layers(graph, {"a", "b", "t"}) for name in layer) == ["a", "b", "t"]


def journal(folder: Path, trials: int) -> None:
    storage = JournalStorage(JournalFileBackend(str(folder / "journal.log")))
    study = optuna.create_study(study_name="s/features=clean", storage=storage, direction="maximize")
    kinds = {
        "model.depth": optuna.distributions.IntDistribution(1, 9),
        "model.weight": optuna.distributions.CategoricalDistribution(("none", None)),
    }
    study.add_trials([
        optuna.trial.create_trial(
            value=1 / (1 + i), distributions=kinds, params={"model.depth": 1 + i % 9, "model.weight": None}
        )
        for i in range(trials)
    ])  # fmt: skip


def source(folder: Path) -> Source:
    trial = make(0, "clean", 0, (0.5,))
    trial = make(0, "clean", 0, (0.5,), tags={**trial.tags, "cip.trial_number": "0"})
    return Source(folder, (trial,), (), pd.DataFrame(columns=["features"]), {}, "")


def test_a_search_has_four_charts_and_few_lines(tmp_path: Path) -> None:
    journal(tmp_path, MOST_POINTS + 60)
    history, importance, parallel, slices = search_section(source(tmp_path)).blocks
    assert isinstance(history, Chart)
    assert len(history.data[0]["x"]) == MOST_POINTS + 60
    assert isinstance(importance, Chart)
    assert "depth" in importance.alt
    assert isinstance(parallel, Chart)
    assert len(parallel.data) <= MOST_POINTS
    assert "the best, 1.0000, has depth = 1, weight = None" in parallel.alt
    assert isinstance(slices, Chart)


@pytest.mark.parametrize("trials", [0, 1])
def test_a_search_of_too_few_trials_has_a_message(tmp_path: Path, trials: int) -> None:
    journal(tmp_path, trials)
    blocks = search_section(source(tmp_path)).blocks
    assert "too few trials to plot" in str(blocks[-1])


def test_a_search_without_its_study_has_a_message(tmp_path: Path) -> None:
    assert "not in this folder" in str(search_section(source(tmp_path)).blocks[0])


def test_values_as_text() -> None:
    assert joined(["a", "b", "c"]) == "a, b and c"
    assert joined([]) == ""
    assert tone("duplicated,degenerate") == "bad"
    assert tone("ok") == "good"
    assert label("<b>") == "&lt;b&gt;"
