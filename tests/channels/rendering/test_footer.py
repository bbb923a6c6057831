"""Sources, day and record number below an answer."""

from __future__ import annotations

import pytest
from rendering_helpers import SOURCES, answer, body, laid_out, only_text

from channels.rendering import Style
from channels.rendering.footer import footers


def test_two_sources_are_named_and_all_are_counted() -> None:
    (text, shorter) = footers(answer(), "", False, Style())
    assert text == (
        "依据：《中华人民共和国居民身份证法》第十一条（2012年1月1日）、《居民身份证工本费标准》等3项。\n"
        "核对日期：2026年11月1日。咨询记录号：K7M2-4Q9D。\n"
        "以受理部门依法作出的决定为准。"
    )
    assert "《居民身份证工本费标准》" not in shorter and "等3项" in shorter and "K7M2-4Q9D" in shorter


def test_what_the_answer_says_itself_is_not_said_again() -> None:
    said = "《中华人民共和国居民身份证法》，第十一条\n以受理部门依法作出的决定为准。"
    text, *_ = footers(answer(), said, False, Style())
    assert "居民身份证法》" not in text and "等" not in text and "为准" not in text
    assert "《示例市办事公告》（2026年1月2日）" in text


def test_the_elderly_read_one_line() -> None:
    (text,) = footers(answer(), "", False, Style(elderly=True))
    assert "\n" not in text and "K7M2-4Q9D" in text and "2026年11月1日" in text and "居民身份证法》第十一条" in text


def test_questions_and_courtesies_have_none() -> None:
    for kind in ("options", "form", "fallback", "smalltalk", "emergency"):
        assert footers(answer(kind), "", False, Style()) == ()
    assert footers(answer(sources=[], verified_on=None), "", False, Style()) == ()


def test_a_person_vouches_with_a_record_only() -> None:
    assert footers(answer(record=None), "", True, Style()) == ()
    assert "K7M2-4Q9D" in footers(answer(sources=[], verified_on=None), "", True, Style())[0]


@pytest.mark.parametrize("elderly", [False, True])
def test_mere_talk_of_a_person_is_vouched_for_by_nobody(elderly: bool) -> None:
    talk = {"record": "K7M2-4Q9D", "official": False}
    assert footers(talk, "您好，请稍等。", True, Style(elderly=elderly)) == ()


def test_long_titles_and_odd_dates_do_no_harm() -> None:
    odd = [
        {"title": "长" * 400, "article": "条" * 400, "date": "去年"},
        {"title": "《已有书名号》"},
        {"title": ""},
        "坏",
    ]
    text, *_ = footers(answer(sources=odd, verified_on="不详"), "", False, Style())
    assert len(text) < 250 and "《已有书名号》" in text and "（去年）" in text and "《《" not in text


def test_it_stands_on_the_first_page_whatever_the_length() -> None:
    long = "【事项】申请材料\n" + "\n".join(f"{n}. {'材料' * 20}{n}（原件1份）" for n in range(1, 90))
    first, *rest = laid_out(body(long))
    assert rest and SOURCES[0]["title"] in only_text(first) and "K7M2-4Q9D" in only_text(first)
    assert not any("K7M2-4Q9D" in only_text(page) for page in rest)
