"""Divisions named in what people write, and words that only look so."""

from __future__ import annotations

import pytest

from knowledge_base.place_names import division_in, short_name, stands_in
from knowledge_base.search.words import NAME_FREQUENCY, shared_words

NAMES = ("新建区", "高新区", "市中区", "公安县", "平安区", "天河区", "东湖区", "西山区")


def named(text: str) -> list[str]:
    return [name for name in NAMES if stands_in(name, text, shared_words().frequencies)]


@pytest.mark.parametrize(
    "text",
    [
        "新建房屋怎么办规划许可",
        "在新建房屋之前要办什么",
        "高新技术企业认定",
        "市中心医院怎么走",
        "公安局几点上班",
        "去公安局要带什么",
        "平安保险理赔要什么证明",
        "平安人寿怎么退保",
        "办居住证",
    ],
)
def test_an_ordinary_word_is_no_place(text: str) -> None:
    assert named(text) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("天河怎么办社保", "天河区"),
        ("天河居住证怎么办", "天河区"),
        ("我在西山", "西山区"),
        ("东湖的垃圾桶坏了", "东湖区"),
        ("新建区建房怎么报", "新建区"),
        ("我在新建", "新建区"),
        ("户口在平安怎么迁", "平安区"),
        ("我是公安人", "公安县"),
        ("平安", "平安区"),
        ("公安的", "公安县"),
    ],
)
def test_a_place(text: str, name: str) -> None:
    assert named(text) == [name]


def test_a_name_of_the_knowledge_base_takes_no_place_away() -> None:
    learned = {"天河公租房": NAME_FREQUENCY, "市中心": 500}
    assert stands_in("天河区", "天河公租房怎么申请", learned)
    assert not stands_in("市中区", "市中心怎么走", learned)


@pytest.mark.parametrize(
    ("name", "short"),
    [("天河区", "天河"), ("城区", "城区"), ("长阳自治县", "长阳"), ("北京街道", "北京"), ("东莞", "东莞")],
)
def test_short_names(name: str, short: str) -> None:
    assert short_name(name) == short


@pytest.mark.parametrize(
    ("text", "anywhere", "at_the_beginning"),
    [
        ("广州市天河区民政局", "天河区", "天河区"),
        ("居住证办理（天河区）", "天河区", "天河区"),
        ("江门市社保转移", "江门市", "江门市"),
        ("西山区养犬登记", "西山区", "西山区"),
        ("给有户口的人发钱的办法，天河区", "天河区", None),
        ("小区电梯加装补贴申领", None, None),
        ("老旧小区改造", None, None),
        ("城镇职工医保", None, None),
        ("跨区迁移户口", None, None),
        ("超市备案", None, None),
        ("市公安局", None, None),
    ],
)
def test_divisions_in_names(text: str, anywhere: str | None, at_the_beginning: str | None) -> None:
    assert division_in(text) == anywhere
    assert division_in(text, begins=True) == at_the_beginning
