"""Two columns that give the target together, where neither of them nor all the others do.

`churn = (state_now != state_before)`, `cancelled = last_login > cancel_date`, `moved = flag_a xor flag_b`:
each column alone says little, and the usual models find little, but the relation of the two is the target. A
real interaction of two columns is much weaker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cip_exp.audit.case import Case, Finding, Kind, NotApplicable
from cip_exp.audit.columns.identity import identity
from cip_exp.audit.measures.likelihood_ratio import EventRatio, highest_ratio
from cip_exp.audit.measures.pair_relations import Relation, best_relation
from cip_exp.audit.measures.pair_screen import build_comparable, screen_pairs
from cip_exp.audit.measures.unexplained_share import needed_by_others, share_of_rest
from cip_exp.audit.measures.varying_columns import VaryingColumns, squared_correlations

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MIN_ROWS = 50
SCREEN_ROWS = 1_000
MAX_COLUMNS = 60
"""With more columns, those that are related most with the target or with another column are tried."""
MOST_PAIRS = 12
"""The most pairs that are confirmed out of sample."""
MIN_GAIN_LABEL, MIN_GAIN_AMOUNT = 0.15, 0.3
"""The minimum that a relation adds, in the screen and out of sample, to what the better of its columns
explains alone. Two honest columns of an amount often add up."""
ONE_SIDED, ONE_SIDED_MIN = 4.0, 0.05
"""One column of a pair is accused alone where it explains this many times what the other explains, and at
least this share: the other one is then known to be independent of the target."""


class PairLimits(NamedTuple):
    """The conditions for a leak: shares of the target's variance."""

    explained: float
    """The minimum that the relation explains out of sample."""
    share: float
    """The minimum share of what all columns but one of the two leave unexplained."""
    alone: float
    """The most that either column explains alone."""


YES_OR_NO = PairLimits(explained=0.6, share=0.5, alone=0.6)
"""For relations that hold or not, and for combinations of levels: there is nothing to fit."""
LABEL = PairLimits(explained=0.75, share=0.7, alone=0.6)
AMOUNT = PairLimits(explained=0.7, share=0.6, alone=0.6)


class Pair(NamedTuple):
    """Two columns, by their positions among the varying columns, and their relation."""

    first: int
    second: int
    relation: Relation
    limits: PairLimits
    ratio: EventRatio | None
    """How a relation agrees with the label that nearly only rows with one class have; None for others."""


def pairs(case: Case) -> list[Finding] | NotApplicable | None:
    """Report columns of which two together give the target as a `leak`.

    Relations tried: equal (texts by their texts), greater, smaller; difference, sum, ratio and product, in
    any bins; the combinations of levels, such as exclusive-or. All pairs of at most 60 columns are screened
    on 1,000 rows; the best twelve are confirmed out of sample. A leak explains 0.75 of a label's variance
    (0.6 where the relation holds or not; 0.7 of an amount's) and 0.7 (0.5, 0.6) of what all columns but one
    of the two leave unexplained; or it holds nearly only on rows with one class, as a mark does. Where only
    one of the two has to do with the target, it is accused alone. Columns that are declared clean are
    `suspect`. Not applicable without a target that varies, under 50 rows, or where fewer than two columns
    vary.
    """
    view = case.view
    if view.y is None or np.unique(view.y).size < 2:
        return NotApplicable("there is no target that varies")
    if len(view.rows) < MIN_ROWS or sum(kind != "constant" for kind in view.kinds) < 2:
        return NotApplicable(f"fewer than {MIN_ROWS} rows or two columns that vary")
    columns = case.varying_columns
    found = _without_formulas(case, _candidates(case, columns))
    involved = sorted({at for pair in found for at in (pair.first, pair.second)})
    findings: list[Finding] = []
    for pair in found:
        enough = needed_by_others(pair.relation.explained, pair.limits.share)
        others = _others(columns, pair, involved, enough)
        share = share_of_rest(pair.relation.explained, others)
        if pair.ratio is not None or share >= pair.limits.share:
            findings.append(_finding(case, columns, pair, others))
    return findings


