"""Whole conversations at the engine: ellipsis, change of topic, correction, choosing, two questions, misses."""

from __future__ import annotations

import pytest
from dialogues import Dialogue, item, published

from knowledge_base.answering.context import FRESH
from knowledge_base.answering.models import LanguageModels
from knowledge_base.model import Unit, parse_unit

UNITS: list[Unit] = [
    item("fishing-lost", "拾贝证遗失补发", "拾贝证丢了怎么补", "拾贝证找不到了"),
    item("fishing-renew", "拾贝证到期换发", "拾贝证快到期了怎么换", "拾贝证过期了"),
    item("fishing-first", "拾贝证首次申领", "第一次办拾贝证", "从没有办过拾贝证想办一个"),
    item("sand-lost", "采砂证遗失补发", "采砂证丢了怎么补", "采砂证找不到了"),
    item("sand-first", "采砂证首次申领", "第一次办采砂证", "从没有办过采砂证想办一个"),
    item("bees", "养蜂场备案", "养蜜蜂要备案吗", "蜂箱放在哪里要登记吗"),
    item("ferry", "渡口开设许可", "想在河边开渡口", "摆渡要办什么许可"),
    parse_unit(
        {
            "kind": "faq",
            "id": "fishing-green",
            "question": "拾贝证为什么是绿色的",
            "answer": "绿色代表水面。",
            "item": "fishing-first",
        }
    ),
]


@pytest.fixture
def talk(models: LanguageModels) -> Dialogue:
    return Dialogue(published(UNITS), models)


def told(conversation: Dialogue, text: str) -> tuple[str | None, str | None]:
    answer = conversation.say(text)
    return answer.id, answer.aspect


def test_a_question_that_names_nothing_goes_to_the_topic(talk: Dialogue) -> None:
    assert told(talk, "养蜂场备案要什么材料") == ("bees", "materials")
    assert told(talk, "那多少钱") == ("bees", "fee")
    assert told(talk, "几天能办好") == ("bees", "duration")


def test_a_new_topic_takes_over_the_aspect(talk: Dialogue) -> None:
    talk.say("养蜂场备案要几天")
    assert told(talk, "渡口开设许可呢") == ("ferry", "duration")
    assert told(talk, "那养蜂场备案呢") == ("bees", "duration")


def test_what_was_done_is_carried_to_the_new_thing(talk: Dialogue) -> None:
    assert told(talk, "拾贝证丢了补发要多少钱") == ("fishing-lost", "fee")
    assert told(talk, "采砂证呢") == ("sand-lost", "fee")


def test_a_word_that_clears_up_the_question_before(talk: Dialogue) -> None:
    talk.say("拾贝证多少钱")
    assert told(talk, "到期换发") == ("fishing-renew", "fee")


@pytest.mark.parametrize(
    "correction",
    [
        "不是补发，是到期换发",
        "不对，没丢，是快过期了",
        "打错了 是到期换发",
        "不是丢了是到期了",
        "我问的是到期换发，不是补发",
    ],
)
def test_a_correction_leaves_the_topic_and_keeps_the_aspect(talk: Dialogue, correction: str) -> None:
    assert told(talk, "拾贝证丢了补发要什么材料") == ("fishing-lost", "materials")
    assert told(talk, correction) == ("fishing-renew", "materials")


def test_a_correction_of_the_aspect_keeps_the_topic(talk: Dialogue) -> None:
    talk.say("养蜂场备案要什么材料")
    assert told(talk, "不是问材料，是问多少钱") == ("bees", "fee")


def test_a_denial_that_takes_nothing_back(talk: Dialogue) -> None:
    talk.say("养蜂场备案要什么材料")
    assert told(talk, "我没有户口本，拾贝证丢了怎么补")[0] == "fishing-lost"


def test_a_new_whole_question_carries_nothing(talk: Dialogue) -> None:
    talk.say("养蜂场备案多少钱")
    assert told(talk, "我想在村口的河边开一个渡口应该怎么申请许可") == ("ferry", "overview")


def test_smalltalk_does_not_break_the_topic(talk: Dialogue) -> None:
    talk.say("养蜂场备案要什么材料")
    talk.say("谢谢")
    assert told(talk, "多少钱") == ("bees", "fee")


def test_a_topic_of_long_ago_is_asked_for(talk: Dialogue) -> None:
    talk.say("养蜂场备案要什么材料")
    for _ in range(FRESH + 1):
        talk.say("谢谢")
    answer = talk.say("多少钱")
    assert (answer.kind, answer.id) == ("fallback", None)
    assert [option.id for option in answer.options] == ["bees"]
    assert told(talk, "是的") == ("bees", "fee")


def test_what_is_spoken_of_stays_fresh(talk: Dialogue) -> None:
    talk.say("养蜂场备案要什么材料")
    for _ in range(FRESH):
        assert told(talk, "多少钱") == ("bees", "fee")
        talk.say("谢谢")
    assert told(talk, "要几天") == ("bees", "duration")


def test_after_an_unknown_subject_the_topic_is_not_meant(talk: Dialogue) -> None:
    talk.say("养蜂场备案要什么材料")
    unknown = talk.say("潜水艇驾照要考几门")
    assert unknown.kind == "fallback"
    assert talk.say("多少钱").id is None


def test_a_question_answered_by_a_faq_is_about_its_item(talk: Dialogue) -> None:
    assert told(talk, "拾贝证为什么是绿色的")[0] == "fishing-green"
    assert told(talk, "多少钱") == ("fishing-first", "fee")


