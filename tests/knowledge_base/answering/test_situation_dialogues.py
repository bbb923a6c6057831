"""Whole conversations in which the answer depends on the citizen's situation, on an event, or on a day."""

from __future__ import annotations

from typing import Any

import pytest
from dialogues import Dialogue, published
from small_town import units

from knowledge_base.answering.models import LanguageModels
from knowledge_base.model import Unit, parse_unit

KEEPER = {
    "id": "keeper",
    "question": "谁来养？",
    "options": [
        {"id": "person", "title": "个人养", "words": ["自己养", "家里养"]},
        {"id": "company", "title": "单位养", "words": ["公司养", "厂里养"]},
        {"id": "shelter", "title": "收容所养", "words": ["救助站"]},
    ],
}
LONG = "由所在地的主管部门出具并且加盖公章，写明姓名、地址、联系方式和饲养目的的"


def materials(count: int) -> list[dict[str, Any]]:
    return [
        {"name": f"{LONG}{who}第{number}号证明", "when": {"keeper": who}}
        for who in ("person", "company", "shelter")
        for number in range(count)
    ]


def licence(count: int, **aspects: Any) -> Unit:
    """养鸽许可, with so many long documents for each keeper."""
    return parse_unit(
        {
            "kind": "item",
            "id": "pigeon",
            "name": "养鸽许可",
            "similar_questions": ["养鸽子要办什么许可", "养鸽许可怎么办"],
            "situations": [KEEPER],
            "aspects": {
                "overview": "养鸽子要先取得许可。",
                "materials": ["申请表", *materials(count)],
                "fee": [
                    {"amount": 10, "when": {"keeper": "person"}},
                    {"amount": 90, "when": {"keeper": ["company", "shelter"]}},
                ],
                "duration": {"promised": {"days": 5, "unit": "工作日"}},
                "place": {"text": "大厅二楼", "office": "town-hall"},
                **aspects,
            },
        }
    )


OTHER = parse_unit(
    {"kind": "item", "id": "boat", "name": "渔船登记", "aspects": {"overview": "渔船要登记。", "fee": {"amount": 77}}}
)


def begin(models: LanguageModels, unit: Unit | None = None, *others: Unit) -> Dialogue:
    return Dialogue(published([unit or licence(6), OTHER, units()["town-hall"], *others]), models)


def test_little_is_told_side_by_side(models: LanguageModels) -> None:
    answer = begin(models, licence(1)).say("养鸽许可要带什么材料")
    assert (answer.kind, answer.id, answer.aspect, answer.options) == ("item", "pigeon", "materials", ())
    assert all(title in answer.text for title in ("【个人养】", "【单位养】", "【收容所养】"))


@pytest.mark.parametrize("reply", ["2", "第二个", "单位养", "公司养", "我是厂里养的"])
def test_much_is_asked_about_first(models: LanguageModels, reply: str) -> None:
    talk = begin(models)
    asked = talk.say("养鸽许可要带什么材料")
    assert (asked.kind, asked.id, asked.aspect) == ("options", "pigeon", "materials")
    assert [(option.id, option.kind) for option in asked.options] == [
        ("keeper=person", "situation"),
        ("keeper=company", "situation"),
        ("keeper=shelter", "situation"),
    ]
    assert "谁来养？\n1. 个人养\n2. 单位养\n3. 收容所养" in asked.text
    told = talk.say(reply)
    assert (told.kind, told.id, told.aspect) == ("item", "pigeon", "materials")
    assert "申请表" in told.text and "company第5号" in told.text
    assert "person第" not in told.text and "shelter第" not in told.text
    assert "“单位养”" in told.text and "“个人养”“收容所养”" in told.text


