"""A portal of quite another kind through the same client: what differs stands in a mapping file."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from other_portal import BUSINESS, CHINA, KEY, PERSON, RECORDS, SECRET, TAIL, OtherPortal, other_portal

from actions.portal.access import LastFour, OneTimeCode, SignedIn, WatchToken
from actions.portal.application import Application, Delivery, Event, Missing, Span, State
from actions.portal.client import Client
from actions.portal.errors import (
    AccessExpired,
    CodeExpired,
    Malformed,
    Misconfigured,
    NotMatched,
    PortalError,
    TooManyAttempts,
    Unavailable,
)
from foundation.clock import SystemClock
from foundation.settings import Settings

MAPPING = Path(__file__).with_name("other_portal.yml")


@pytest.fixture
def portal() -> Iterator[OtherPortal]:
    with other_portal() as portal:
        yield portal


@pytest.fixture
def client(portal: OtherPortal, settings: Settings) -> Iterator[Client]:
    """By its settings, as an office would connect it."""
    theirs = {"portal_url": portal.address, "portal_key_id": KEY, "portal_secret": SECRET}
    client = Client.of_settings(
        Settings(_env_file=None, **{**settings.dict(), **theirs, "portal_mapping_file": MAPPING}), SystemClock()
    )
    yield client
    client.close()


def at(*instant: int) -> datetime:
    return datetime(*instant, tzinfo=CHINA)  # type: ignore[misc,arg-type]


COMMON = Application(
    number="",
    state=State.UNKNOWN,
    item_name="往来港澳通行证及签注",
    item_id="11990100MB1X000000144011200",
    department="示例省公安厅",
    phone="0000-8800102",
    submitted_at=at(2026, 11, 20, 9, 12),
    accepted_at=at(2026, 11, 20, 15, 30),
    legal=Span(60, "natural_days"),
    promised=Span(7, "working_days"),
    events=(Event(at(2026, 11, 20, 9, 12), "已提交"), Event(at(2026, 11, 20, 15, 30), "已受理")),
)
DECIDED = at(2026, 11, 25, 16)
EXPECTED: dict[str, tuple[State, str, dict[str, Any]]] = {
    "GA-01": (State.SUBMITTED, "待预审", {"accepted_at": None, "promised": None}),
    "GA-02": (
        State.CORRECTION,
        "补齐补正",
        {
            "accepted_at": None,
            "correct_until": date(2026, 12, 3),
            "missing": (Missing("近期照片", "白底"), Missing("户口簿")),
        },
    ),
    "GA-03": (State.ACCEPTED, "收件受理", {"expected_on": date(2026, 12, 1)}),
    "GA-04": (
        State.NOT_ACCEPTED,
        "不予受理",
        {"accepted_at": None, "decided_at": at(2026, 11, 21, 10), "reason": "不属于本机关职权范围"},
    ),
    "GA-05": (State.REVIEW, "审核", {}),
    "GA-06": (State.SPECIAL, "中止计时", {"special_name": "专家评审", "special_from": date(2026, 11, 23)}),
    "GA-07": (State.GRANTED, "办结", {"decided_at": DECIDED, "outcome_text": "准予签注"}),
    "GA-08": (
        State.REFUSED,
        "办结",
        {"decided_at": DECIDED, "reason": "不符合签注条件", "remedies": "六十日内申请行政复议"},
    ),
    "GA-09": (State.PRODUCING, "制证", {"decided_at": DECIDED}),
    "GA-10": (State.READY, "待领证", {"delivery": Delivery("window", place="出入境接待大厅")}),
    "GA-11": (State.POSTED, "邮寄", {"delivery": Delivery("post", carrier="示例速递", tracking_number="SL9")}),
    "GA-12": (State.DELIVERED, "归档", {}),
    "GA-13": (State.WITHDRAWN, "申请人撤件", {}),
    "GA-14": (State.RETURNED, "退件", {"reason": "逾期未补正"}),
    "GA-15": (State.UNKNOWN, "跨省协查", {}),
}


def test_every_state_is_among_them() -> None:
    assert {state for state, _, _ in EXPECTED.values()} == set(State)
    assert EXPECTED.keys() | {BUSINESS} == RECORDS.keys()


@pytest.mark.parametrize("number", EXPECTED)
async def test_every_state_with_every_field(client: Client, number: str) -> None:
    state, word, fields = EXPECTED[number]
    found = await client.application(number, LastFour(TAIL))
    assert found.without_secrets() == replace(COMMON, number=number, state=state, state_text=word, **fields)
    assert found.watch_token is not None
    assert await client.watched(WatchToken(found.watch_token)) == found
    assert await client.application(number, SignedIn(PERSON)) == found


async def test_a_business_by_its_code(client: Client, portal: OtherPortal) -> None:
    with pytest.raises(NotMatched):
        await client.application(BUSINESS, LastFour(TAIL))
    request = await client.send_code(BUSINESS)
    assert (request.expires_in, request.resend_after) == (300, 60)
    with pytest.raises(NotMatched):
        await client.application(BUSINESS, OneTimeCode(request.request_id, "00000000"))
    found = await client.application(BUSINESS, OneTimeCode(request.request_id, portal.sent[BUSINESS]))
    assert (found.item_name, found.state) == ("公司变更登记", State.REVIEW)
    with pytest.raises(CodeExpired):
        await client.application(BUSINESS, OneTimeCode(request.request_id, portal.sent[BUSINESS]))


async def test_a_code_for_a_number_that_does_not_exist(client: Client, portal: OtherPortal) -> None:
    known, unknown = await client.send_code("GA-05"), await client.send_code("GA-99")
    assert replace(known, request_id="") == replace(unknown, request_id="") and portal.sent.keys() == {"GA-05"}


async def test_nobody_learns_which_numbers_exist_though_this_portal_tells(client: Client) -> None:
    said = []
    for number, value in (("GA-05", "0000"), ("GA-99", "0000")):
        with pytest.raises(NotMatched) as error:
            await client.application(number, LastFour(value))
        said.append((type(error.value), str(error.value)))
    assert said[0] == said[1]


async def test_a_persons_applications(client: Client) -> None:
    mine = await client.mine(SignedIn(PERSON))
    assert [(one.number, one.state, one.state_text) for one in mine] == [
        ("GA-05", State.REVIEW, "审核"),
        ("GA-08", State.REFUSED, "办结"),
        ("GA-15", State.UNKNOWN, "跨省协查"),
    ]
    assert all(one.submitted_at == at(2026, 11, 20, 9, 12) for one in mine)


async def test_tokens_that_are_not_valid(client: Client) -> None:
    for ask in (
        client.mine(SignedIn("another")),
        client.watched(WatchToken("gz-another")),
        client.application("GA-05", SignedIn("another")),
    ):
        with pytest.raises(AccessExpired):
            await ask


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("A001", Misconfigured),
        ("A002", Misconfigured),
        ("E400", Misconfigured),
        ("E403", AccessExpired),
        ("E404", NotMatched),
        ("E405", NotMatched),
        ("E410", CodeExpired),
        ("E429", TooManyAttempts),
        ("E777", Malformed),
    ],
)
async def test_every_error(client: Client, portal: OtherPortal, code: str, error: type[PortalError]) -> None:
    portal.refuse = code, {"等待秒数": "90"}
    with pytest.raises(error) as raised:
        await client.application("GA-05", LastFour(TAIL))
    assert "GA-05" not in str(raised.value) and TAIL not in str(raised.value)
    if isinstance(raised.value, TooManyAttempts):
        assert raised.value.retry_after == 90


async def test_what_is_unavailable_is_asked_again_where_that_is_harmless(client: Client, portal: OtherPortal) -> None:
    portal.refuse = "E503", {}
    assert (await client.application("GA-05", LastFour(TAIL))).state is State.REVIEW
    assert len(portal.asked) == 2
    portal.refuse = "E503", {}
    with pytest.raises(Unavailable):
        await client.send_code("GA-05")
    assert len(portal.asked) == 3


async def test_health(client: Client, portal: OtherPortal) -> None:
    await client.health()
    assert portal.asked[-1][:2] == ("GET", "/api/gate/xt.action")


async def test_another_secret_is_refused(portal: OtherPortal, settings: Settings) -> None:
    theirs = {"portal_url": portal.address, "portal_key_id": KEY, "portal_secret": "another"}
    client = Client.of_settings(
        Settings(_env_file=None, **{**settings.dict(), **theirs, "portal_mapping_file": MAPPING}), SystemClock()
    )
    with pytest.raises(Misconfigured, match="signature"):
        await client.health()
    client.close()


async def test_a_wrong_clock_is_told_to_the_operator(
    client: Client, portal: OtherPortal, caplog: pytest.LogCaptureFixture
) -> None:
    portal.clock_ahead = timedelta(minutes=10)
    with pytest.raises(Misconfigured, match="clock"):
        await client.health()
    (behind,) = [
        vars(one)["ours_is_behind_by_seconds"]
        for one in caplog.records
        if one.levelno == logging.ERROR and "ours_is_behind_by_seconds" in vars(one)
    ]
    assert abs(behind - 600) < 30


@pytest.mark.parametrize("number", ["GA-05", "（示）办〔2026〕5号", "GA.05_(1)"])
async def test_a_number_arrives_as_it_is(client: Client, portal: OtherPortal, number: str) -> None:
    try:
        await client.application(number, LastFour(TAIL))
    except NotMatched:
        assert number != "GA-05"
    assert portal.asked[-1][2]["办件号"] == number


async def test_times_are_the_portals_own(client: Client) -> None:
    found = await client.application("GA-05", LastFour(TAIL))
    assert found.submitted_at is not None
    assert found.submitted_at.astimezone(timezone.utc) == datetime(2026, 11, 20, 1, 12, tzinfo=timezone.utc)
