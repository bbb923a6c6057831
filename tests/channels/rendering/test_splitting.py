"""Texts cut to a size in bytes, where a reader pauses."""

from __future__ import annotations

import regex
from hypothesis import example, given
from hypothesis import strategies as st

from channels.rendering.splitting import split

EMOJI = ["😀", "👨‍👩‍👧‍👦", "🇨🇳", "❤️", "1️⃣", "👍🏽", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"]
LINKS = ["https://zwfw.example.gov.cn/a?b=1&c=2", "<a href='https://a.b/c d'>点 这 里</a>", "0000-8800100"]
TEXTS = st.lists(
    st.one_of(
        st.sampled_from([*EMOJI, *LINKS, "身份证", "。", "\n", "\n\n", "，", " ", "”", "！", "\r\n"]),
        st.text(max_size=5),
        st.text("请带身份证原件。", max_size=30),
    ),
    max_size=60,
).map("".join)


def without_space(text: str) -> str:
    return "".join(regex.sub("[\ud800-\udfff]", "\ufffd", text).split())


@given(TEXTS, st.integers(4, 300))
@example("😀" * 600, 2048)
@example("\ud83d 半个", 10)
def test_nothing_is_lost_and_no_piece_is_empty_or_too_long(text: str, most: int) -> None:
    pieces = split(text, most)
    assert all(piece.strip() and len(piece.encode()) <= most for piece in pieces)
    assert without_space("".join(pieces)) == without_space(text)


@given(TEXTS, st.integers(80, 300))
@example("😀😀。。。。。。0000-8800100https://zwfw.example.gov.cn/a?b=1&c=2😀😀", 80)
def test_characters_links_and_numbers_stay_whole(text: str, most: int) -> None:
    clean = regex.sub("[\ud800-\udfff]", "\ufffd", text)
    ends = {0}
    for atom in regex.findall(r"<a\b[^>]*>.*?</a>|https?://[!#-;=?-~]+|\X", clean, regex.DOTALL):
        if len(atom.encode()) > most:
            return
        ends.add(max(ends) + len(atom))
    at = 0
    for piece in split(text, most):
        at = clean.index(piece, at)
        assert at in ends and at + len(piece) in ends
        at += len(piece)


def test_emoji_fill_a_message() -> None:
    assert [len(piece) for piece in split("😀" * 600, 2048)] == [512, 88]


def test_short_texts_are_one_piece_and_blank_ones_none() -> None:
    assert split("请带身份证。\n\n不收费。", 2048) == ["请带身份证。\n\n不收费。"]
    assert split("  \n ", 2048) == []


def test_a_paragraph_comes_before_a_sentence_and_a_sentence_before_a_character() -> None:
    assert split("甲" * 20 + "。" + "乙" * 10 + "\n" + "丙" * 40, 120)[0] == "甲" * 20 + "。" + "乙" * 10
    assert split("他说：“" + "甲" * 20 + "。”" + "乙" * 40, 120)[0] == "他说：“" + "甲" * 20 + "。”"
    assert split("甲" * 100, 120) == ["甲" * 40, "甲" * 40, "甲" * 20]


def test_a_short_beginning_is_not_sent_alone() -> None:
    assert len(split("【标题】\n" + "甲" * 100, 300)[0].encode()) > 200


def test_telephone_numbers_stay_whole() -> None:
    assert split("甲" * 10 + "0000-8800100", 36) == ["甲" * 10, "0000-8800100"]


def test_what_alone_is_too_long_is_cut_at_characters() -> None:
    assert split("https://example.org/" + "a" * 100, 50)[0] == "https://example.org/" + "a" * 30
    assert "".join(split("👨‍👩‍👧‍👦" * 2, 4)) == "👨‍👩‍👧‍👦" * 2