def test_circumstances_are_asked_of_the_topic(talk: Dialogue) -> None:
    talk.say("养蜂场备案要什么材料")
    assert told(talk, "我走不开，让我老公去代办行不行") == ("bees", "proxy")


def test_two_aspects_are_both_told(talk: Dialogue) -> None:
    answer = talk.say("养蜂场备案多少钱，几天能办好")
    assert (answer.kind, answer.id, answer.aspect) == ("item", "bees", "fee")
    assert "10元" in answer.text and "5个工作日" in answer.text
    assert answer.also == ({"kind": "item", "id": "bees", "title": "养蜂场备案", "aspect": "duration"},)


def test_two_aspects_of_the_topic(talk: Dialogue) -> None:
    talk.say("养蜂场备案怎么办")
    answer = talk.say("多少钱，几天能办好")
    assert (answer.id, answer.aspect, [one["aspect"] for one in answer.also]) == ("bees", "fee", ["duration"])


def test_two_topics_are_both_told(talk: Dialogue) -> None:
    answer = talk.say("拾贝证丢了怎么补，采砂证丢了怎么补")
    assert answer.id == "fishing-lost"
    assert [one["id"] for one in answer.also] == ["sand-lost"]
    assert "采砂证遗失补发的办法" in answer.text
    assert talk.context.spoken_of[:2] == (("item", "sand-lost"), ("item", "fishing-lost"))


@pytest.mark.parametrize(
    "story",
    [
        "上个月搬家，拾贝证丢了怎么补",
        "人家问我多少钱我也不晓得，养蜂场备案要什么材料",
        "我爸说他几年前办过养蜂场备案，现在要多少钱",
    ],
)
def test_a_story_is_one_question(talk: Dialogue, story: str) -> None:
    answer = talk.say(story)
    assert answer.kind == "item" and not answer.also


def test_none_of_what_was_offered(talk: Dialogue) -> None:
    offered = talk.say("拾贝证多少钱")
    assert offered.kind == "options"
    answer = talk.say("都不是")
    assert answer.kind == "fallback" and "换个说法" in answer.text


def test_a_number_that_was_not_offered_is_told(talk: Dialogue) -> None:
    offered = talk.say("拾贝证多少钱")
    answer = talk.say("9")
    assert (answer.kind, answer.aspect, answer.options) == ("options", "fee", offered.options)
    assert "没有这个选项" in answer.text
    assert told(talk, "第一个") == (offered.options[0].id, "fee")


def test_a_new_question_instead_of_a_choice(talk: Dialogue) -> None:
    assert talk.say("拾贝证多少钱").kind == "options"
    assert told(talk, "养蜂场备案在哪里办") == ("bees", "place")


def test_only_another_aspect_of_what_was_offered(talk: Dialogue) -> None:
    offered = talk.say("拾贝证多少钱")
    answer = talk.say("要几天")
    assert (answer.kind, answer.aspect, answer.options) == ("options", "duration", offered.options)


def test_misses_in_a_row_lead_to_a_person_and_an_answer_ends_them(talk: Dialogue) -> None:
    assert "人工服务请拨打" not in talk.say("潜水艇驾照要考几门").text
    assert "人工服务请拨打" in talk.say("火星上怎么买房").text
    talk.say("养蜂场备案多少钱")
    assert "人工服务请拨打" not in talk.say("潜水艇驾照要考几门").text


def test_the_last_clause_of_a_very_long_message_is_read(talk: Dialogue) -> None:
    story = "养蜂场备案这件事我想说一下，" + "材料我问过窗口的工作人员了，" * 60 + "要多少钱"
    assert told(talk, story) == ("bees", "fee")


def test_a_paper_that_is_asked_about_is_not_the_topic(talk: Dialogue) -> None:
    talk.say("养蜂场备案怎么办")
    assert told(talk, "捕捞证要不要带") == ("bees", "materials")


def test_a_new_thing_that_nobody_knows_is_not_taken_for_the_old(talk: Dialogue) -> None:
    talk.say("养蜂场备案要什么材料")
    assert talk.say("潜水艇驾照呢").kind in ("options", "fallback")


def test_thanks_are_not_read_with_the_question_before(talk: Dialogue) -> None:
    talk.say("养蜂场备案要什么材料")
    assert talk.say("好的谢谢你").kind == "smalltalk"


def test_a_subject_that_is_out_of_scope_breaks_the_topic(talk: Dialogue) -> None:
    talk.say("养蜂场备案要什么材料")
    assert talk.say("明天天气怎么样").kind == "fallback"
    assert talk.say("多少钱").id is None


def test_a_question_that_stands_by_itself_is_not_drawn_to_the_topic(talk: Dialogue) -> None:
    talk.say("养蜂场备案怎么办")
    assert told(talk, "拾贝证丢了补发要带什么材料")[0] == "fishing-lost"
    assert told(talk, "渡口开设许可能在网上办吗") == ("ferry", "online")


def test_a_bare_word_that_several_items_bear_is_asked_about(talk: Dialogue) -> None:
    answer = talk.say("拾贝证")
    assert answer.kind == "options"
    assert {option.id for option in answer.options} >= {"fishing-lost", "fishing-renew", "fishing-first"}


def test_a_bare_word_that_nothing_speaks_of_is_not_known(talk: Dialogue) -> None:
    assert talk.say("钢琴课").kind == "fallback"


def test_letters_are_no_other_subject(talk: Dialogue) -> None:
    talk.say("养蜂场备案要几天")
    assert talk.say("／restart").kind == "fallback"
    assert told(talk, "那多少钱") == ("bees", "fee")
