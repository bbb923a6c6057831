from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from knowledge_units import faq, item

from knowledge_base.model import Unit
from knowledge_base.model.referral import Referral
from knowledge_base.search import sounds
from knowledge_base.search.sequences import ANY, Sequences
from knowledge_base.search.typeahead import LIMIT, Typeahead, advance, build, slips, source

TODAY = date(2026, 11, 24)

UNITS: list[Unit] = [
    item("lost", "居民身份证丢失补领", aliases=("身份证补办", "补身份证"), similar_questions=("钱包被偷了证件全没了",)),
    item("renew", "居民身份证到期换领", aliases=("身份证到期",)),
    item("permit", "居住证申领", aliases=("办居住证",)),
    item("passport", "普通护照首次申领", aliases=("办护照", "护照")),
    item("bank", "银行账户冻结", aliases=("ETC卡注销",)),
    Referral(id="wages", name="拖欠工资", body="劳动监察大队"),
    faq("photo", "身份证照片可以自己带吗", similar_questions=("办身份证能用自己的相片吗",)),
    faq("daughter", "女儿上户口要什么"),
    faq("hotline", "12345热线几点上班"),
]


def index(units: Sequence[Unit]) -> Typeahead:
    return build(1, [source(number, unit) for number, unit in enumerate(units)])


@lru_cache(maxsize=1)
def small_city() -> Typeahead:
    return index(UNITS)


@pytest.fixture
def city() -> Typeahead:
    return small_city()


def ids(typeahead: Typeahead, text: str, day: date = TODAY) -> list[str]:
    return [one.key.id for one in typeahead.suggest(text, day)]


def test_names_that_begin_so_then_names_that_contain_it_then_questions(city: Typeahead) -> None:
    assert ids(city, "身份证") == ["lost", "renew", "photo"]
    ranked = index(
        [
            faq("question-within", "怎么开证明"),
            faq("question-begins", "证明怎么开"),
            item("within", "开证明"),
            item("long", "证明材料申请"),
            item("short", "证明材料"),
        ]
    )
    assert ids(ranked, "证明") == ["short", "long", "within", "question-begins", "question-within"]


def test_what_it_was_found_by_is_named_where_the_title_does_not_show_it(city: Typeahead) -> None:
    first, second = city.suggest("身份证补", TODAY)[0], city.suggest("居民身份证丢", TODAY)[0]
    assert (first.text, first.name) == ("居民身份证丢失补领", "身份证补办")
    assert (second.text, second.name) == ("居民身份证丢失补领", None)
    assert city.suggest("钱包", TODAY)[0].name == "钱包被偷了证件全没了"
    assert city.suggest("办身份证能用", TODAY)[0] == ("身份证照片可以自己带吗", ("faq", "photo"), None)


@pytest.mark.parametrize(
    ("text", "first"),
    {
        "护": "passport",
        "護照": "passport",
        " 护　照 ": "passport",
        "ｅｔｃ": "bank",
        "ETC": "bank",
        "请问身份证补": "lost",
        "“身份证”，补": "lost",
        "12345": "hotline",
        "huzhao": "passport",
        "ｈｕｚｈａｏ": "passport",
        "hu zhao": "passport",
        "huzh": "passport",
        "hz": "passport",
        "hzhao": "passport",
        "护zhao": "passport",
        "sfzbb": "lost",
        "shenfenzhengbub": "lost",
        "senfenzenbuban": "lost",
        "yinhang": "bank",
        "nver": "daughter",
        "居主证": "permit",
        "身份正补办": "lost",
        "身份证补伴": "lost",
    }.items(),
)
def test_spellings_scripts_and_sounds(city: Typeahead, text: str, first: str) -> None:
    assert ids(city, text)[:1] == [first]


@pytest.mark.parametrize(
    "text", ["居王证", "身证份补办", "身份补办", "身份份证补办", "身份址补办", "shenfnezhengbuban", "拖薪工资"]
)
def test_one_slip_is_forgiven(city: Typeahead, text: str) -> None:
    found = ids(city, text)
    assert found and found[0] in ("lost", "permit", "wages")


@pytest.mark.parametrize("text", ["", " ", "？！", "\0", "\ud800", "🙂", "完全无关的话", "12346", "etcetera", "qqq"])
def test_nothing_where_nothing_fits(city: Typeahead, text: str) -> None:
    assert city.suggest(text, TODAY) == []


