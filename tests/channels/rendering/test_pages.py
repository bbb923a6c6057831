"""Replies laid out page by page."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from rendering_helpers import RECORD, body, laid_out, only_text, read, replies, shown

from channels.rendering import Menu, Style, Text, as_body, pages

LIST = "【新生儿出生一件事】申请材料\n合起来要带的材料，同一样只列一次：\n" + "\n".join(
    f"{n}. 第{n}样材料的名称（原件1份，“父母已登记结婚”的才要，第{n}步要）" for n in range(1, 31)
)
MORE = re.compile(r"（还有(\d+)项，回复“更多”继续看）$")


def test_a_short_answer_is_one_text() -> None:
    ((part,),) = laid_out(body("不客气。", "smalltalk"))
    assert part == Text("【智能助手】\n不客气。")


def test_a_long_list_is_cut_between_its_items_and_says_what_is_left() -> None:
    book = laid_out(body(LIST))
    assert len(book) > 1
    *before, last = map(only_text, book)
    items = 0
    for text in before:
        items += len(re.findall(r"^\d+\. ", text, re.MULTILINE))
        left = MORE.search(text)
        assert left and int(left[1]) == 30 - items
    assert "更多" not in last
    assert all(line in read(book) for line in LIST.split("\n"))


def test_the_first_page_is_read_at_once() -> None:
    first, second, *_ = map(only_text, laid_out(body(LIST)))
    content = first.partition("\n\n依据")[0]
    assert 450 < len(content) <= 640
    assert second.startswith("【智能助手】（接上）\n【新生儿出生一件事】申请材料\n")


def test_a_little_more_is_not_worth_a_page() -> None:
    text = "\n".join(f"{n}. {'材' * 40}" for n in range(1, 16))
    assert len(text) > 600 and len(laid_out(body(text, sources=[], verified_on=None))) == 1


def test_a_person_is_told_from_the_robot() -> None:
    book = laid_out(body("正在为您转接。", "handover", sources=[], verified_on=None),
                    {"text": "您好，我是小王。", "by": "person", "name": "王芳"},
                    {"text": "请说。", "by": "person"})  # fmt: skip
    assert [shown(part) for part in book[0]] == [
        "【智能助手】\n正在为您转接。",
        "【工作人员 王芳】\n您好，我是小王。",
        "【工作人员】\n请说。",
    ]


def test_what_one_speaker_says_is_one_message() -> None:
    book = laid_out({"text": "稍等。"}, body("身份证40元。"), body("护照120元。"), most_parts=1)
    (text,) = map(only_text, book)
    assert text.count("【智能助手】") == 1 and text.index("稍等。\n\n身份证") < text.index("护照")
    assert text.count(RECORD) == 2


def test_a_reply_that_does_not_fit_any_more_begins_the_next_page() -> None:
    first, second, *_ = laid_out({"text": "甲" * 500}, body(LIST), most_parts=1)
    assert "材料" not in only_text(first) and only_text(first).endswith("回复“更多”继续看）")
    assert RECORD in only_text(second)


def test_an_emergency_is_never_cut() -> None:
    text = "如果情况紧急，请马上拨打：\n" + "\n".join(f"第{n}条线：11{n}，" + "请" * 70 for n in range(9))
    assert len(laid_out(body(text, "emergency"), elderly=True)) == 1


def test_pictures_and_attachments() -> None:
    ((text, image),) = laid_out({"text": "样表", "image": "https://a.b/c.png", "attachment": "https://a.b/d.pdf"})
    assert shown(text) == "【智能助手】\n样表\n附件：https://a.b/d.pdf" and shown(image) == "https://a.b/c.png"


def test_nothing_to_say_is_no_page() -> None:
    assert laid_out() == [] and laid_out({"text": " "}, {"custom": {}}) == []


def test_a_page_that_was_laid_out_stays_as_it_is() -> None:
    menu = body("选：\n1. 甲\n2. 乙", "options", ("甲", "乙"))
    for book in (laid_out(body(LIST)), laid_out(menu), laid_out({"text": "看图", "image": "https://a.b/c.png"})):
        for page in book:
            again = pages(replies(*as_body(page)), Style())
            assert list(map(shown, *again)) == list(map(shown, page))
    (((again),),) = [pages(replies(*as_body(page)), Style()) for page in laid_out(menu)]
    assert isinstance(again[0], Menu)
    assert [(choice.id, choice.payload) for choice in again[0].choices] == [("7-0", "甲"), ("7-1", "乙")]


LINES = st.lists(
    st.one_of(
        st.sampled_from(
            ["【情形】", "办理流程：", "要带的材料：", "", "😀" * 50, "https://zw.example.gov.cn/" + "a" * 90]
        ),
        st.builds("{}. {}".format, st.integers(1, 40), st.text("身份证原件一份（，）。", min_size=1, max_size=80)),
        st.text("请带身份证到窗口。；12345", max_size=400),
        st.text(max_size=20),
    ),
    max_size=30,
).map("\n".join)
BODIES = st.one_of(
    st.builds(body, LINES, st.sampled_from(["item", "package", "fallback", "smalltalk", "office"])),
    st.builds(lambda titles: body("选哪个？", "options", titles), st.lists(st.text("甲乙丙", min_size=1), max_size=12)),
    st.builds(lambda text: {"text": text, "by": "person", "name": "王芳"}, LINES),
    st.builds(lambda text: {"text": text, "image": "https://a.b/c.png"}, LINES),
)


def words(text: str) -> str:
    return "".join(char for char in text if char.isalnum() and char.isprintable())


@settings(max_examples=30, deadline=None)
@given(st.lists(BODIES, max_size=4), st.integers(600, 2048), st.integers(1, 3), st.booleans(), st.booleans())
def test_whatever_is_said(
    bodies: list[dict[str, Any]], most_bytes: int, most_parts: int, menu: bool, elderly: bool
) -> None:
    book = laid_out(*bodies, max_bytes=most_bytes, most_parts=most_parts, menu=menu, elderly=elderly)
    assert all(1 <= len(page) <= most_parts for page in book)
    for part in (part for page in book for part in page):
        assert shown(part).strip()
        assert not isinstance(part, Text) or len(part.text.encode()) <= most_bytes
    everything = words(read(book))
    for one in bodies:
        for phrase in re.split(r"[\n。；，（）]", str(one["text"])):
            found = words(re.sub(r"^\s*\d+\s*[.、]", "", phrase))
            if 4 < len(found) <= 30:
                assert found in everything
