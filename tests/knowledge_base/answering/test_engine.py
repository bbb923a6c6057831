"""One turn: what is said and what is remembered, for messages as if they had been understood."""

from __future__ import annotations

import pytest
from small_town import LOST, RELEASE, UNSURE, answer, key, options, said, spoken_of, town, units

from knowledge_base.answering.context import Context
from knowledge_base.answering.engine import HANDLERS, SMALLTALK
from knowledge_base.records import normalise_number

KINDS = {
    "item", "faq", "package", "referral", "office", "options", "status", "handover", "complaint", "smalltalk",
    "emergency", "form", "fallback",
}  # fmt: skip


@pytest.mark.parametrize(
    ("id", "kind"),
    [
        ("dog-registration", "item"),
        ("library-card", "faq"),
        ("fishing-family", "package"),
        ("noisy-neighbours", "referral"),
        ("town-hall", "office"),
    ],
)
def test_a_sure_question_is_answered(id: str, kind: str) -> None:
    turn = answer(said("……", "ask", id))
    assert (turn.answer.kind, turn.answer.id) == (kind, id)
    assert turn.context.topic_id == id and turn.context.topic_kind == kind
    assert turn.context.last_text == turn.answer.text


def test_every_answer_has_release_and_record() -> None:
    for kind in [*SMALLTALK, *HANDLERS, "ask", "correct", "unheard_of"]:
        turn = answer(said("……", kind, "dog-registration"))
        assert turn.answer.kind in KINDS
        assert turn.answer.release == RELEASE
        assert turn.answer.record and normalise_number(turn.answer.record) == turn.answer.record
        assert turn.answer.text.strip()


def test_numbers_of_records_do_not_repeat() -> None:
    assert len({answer(said("……", "greet")).answer.record for _ in range(50)}) == 50


@pytest.mark.parametrize("kind", sorted(SMALLTALK))
def test_smalltalk_keeps_the_topic(kind: str) -> None:
    before = spoken_of("dog-registration", aspect="fee")
    turn = answer(said("……", kind), before)
    assert turn.answer.kind == "smalltalk"
    assert (turn.context.topic_id, turn.context.aspect) == ("dog-registration", "fee")


@pytest.mark.parametrize("kind", ["emergency", "handover", "complaint", "status"])
def test_abilities_keep_the_topic(kind: str) -> None:
    turn = answer(said("……", kind), spoken_of("dog-registration"))
    assert turn.answer.kind == kind
    assert turn.context.topic_id == "dog-registration"


def test_an_emergency_names_the_numbers() -> None:
    text = answer(said("……", "emergency")).answer.text
    assert all(number in text for number in ("110", "119", "120", "12356"))


def test_the_aspect_that_was_asked_for() -> None:
    turn = answer(said("狗证多少钱", "ask", "dog-registration", aspect="fee"))
    assert turn.answer.aspect == "fee" and "25元" in turn.answer.text
    assert turn.context.aspect == "fee"


def test_without_an_aspect_the_overview() -> None:
    assert answer(said("办狗证", "ask", "dog-registration")).answer.aspect == "overview"


def test_a_question_without_topic_goes_to_the_topic() -> None:
    turn = answer(said("那多少钱", aspect="fee"), spoken_of("dog-registration"))
    assert (turn.answer.id, turn.answer.aspect) == ("dog-registration", "fee")


def test_a_question_without_any_topic_asks_for_it() -> None:
    turn = answer(said("多少钱", aspect="fee"))
    assert (turn.answer.kind, turn.answer.aspect) == ("fallback", "fee")
    assert turn.context.topic_id is None


def test_a_new_topic_takes_over_the_aspect() -> None:
    turn = answer(said("渔船呢", "ask", "boat-licence", carries=True), spoken_of("dog-registration", aspect="fee"))
    assert (turn.answer.id, turn.answer.aspect) == ("boat-licence", "fee")


def test_a_whole_new_question_does_not() -> None:
    text = "我家里有一条渔船想要下水去打鱼应该去办什么登记"
    turn = answer(said(text, "ask", "boat-licence"), spoken_of("dog-registration", aspect="fee"))
    assert turn.answer.aspect == "overview"


def test_an_unsure_question_is_asked_back() -> None:
    turn = answer(said("登记", "ask", "dog-registration", "boat-licence", sure=UNSURE, aspect="fee"))
    assert turn.answer.kind == "options" and turn.answer.aspect == "fee"
    assert 2 <= len(turn.answer.options) <= 4
    assert turn.context.offered == turn.answer.options and turn.context.aspect == "fee"
    for number, option in enumerate(turn.answer.options, 1):
        assert f"{number}. {option.title}" in turn.answer.text


def test_options_are_only_what_can_answer_the_aspect() -> None:
    turn = answer(
        said("登记材料", "ask", "dog-registration", "boat-licence", "library-card", sure=UNSURE, aspect="materials")
    )
    assert "boat-licence" not in [option.id for option in turn.answer.options]


def test_what_is_not_known_is_not_answered() -> None:
    turn = answer(said("火星签证", "ask", "dog-registration", "boat-licence", sure=LOST))
    assert turn.answer.kind == "fallback" and turn.answer.id is None
    assert "“0”" in turn.answer.text
    assert turn.context.misses == 1


