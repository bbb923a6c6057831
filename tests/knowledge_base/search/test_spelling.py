from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.search.lexical import Bags, Statistics
from knowledge_base.search.spelling import Spelling
from knowledge_base.search.words import grams

TEXTS = ["居住证在哪里办", "医药费怎么报销", "报销要几天", "食品经营许可证", "身份证丢了怎么补", "丢了怎么补办"]
DICTIONARY = {
    "身份证": 900,
    "报销": 300,
    "怎么": 9000,
    "我": 300_000,
    "把": 100_000,
    "把握": 900,
    "消": 1_700,
    "住": 9_000,
    "主": 9_000,
}


@pytest.fixture(scope="module")
def spelling() -> Spelling:
    names = ["居住证", "食品经营许可证", "居民身份证补领"]
    return Spelling(names, [Statistics(Bags([grams(text) for text in TEXTS]))], DICTIONARY)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("居主证怎么办", "居住证怎么办"),
        ("食品竞营许可证", "食品经营许可证"),
        ("医药费报消", "医药费报销"),
        ("shenfenzheng", "身份证"),
        ("shen fen zheng", "身份证"),
    ],
)
def test_slips_are_mended(spelling: Spelling, typed: str, meant: str) -> None:
    assert spelling.mend(typed) == meant


@pytest.mark.parametrize("text", ["居住证", "把我的号退了", "hello", "ppt怎么做", "烟草证", "", "⟦id:7f3a⟧"])
def test_what_is_right_or_unknown_stays(spelling: Spelling, text: str) -> None:
    assert spelling.mend(text) == text


@given(st.text(max_size=40))
def test_any_text(text: str) -> None:
    Spelling(["居住证"], [Statistics(Bags([["居", "住"]]))], DICTIONARY).mend(text)