def test_one_letter_finds_what_begins_with_its_sound(city: Typeahead) -> None:
    assert set(ids(city, "h")) == {"passport"}
    assert "wages" in ids(city, "t") and "photo" not in ids(city, "z")


def test_only_what_is_in_force_that_day() -> None:
    typeahead = index(
        [
            item("old", "老证", effective_to=date(2026, 11, 23)),
            item("now", "老证换新", effective_from=date(2026, 11, 24)),
        ]
    )
    assert ids(typeahead, "老证", date(2026, 11, 23)) == ["old"]
    assert ids(typeahead, "老证", date(2026, 11, 24)) == ["now"]


def test_a_title_is_shown_once_and_six_at_most() -> None:
    typeahead = index([item(f"a{number}", "同名事项") for number in range(9)])
    assert len(typeahead.suggest("同名", TODAY)) == 1
    typeahead = index([item(f"a{number}", f"同名事项{number}") for number in range(9)])
    assert len(typeahead.suggest("同名", TODAY)) == LIMIT


def test_many_texts_of_one_unit_hide_no_other() -> None:
    repeated = faq("repeated", "证怎么办", similar_questions=tuple(f"证{'怎' * number}么办" for number in range(40)))
    assert set(ids(index([repeated, faq("other", f"证{'很' * 50}长")]), "证")) == {"repeated", "other"}


def test_an_edit_changes_what_is_suggested(city: Typeahead) -> None:
    edited = [source(100, item("passport", "普通护照换发")), source(101, item("fresh", "护照加急"))]
    later = advance(city, 2, edited, {3})
    assert ids(city, "护照") == ["passport"]
    assert [one.text for one in later.suggest("护照", TODAY)] == ["护照加急", "普通护照换发"]
    again = advance(later, 3, [source(102, item("fresh", "护照特急"))], {101, 0})
    assert [one.text for one in again.suggest("护照", TODAY)] == ["护照特急", "普通护照换发"]
    assert "lost" not in ids(again, "身份证补办")


def test_nothing_published() -> None:
    assert build(0, []).suggest("身份证", TODAY) == []


alphabet = st.one_of(st.characters(), st.sampled_from("身份证补办护照居住hzshenfg12 ?"))


@given(st.text(alphabet, max_size=70))
@settings(deadline=None, max_examples=400)
def test_any_string_gives_at_most_six_different_units(text: str) -> None:
    typeahead = small_city()
    found = typeahead.suggest(text, TODAY)
    assert len(found) <= LIMIT
    assert len({one.key for one in found}) == len({one.text for one in found}) == len(found)
    assert found == typeahead.suggest(text[:50], TODAY)


@given(st.lists(st.text("ab", max_size=6), max_size=6), st.text("ab?", min_size=1, max_size=4))
def test_a_pattern_is_found_wherever_it_stands(texts: list[str], wanted: str) -> None:
    joined = "".join(f"\0{text}" for text in texts) + "\0"
    sequences = Sequences(np.frombuffer(joined.encode("utf-16-le"), np.uint16))
    found = sequences.find([ANY if c == "?" else ord(c) for c in wanted])
    expected = [
        (row, at)
        for row, text in enumerate(texts)
        for at in range(len(text) - len(wanted) + 1)
        if all(c in ("?", there) for c, there in zip(wanted, text[at:]))
    ]
    if set(wanted) != {"?"}:
        rows = sequences.rows(found)
        assert sorted((int(row), int(at) - sequences.start(row)) for row, at in zip(rows, found)) == expected


@given(st.text("abcd", min_size=4, max_size=9), st.data())
def test_a_slip_is_among_the_slips(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(text) - 2))
    wrong = data.draw(
        st.sampled_from([text[:at] + text[at + 1 :], text[:at] + "x" + text[at:], text[:at] + "x" + text[at + 1 :]])
    )
    sequences = Sequences(np.frombuffer(f"\0{text}\0".encode("utf-16-le"), np.uint16))
    assert any(len(sequences.find(pattern)) for pattern in slips([ord(c) for c in wrong])) or len(wrong) < 4


@given(st.text(alphabet, max_size=20))
def test_every_text_has_a_code_for_each_character(text: str) -> None:
    assert len(sounds.encode(text)) == len(text)
    assert all(len(pattern) <= len(text) for pattern in sounds.patterns(text))
