"""A package in words: steps in order, documents of all of them together."""

from __future__ import annotations

from typing import Any

import pytest
from dialogues import published
from small_town import on, town, units

from knowledge_base.answering.package_wording import asked_of, options_of, whole_event, word_package
from knowledge_base.answering.wording import word
from knowledge_base.model import Package, Unit, parse_unit


def item(id: str, name: str, *materials: Any, **fields: Any) -> Unit:
    return parse_unit({"kind": "item", "id": id, "name": name, "aspects": {"materials": list(materials)}, **fields})


BABY = parse_unit(
    {
        "kind": "package",
        "id": "baby",
        "name": "新生儿一件事",
        "steps": [{"item": "birth"}, {"item": "register", "note": "满月前办"}, {"item": "insure"}, {"item": "gone"}],
    }
)
CARD = {"name": "居民身份证", "form": "原件", "count": 1}
WHO = [
    {
        "id": "who",
        "question": "给谁办？",
        "options": [{"id": "baby", "title": "新生儿"}, {"id": "other", "title": "其他人"}],
    }
]
PARENTS = [
    {"id": "wed", "question": "领证了吗？", "options": [{"id": "yes", "title": "已婚"}, {"id": "no", "title": "未婚"}]}
]
STEPS = [
    item("birth", "出生证", {**CARD, "form": "原件及复印件"}, {"name": "母亲照片", "required": False}),
    item(
        "register",
        "上户口",
        {"name": "本人居民身份证", "form": "复印件", "count": 2},
        {"name": "结婚证", "form": "原件", "count": 1, "when": {"wed": "yes"}},
        situations=PARENTS,
    ),
    item(
        "insure",
        "医保",
        {**CARD, "name": "身份证"},
        {"name": "户口簿", "form": "原件", "count": 1, "when": {"who": "baby"}},
        {"name": "居住证", "form": "原件", "count": 1, "when": {"who": "other"}},
        situations=WHO,
    ),
]
CITY = published([BABY, *STEPS])


def told(aspect: str | None) -> list[str]:
    assert isinstance(BABY, Package)
    return word_package(BABY, aspect, CITY, on()).splitlines()


def test_steps_in_order() -> None:
    assert told(None)[:4] == ["【新生儿一件事】要办这些事，请按顺序办：", "1. 出生证", "2. 上户口。满月前办", "3. 医保"]
    assert "gone" not in "".join(told(None))


def test_each_document_is_named_once() -> None:
    assert told("materials")[2:] == [
        "1. 居民身份证（原件1份，复印件3份，每步都要）",
        "2. 母亲照片（不是必需，第1步要）",
        "3. 结婚证（原件1份，“已婚”的才要，第2步要）",
        "4. 户口簿（原件1份，第3步要）",
        "步骤：1. 出生证；2. 上户口；3. 医保",
    ]


def test_other_aspects_step_by_step() -> None:
    package = units()["fishing-family"]
    assert isinstance(package, Package)
    text = word_package(package, "fee", town(), on())
    assert "1. 渔船登记：不收费。" in text and "2. 养犬登记：犬牌工本费：25元/块" in text
    assert told("fee") == [], "no step says anything"


def test_an_aspect_that_no_step_holds_is_answered_with_the_steps() -> None:
    answer = word(BABY, "fee", 1.0, CITY, on())
    assert "1. 出生证" in answer.text and answer.kind == "package"


def test_a_number_means_the_step() -> None:
    assert isinstance(BABY, Package)
    assert [option.id for option in options_of(BABY, CITY, on())] == ["birth", "register", "insure"]
    assert word(BABY, None, 1.0, CITY, on()).payload()["aspect"] == "overview"


@pytest.mark.parametrize(
    "text",
    [
        "开个面馆要办哪些手续",
        "摆个早点摊总共得办啥",
        "退休一件事怎么弄",
        "一共要跑几个部门",
        "从头到尾要办什么",
        "要办什么证",
        "先办哪个后办哪个",
    ],
)
def test_the_whole_event(text: str) -> None:
    assert whole_event(text)


@pytest.mark.parametrize(
    "text", ["健康证要什么材料", "营业执照多少钱", "怎么办证明", "身份证在哪里办", "要带哪些证明", "几天能办好"]
)
def test_one_item_of_it(text: str) -> None:
    assert not whole_event(text)


def test_licences_to_get_are_not_documents_to_bring() -> None:
    assert asked_of("materials", "要办哪些证") == "overview"
    assert asked_of("materials", "要办哪些证，带什么材料") == "materials"
    assert asked_of("materials", "材料呢") == "materials"
    assert asked_of("fee", "要办哪些证") == "fee"
    assert asked_of(None, "怎么弄") == "overview"
