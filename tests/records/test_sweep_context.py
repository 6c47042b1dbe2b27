"""The context of a sweep reaches its jobs, whatever the name of its folder."""

from __future__ import annotations

from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given
from hypothesis import strategies as st

from cip_exp.records.sweep_context import SweepContext


@given(
    folder=st.text(st.sampled_from("ab '\"\\$,={}[]()é/"), min_size=1).filter(lambda text: "${" not in text)
)
def test_hydra_parses_the_overrides_to_the_same_texts(folder: str) -> None:
    sweep = SweepContext(f"/{folder}", ("model",), search=True)
    parsed = OverridesParser.create().parse_overrides(list(sweep.overrides()))
    assert [override.value() for override in parsed] == [sweep.text(), sweep.folder]
