"""The conversation in which a complaint is taken down, message by message, without Rasa and without a model."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from complaint_talk import Talk
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from actions.complaints.draft import Draft
from actions.complaints.sentences import sentence
from actions.surroundings import Surroundings
from desk import case_deliveries, cases
from desk.case_confidence import CONFIDENTIAL
from desk.case_numbers import number_in
from desk.case_private import TOKEN
from foundation.clock import FixedClock
from knowledge_base.answering.context import Context

PHONE = "13912345678"


@pytest.fixture
def talk(here: Surroundings) -> Talk:
    return Talk(here)


async def test_from_the_wish_to_the_number(talk: Talk) -> None:
    assert "具体是怎么回事" in await talk.say("我要投诉窗口工作人员")
    assert await talk.say("他上班的时候一直玩手机") == sentence("ask_where")
    assert await talk.say("市民中心二楼") == sentence("ask_when")
    assert await talk.say("上周三下午") == sentence("ask_contact")
    summary = await talk.say(PHONE)
    assert all(
        said in summary for said in ("投诉", "他上班的时候一直玩手机", "市民中心二楼", "上周三下午", "已经留了手机号")
    )
    assert PHONE not in summary and talk.filed == []
    told = await talk.say("确认提交")
    [case] = talk.filed
    assert number_in(told) == case.number and "以受理部门答复为准" in told
    assert (case.kind, case.place, case.happened) == ("complaint", "市民中心二楼", "上周三下午")
    assert case.what == "我要投诉窗口工作人员。他上班的时候一直玩手机"
    assert case.due_on == date(2026, 11, 30) and case.department == "综合受理"
    assert talk.over and talk.draft is None
    with talk.here.database.read() as tx:
        assert cases.private_of(tx, talk.here.cipher, case).contact == PHONE
        assert case_deliveries.of_case(tx, case.id) == []


async def test_who_leaves_a_mail_address_is_told_that_it_opens_the_case(talk: Talk) -> None:
    told = await talk.tell("我要建议", "多开几个窗口", "li@163.com", "确认提交")
    assert told.endswith(sentence("filed_with_mail")) and "最后四位" not in told


async def test_the_answers_carry_what_they_must(talk: Talk) -> None:
    await talk.say("我要建议")
    assert talk.step is not None and (talk.step.answer.kind, talk.step.answer.id) == ("form", "complaint")
    await talk.tell("多开几个窗口", "不留", "确认提交")
    answer = talk.step.answer
    assert (answer.kind, answer.id) == ("complaint", None)
    assert answer.extra["case"] == {
        "number": talk.filed[0].number,
        "kind": "suggestion",
        "kind_text": "建议",
        "state": "registered",
        "state_text": "已登记",
    }


async def test_a_first_message_that_tells_all_is_not_asked_again(talk: Talk) -> None:
    reply = await talk.say("楼下烧烤店没证，半夜还在外头摆摊，油烟呛得人睡不着，我要举报")
    assert reply == f"{sentence('noted')}\n{sentence('ask_where')}"
    await talk.tell("跳过", "不清楚", "匿名", "确认提交")
    [case] = talk.filed
    assert (case.kind, case.department, case.place, case.happened, case.has_contact) == (
        "report",
        "生态环境",
        "",
        "",
        False,
    )


async def test_the_kind_is_asked_where_the_words_do_not_tell(talk: Talk) -> None:
    await talk.say("我去过了，窗口那个人爱答不理的还冲我吼，我要反映一下")
    assert talk.step is not None and talk.step.choices == ("投诉", "建议", "举报", "求助", "表扬")
    assert await talk.say("投诉") == sentence("ask_where")


async def test_a_story_instead_of_a_kind_is_kept(talk: Talk) -> None:
    await talk.say("我要反映")
    reply = await talk.say("小区门口的井盖坏了半年，晚上有人摔倒")
    assert sentence("noted") in reply and sentence("ask_kind") in reply
    await talk.tell("2", "跳过", "确认提交")
    assert talk.filed[0].kind == "suggestion" and "井盖" in talk.filed[0].what


@pytest.mark.parametrize(
    ("kind", "asked"),
    [("投诉", ["where", "when"]), ("举报", ["where", "when"]), ("求助", ["where"]), ("建议", []), ("表扬", [])],
)
async def test_what_each_kind_is_asked(talk: Talk, kind: str, asked: list[str]) -> None:
    await talk.say(f"我要{kind}")
    reply = await talk.say("三号窗口的大姐帮了大忙")
    for part in asked:
        assert reply == sentence(f"ask_{part}")
        reply = await talk.say("跳过")
    assert reply in (sentence("ask_contact"), sentence("ask_contact_report"))
    assert "请看一看对不对" in await talk.say("跳过")


async def test_adding_and_changing(talk: Talk) -> None:
    await talk.tell("我要投诉", "物业乱收费", "东湖小区", "上个月", "跳过")
    await talk.tell("补充", "还停了我家的水")
    await talk.tell("修改", "地点", "西山小区")
    await talk.tell("改一下时间", "这个月")
    await talk.tell("修改", "联系方式", PHONE)
    summary = await talk.tell("修改", "类型", "举报")
    assert all(
        said in summary for said in ("举报", "物业乱收费。还停了我家的水", "西山小区", "这个月", "已经留了手机号")
    )
    summary = await talk.tell("修改", "内容", "物业断水断电")
    assert "内容：物业断水断电\n" in summary
    await talk.say("确认提交")
    assert (talk.filed[0].what, talk.filed[0].place, talk.filed[0].kind) == ("物业断水断电", "西山小区", "report")


async def test_what_is_said_at_the_summary_is_added(talk: Talk) -> None:
    await talk.tell("我要投诉", "物业乱收费", "跳过", "跳过", "跳过")
    assert "他们昨天还来砸门" in await talk.say("他们昨天还来砸门")
    assert "已经留了手机号" in await talk.say(f"我的电话{PHONE}")


async def test_a_place_from_the_map(talk: Talk) -> None:
    await talk.tell("我要投诉", "路灯坏了半年")
    assert await talk.say("附近的办事大厅", place="人民路12号") == sentence("ask_when")
    await talk.tell("跳过", "跳过", "好")
    assert talk.filed[0].place == "人民路12号"


async def test_more_of_the_story_is_no_place(talk: Talk) -> None:
    await talk.tell("我要投诉", "物业乱收费")
    more = (
        "上个月他们突然说要加收公共能耗费，一户三百块，不交就停水停电，业主群里吵了好几天，找社区也没有用，"
        "现在又来贴条子，说再不交就起诉我们"
    )
    assert sentence("ask_where") in await talk.say(more)
    await talk.tell("跳过", "跳过", "跳过", "好")
    assert more in talk.filed[0].what


async def test_leaving_files_nothing(talk: Talk) -> None:
    await talk.tell("我要投诉", "物业乱收费", "东湖小区")
    assert await talk.say("算了") == sentence("left")
    assert talk.over and talk.draft is None and talk.filed == []
    assert "要投诉谁" in await talk.say("我要投诉")


async def test_what_was_left_for_something_urgent_is_gone_on_with(talk: Talk, clock: FixedClock) -> None:
    await talk.tell("我要投诉", "物业乱收费")
    talk.over = True
    assert await talk.say("我要投诉") == f"{sentence('resumed', kind='投诉')}\n{sentence('ask_where')}"
    talk.over = True
    clock.advance(hours=25)
    assert "要投诉谁" in await talk.say("我要投诉")


async def test_a_new_matter_begins_anew(talk: Talk) -> None:
    await talk.tell("我要投诉", "物业乱收费")
    talk.over = True
    await talk.say("我要举报村里有人往河里倒垃圾")
    assert talk.draft is not None and "物业" not in talk.draft.matter and talk.draft.kind == "report"


async def test_whoever_does_not_want_to_leave_a_number_can_go_on(talk: Talk) -> None:
    await talk.tell("我要建议", "多开几个窗口")
    for _ in range(2):
        assert await talk.say("我住东湖") == sentence("again.contact")
    assert sentence("no_contact") in await talk.say("就住东湖嘛")
    await talk.say("确认提交")
    assert len(talk.filed) == 1


async def test_three_failures_end_it_politely_and_lose_nothing(talk: Talk) -> None:
    await talk.tell("我要投诉", "物业乱收费", "跳过", "跳过", "跳过")
    for _ in range(2):
        assert await talk.say("？！") == sentence("again.summary")
    reply = await talk.say("呃")
    assert "还没有提交" in reply and "12345" in reply and talk.over
    assert "物业乱收费" in await talk.say("我要投诉")


async def test_a_contact_that_has_expired_is_asked_for_again(talk: Talk, clock: FixedClock) -> None:
    await talk.tell("我要投诉", "物业乱收费", "跳过", "跳过", PHONE)
    clock.advance(days=8)
    assert sentence("expired_contact") in await talk.say("确认提交")
    assert talk.filed == []
    await talk.tell(PHONE, "确认提交")
    assert talk.filed[0].has_contact


async def test_a_number_that_is_anothers_is_not_used(talk: Talk, here: Surroundings) -> None:
    await talk.tell("我要投诉", "物业乱收费", "跳过", "跳过", "跳过")
    assert talk.draft is not None
    other = Talk(here, "web:other")
    await other.tell("我要投诉", "路灯不亮", "跳过", "跳过", "跳过")
    assert other.draft is not None
    other.draft = Draft(**{**vars(other.draft), "number": talk.draft.number})
    await talk.say("确认提交")
    await other.say("确认提交")
    assert talk.filed[0].number != other.filed[0].number


async def test_the_topic_of_the_conversation_says_whose_it_is(talk: Talk) -> None:
    topic = Context(topic_kind="item", topic_id="teacher-qualification", topic_title="教师资格认定")
    await talk.say("我要投诉", context=topic)
    await talk.tell("等了三个月没有下文", "跳过", "跳过", "跳过", "好")
    assert (talk.filed[0].department, talk.filed[0].topic_id) == ("教育", "teacher-qualification")


async def test_despair_gets_the_crisis_line(talk: Talk) -> None:
    await talk.say("我要求助")
    assert sentence("crisis") in await talk.say("欠了很多债，走投无路了")
    assert sentence("crisis") not in await talk.say("东湖区")


async def test_what_sounds_like_danger_gets_the_numbers_first(talk: Talk) -> None:
    await talk.say("我要投诉")
    assert talk.draft is not None
    step = await talk.dialogue().go_on(talk.draft, "对门把煤气罐放楼道里太危险了", danger=True)
    assert step.answer.text == f"{sentence('danger')}\n\n{sentence('ask_where')}"
    assert step.draft is not None and "煤气罐" in step.draft.what
    step = await talk.dialogue().go_on(step.draft, "每天晚上", danger=True)
    assert step.answer.text == sentence("ask_when")


async def test_the_wish_alone_is_no_matter(talk: Talk) -> None:
    await talk.say("我要投诉")
    assert await talk.say("我要投诉") == sentence("again.what")
    assert await talk.say(PHONE) == sentence("again.what")


async def test_whom_it_is_about_is_not_yet_the_matter(talk: Talk) -> None:
    await talk.say("我要投诉")
    assert "记下“物业”了" in await talk.say("物业")
    assert await talk.say("乱收费") == sentence("ask_where")
    assert talk.draft is not None and talk.draft.matter == "物业。乱收费"


async def test_of_a_report_every_answer_is_marked_and_of_others_none(talk: Talk) -> None:
    for text in ("我要举报", "村支书收钱办低保", "张家村", "去年", "不留", "补充", "还有录音", "确认提交"):
        await talk.say(text)
        assert talk.step is not None and talk.step.answer.extra[CONFIDENTIAL] is True
    for text in ("我要投诉", "物业乱收费", "跳过", "跳过", "跳过", "确认提交"):
        await talk.say(text)
        assert CONFIDENTIAL not in talk.step.answer.extra


async def test_identifiers_are_shown_by_kind_alone(talk: Talk) -> None:
    await talk.say("我要举报")
    await talk.tell(f"车牌京A12345的车天天堵门，打{PHONE}不接", "跳过", "跳过", "跳过")
    assert talk.step is not None
    assert "车牌（车牌号）的车天天堵门，打（手机号）不接" in talk.step.answer.text and "⟦" not in talk.step.answer.text
    assert PHONE not in repr(talk.slots)


WORDS = [
    "我要投诉", "我要举报", "我要反映", "确认提交", "好", "算了", "补充", "修改", "跳过", "1", "2", "3", "4", "5",
    "地点", "内容", "地点不对", "不对", "不", "？", "0", "再说一遍", "物业乱收费，还停水停电没人管", "⟦phone:dead⟧",
    "SQ-4827-1935-55", "{kind}", "<b>x</b>", "👍", PHONE, "139-1234-5678是张三",
]  # fmt: skip
TEXTS = st.one_of(st.sampled_from([*WORDS, "长" * 5000, "\x00"]), st.text(max_size=80))
USUAL = ["我要投诉", "物业乱收费", "东湖小区", "昨天", PHONE, "确认提交"]
TURNS = st.one_of(
    st.lists(TEXTS, max_size=14),
    # An ordinary conversation, into which anything is thrown at any place.
    st.lists(st.tuples(st.integers(0, len(USUAL)), TEXTS), max_size=4).map(
        lambda thrown: [
            text for at in range(len(USUAL) + 1) for text in [*(t for p, t in thrown if p == at), *USUAL[at : at + 1]]
        ]
    ),
)


@given(texts=TURNS)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_text_at_any_step(here: Surroundings, texts: list[str]) -> None:
    """It never raises, always replies, and files what was confirmed once: whole, and under one number."""
    talk = Talk(here)
    for text in texts:
        before, filed = talk.draft, len(talk.filed)
        reply = await talk.say(text)
        assert reply.strip() and not TOKEN.search(reply)
        assert talk.step is not None
        if len(talk.filed) > filed:
            event("filed")
            assert before is not None and talk.over and talk.draft is None
            assert len(talk.filed) == filed + 1 and talk.filed[-1].what == before.matter
            assert number_in(reply) == talk.filed[-1].number
        elif before is not None and talk.draft is not None and talk.draft.number == before.number:
            assert talk.draft.matter or not before.matter  # what was told is still there
        elif before is not None and before.matter and talk.draft is None:
            assert reply == sentence("left")
    assert len({case.number for case in talk.filed}) == len(talk.filed)


def test_a_slot_that_holds_anything_else_is_no_draft() -> None:
    for raw in (None, "x", 5, [], {}, {"number": 5}, {"number": "SQ", "kind": "gossip"}):
        assert Draft.of_slots({"complaint": raw}) is None
    assert Draft.of_slots({"complaint": {"number": "SQ", "later": True}}) == Draft("SQ")


def test_an_old_draft_is_not_gone_on_with(clock: FixedClock) -> None:
    draft = Draft("SQ", clock.now().timestamp(), what="x")
    assert draft.alive(clock.now() + timedelta(hours=23)) and not draft.alive(clock.now() + timedelta(hours=25))
    assert not Draft("SQ", clock.now().timestamp()).alive(clock.now())
