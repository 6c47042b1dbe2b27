"""State on the card how a model compares with the baselines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cip_exp.report.baseline_words import headlines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cip_exp.records.baseline_scores import BaselineComparison, ComparedModel

WORDS = {
    "true": "It beats both, each by the corrected paired test at 95 %.",
    "false": "It is no better than a baseline: use the baseline, which is simpler.",
    "unclear": "Whether it beats them cannot be told from these folds.",
}


def baseline_lines(compared: ComparedModel | None) -> list[str]:
    """Return the section's lines; none where no baselines were scored."""
    if compared is None:
        return []
    names = list(compared.comparisons[0].means)
    head = ("baseline", *names, f"difference in {compared.metric} (95 % interval)")
    rows = [_row(each, names) for each in compared.comparisons]
    own = ("this model", *(_number(compared.means[name]) for name in names), "")
    answer = WORDS[compared.beats]
    if compared.is_dummy:
        answer = "It is a baseline itself."
    elif compared.is_untuned:
        answer = "It is the untuned baseline itself, and was compared with the dummy only."
    return [
        *headlines([compared]),
        markdown_table(head, [own, *rows]),
        f"Means over the same folds; a positive difference means that this model is better. {answer}",
    ]


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in lines)


def _row(found: BaselineComparison, names: Sequence[str]) -> tuple[str, ...]:
    interval = f"{found.difference:.4f} ({_number(found.low)} to {_number(found.high)})"
    return found.name, *(_number(found.means[name]) for name in names), interval


def _number(value: float) -> str:
    return "" if value != value else f"{value:.4f}"
