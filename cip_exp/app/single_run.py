"""The end of a single run: complete the trial, record it with its model, and print it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cip_exp.app.closing_lines import closing_lines
from cip_exp.report import terminal
from cip_exp.runtime import ForkedCall
from cip_exp.selection.baseline_comparison import (
    baseline_metrics,
    compare_with_baselines,
    tags_of_comparison,
)
from cip_exp.track import sweep_folder
from cip_exp.track.connect import open_store
from cip_exp.trial.artifacts import save_artifacts
from cip_exp.trial.completion import Completion, complete
from cip_exp.trial.diagnostics import diagnose
from cip_exp.trial.serving import decide, threshold_metrics

if TYPE_CHECKING:
    from pathlib import Path

    from cip_exp.config.settings import Settings
    from cip_exp.records.baseline_scores import BaselineScores, ComparedModel
    from cip_exp.records.trial import Trial
    from cip_exp.trial.final import FinalModel
    from cip_exp.trial.run import TrialResult

    Details = tuple[dict[str, float], tuple[str, ...], dict[str, str]]
    """Metrics and notes of the completion, and diagnostics by file name."""


def finish_run(
    settings: Settings, result: TrialResult, output: Path, baselines: ForkedCall[tuple[BaselineScores, ...]]
) -> None:
    """Record a single run with its model and its baselines, and print it."""
    final = result.final
    details: ForkedCall[Details] = ForkedCall(lambda: _details(settings, final))
    store = open_store(settings)  # takes as long as the details
    metrics, notes, diagnostics = details.result()
    done = result.trial
    if final is not None:
        found = decide(settings, result.prepared, result.evaluation.oof, done.metrics)
        metrics = metrics | threshold_metrics(found)
    done = replace(done, metrics={**done.metrics, **metrics}, notes=(*done.notes, *notes))
    done, compared = _with_baselines(done, baselines.result())
    sweep_folder.write_trial(output, done)
    done = replace(done, run_id=store.log_trial(done, kind="run", config_yaml=settings.yaml))
    sweep_folder.write_trial(output, done)
    if final is not None:
        completion = Completion(result.prepared, final, metrics, notes)
        save_artifacts(
            settings, completion, result.evaluation.oof, done, diagnostics, output, store, compared
        )
    (output / "resolved.yaml").write_text(settings.yaml, encoding="utf-8")
    address = store.address(done.run_id, children=False)
    terminal.show_run(done, output, address, compared, closing_lines(settings, result.prepared))


def _with_baselines(done: Trial, scored: tuple[BaselineScores, ...]) -> tuple[Trial, ComparedModel | None]:
    """Return the record with the scores of the baselines, and the comparison with them."""
    found = compare_with_baselines([done], [scored])
    if found is None:
        return done, None
    metrics = {**done.metrics, **baseline_metrics(scored, found)}
    return replace(done, metrics=metrics, tags={**done.tags, **tags_of_comparison(found)}), found


def _details(settings: Settings, final: FinalModel | None) -> Details:
    if final is None:
        return {}, (), {}
    completion = complete(settings, final=final)
    return completion.metrics, completion.notes, diagnose(settings, completion.prepared, final)
