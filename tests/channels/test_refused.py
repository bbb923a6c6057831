from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.refused import MAX_NAME, MAX_TEXT, Refused, clean_name, clean_text

ANYTHING = st.text(st.characters(exclude_categories=[]))


@given(ANYTHING)
def test_any_text_is_refused_or_can_be_stored(text: str) -> None:
    try:
        stored = clean_text(text)
    except Refused as refused:
        assert refused.status in (400, 413) and refused.reason
    else:
        assert stored.encode("utf-8") and "\x00" not in stored and len(stored) <= MAX_TEXT
        assert clean_text(stored) == stored


@pytest.mark.parametrize("text", [None, 1, 1.5, True, [], {}, b"text", "", "   \n", "\x00\x00"])
def test_what_is_not_a_text_is_refused(text: object) -> None:
    with pytest.raises(Refused) as caught:
        clean_text(text)
    assert caught.value.status == 400


def test_the_longest_text() -> None:
    assert clean_text("字" * MAX_TEXT) == "字" * MAX_TEXT
    with pytest.raises(Refused) as caught:
        clean_text("字" * (MAX_TEXT + 1))
    assert caught.value.status == 413 and str(MAX_TEXT) in caught.value.reason


@pytest.mark.parametrize("name", [None, 7, "", "  ", "a\nb", "a\x00b", "\ud800", "x" * (MAX_NAME + 1)])
def test_bad_names_are_refused_with_the_field(name: object) -> None:
    with pytest.raises(Refused, match="sender"):
        clean_name(name, "sender")


def test_a_name_stays_as_it_is() -> None:
    assert clean_name("张三 :/?#'\"; DROP", "sender") == "张三 :/?#'\"; DROP"
