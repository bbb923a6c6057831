"""What is said of an application: in every state, with and without every field, whatever the portal writes."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_applications import (
    ACCEPTED,
    DECIDED,
    EVERYTHING,
    MONDAY,
    NATURAL_10,
    NUMBER,
    PHONE,
    RELEASE,
    SUBMITTED,
    WORKING_15,
    application,
    at,
    city,
    empty,
    licence,
    on,
    tools,
)

from actions.applications.wording import notice, several, state_text, tell
from actions.portal.application import Application, Delivery, Event, Missing, Span, State, Summary
from foundation.clock import CHINA
from foundation.masking import find
from knowledge_base.answering.answer import Answer
from knowledge_base.model import ServiceItem
from knowledge_base.search.snapshot import Entry, build

KEYS = {
    "kind", "id", "item_id", "aspect", "title", "confidence", "release", "record", "verified_on", "sources", "options",
    "also", "application",
}  # fmt: skip
DOUBLE = re.compile(r"[，。；：、！？]\s*[，。；：、！？]")
NO_VALUE = re.compile("(?<![A-Za-z])(?:None|null)(?![A-Za-z])")
STATES = sorted(State)


def about(one: Application, day: date = MONDAY, **more: Any) -> Answer:
    return tell(one, city(), on(day), **{"can_remind": True, **more})


def cited(answer: Answer) -> list[tuple[str, str]]:
    return [(one["title"].removeprefix("中华人民共和国"), one["article"]) for one in answer.sources]


def reads_well(answer: Answer) -> None:
    text = answer.text
    for line in text.split("\n"):
        assert line.strip() == line and line
    assert not NO_VALUE.search(text) and not set("{}<>") & set(text)
    assert not DOUBLE.search(text), text


def fits_the_contract(answer: Answer, one: Application) -> None:
    payload = answer.payload()
    json.dumps(payload, ensure_ascii=False).encode("utf-8")
    assert payload.keys() == KEYS and payload["kind"] == "status" and payload["options"] == []
    told = payload["application"]
    assert told.keys() == {"number", "state", "state_text", "events", "expected_on"}
    assert told["number"] == one.masked_number and told["state"] == one.state.value and told["state_text"]
    assert told["expected_on"] is None or date.fromisoformat(told["expected_on"])
    for event in told["events"]:
        assert event.keys() == {"at", "text"} and event["text"]
        assert datetime.fromisoformat(event["at"]).utcoffset() == timedelta(hours=8)
    assert {key for source in payload["sources"] for key in source} <= {"title", "article", "number", "url", "date"}


@pytest.mark.parametrize("without", [None, *EVERYTHING])
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("make", [application, licence])
def test_every_state_without_each_field(state: State, without: str | None, make: Any) -> None:
    fields = {name: value for name, value in EVERYTHING.items() if name != without}
    one = make(state, **fields)
    for answer in (about(one), tell(one, empty(), on(), can_remind=False), notice(State.SUBMITTED, one, city(), on())):
        reads_well(answer)
        fits_the_contract(answer, one)
        assert len(answer.text) <= 350 and PHONE in answer.text
        assert NUMBER not in json.dumps(answer.payload()) and "watch-token" not in json.dumps(answer.payload())


@pytest.mark.parametrize("with_", EVERYTHING)
@pytest.mark.parametrize("state", STATES)
def test_every_state_with_one_field_alone(state: State, with_: str) -> None:
    one = Application(NUMBER, state, "居住证申领", **{with_: EVERYTHING[with_]})
    answer = about(one)
    reads_well(answer)
    fits_the_contract(answer, one)
    assert "【居住证申领】" in answer.text and answer.title == "居住证申领"


@pytest.mark.parametrize("state", STATES)
def test_where_it_comes_from(state: State) -> None:
    answer = about(application(state))
    assert (answer.item_id, answer.release, answer.confidence) == ("residence-permit-apply", RELEASE, 1.0)
    assert answer.also == ({"kind": "item", "id": "residence-permit-apply", "title": "居住证申领"},)
    nowhere = tell(application(state), empty(), on(), can_remind=True)
    assert (nowhere.item_id, nowhere.also) == (None, ()) and "需要什么材料" not in nowhere.text


@pytest.mark.parametrize("state", STATES)
def test_the_guide_where_it_helps(state: State) -> None:
    has = "请回复“居住证申领需要什么材料”" in about(application(state)).text
    assert has is (state not in (State.READY, State.POSTED, State.DELIVERED))


def test_an_expired_guide_is_not_pointed_to() -> None:
    item = ServiceItem(id="one", name="养犬登记", effective_to=date(2026, 11, 22), aspects={"contact": "0999-5550199"})
    snapshot = build(1, [Entry(1, item)], tools())
    one = application(State.REVIEW, item_id="one", item_name="养犬登记", phone=None)
    expired = tell(one, snapshot, on(), can_remind=False)
    assert (expired.item_id, expired.also) == (None, ()) and "12345" in expired.text and "材料" not in expired.text
    assert "养犬登记需要什么材料" in tell(one, snapshot, on(date(2026, 11, 22)), can_remind=False).text


@pytest.mark.parametrize("state", STATES)
def test_a_reminder_where_there_is_something_to_wait_for(state: State) -> None:
    offered = "请回复“办好了告诉我”" in about(application(state)).text
    assert offered is (not state.over and state not in (State.READY, State.POSTED))
    assert "办好了告诉我" not in about(application(state), can_remind=False).text


def test_what_is_missing_and_until_when() -> None:
    fields = {"missing": (Missing("租房合同", "要有双方签字。"), Missing("住宿证明"), Missing("null", "无"))}
    text = about(application(State.CORRECTION, correct_until=date(2026, 11, 30), **fields)).text
    assert "（1）租房合同（要有双方签字）\n（2）住宿证明\n最晚11月30日要补齐" in text
    assert "最晚今天（11月23日）要补齐" in about(application(State.CORRECTION, correct_until=MONDAY, **fields)).text
    assert "已经过了" in about(application(State.CORRECTION, correct_until=date(2026, 11, 22), **fields)).text
    assert "什么时候补齐，请看补正通知书" in about(application(State.CORRECTION, **fields)).text
    assert about(application(State.CORRECTION)).text.count("补正通知书") == 1
    assert "最晚" not in about(application(State.CORRECTION, expected_on=date(2026, 12, 1))).text


def test_many_documents_are_not_all_read_out() -> None:
    text = about(application(State.CORRECTION, missing=tuple(Missing(f"材料{n}号") for n in range(20)))).text
    assert "（8）材料7号" in text and "（9）" not in text and "一共20样" in text


def test_a_day_that_has_passed_is_said_to_have_passed() -> None:
    told = application(State.REVIEW, expected_on=date(2026, 11, 22))
    assert "预计最晚11月22日有结果，这一天已经过了" in about(told).text and PHONE in about(told).text
    assert about(told).extra["application"]["expected_on"] == "2026-11-22"
    assert "预计最晚今天（11月23日）有结果。" in about(told, date(2026, 11, 22)).text.replace("22", "23")
    counted = application(State.REVIEW, accepted_at=at(2026, 11, 2), promised=NATURAL_10)
    assert "承诺最晚11月12日作出决定，这一天已经过了" in about(counted).text
    legal = application(State.REVIEW, accepted_at=at(2026, 11, 2), legal=NATURAL_10)
    assert "法定时限到11月12日为止，这一天已经过了" in about(legal).text


def test_over_new_year_nobody_knows_yet() -> None:
    answer = about(application(State.REVIEW, accepted_at=at(2026, 12, 21), promised=WORKING_15))
    assert "以通知为准" in answer.text and "最晚" not in answer.text
    assert answer.extra["application"]["expected_on"] is None
    assert "最晚2027年1月" in about(application(State.REVIEW, expected_on=date(2027, 1, 12))).text


def test_over_national_day() -> None:
    answer = about(application(State.REVIEW, accepted_at=at(2026, 9, 29), promised=Span(3, "working_days")))
    assert answer.extra["application"]["expected_on"] == "2026-10-09"


def test_what_rests_on_the_law_cites_it() -> None:
    counting = ("民法典", "第二百零一条")
    assert cited(about(licence(State.REVIEW, accepted_at=ACCEPTED, promised=WORKING_15))) == [counting]
    assert cited(about(licence(State.SPECIAL))) == [("行政许可法", "第四十五条")]
    assert cited(about(licence(State.SUBMITTED))) == [("行政许可法", "第三十二条"), ("行政许可法", "第八十二条")]
    assert cited(about(licence(State.PRODUCING))) == [("行政许可法", "第四十四条"), ("行政许可法", "第八十二条")]
    assert cited(about(application(State.REVIEW, expected_on=date(2026, 12, 1)))) == []


@pytest.mark.parametrize("state", [State.NOT_ACCEPTED, State.REFUSED])
def test_remedies(state: State) -> None:
    by_law = about(licence(state))
    assert "60日内可以申请行政复议，6个月内可以直接向法院起诉" in by_law.text
    assert cited(by_law) == [("行政复议法", "第二十条"), ("行政诉讼法", "第四十六条")]
    told = about(licence(state, remedies="可以申请复核。"))
    assert "决定上还写着：可以申请复核。" in told.text and cited(told) == [] and "60日" not in told.text
    for one in (application(state), Application(NUMBER, state, "食品经营许可证")):
        other = about(one)
        assert "向作出决定的单位了解救济途径" in other.text and cited(other) == []
        assert "60日" not in other.text and "6个月" not in other.text


@pytest.mark.parametrize("state", STATES)
def test_no_law_on_licences_for_what_is_none(state: State) -> None:
    for one in (application(state, decided_at=DECIDED), Application(NUMBER, state, "某事项", decided_at=DECIDED)):
        answer = about(one)
        assert "法律" not in answer.text.replace("法律程序", "")
        assert not {title for title, _ in cited(answer)} & {"行政许可法", "行政复议法", "行政诉讼法"}


def test_the_licence_comes_within_ten_working_days() -> None:
    assert "证件最晚12月4日发给您" in about(licence(State.GRANTED, decided_at=DECIDED)).text
    assert "10个工作日内发给您" in about(licence(State.PRODUCING)).text
    late = about(licence(State.PRODUCING, decided_at=at(2026, 11, 2)))
    assert "证件最晚11月16日发给您，这一天已经过了" in late.text
    assert late.extra["application"]["expected_on"] is None


def test_the_outcomes_own_words() -> None:
    text = about(application(State.GRANTED, outcome_text="认定为工伤。", decided_at=DECIDED)).text
    assert "已经作出决定（11月20日）：认定为工伤。" in text and "通过" not in text
    refused = about(application(State.REFUSED, outcome_text="不予认定工伤", decided_at=DECIDED)).text
    assert "已经作出决定（11月20日）：不予认定工伤。" in refused and "没有通过" not in refused
    assert "认定为工伤" in about(application(State.DELIVERED, outcome_text="认定为工伤")).text


@pytest.mark.parametrize(
    ("state", "delivery", "said"),
    [
        (State.READY, Delivery("window", "一楼3号窗口"), "请到这里领取：一楼3号窗口。"),
        (State.READY, Delivery("window"), "请到窗口领取"),
        (State.READY, Delivery("post"), "会邮寄给您"),
        (State.READY, None, "怎么领取，请打下面的电话问"),
        (State.POSTED, Delivery("post", None, "邮政速递", "EX01"), "快递公司：邮政速递，快递单号：EX01。"),
        (State.POSTED, Delivery("post", None, None, "EX01"), "快递单号：EX01。"),
        (State.POSTED, Delivery("post", None, "邮政速递"), "快递公司：邮政速递。"),
        (State.POSTED, None, "快递单号可以打下面的电话问"),
        (State.PRODUCING, Delivery("post"), "做好以后邮寄给您"),
        (State.PRODUCING, Delivery("window", "一楼3号窗口"), "领取地点：一楼3号窗口。"),
        (State.GRANTED, Delivery("window"), "做好以后到窗口领取"),
        (State.GRANTED, None, "接下来怎么办，以通知为准"),
        (State.PRODUCING, None, "做好以后怎么领取，以通知为准"),
    ],
)
def test_how_the_document_comes(state: State, delivery: Delivery | None, said: str) -> None:
    assert said in about(application(state, delivery=delivery)).text


def test_an_unknown_state_is_told_in_the_portals_word() -> None:
    events = (Event(ACCEPTED, "窗口受理"), Event(DECIDED, "转省厅"))
    answer = about(application(State.UNKNOWN, state_text="转省厅核验", events=events))
    assert "“转省厅核验”" in answer.text and "11月20日，转省厅" in answer.text and PHONE in answer.text
    assert "没有写明" in about(application(State.UNKNOWN)).text
    assert answer.extra["application"]["state_text"] == "转省厅核验"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, f"咨询电话：{PHONE}（示例市公安局）。"),
        ({"department": None}, f"咨询电话：{PHONE}。"),
        ({"phone": None}, "咨询电话：0000-8800101。"),  # the guide's
        ({"phone": "13800138000"}, "咨询电话：0000-8800101。"),
        ({"phone": None, "item_id": None, "item_name": "某事项"}, "咨询电话：12345。"),
    ],
)
def test_whom_to_call(fields: dict[str, Any], said: str) -> None:
    assert said in about(application(State.REVIEW, **fields)).text


def test_the_guides_own_duration_brings_its_sources() -> None:
    answer = about(application(State.REVIEW, accepted_at=ACCEPTED))
    assert cited(answer) == [("民法典", "第二百零一条"), ("居住证暂行条例", "第二条、第八条、第九条、第十条")]
    assert answer.verified_on == "2026-11-01"
    assert about(application(State.REVIEW)).verified_on is None


def test_nobody_is_told_what_identifies_a_citizen() -> None:
    reason = f"申请人张三身份证11010519491231002X、手机13800138000，办件{NUMBER}，材料不符"
    event = Event(SUBMITTED, f"短信已发至13800138000，编号{NUMBER}")
    one = application(State.REFUSED, reason=reason, events=(event,), remedies=reason, outcome_text=reason)
    said = json.dumps(about(one).payload(), ensure_ascii=False) + about(one).text
    for hidden in ("11010519491231002X", "13800138000", NUMBER):
        assert hidden not in said


def test_news() -> None:
    answer = notice(State.REVIEW, application(State.READY), city(), on())
    assert answer.text.startswith(
        "您的“居住证申领”（SLS2****0087）有新进展，原来是“审查中”，现在是“可以领取”。\n已经办好"
    )
    assert answer.kind == "status" and "不用提醒了" in answer.text and "办好了告诉我" not in answer.text
    assert "不用提醒了" not in notice(State.REVIEW, application(State.READY), city(), on(), goes_on=False).text
    assert "不用提醒了" not in notice(State.POSTED, application(State.DELIVERED), city(), on()).text
    assert "原来是" not in notice(State.UNKNOWN, application(State.READY), city(), on()).text
    assert "原来是" not in notice(State.READY, application(State.READY), city(), on()).text


def summary(number: str, state: State = State.REVIEW, name: str = "居住证申领", **more: Any) -> Summary:
    return Summary(number, state, name, **more)


def test_several_to_choose_from() -> None:
    answer = several(
        [summary(NUMBER, submitted_at=SUBMITTED), summary("SLS2026-000000-0001", State.READY, "养犬登记")], city(), on()
    )
    assert answer.kind == "options" and answer.release == RELEASE
    assert [one.to_dict() for one in answer.options] == [
        {"title": "居住证申领（11月16日提交，审查中）", "id": "application:1", "kind": "application"},
        {"title": "养犬登记（可以领取）", "id": "application:2", "kind": "application"},
    ]
    assert answer.text.split("\n")[1:] == ["1. 居住证申领（11月16日提交，审查中）", "2. 养犬登记（可以领取）"]
    assert "110412" not in json.dumps(answer.payload())


def test_more_than_can_be_listed() -> None:
    answer = several([summary(f"SLS2026-000000-{n:04}") for n in range(30)], city(), on())
    assert len(answer.options) == 8 and "您有30件办件" in answer.text and answer.text.endswith("请直接回复办件编号。")


def test_none_at_all() -> None:
    answer = several([], city(), on())
    assert answer.kind == "fallback" and "没有查到办件" in answer.text and "12345" in answer.text


def test_choices_of_the_same_name_can_be_told_apart() -> None:
    same = [summary("SLS2026-110412-0087"), summary("SLS2026-110412-0088"), summary("SLS2026-990412-0088")]
    titles = [one.title for one in several(same, city(), on()).options]
    assert len(set(titles)) == 3 and titles[0] == "居住证申领（SLS2****0087，审查中）"


# Whatever a portal writes.

WRITTEN = st.text(max_size=60) | st.lists(
    st.sampled_from(
        [
            *(
                "None",
                "null",
                "{reason}",
                "{",
                "}",
                "<br>",
                "<b>",
                "\n",
                "\r\n",
                " ",
                "。",
                "，",
                "；",
                "：",
                "。。",
                "！",
            ),
            *("合同过期", "请补正", "窗口", "11010519491231002X", "13800138000", NUMBER, "……", "“不予”", "（见附件）"),
            *("1.", "\u200b", "\x00", "\ud800", "𠮷"),
        ]
    ),
    max_size=8,
).map("".join)
TEXT = st.none() | WRITTEN
DAY = st.none() | st.dates()
INSTANT = st.none() | st.datetimes(timezones=st.just(CHINA))
SPAN = st.none() | st.builds(
    Span, st.integers(-5, 4000) | st.integers(), st.sampled_from(["working_days", "natural_days"])
)
ANY = st.builds(
    Application,
    number=st.text("0189AXZaz-（）〔〕许字{}<>\n \x00。", max_size=70),
    state=st.sampled_from(State),
    item_name=WRITTEN | st.sampled_from(["居住证申领", "食品经营许可"]),
    item_id=TEXT | st.sampled_from(["residence-permit-apply", "food-business-licence"]),
    state_text=TEXT,
    outcome_text=TEXT,
    department=TEXT,
    phone=TEXT | st.just(PHONE),
    submitted_at=INSTANT,
    accepted_at=INSTANT | st.just(ACCEPTED),
    decided_at=INSTANT | st.just(DECIDED),
    legal=SPAN,
    promised=SPAN,
    expected_on=DAY,
    missing=st.lists(st.builds(Missing, WRITTEN, TEXT), max_size=12).map(tuple),
    correct_until=DAY,
    special_name=TEXT,
    special_from=DAY,
    reason=TEXT,
    remedies=TEXT,
    delivery=st.none() | st.builds(Delivery, st.sampled_from(["window", "post"]), TEXT, TEXT, TEXT),
    events=st.lists(st.builds(Event, st.datetimes(timezones=st.just(CHINA)), WRITTEN), max_size=5).map(tuple),
    watch_token=st.none() | st.just("watch-token-of-the-sample-city"),
)


@settings(max_examples=200, deadline=None)
@given(ANY, st.booleans(), st.sampled_from(State))
def test_anything_a_portal_writes_can_be_read(one: Application, can_remind: bool, before: State) -> None:
    for answer in (about(one, can_remind=can_remind), notice(before, one, city(), on())):
        reads_well(answer)
        told = answer.payload()["application"]
        assert told.keys() == {"number", "state", "state_text", "events", "expected_on"} and told["state_text"]
        assert all(event["text"] and datetime.fromisoformat(event["at"]) for event in told["events"])
        json.dumps(answer.payload(), ensure_ascii=False)
        hidden = {found.value for found in find(answer.text)} & {"11010519491231002X", "13800138000"}
        assert not hidden
        assert "watch-token" not in json.dumps(answer.payload()) + answer.text


@settings(max_examples=100, deadline=None)
@given(st.lists(st.builds(Summary, WRITTEN, st.sampled_from(State), WRITTEN, TEXT, INSTANT), min_size=1, max_size=12))
def test_any_applications_can_be_chosen_from(found: list[Summary]) -> None:
    answer = several(found, city(), on())
    titles = [one.title for one in answer.options]
    assert len(set(titles)) == len(titles) == min(len(found), 8)
    assert [one.id for one in answer.options] == [f"application:{n}" for n in range(1, len(titles) + 1)]
    assert not DOUBLE.search(answer.text.replace("：\n", "")) and "{" not in answer.text


@given(st.builds(Summary, WRITTEN, st.sampled_from(State), WRITTEN, TEXT))
def test_every_state_has_a_word(one: Summary) -> None:
    assert state_text(one)