def test_nothing_was_found() -> None:
    turn = answer(said("火星签证", has_topic=True))
    assert turn.answer.kind == "fallback" and turn.answer.options == ()


def test_two_misses_suggest_a_person() -> None:
    first = answer(said("火星签证", has_topic=True))
    assert "12345，或者到小镇政务大厅咨询台" not in first.answer.text
    second = answer(said("木星签证", has_topic=True), first.context)
    assert "人工服务请拨打12345" in second.answer.text
    third = answer(said("办狗证", "ask", "dog-registration"), second.context)
    assert third.context.misses == 0


@pytest.mark.parametrize("kind", ["out_of_scope", "feedback_wrong"])
def test_other_misses_count_too(kind: str) -> None:
    turn = answer(said("……", kind), Context(misses=1))
    assert turn.answer.kind == "fallback" and "人工服务请拨打12345" in turn.answer.text


@pytest.mark.parametrize("kind", ["greet", "thanks", "handover"])
def test_what_is_understood_ends_a_row_of_misses(kind: str) -> None:
    assert answer(said("……", kind), Context(misses=1)).context.misses == 0


def test_an_option_is_chosen() -> None:
    offered = options("dog-registration", "boat-licence")
    turn = answer(said("2", "choose", chosen=offered[1]), Context(offered=offered, aspect="fee"))
    assert (turn.answer.kind, turn.answer.id, turn.answer.aspect) == ("item", "boat-licence", "fee")
    assert turn.context.offered == ()


def test_an_option_is_chosen_and_something_else_asked_of_it() -> None:
    offered = options("dog-registration", "boat-licence")
    before = Context(offered=offered, aspect="fee")
    turn = answer(said("第二个要带什么材料", "choose", chosen=offered[1], aspect="materials"), before)
    assert (turn.answer.id, turn.answer.aspect) == ("boat-licence", "materials")
    turn = answer(said("选第二个", "choose", chosen=offered[1], aspect="materials"), before)
    assert (turn.answer.id, turn.answer.aspect) == ("boat-licence", "fee")


def test_a_chosen_unit_that_was_taken_out_meanwhile() -> None:
    from knowledge_base.answering.answer import Option

    gone = Option("没有了", "gone", "item")
    turn = answer(said("1", "choose", chosen=gone, has_topic=False), Context(offered=(gone,)))
    assert turn.answer.kind == "fallback"


def test_a_choice_that_fits_nothing_is_asked_for_again() -> None:
    offered = options("dog-registration", "boat-licence")
    turn = answer(said("第九个", "choose", has_topic=False), Context(offered=offered, aspect="fee"))
    assert (turn.answer.kind, turn.answer.aspect, turn.answer.options) == ("options", "fee", offered)
    assert turn.context.offered == offered


def test_a_topic_that_was_taken_out_meanwhile() -> None:
    turn = answer(said("那多少钱", aspect="fee"), Context(topic_kind="item", topic_id="gone"))
    assert turn.answer.kind == "fallback"


def test_the_successor_of_an_expired_unit_can_be_chosen() -> None:
    turn = answer(said("旧版犬只备案", "ask", "old-dog-registration"))
    assert turn.answer.kind == "fallback"
    assert [option.id for option in turn.context.offered] == ["dog-registration"]


def test_an_item_and_its_faq_are_not_rivals() -> None:
    turn = answer(said("登记", "ask", "dog-registration", "dog-vaccine", "boat-licence", sure=UNSURE))
    offered = {option.id for option in turn.answer.options}
    assert not {"dog-registration", "dog-vaccine"} <= offered


def test_repeat() -> None:
    first = answer(said("狗证多少钱", "ask", "dog-registration", aspect="fee"))
    again = answer(said("再说一遍", "repeat"), first.context)
    assert again.answer.text == first.answer.text
    hello = answer(said("你好", "greet"))
    assert answer(said("再说一遍", "repeat"), hello.context).answer.text == hello.answer.text
    assert answer(said("再说一遍", "repeat")).answer.kind == "smalltalk"


def test_the_office_of_the_topic() -> None:
    turn = answer(said("今天开门吗", "ask_office", aspect="hours"), spoken_of("dog-registration"))
    assert (turn.answer.kind, turn.answer.id, turn.answer.aspect) == ("item", "dog-registration", "hours")
    assert "小镇政务大厅：周一至周四" in turn.answer.text


def test_an_office_that_is_named() -> None:
    turn = answer(said("渔港服务站今天开门吗", "ask_office", "harbour-office", aspect="hours"))
    assert (turn.answer.kind, turn.answer.id) == ("office", "harbour-office")


def test_without_a_name_the_hall_that_serves_most() -> None:
    turn = answer(said("今天开门吗", "ask_office", aspect="hours"))
    assert (turn.answer.kind, turn.answer.id) == ("office", "town-hall")


def test_a_rejection_with_a_new_topic_keeps_the_aspect() -> None:
    message = said("不是，我说渔船", "correct", "boat-licence", carries=True)
    turn = answer(message, spoken_of("dog-registration", aspect="fee"))
    assert (turn.answer.id, turn.answer.aspect) == ("boat-licence", "fee")


def test_the_fixtures_are_what_these_tests_think() -> None:
    assert set(town().units) == {key(id) for id in units()}
