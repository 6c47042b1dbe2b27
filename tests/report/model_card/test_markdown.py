"""Names and levels of a user's table mark up nothing on a card."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cip_exp.report.model_card.markdown import code, plain

TEXTS = st.text(st.sampled_from("a <>[]()*`\\!_\n\"'"), min_size=1, max_size=12).filter(str.strip)


@given(TEXTS)
def test_text_becomes_no_link_image_html_or_emphasis_by_asterisk(text: str) -> None:
    inline = MarkdownIt().parseInline(f"x {plain(text)}")[0].children or []
    assert not {each.type for each in inline} & {"link_open", "image", "html_inline", "code_inline"}
    assert not any(each.markup == "*" for each in inline)


@given(TEXTS)
def test_code_is_one_span_with_the_text(text: str) -> None:
    inline = MarkdownIt().parseInline(code(text))[0].children or []
    assert [each.type for each in inline] == ["code_inline"]
    assert inline[0].content.strip() == " ".join(text.split())


@pytest.mark.parametrize("text", ["<img src=x onerror=alert(1)>", "[a](javascript:alert(1))", "a`b``c"])
def test_known_attacks(text: str) -> None:
    assert "<" not in plain(text).replace("\\<", "")
    html = MarkdownIt("js-default").render(f"- {plain(text)}\n- {code(text)}\n")
    assert "<img" not in html
    assert "<a " not in html