def _candidates(case: Case, columns: VaryingColumns) -> list[Pair]:
    """Return the pairs of the screen whose relation explains enough out of sample, the best first."""
    chosen = _chosen(columns)
    comparable = build_comparable(case.view, columns.at[chosen])
    rows = np.random.default_rng(case.seed).permutation(len(columns.values))[:SCREEN_ROWS]
    y = columns.target.y[rows]
    explained = screen_pairs(comparable.rows(rows), (y - y.mean()) / (y.std() or 1.0))
    alone = columns.alone[chosen]
    better = np.maximum(alone[:, None], alone[None, :])
    gain = np.where(better <= YES_OR_NO.alone, explained - better, 0.0)
    best = np.argsort(-gain, axis=None, kind="stable")[:MOST_PAIRS]
    least = MIN_GAIN_LABEL if np.unique(np.asarray(case.view.y)).size <= 2 else MIN_GAIN_AMOUNT
    found = []
    for first, second in zip(*np.unravel_index(best, gain.shape), strict=True):
        if gain[first, second] >= least:
            relation = best_relation(comparable, (int(first), int(second)), columns.target)
            pair = _pair(case, (int(chosen[first]), int(chosen[second])), relation)
            if pair is not None and relation.explained - better[first, second] >= least:
                found.append(pair)
    return sorted(found, key=lambda pair: -pair.relation.explained)


def _pair(case: Case, at: tuple[int, int], relation: Relation) -> Pair | None:
    """Return the pair with its limits where its relation explains enough, or is a mark of a class."""
    y = np.asarray(case.view.y)
    label = np.unique(y).size <= 2
    limits = (LABEL if relation.fitted else YES_OR_NO) if label else AMOUNT
    ratio = None
    if label and relation.yes_or_no and np.isfinite(relation.values).all():
        ratio = highest_ratio(relation.values == 1, case.search.events)
    ratio = ratio if ratio is not None and ratio.is_high else None
    enough = relation.explained >= limits.explained or ratio is not None
    return Pair(*at, relation, limits, ratio) if enough else None


def _without_formulas(case: Case, found: list[Pair]) -> list[Pair]:
    """Leave out pairs with a column that `identity` accuses: a formula tells which one was computed."""
    exact = identity(case) if found else None
    computed = {name for each in exact for name in each.columns} if isinstance(exact, list) else set()
    at = case.varying_columns.at
    return [p for p in found if not computed & {case.view.names[at[one]] for one in (p.first, p.second)}]


def _chosen(columns: VaryingColumns) -> NDArray[np.int64]:
    """Return the positions of the columns that are tried, ascending."""
    if len(columns.at) <= MAX_COLUMNS:
        return np.arange(len(columns.at))
    related = np.maximum(columns.alone, squared_correlations(columns.values))
    return np.sort(np.argsort(-related, kind="stable")[:MAX_COLUMNS])


def _others(columns: VaryingColumns, pair: Pair, involved: list[int], enough: float) -> float:
    """Return what all columns but one of the two explain, whichever of them is left out.

    The columns of other pairs are left out too: two pairs that give the target would cover for each other.
    """
    shares = []
    for one in (pair.first, pair.second):
        kept = np.ones(len(columns.at), dtype=bool)
        kept[involved] = False
        kept[one] = True
        shares.append(columns.explained(kept, enough))
    return max(0.0, *shares)


def _finding(case: Case, columns: VaryingColumns, pair: Pair, others: float) -> Finding:
    """Return the finding on the pair; a column that is declared clean is not accused beside another one."""
    first, second = (case.view.names[columns.at[at]] for at in (pair.first, pair.second))
    alone = [max(0.0, float(columns.alone[at])) for at in (pair.first, pair.second)]
    message = (
        f"{pair.relation.text.format(a=first, b=second)} {_how(case, pair.relation)}; {first} and {second} "
        f"alone explain {alone[0]:.3f} and {alone[1]:.3f}, all columns without one of the two {others:.3f}"
    )
    accused = _accused([first, second], alone)
    undeclared = [name for name in accused if not case.declared_clean(name)]
    kind: Kind = "leak" if undeclared else "suspect"
    evidence = {"together": pair.relation.explained, "others": others, "alone": max(alone)}
    return Finding("pairs", kind, tuple(undeclared or accused), message, evidence)


def _accused(names: list[str], alone: list[float]) -> list[str]:
    """Return both columns, or the one that has to do with the target where the other has not."""
    weak, strong = sorted(range(2), key=lambda at: alone[at])
    least = max(ONE_SIDED_MIN, ONE_SIDED * alone[weak])
    return [names[strong]] if alone[strong] >= least else names


def _how(case: Case, relation: Relation) -> str:
    """Return in words how the relation gives the target."""
    share = f"explains {relation.explained:.3f} of the variance of {case.target} out of sample"
    y = np.asarray(case.view.y)
    if not relation.yes_or_no or np.unique(y).size > 2:
        return share
    top, known = y == y.max(), np.isfinite(relation.values)
    rates = [
        float(relation.values[known & side].mean()) if (known & side).any() else 0.0 for side in (top, ~top)
    ]
    word = f"{y.max():g}" if case.labels is None else case.labels[1]
    where = f"on {rates[0]:.1%} of the rows with {case.target} = {word} and on {rates[1]:.1%} of the others"
    return f"{where}: it {share}"
