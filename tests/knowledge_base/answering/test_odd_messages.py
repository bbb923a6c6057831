"""Messages that say little, or say it oddly: marks, lone numbers, masked values, courtesies among questions."""

from __future__ import annotations

import pytest
from dialogues import Dialogue, item, published

from knowledge_base.answering.models import LanguageModels
from knowledge_base.answering.phrases import phrase
from knowledge_base.model import Unit, parse_unit

UNITS: list[Unit] = [
    item("bees", "养蜂场备案", "养蜜蜂要备案吗", "蜂箱放在哪里要登记吗"),
    item("ferry", "渡口开设许可", "想在河边开渡口", "摆渡要办什么许可"),
    item("honey", "蜂蜜作坊登记", "想做蜂蜜卖要登记吗"),
    parse_unit(
        {
            "kind": "package",
            "id": "bee-farm",
            "name": "开办蜂场",
            "similar_questions": ["开蜂场要办哪些手续"],
            "overview": "先备案，再登记。",
            "steps": [{"item": "bees"}, {"item": "honey"}],
        }
    ),
    parse_unit({"kind": "office", "id": "hall", "name": "东镇办事大厅", "address": "东镇路1号"}),
]


@pytest.fixture
def talk(models: LanguageModels) -> Dialogue:
    return Dialogue(published(UNITS), models)


@pytest.mark.parametrize(
    "text", ["！", "（）", "（（（（", "？？？", "。。。", "……", "-", "⟦id:0000⟧", "⟦phone:0000⟧。"]
)
def test_marks_and_masked_values_alone_say_nothing(talk: Dialogue, text: str) -> None:
    answer = talk.say(text)
    assert (answer.kind, answer.options) == ("smalltalk", ())
    assert "⟦" not in answer.text


def test_marks_alone_leave_the_topic(talk: Dialogue) -> None:
    talk.say("养蜂场备案要什么材料")
    talk.say("？？")
    assert talk.say("那多少钱").id == "bees"


@pytest.mark.parametrize("text", ["3", "99", "85", "-1", "123456"])
def test_a_number_out_of_the_blue_finds_no_topics(talk: Dialogue, text: str) -> None:
    answer = talk.say(text)
    assert (answer.kind, answer.options) == ("fallback", ())


def test_masked_values_do_not_count_as_words(talk: Dialogue) -> None:
    assert talk.say("我的号码是⟦id:0000⟧，养蜂场备案要什么材料").id == "bees"


@pytest.mark.parametrize("text", ["你好", "你真棒", "谢谢"])
def test_a_greeting_does_not_repeat_the_answer(talk: Dialogue, text: str) -> None:
    talk.say("养蜂场备案要什么材料")
    assert talk.say(text).kind == "smalltalk"
    assert talk.say("那多少钱").id == "bees"


@pytest.mark.parametrize("text", ["密码忘了", "85岁", "太贵了", "sfz丢了"])
def test_what_hardly_sounds_like_a_courtesy_is_not_taken_for_one(talk: Dialogue, text: str) -> None:
    assert talk.say(text).text not in {phrase(name) for name in ("goodbye", "praise", "insult")}


@pytest.mark.parametrize("text", ["你真有意思", "你是真的假的"])
def test_idle_talk_that_might_be_a_courtesy_is_no_question(talk: Dialogue, text: str) -> None:
    assert talk.say(text).kind == "smalltalk"


@pytest.mark.parametrize("text", ["特朗普是谁", "科长是谁"])
def test_somebody_else_is_not_the_assistant(talk: Dialogue, text: str) -> None:
    assert talk.say(text).kind == "fallback"


@pytest.mark.parametrize("text", ["你是谁", "你是机器人吗", "跟我说话的是谁"])
def test_the_assistant_says_what_it_is(talk: Dialogue, text: str) -> None:
    assert "智能助手" in talk.say(text).text


@pytest.mark.parametrize("text", ["报警电话是多少", "打110报警电话多少", "救护车电话", "火警电话多少"])
def test_who_asks_for_an_emergency_number_gets_it(talk: Dialogue, text: str) -> None:
    answer = talk.say(text)
    assert answer.kind == "emergency" and "120" in answer.text


def test_a_step_of_a_package_can_be_chosen(talk: Dialogue) -> None:
    assert talk.say("开蜂场要办哪些手续").id == "bee-farm"
    chosen = talk.say("第2步")
    assert (chosen.id, chosen.aspect) == ("honey", "overview")


@pytest.mark.parametrize("text", ["银行几点开门", "医院周六上班吗", "居委会在哪"])
def test_the_hours_of_a_hall_are_not_told_for_another_place(talk: Dialogue, text: str) -> None:
    assert talk.say(text).kind == "fallback"


def test_the_hall_answers_for_itself(talk: Dialogue) -> None:
    assert talk.say("你们今天开门吗").id == "hall"
