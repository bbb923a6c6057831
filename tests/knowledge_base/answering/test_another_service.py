"""What is not known is not answered from something that merely sounds like it, or was spoken of before."""

from __future__ import annotations

import pytest
from dialogues import Dialogue, item, published

from knowledge_base.answering.models import LanguageModels

FOOD = item("food", "食品经营许可", "开饭店要办什么证", "食品经营许可证怎么办")
TOBACCO = item("tobacco", "烟草专卖零售许可", "卖烟要办什么证")
LICENCE = item("licence", "机动车驾驶证期满换证", "驾照到期了怎么换")
DOG = item("dog", "养犬登记", "办狗证")


@pytest.fixture
def talk(models: LanguageModels) -> Dialogue:
    return Dialogue(published([FOOD, TOBACCO, LICENCE, DOG]), models)


@pytest.mark.parametrize("text", ["农药经营许可怎么申请", "危险化学品经营许可证多久能批", "娱乐场所经营许可证办理流程"])
def test_a_licence_for_something_else(talk: Dialogue, text: str) -> None:
    assert talk.say(text).kind in ("options", "fallback")


def test_the_licence_itself(talk: Dialogue) -> None:
    assert talk.say("食品经营许可怎么申请").id == "food"


@pytest.mark.parametrize("text", ["钢琴课多少钱", "量子力学是什么", "瑜伽班几点开门", "学钢琴要什么条件"])
def test_another_subject_after_a_service(talk: Dialogue, text: str) -> None:
    talk.say("驾照到期了怎么换")
    assert talk.say(text).kind == "fallback"


@pytest.mark.parametrize("text", ["多少钱", "我走不开，老公帮我弄行不", "春节开门吗"])
def test_what_leans_on_the_service(talk: Dialogue, text: str) -> None:
    talk.say("驾照到期了怎么换")
    assert talk.say(text).id == "licence"
