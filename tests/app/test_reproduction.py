"""A record is run again to the last bit; what differs is named; a recorded configuration executes nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cip_exp.app import reproduction
from cip_exp.app.commands.reproduce import main
from cip_exp.config.load import compose
from cip_exp.errors import ConfigError
from cip_exp.track import sweep_folder
from cip_exp.trial.completion import SEARCH_SEEDS, complete
from cip_exp.trial.run import TrialRequest, run_trial

if TYPE_CHECKING:
    from pathlib import Path

    from cip_exp.config.settings import Settings
    from cip_exp.records.trial import Trial

FAST = ("model=rf_churn", "features=strict", "model.n_estimators=5", "track=off")


@pytest.fixture
def settings(outputs: Path) -> Settings:
    return compose([*FAST, f"outputs={outputs}"])


def recorded(settings: Settings, stage: TrialRequest | None = None) -> Trial:
    done = run_trial(settings, stage).trial
    return replace(done, config=settings.yaml)


def keep(done: Trial, outputs: Path) -> str:
    path = outputs / "sweeps" / "kept"
    sweep_folder.write_trial(path, done)
    return f"{path}#{done.number}"


def test_a_single_run_is_reproduced_without_a_store(
    settings: Settings, outputs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = keep(recorded(settings, TrialRequest(open_holdout=True)), outputs)
    assert main([name]) == 0
    said = capsys.readouterr().out
    # 36 by metric (six times six), five folds, the objective.
    assert "42 of 42 metrics equal to the last bit" in said
    assert "fit_seconds" in said.splitlines()[-1]
    assert [path.name for path in outputs.iterdir()] == ["sweeps"]


@pytest.mark.parametrize("size", [2**-53, 1e-9])
def test_a_difference_beyond_rounding_is_a_difference(
    settings: Settings, outputs: Path, capsys: pytest.CaptureFixture[str], size: float
) -> None:
    done = recorded(settings)
    changed = done.metrics["cv_recall_mean"] + size
    assert changed != done.metrics["cv_recall_mean"]
    metrics = {**done.metrics, "cv_recall_mean": changed, "cv_lost_mean": 0.5}
    name = keep(replace(done, metrics=metrics), outputs)
    assert main([name]) == 1
    said = capsys.readouterr().out
    assert (repr(changed) in said) == (size > 1e-12)
    assert ("1 within 1e-12" in said) == (size < 1e-12)
    assert "not computed" in said
    assert "35 of 37 metrics equal to the last bit" in said
    assert "cv_precision_mean" not in said


def test_another_table_is_another_trial(settings: Settings, outputs: Path) -> None:
    done = recorded(settings)
    name = keep(replace(done, tags={**done.tags, "cip.data_sha256": "0" * 64}), outputs)
    found = reproduction.reproduce(name)
    assert not found.differences
    assert not found.equal
    assert [check.name for check in found.checks if not check.same] == ["data"]


def test_a_trial_that_was_pruned_stops_where_it_stopped(settings: Settings, outputs: Path) -> None:
    done = recorded(settings, TrialRequest(on_fold=lambda _score, step: step == 1))
    assert (done.state, len(done.folds["f1"])) == ("pruned", 2)
    found = reproduction.reproduce(keep(done, outputs))
    assert found.equal
    assert "fold_f1[1]" in reproduction.figures(done)


def test_the_averaged_model_of_a_winner_is_reproduced(settings: Settings, outputs: Path) -> None:
    done = recorded(settings, TrialRequest(tags={"cip.stage": "search", "cip.trial_number": "0"}))
    won = complete(settings, SEARCH_SEEDS).metrics
    assert {"test_f1", "test_f1_low", "score_each_row_once"} <= set(won)
    won |= {"quoted_f1": 0.5, "optimism": 0.1}
    found = reproduction.reproduce(keep(replace(done, metrics={**done.metrics, **won}), outputs))
    assert found.equal
    assert set(found.left_out) == {"fit_seconds", "quoted_f1", "optimism"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("path: null", "path: ${oc.env:HOME}", "interpolation"),
        ("path: null", "'${oc.env:HOME}': null", "interpolation"),
        ("path: null", "path: ${", "cannot be read"),
        ("cip_exp.forest.RandomForestClassifier", "os.system", "not allowed"),
        ("  max_depth: 8", "  max_depth: {_target_: os.system, command: 'touch {made}'}", "model"),
        ("name: rf_churn", "name: [", "cannot be read"),
        ("path: null", "path: !!python/object/apply:os.system ['touch {made}']", "cannot be read"),
        ("seed: 0", "seed: 0\nhydra: {callbacks: {a: {_target_: os.system}}}", ""),
    ],
)
def test_a_recorded_configuration_is_data(
    settings: Settings, tmp_path: Path, old: str, new: str, said: str
) -> None:
    made = tmp_path / "made"
    text = settings.yaml.replace(old, new.replace("{made}", str(made)), 1)
    assert text != settings.yaml
    if said:
        with pytest.raises(ConfigError, match=said):
            reproduction.settings_of(text)
    else:
        assert reproduction.settings_of(text).config_hash == settings.config_hash
    assert not made.exists()


@pytest.mark.parametrize("broken", ["nothing", "kept#7", "kept#x", "kept", "failed"])
def test_what_cannot_be_reproduced_ends_with_two(
    settings: Settings, outputs: Path, capsys: pytest.CaptureFixture[str], broken: str
) -> None:
    done = recorded(settings)
    kept = keep(done, outputs).partition("#")[0]
    keep(replace(done, number=1, state="failed", error="no rows"), outputs)
    name = {"kept": kept, "failed": "latest#1"}.get(broken, broken)
    assert main([name]) == 2
    said = capsys.readouterr().err
    assert 1 < len(said.splitlines()) <= 12
    assert "Traceback" not in said


def test_a_record_is_found_by_its_run_where_there_is_no_store(settings: Settings, outputs: Path) -> None:
    keep(replace(recorded(settings), run_id="a1b2", number=3), outputs)
    assert reproduction.find("a1b2").number == 3


def test_the_table_may_have_moved(settings: Settings, tmp_path: Path) -> None:
    moved = reproduction.settings_of(settings.yaml, str(tmp_path / "there.csv"))
    assert moved.data.path == str(tmp_path / "there.csv")
    assert moved.config_hash == settings.config_hash
    assert json.loads(json.dumps(moved.flat))["track.name"] == "off"
