from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from page_reading import PageReader

from windward.reports.markup import Html, cut_middle, tag, text, visible

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)


@given(ANY_TEXT)
def test_any_text_comes_back_as_the_text_of_its_element_and_as_nothing_else(value: str) -> None:
    read = PageReader(tag("p", value))
    assert read.elements == [("p", {})]
    assert read.text == visible(value)


@given(ANY_TEXT)
def test_any_text_in_an_attribute_stays_in_that_attribute(value: str) -> None:
    read = PageReader(tag("p", title=value))
    assert read.elements == [("p", {"title": visible(value)})]


@given(ANY_TEXT)
def test_any_page_text_can_be_written_as_utf8(value: str) -> None:
    text(value).encode("utf-8")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("\x1b[31mred\x00", "␛[31mred␀"),
        ("abc\u202edcba", "abc⟨U+202E⟩dcba"),
        ("\ud800", "⟨U+D800⟩"),
        ("a\u2028b\u2029c", "a⟨U+2028⟩b⟨U+2029⟩c"),
        ("zero\u200bwidth\ufeff", "zero⟨U+200B⟩width⟨U+FEFF⟩"),
        ("tag\U000e0041", "tag⟨U+E0041⟩"),
        ("\x85\x9b", "⟨U+0085⟩⟨U+009B⟩"),
        ("dos\r\nline\rmac", "dos\nline␍mac"),
        ("\uffff", "⟨U+FFFF⟩"),
        ("tab\tand\nline, naïve 数 👩\u200d🚀", "tab\tand\nline, naïve 数 👩\u200d🚀"),
    ],
)
def test_what_cannot_be_seen_is_spelled_out_and_the_rest_is_kept(value: str, shown: str) -> None:
    assert visible(value) == shown


def test_only_markup_made_here_passes_unescaped() -> None:
    assert tag("p", "<b>", tag("b", "x"), None, 3) == "<p>&lt;b&gt;<b>x</b>3</p>"
    assert tag("p", title=Html("<b>")) == '<p title="&lt;b&gt;"></p>'


@pytest.mark.parametrize(
    "attributes",
    [{"onclick": "x"}, {"ONLOAD": "x"}, {"style": "x"}, {"href": "https://a.example"}, {"src": "a.js"}],
)
def test_script_style_and_outside_addresses_cannot_be_written(attributes: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(attributes))):
        tag("a", **attributes)


def test_a_malformed_name_cannot_be_written() -> None:
    for name in ("p onclick=x", "", "script", "SCRIPT", "p>"):
        with pytest.raises(ValueError, match="tag"):
            tag(name)


def test_a_long_text_keeps_both_ends_and_says_how_much_is_not_shown() -> None:
    cut = cut_middle("a" * 50_000 + "b" * 50_000, limit=3_000)
    assert cut.startswith("a" * 2_000) and cut.endswith("b" * 1_000)
    assert "97,000 characters not shown" in cut
    assert cut_middle("short") == "short"
