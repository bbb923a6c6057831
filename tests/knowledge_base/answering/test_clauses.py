from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.answering.clauses import asks, correction, questions, without


@pytest.mark.parametrize(
    ("text", "before", "meant", "denied", "leaves"),
    [
        ("不是补发，是换发", "捕捞证补发", "换发", "补发", True),
        ("不要补发要换发", "捕捞证补发", "换发", "补发", True),
        ("我说的不是渡口是码头", "渡口怎么开", "码头", "渡口", True),
        ("打错了 是码头", "渡口怎么开", "码头", "", True),
        ("错了错了，我说的是码头", "渡口怎么开", "码头", "", True),
        ("不对，没丢，是快过期了", "捕捞证丢了", "快过期", "丢", True),
        ("我问的是码头，不是渡口", "渡口怎么开", "码头", "渡口", True),
        ("我开的是码头不是渡口", "水上经营怎么办", "我开的是码头", "渡口", False),
        ("哦不 我要办的是码头的", "渡口怎么开", "码头", "", True),
    ],
)
def test_corrections(text: str, before: str, meant: str, denied: str, leaves: bool) -> None:
    found = correction(text, before)
    assert found is not None
    assert found.meant.endswith(meant.removeprefix("我开的是")) and (found.denied, found.leaves) == (denied, leaves)


@pytest.mark.parametrize(
    "text",
    [
        "我没有户口本，怎么办",
        "不是本人去可以吗",
        "孩子没满月，怎么登记",
        "渡口怎么开",
        "别的呢",
        "不对外开放吗",
        "",
    ],
)
def test_no_corrections(text: str) -> None:
    assert correction(text, "渡口怎么开") is None


def test_what_was_denied_is_left_out() -> None:
    assert "补发" not in without("捕捞证补发多少钱", "补发")


@pytest.mark.parametrize("text", ["渡口多少钱", "要带啥", "有没有电话", "行不行", "材料", "收费标准说一下", "能代办不"])
def test_asking(text: str) -> None:
    assert asks(text)


@pytest.mark.parametrize("text", ["渡口", "去香港的", "过期好几年了", "医药费报销", "几年前办的"])
def test_not_asking(text: str) -> None:
    assert not asks(text)


def test_a_word_that_may_ask_does_when_the_aspect_is_sure() -> None:
    assert asks("我想网上办", 0.9) and not asks("我想网上办", 0.3)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("渡口多少钱，几天能办好", ["渡口多少钱", "几天能办好"]),
        ("渡口多少钱几天能办好", ["渡口多少钱", "几天能办好"]),
        ("渡口没了，怎么补，多久拿到", ["渡口没了，怎么补", "多久拿到"]),
        ("渡口怎么开？另外码头怎么开？", ["渡口怎么开", "码头怎么开"]),
        ("上个月搬了家，渡口怎么开", ["上个月搬了家，渡口怎么开"]),
        ("渡口", []),
    ],
)
def test_the_questions_of_a_message(text: str, parts: list[str]) -> None:
    assert questions(text) == parts


@given(st.text(max_size=60))
def test_any_text(text: str) -> None:
    correction(text, "渡口怎么开")
    assert all(questions(text)) or not questions(text)
