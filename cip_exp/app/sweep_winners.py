"""Choose the winners of a sweep, complete them, and record them.

`selection` decides, `trial.completion` fits and scores, `SweepRecorder` writes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cip_exp.app.sweep_baselines import SweepBaselines
from cip_exp.records.grouping import group_by_axes
from cip_exp.records.vocabulary import Tag
from cip_exp.report.baselines_table import read_baselines
from cip_exp.selection.baseline_comparison import baseline_metrics, tags_of_comparison
from cip_exp.selection.confirmation import confirm, own_parameters
from cip_exp.selection.quote import quote_note, quote_winner
from cip_exp.selection.winner import Winner, choose, group_rivals, is_outer, standing_winners
from cip_exp.track import holdout_log, sweep_folder
from cip_exp.trial.artifacts import save_artifacts
from cip_exp.trial.completion import SEARCH_SEEDS, Completion, complete
from cip_exp.trial.diagnostics import diagnose
from cip_exp.trial.serving import decide, threshold_metrics

if TYPE_CHECKING:
    from cip_exp.app.recording import SweepRecorder
    from cip_exp.config.settings import Settings
    from cip_exp.records.baseline_scores import ComparedModel
    from cip_exp.records.sweep_context import SweepContext
    from cip_exp.records.trial import Trial

Compose = Callable[[Sequence[str]], "Settings"]


class SweepWinners:
    """The winners of a sweep, with the trials of its confirm stage."""

    def __init__(self, sweep: SweepContext, compose: Compose, recorder: SweepRecorder) -> None:
        self._sweep = sweep
        self._compose = compose
        self._recorder = recorder
        self._changed: dict[int, Trial] = {}
        self._baselines = SweepBaselines(sweep, compose)
        self._compared: dict[int, ComparedModel] = {}
        self.confirmed: list[Trial] = []
        self.winners: list[Winner] = []

    def select(self, trials: Sequence[Trial]) -> list[Trial]:
        """Choose, complete and record a winner for each question; return the trials as they stand then.

        A resumed search without a further trial keeps its winners: nothing is confirmed or opened again.
        Otherwise it chooses anew.
        """
        trials = self._earlier(trials) if self._sweep.search else trials
        if self.winners:
            self._compared = {each.number: each for each in read_baselines(self._sweep.path)}
        else:
            self._select(trials)
        return [self._changed.get(each.number, each) for each in trials]

    @property
    def compared(self) -> list[ComparedModel]:
        """The configurations of the table, each with its comparison with the baselines."""
        return list(self._compared.values())

    def _select(self, trials: Sequence[Trial]) -> None:
        if not self._sweep.search:
            self._baselines.start(trials)
        self.winners = [self._winner(rivals) for rivals in group_rivals(trials, self._sweep)]
        if not self._sweep.search:
            self._compare_others(trials)

    def _compare_others(self, trials: Sequence[Trial]) -> None:
        """Compare the configurations of a grid that did not win, and note the result on their trials."""
        for members in group_by_axes(trials, self._sweep.axes).values():
            if members[0].number not in self._compared:
                found = self._compare(members)
                tags = {} if found is None else tags_of_comparison(found)
                for each in members if tags else ():
                    self._changed[each.number] = self._recorder.update(each, {}, tags)

    def _compare(self, members: Sequence[Trial], *, won: Trial | None = None) -> ComparedModel | None:
        """Compare a configuration; `won` is the first trial of a winner."""
        found = self._baselines.compare(members, won)
        if found is not None:
            chosen = won is not None and not is_outer(won)
            self._compared[found.number] = found = replace(found, chosen=chosen)
        return found

    def _earlier(self, trials: Sequence[Trial]) -> list[Trial]:
        """Keep the winners of an earlier run of the search where they still stand; else remove them."""
        sweep, recorder = self._sweep, self._recorder
        confirmed = sweep_folder.read_trials(sweep.path / sweep_folder.CONFIRM)
        figures = sweep_folder.read_figures(sweep.path)
        standing = standing_winners(trials, confirmed, figures, sweep)
        if standing is not None:
            self.winners, self.confirmed = standing, confirmed
            return list(trials)
        for each in confirmed:
            recorder.remove_confirmed(each)
        return [recorder.unset_winner(each) if Tag.WINNER in each.tags else each for each in trials]

    def _winner(self, rivals: Sequence[list[Trial]]) -> Winner:
        if self._sweep.search:
            return self._search_winner([each for (each,) in rivals])
        # The saved model is that of the first seed: choosing the best seed would be one more search.
        members = choose(rivals).members
        finished = [self._finish(each, in_full=each is members[0]) for each in members]
        compared = self._compare(members, won=members[0])
        recorded = [
            self._record(each, done, compared, each) for each, done in zip(members, finished, strict=True)
        ]
        return Winner(tuple(recorded))

    def _search_winner(self, rivals: Sequence[Trial]) -> Winner:
        """Confirm the best trials of a search, and complete the winner with its quoted score."""
        compose = self._compose
        own = own_parameters(rivals, compose, self._sweep.hyperparameters)
        confirmed = [
            self._recorder.save(each.trial, each.oof, confirmed=True)
            for each in confirm(rivals, compose, self._sweep.workers, own)
        ]
        self.confirmed += confirmed
        margin = compose(rivals[0].overrides).confirm.margin
        choice = choose([[each] for each in rivals], confirmed, own.number if own else None, margin)
        (winner,), again = choice.members, choice.confirmed
        shown = again or winner
        self._baselines.start([shown])
        done = self._finish(winner)
        quoted = self._quote(done.completion, winner, again, rivals)
        note = quote_note(quoted, winner.primary, again)
        completion = replace(
            done.completion,
            metrics=done.completion.metrics | quoted,
            notes=(*([note] if note else []), *choice.notes, *done.completion.notes),
        )
        n_seeds = compose(winner.overrides).refit.seeds or SEARCH_SEEDS
        tags = done.tags | {Tag.WINNER: "true", Tag.REFIT_SEEDS: str(n_seeds)}
        compared = self._compare([shown], won=winner)
        done = replace(done, completion=completion, tags=tags)
        return Winner((self._record(winner, done, compared, shown),), again)

    def _finish(self, trial: Trial, *, in_full: bool = True) -> _Finished:
        """Open the holdout for a winner, and complete it; in full also with its diagnostics."""
        sweep, settings = self._sweep, self._compose(trial.overrides)
        opening = 0 if is_outer(trial) else holdout_log.record_opening(sweep.path, trial, sweep.axes)
        completion = complete(settings, SEARCH_SEEDS if sweep.search else 1, in_full=in_full)
        diagnostics = diagnose(settings, completion.prepared, completion.final) if in_full else {}
        return _Finished(completion, {Tag.HOLDOUT_OPENING: str(opening)} if opening > 1 else {}, diagnostics)

    def _quote(
        self, completion: Completion, winner: Trial, confirmed: Trial | None, rivals: Sequence[Trial]
    ) -> dict[str, float]:
        folder = self._sweep.path
        scored = [each for each in rivals if Tag.DUPLICATE_OF not in each.tags]
        oof = np.stack([sweep_folder.read_oof(folder, each.number) for each in scored])
        where = folder if confirmed is None else folder / sweep_folder.CONFIRM
        fresh = sweep_folder.read_oof(where, winner.number)
        return quote_winner(completion.prepared, completion.final, winner, confirmed, oof, fresh)

    def _record(self, trial: Trial, done: _Finished, compared: ComparedModel | None, shown: Trial) -> Trial:
        """Write what a winner got; in full also its model and other artifacts.

        `shown` is the trial whose scores are shown: on its folds the baselines were scored.
        """
        completion, metrics, tags = done.completion, done.completion.metrics, done.tags
        settings, folder = self._compose(trial.overrides), self._sweep.path
        oof = sweep_folder.read_oof(folder, trial.number)
        if completion.in_full:
            metrics = metrics | threshold_metrics(decide(settings, completion.prepared, oof, trial.metrics))
        if compared is not None:
            metrics = metrics | baseline_metrics(self._baselines.scores(shown), compared)
            tags = {**tags, **tags_of_comparison(compared)}
        won = self._recorder.update(replace(trial, winner_notes=completion.notes), metrics, tags)
        self._changed[won.number] = won
        if completion.in_full:
            output = folder / "models" / str(won.number)
            save_artifacts(
                settings, completion, oof, won, done.diagnostics, output, self._recorder.store, compared
            )
        return won


@dataclass(frozen=True, eq=False)
class _Finished:
    """A completed winner, before it is recorded."""

    completion: Completion
    tags: dict[str, str]
    """The tag that counts the openings of its holdout, where it is not the first."""
    diagnostics: dict[str, str]
    """By file name."""
