"""Choose the winners of a sweep, complete them, and record them.

`selection` decides, `trial.completion` fits and scores, `SweepRecorder` writes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cip_exp.records.vocabulary import Tag
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
        self.confirmed: list[Trial] = []
        self.winners: list[Winner] = []

    def select(self, trials: Sequence[Trial]) -> list[Trial]:
        """Choose, complete and record a winner for each question; return the trials as they stand then.

        A resumed search without a further trial keeps its winners: nothing is confirmed or opened again.
        Otherwise it chooses anew.
        """
        trials = self._earlier(trials) if self._sweep.search else trials
        if not self.winners:
            self.winners = [self._winner(rivals) for rivals in group_rivals(trials, self._sweep)]
        return [self._changed.get(each.number, each) for each in trials]

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
        first, *others = choose(rivals).members
        members = [self._record(first, *self._complete(first))]
        members += [self._record(each, *self._complete(each, in_full=False)) for each in others]
        return Winner(tuple(members))

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
        completion, tags = self._complete(winner)
        quoted = self._quote(completion, winner, again, rivals)
        note = quote_note(quoted, winner.primary, again)
        completion = replace(
            completion,
            metrics=completion.metrics | quoted,
            notes=(*([note] if note else []), *choice.notes, *completion.notes),
        )
        n_seeds = compose(winner.overrides).refit.seeds or SEARCH_SEEDS
        tags |= {Tag.WINNER: "true", Tag.REFIT_SEEDS: str(n_seeds)}
        return Winner((self._record(winner, completion, tags),), again)

    def _complete(self, trial: Trial, *, in_full: bool = True) -> tuple[Completion, dict[str, str]]:
        """Open the holdout for a winner, and complete it; return also the tag that counts the openings."""
        sweep = self._sweep
        opening = 0 if is_outer(trial) else holdout_log.record_opening(sweep.path, trial, sweep.axes)
        n_seeds = SEARCH_SEEDS if sweep.search else 1
        completion = complete(self._compose(trial.overrides), n_seeds, in_full=in_full)
        return completion, {Tag.HOLDOUT_OPENING: str(opening)} if opening > 1 else {}

    def _quote(
        self, completion: Completion, winner: Trial, confirmed: Trial | None, rivals: Sequence[Trial]
    ) -> dict[str, float]:
        folder = self._sweep.path
        scored = [each for each in rivals if Tag.DUPLICATE_OF not in each.tags]
        oof = np.stack([sweep_folder.read_oof(folder, each.number) for each in scored])
        where = folder if confirmed is None else folder / sweep_folder.CONFIRM
        fresh = sweep_folder.read_oof(where, winner.number)
        return quote_winner(completion.prepared, completion.final, winner, confirmed, oof, fresh)

    def _record(self, trial: Trial, completion: Completion, tags: dict[str, str]) -> Trial:
        """Write what a winner got; in full also its model and other artifacts."""
        noted, metrics = replace(trial, winner_notes=completion.notes), completion.metrics
        settings, folder = self._compose(trial.overrides), self._sweep.path
        oof = sweep_folder.read_oof(folder, trial.number)
        if completion.in_full:
            metrics = metrics | threshold_metrics(decide(settings, completion.prepared, oof, trial.metrics))
        won = self._recorder.update(noted, metrics, tags)
        self._changed[won.number] = won
        if completion.in_full:
            diagnostics = diagnose(settings, completion.prepared, completion.final)
            output = folder / "models" / str(won.number)
            save_artifacts(settings, completion, oof, won, diagnostics, output, self._recorder.store)
        return won
