"""A sweep's context reaches its jobs whatever its folder is called."""

from __future__ import annotations

from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given
from hypothesis import strategies as st

from cip_exp.records.sweep_context import SweepContext


@given(
    folder=st.text(st.sampled_from("ab '\"\\$,={}[]()é/"), min_size=1).filter(lambda text: "${" not in text)
)
def test_what_is_handed_over_is_what_arrives(folder: str) -> None:
    sweep = SweepContext(f"/{folder}", ("model",), search=True)
    parsed = OverridesParser.create().parse_overrides(list(sweep.overrides()))
    assert [override.value() for override in parsed] == [sweep.text(), sweep.folder]