def test_what_was_chosen_holds_while_the_topic_stays(models: LanguageModels) -> None:
    talk = begin(models)
    talk.say("养鸽许可要带什么材料")
    talk.say("1")
    talk.say("谢谢")
    fee = talk.say("那多少钱")
    assert (fee.id, fee.aspect) == ("pigeon", "fee") and "10元" in fee.text and "90元" not in fee.text
    assert "的情况说" not in talk.say("几天能办好").text, "the time limit does not depend on it"
    assert "77元" in talk.say("渔船登记多少钱").text
    assert "90元" in talk.say("养鸽许可多少钱").text, "a new topic in between, told side by side again"


def test_the_citizens_own_words_answer_it(models: LanguageModels) -> None:
    talk = begin(models)
    told = talk.say("公司养鸽子，养鸽许可要带什么材料")
    assert told.kind == "item" and "company第0号" in told.text and "person第" not in told.text
    other = talk.say("家里养的呢")
    assert (other.kind, other.aspect) == ("item", "materials")
    assert "person第0号" in other.text and "company第" not in other.text


@pytest.mark.parametrize("reply", ["全部", "都说说", "不知道"])
def test_all_can_be_had(models: LanguageModels, reply: str) -> None:
    talk = begin(models)
    talk.say("养鸽许可要带什么材料")
    told = talk.say(reply)
    assert told.kind == "item" and all(f"{who}第5号" in told.text for who in ("person", "company", "shelter"))


def test_a_number_that_was_not_offered_asks_again(models: LanguageModels) -> None:
    talk = begin(models)
    first = talk.say("养鸽许可要带什么材料")
    again = talk.say("第九个")
    assert (again.kind, again.id, again.aspect, again.options) == ("options", "pigeon", "materials", first.options)


def test_a_new_question_instead_of_a_choice(models: LanguageModels) -> None:
    talk = begin(models)
    talk.say("养鸽许可要带什么材料")
    assert talk.say("渔船登记多少钱").id == "boat"


def test_another_question_on_the_same_topic_instead_of_a_choice(models: LanguageModels) -> None:
    talk = begin(models)
    talk.say("养鸽许可要带什么材料")
    fee = talk.say("那多少钱")
    assert (fee.kind, fee.id, fee.aspect) == ("item", "pigeon", "fee")


def test_one_question_after_the_other(models: LanguageModels) -> None:
    where = {
        "id": "where",
        "question": "养在哪里？",
        "options": [{"id": "city", "title": "城里"}, {"id": "village", "title": "乡下"}],
        "when": {"keeper": "company"},
    }
    more = [
        {"name": f"{LONG}{place}第{number}号证明", "when": {"where": place}}
        for place in ("city", "village")
        for number in range(6)
    ]
    base = licence(1).dict(exclude_none=True)
    base["situations"] = [KEEPER, where]
    base["aspects"]["materials"] = {"dated": [{"value": [{"name": "申请表"}, *materials(1), *more]}]}
    talk = begin(models, parse_unit({"kind": "item", **base}))
    assert talk.say("养鸽许可要带什么材料").options[0].id == "keeper=person"
    second = talk.say("单位养")
    assert [option.id for option in second.options] == ["where=city", "where=village"]
    told = talk.say("乡下")
    assert told.kind == "item" and "village第5号" in told.text and "city第" not in told.text
    assert "company第0号" in told.text and "person第" not in told.text


def test_one_that_does_not_come_up_is_not_asked(models: LanguageModels) -> None:
    talk = begin(models)
    talk.say("养鸽许可要带什么材料")
    assert talk.say("个人养").kind == "item"


def test_more_options_than_can_be_offered_are_told(models: LanguageModels) -> None:
    many = {**KEEPER, "options": [*KEEPER["options"], {"id": "d", "title": "学校养"}, {"id": "e", "title": "军队养"}]}
    base = licence(6).dict(exclude_none=True)
    answer = begin(models, parse_unit({"kind": "item", **base, "situations": [many]})).say("养鸽许可要带什么材料")
    assert answer.kind == "item" and "shelter第5号" in answer.text


