"""From answers to applications: whatever a portal answers is an application or a PortalError."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import fields
from datetime import date, datetime, timezone
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from portal_server import APPLICATION, NUMBER

from actions.portal.application import Application, Delivery, Event, Missing, Span, State
from actions.portal.errors import Malformed, PortalError
from actions.portal.mapping import BUILT_IN, Mapping, load
from actions.portal.mapping_fields import ApplicationFields
from actions.portal.metrics import not_understood
from actions.portal.places import at
from actions.portal.reading import Reader
from actions.portal.reply import content
from actions.portal.transport import Reply
from foundation.clock import CHINA

OUR_MAPPING = load()
OURS = Reader(OUR_MAPPING)
FULL: dict[str, Any] = {
    **APPLICATION,
    "item_id": "residence-permit-apply",
    "state_text": "审查中",
    "outcome_text": "符合条件",
    "department": "示例市公安局",
    "phone": "0999-5550123",
    "submitted_at": "2026-11-20T09:12:00+08:00",
    "accepted_at": "2026-11-20T15:30:00+08:00",
    "decided_at": "2026-11-25T10:00:00+08:00",
    "legal": {"days": 15, "unit": "natural_days"},
    "promised": {"days": 10, "unit": "working_days"},
    "expected_on": "2026-12-04",
    "missing": [{"name": "租赁合同", "note": "要有双方签字"}, {"name": "照片"}],
    "correct_until": "2026-12-01",
    "special_name": "听证",
    "special_from": "2026-11-22",
    "reason": "材料不实",
    "remedies": "六十日内申请行政复议",
    "delivery": {"way": "post", "place": "3号窗口", "carrier": "邮政", "tracking_number": "EA1"},
    "events": [
        {"at": "2026-11-20T15:30:00+08:00", "text": "已受理"},
        {"at": "2026-11-20T09:12:00+08:00", "text": "已提交"},
    ],
    "watch_token": "w" * 20,
}


def other(**sections: Any) -> Mapping:
    """The built-in mapping with other sections."""
    return Mapping.parse_obj({**yaml.safe_load(BUILT_IN.read_text(encoding="utf-8")), **sections})


def places(**changed: Any) -> dict[str, Any]:
    return {"number": "number", "state": "state", "item_name": "item_name", "watch_token": "w", **changed}


def test_every_field_is_read() -> None:
    found = OURS.application(FULL, NUMBER)
    assert found == Application(
        number=NUMBER,
        state=State.REVIEW,
        item_name="居住证申领",
        item_id="residence-permit-apply",
        state_text="审查中",
        outcome_text="符合条件",
        department="示例市公安局",
        phone="0999-5550123",
        submitted_at=datetime(2026, 11, 20, 9, 12, tzinfo=CHINA),
        accepted_at=datetime(2026, 11, 20, 15, 30, tzinfo=CHINA),
        decided_at=datetime(2026, 11, 25, 10, tzinfo=CHINA),
        legal=Span(15, "natural_days"),
        promised=Span(10, "working_days"),
        expected_on=date(2026, 12, 4),
        missing=(Missing("租赁合同", "要有双方签字"), Missing("照片")),
        correct_until=date(2026, 12, 1),
        special_name="听证",
        special_from=date(2026, 11, 22),
        reason="材料不实",
        remedies="六十日内申请行政复议",
        delivery=Delivery("post", "3号窗口", "邮政", "EA1"),
        events=(
            Event(datetime(2026, 11, 20, 9, 12, tzinfo=CHINA), "已提交"),
            Event(datetime(2026, 11, 20, 15, 30, tzinfo=CHINA), "已受理"),
        ),
        watch_token="w" * 20,
    )
    assert NUMBER not in repr(found) and "w" * 20 not in repr(found)


def test_a_mapping_has_a_place_for_every_field() -> None:
    assert {field.name for field in fields(Application)} == set(ApplicationFields.__fields__)


@pytest.mark.parametrize("field", [name for name in FULL if name not in APPLICATION])
@pytest.mark.parametrize(
    "value", [None, "", [], {}, [[]], 1.5, True, "9" * 400, "0000-00-00", {"days": "x", "unit": "y"}]
)
def test_what_is_not_understood_costs_that_field_only(field: str, value: Any) -> None:
    found = OURS.application({**FULL, field: value}, NUMBER)
    rest = {name: value for name, value in vars(found).items() if name != field}
    expected = {name: value for name, value in vars(OURS.application(FULL, NUMBER)).items() if name != field}
    if field == "state_text":
        assert found.state is State.REVIEW
    assert rest == expected


@pytest.mark.parametrize("field", list(APPLICATION))
@pytest.mark.parametrize("value", [None, "", [], {}, True, "\x00\x01"])
def test_without_the_essential_there_is_no_application(field: str, value: Any) -> None:
    if (field, value) in (("state", True), ("state", "\x00\x01")):
        assert OURS.application({**FULL, field: value}).state is State.UNKNOWN
        return
    with pytest.raises(Malformed):
        OURS.application({**FULL, field: value})


def test_it_is_counted_and_told_once_without_its_content(caplog: pytest.LogCaptureFixture) -> None:
    reader = Reader(load())
    before = not_understood.labels("expected_on")._value.get()
    for _ in range(3):
        reader.application({**FULL, "expected_on": "张三"})
    assert not_understood.labels("expected_on")._value.get() == before + 3
    assert len(caplog.records) == 1 and "张三" not in str(vars(caplog.records[0]))


def test_the_answer_must_be_about_what_was_asked() -> None:
    assert OURS.application(FULL, NUMBER.lower().replace("-", "")).number == NUMBER
    with pytest.raises(Malformed, match="another application"):
        OURS.application(FULL, NUMBER[:-1] + "8")


def test_an_unknown_state_has_the_portals_own_word() -> None:
    found = OURS.application({**APPLICATION, "state": "转报上级"})
    assert (found.state, found.state_text) == (State.UNKNOWN, "转报上级")
    found = OURS.application({**APPLICATION, "state": 97, "state_text": "转报"})
    assert (found.state, found.state_text) == (State.UNKNOWN, "转报")


def test_two_places_make_one_state() -> None:
    states = {"办结/准予": "granted", "办结/不予": "refused", "办结": "delivered"}
    reader = Reader(other(states=states, application=places(state=["zt", "jg"])))
    body = {**APPLICATION, "zt": "办结"}
    assert reader.application({**body, "jg": "准予"}).state is State.GRANTED
    assert reader.application({**body, "jg": "不予"}).state is State.REFUSED
    assert reader.application({**body, "jg": "其他"}).state is State.DELIVERED
    assert reader.application(body).state is State.DELIVERED
    assert reader.application({**body, "zt": "审查"}).state is State.UNKNOWN


@pytest.mark.parametrize(
    ("said", "span"),
    [
        ("15个工作日", Span(15, "working_days")),
        ("15 工作日", Span(15, "working_days")),
        ("20自然日", Span(20, "natural_days")),
        ("15", None),
        (15, None),
        ("15个月", None),
        ("十五个工作日", None),
        ("-5工作日", None),
        ("15.5工作日", None),
    ],
)
def test_a_span_without_a_known_unit_is_none(said: Any, span: Span | None) -> None:
    units = {"工作日": "working_days", "自然日": "natural_days"}
    reader = Reader(other(units=units, application=places(promised={"days": "cnsx"})))
    assert reader.application({**APPLICATION, "cnsx": said}).promised == span


def test_lists_of_plain_texts_and_single_texts() -> None:
    reader = Reader(other(application=places(missing={"path": "bzcl"})))
    assert reader.application({**APPLICATION, "bzcl": ["合同", 1, None, {}]}).missing == (Missing("合同"), Missing("1"))
    assert reader.application({**APPLICATION, "bzcl": "请补交合同"}).missing == (Missing("请补交合同"),)


def test_words_that_stand_for_nothing() -> None:
    reader = Reader(other(absent=["-", "无"], application=places(phone="phone", reason="reason")))
    found = reader.application({**APPLICATION, "phone": " - ", "reason": "无"})
    assert (found.phone, found.reason) == (None, None)


def test_texts_are_cut_and_cleaned() -> None:
    found = OURS.application({**FULL, "reason": "长" * 5000, "department": "甲\u202e\x07乙\ud800", "phone": 5550123})
    assert found.reason is not None and len(found.reason) == 2000 and found.reason.endswith("…")
    assert found.department == "甲  乙" and found.phone == "5550123"


def test_no_watch_token_where_nothing_takes_it() -> None:
    content = yaml.safe_load(BUILT_IN.read_text(encoding="utf-8"))
    del content["operations"]["watched"]
    assert Reader(Mapping.parse_obj(content)).application(FULL).watch_token is None


def test_a_persons_applications_come_latest_first() -> None:
    entries = [
        {**APPLICATION, "number": f"N-{day}", "submitted_at": f"2026-11-{day}T00:00:00Z"} for day in (11, 13, 12)
    ]
    broken = [{}, None, {**APPLICATION, "number": "../x"}, {**APPLICATION, "item_name": ""}]
    assert [one.number for one in OURS.summaries([*broken, *entries])] == ["N-13", "N-12", "N-11"]
    assert len(OURS.summaries([APPLICATION] * 500)) == 100
    for wrong in (None, {}, "a", 1):
        with pytest.raises(Malformed):
            OURS.summaries(wrong)


def test_the_request_of_a_code() -> None:
    code = OURS.code_request({"request_id": "r", "expires_in": "120", "resend_after": None})
    assert (code.request_id, code.expires_in, code.resend_after) == ("r", 120, 60)
    plain = Reader(other(code={"expires_in": 600})).code_request({})
    assert (plain.request_id, plain.expires_in, plain.resend_after) == ("", 600, 60)
    with pytest.raises(Malformed):
        OURS.code_request({"request_id": "a b"})


def test_places() -> None:
    body = {"data": {"list": [{"a": 1}, {"a": None}], "0": "x"}}
    assert at(body, "data.list.0.a") == 1 and at(body, "data.0") == "x" and at(body, "") is body
    for nowhere in ("data.list.2.a", "data.list.a", "data.list.0.a.b", "x", "data.list.-1", "data.list.²"):
        assert at(body, nowhere) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=6),
    max_leaves=20,
)
NAMES = [name.split(".")[0] for name in ApplicationFields.__fields__] + ["type", "applications", "code", "data"]
ANSWERS = JSON | st.dictionaries(st.sampled_from(NAMES), JSON | st.sampled_from(list(FULL.values())), max_size=25)


@given(ANSWERS, st.sampled_from([200, 201, 204, 302, 400, 404, 429, 500, 503]))
@settings(max_examples=200)
def test_any_json_is_an_application_or_a_portal_error(body: Any, status: int) -> None:
    raw = json.dumps(body).encode()
    for name, call in OUR_MAPPING.operations.items():
        try:
            found = content(
                OUR_MAPPING, call, Reply(status, {"Retry-After": str(body)[:20], "Date": "x"}, raw), [NUMBER]
            )
            read = {"mine": OURS.summaries, "send_code": OURS.code_request}.get(name, OURS.application)
            result = read(at(found, call.root))
        except PortalError as error:
            assert NUMBER not in str(error)
        else:
            assert result is not None


@given(
    st.binary(max_size=200),
    st.text(max_size=30),
    st.sampled_from(["", "application/json; charset=x", "a;charset=utf-16"]),
)
def test_any_bytes_are_malformed_or_read(raw: bytes, retry: str, content_type: str) -> None:
    reply = Reply(200, {"Content-Type": content_type, "Retry-After": retry}, raw)
    with suppress(PortalError):
        content(OUR_MAPPING, OUR_MAPPING.operations["with_last_four"], reply, [])


@given(st.dictionaries(st.sampled_from(NAMES), JSON, max_size=25))
@settings(max_examples=100)
def test_around_a_good_answer_anything_may_stand(body: dict[str, Any]) -> None:
    found = OURS.application({**body, **APPLICATION}, NUMBER)
    assert found.number == NUMBER and found.state is State.REVIEW
    for name, value in vars(found).items():
        if isinstance(value, str):
            value.encode()
            assert len(value) <= 4096, name
        if isinstance(value, datetime):
            assert value.astimezone(timezone.utc).year > 1980
