"""Which columns a column is computed from, and when it becomes known.

Lineage is declared, not estimated: where a label is a threshold on a score, statistics cannot find the
parents of the score, since other products of the same factor separate the label equally well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Known = Literal["before", "after"]


@dataclass(frozen=True)
class Origin:
    """Where one column, feature or target comes from."""

    parents: tuple[str, ...] = ()
    """Names it is computed from; none for a raw column."""
    fitted: bool = False
    """True where its value depends on other rows (a rank, a quantile, a min-max)."""
    known: Known = "before"
    """`after` where it becomes known only after the prediction is made."""


@dataclass(frozen=True)
class Leak:
    """Why one feature leaks its target."""

    feature: str
    target: str
    path: str
    """`spend_to_income_ratio ← purchase_amount → clv`, or `refunds (known after the prediction)`."""


@dataclass(frozen=True)
class Lineage(Mapping[str, Origin]):
    """Origins by name; names that were never declared are raw columns without parents."""

    origins: Mapping[str, Origin] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Origin:
        return self.origins[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.origins)

    def __len__(self) -> int:
        return len(self.origins)

    def chains(self, name: str) -> dict[str, tuple[str, ...]]:
        """Return every ancestor of `name`, itself included, with the shortest chain of names to it."""
        found: dict[str, tuple[str, ...]] = {name: (name,)}
        queue = [name]
        for current in queue:
            for parent in self.origins.get(current, Origin()).parents:
                if parent not in found:
                    found[parent] = (*found[current], parent)
                    queue.append(parent)
        return found

    def undeclared(self, names: Sequence[str]) -> str:
        """Say in words for how many of `names` no origin is declared; an empty string where all have one."""
        n, missing = len(names), sum(name not in self.origins for name in names)
        if missing and missing == n:
            return "no lineage declared: origins unknown"
        return (
            f"no lineage declared for {missing} of {n} columns: their origins are unknown" if missing else ""
        )

    def raw(self, name: str) -> bool:
        """Return whether `name` has no parents."""
        return not self.origins.get(name, Origin()).parents

    def leak(self, feature: str, target: str) -> Leak | None:
        """Return why `feature` leaks `target`; None where it does not.

        A feature leaks when it becomes known after the prediction is made, or shares an ancestor
        with the target. The nearest shared ancestor is named.
        """
        up, down = self.chains(feature), self.chains(target)
        late = next((name for name in up if self.origins.get(name, Origin()).known == "after"), None)
        shared = [name for name in up if name in down]
        if shared:
            nearest = min(shared, key=lambda name: len(up[name]) + len(down[name]))
            return Leak(feature, target, _path(up[nearest], down[nearest]))
        if late is not None:
            chain = " ← ".join(up[late])
            return Leak(feature, target, f"{chain} (known after the prediction)")
        return None


def _path(up: tuple[str, ...], down: tuple[str, ...]) -> str:
    """Join two chains that end in the same ancestor: `a ← b → c`."""
    return " ← ".join(up) + "".join(f" → {name}" for name in reversed(down[:-1]))