def test_asking_for_hours_tells_of_no_situation(models: LanguageModels) -> None:
    options = [{"id": "yes", "title": "上班"}, {"id": "no", "title": "退休"}]
    worker = {"id": "job", "question": "在上班吗？", "options": options}
    fee = [{"amount": 10, "when": {"job": "yes"}}, {"amount": 90, "when": {"job": "no"}}]
    base = licence(0).dict(exclude_none=True)
    base["aspects"]["fee"] = {"dated": [{"value": fee}]}
    talk = begin(models, parse_unit({"kind": "item", **base, "situations": [KEEPER, worker]}))
    talk.say("养鸽许可在哪里办")
    talk.say("那周末上班吗")
    text = talk.say("多少钱").text
    assert "10元" in text and "90元" in text


@pytest.mark.parametrize("text", ["养鸽许可要带什么材料，多少钱？", "养鸽许可多少钱，要带什么材料？"])
def test_of_two_questions_both_are_told(models: LanguageModels, text: str) -> None:
    answer = begin(models).say(text)
    assert answer.kind == "item" and "90元" in answer.text and "shelter第5号" in answer.text


def test_an_overview_is_never_a_question_and_fits_a_phone(models: LanguageModels) -> None:
    answer = begin(models, licence(9)).say("养鸽许可怎么办")
    assert (answer.kind, answer.id) == ("item", "pigeon")
    assert len(answer.text) <= 600 and "申请材料" in answer.text.splitlines()[-1]


def test_a_place_comes_with_its_address_and_phone(models: LanguageModels) -> None:
    text = begin(models).say("养鸽许可在哪里办").text
    assert "大厅二楼" in text and "小镇中心街1号" in text and "0990-5555555" in text


def test_the_hours_of_a_day_of_the_item_spoken_of(models: LanguageModels) -> None:
    talk = begin(models)
    talk.say("养鸽许可在哪里办")
    weekend = talk.say("那周末上班吗")
    assert (weekend.kind, weekend.id, weekend.aspect) == ("item", "pigeon", "hours")
    assert "11月28日（周六）开门，时间是9:00–11:00。\n11月29日（周日）不开门。" in weekend.text
    assert "明天（11月24日，周二）开门" in talk.say("明天呢").text
    assert "以大厅通知为准" in talk.say("春节呢").text


def test_a_hall_and_then_another_day(models: LanguageModels) -> None:
    talk = begin(models)
    first = talk.say("小镇政务大厅周六开门吗")
    assert (first.kind, first.id, first.aspect) == ("office", "town-hall", "hours")
    assert first.text.splitlines()[1] == "11月28日（周六）开门，时间是9:00–11:00。"
    then = talk.say("那星期天呢")
    assert (then.kind, then.id) == ("office", "town-hall") and "11月29日（周日）不开门" in then.text


PARTY = parse_unit(
    {
        "kind": "package",
        "id": "harbour-life",
        "name": "渔家生活一件事",
        "similar_questions": ["搞渔家生活要办哪些手续"],
        "steps": [{"item": "boat"}, {"item": "pigeon"}],
    }
)


def test_an_event_step_by_step(models: LanguageModels) -> None:
    talk = begin(models, licence(1), PARTY)
    whole = talk.say("渔家生活一件事要办哪些手续")
    assert (whole.kind, whole.id) == ("package", "harbour-life")
    assert [option.id for option in whole.options] == ["boat", "pigeon"]
    assert "1. 申请表（第2步要）" in talk.say("要带什么材料").text
    step = talk.say("2")
    assert (step.kind, step.id, step.aspect) == ("item", "pigeon", "materials")


def test_an_item_names_the_event_that_it_belongs_to(models: LanguageModels) -> None:
    talk = begin(models, licence(1), PARTY)
    general = talk.say("养鸽许可怎么办")
    assert general.also == ({"kind": "package", "id": "harbour-life", "title": "渔家生活一件事"},)
    assert general.text.endswith("相关的一件事：渔家生活一件事。")
    fee = talk.say("多少钱")
    assert fee.also == general.also and "相关的一件事" not in fee.text
