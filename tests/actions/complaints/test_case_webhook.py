"""What reaches the outside system, what does not, and what becomes of it when that fails."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from complaint_talk import Talk
from receiver import SECRET, Receiver, receiving

from actions.complaints import webhook as module
from actions.complaints.sending import FIRST, LONGEST, MOST_ATTEMPTS, Sending, pause
from actions.complaints.webhook import Webhook, signature
from actions.surroundings import Surroundings, use
from bot.case_sending import case_sending
from desk import case_deliveries, cases
from desk.case_handling import ANSWERED, By, reply
from foundation.clock import FixedClock
from foundation.errors import ConfigError
from foundation.settings import ROOT, Settings, load_settings

PHONE, PLATE = "13912345678", "京A12345"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as one:
        yield one


@pytest.fixture
async def sending(here: Surroundings, receiver: Receiver) -> AsyncIterator[Sending]:
    yield sender(here, receiver)
    use(None)


def sender(here: Surroundings, receiver: Receiver, **changes: Any) -> Sending:
    told = {"cases_webhook_url": receiver.address, "cases_webhook_secret": SECRET, **changes}
    settings = load_settings(_env_file=None, secret_key="5a" * 32, **told)
    object.__setattr__(here, "settings", settings)
    webhook = Webhook.of_settings(settings)
    assert webhook is not None
    return Sending(here, webhook)


async def file(here: Surroundings, *texts: str) -> str:
    talk = Talk(here)
    await talk.tell(*(texts or ("我要投诉", f"{PLATE}天天堵门", "东湖小区", "昨天", PHONE)), "确认提交")
    return talk.filed[0].number


async def all_of(sending: Sending, clock: FixedClock, rounds: int = 40) -> None:
    for _ in range(rounds):
        if not await sending.step():
            clock.advance(hours=8)
            if not await sending.step():
                return


async def test_what_is_sent(here: Surroundings, sending: Sending, receiver: Receiver) -> None:
    number = await file(here)
    assert await sending.step() and not await sending.step()
    [sent] = receiver.taken.values()
    assert sent["event"] == "case.filed" and sent["office"]["name"]
    assert sent["case"] == {
        "number": number, "kind": "complaint", "kind_text": "投诉", "state": "registered", "state_text": "已登记",
        "what": f"{PLATE}天天堵门", "where": "东湖小区", "when": "昨天", "contact": PHONE, "confidential": False,
        "department": "综合受理", "topic": None, "filed_at": "2026-11-23T10:00:00+08:00", "closed_at": None,
    }  # fmt: skip


async def test_of_a_report_the_reporter_is_not_sent(here: Surroundings, sending: Sending, receiver: Receiver) -> None:
    await file(here, "我要举报", f"{PLATE}的车天天偷倒垃圾，我的电话{PHONE}", "跳过", "跳过", PHONE)
    assert await sending.step()
    [sent], [body] = receiver.taken.values(), receiver.bodies
    assert sent["case"]["what"] == "（车牌号）的车天天偷倒垃圾，我的电话（手机号）"
    assert sent["case"]["contact"] is None and sent["case"]["confidential"] is True
    assert all(secret.encode() not in body for secret in (PHONE, PLATE, "web:citizen"))


async def test_a_setting_sends_the_reporter_along(here: Surroundings, receiver: Receiver) -> None:
    sending = sender(here, receiver, cases_webhook_reporter=True)
    await file(here, "我要举报", f"{PLATE}的车天天偷倒垃圾", "跳过", "跳过", PHONE)
    assert await sending.step()
    assert b"web:citizen" not in receiver.bodies[0]
    assert receiver.taken.popitem()[1]["case"]["contact"] == PHONE


async def test_nothing_is_asked_for_where_nothing_is_named(here: Surroundings, settings: Settings) -> None:
    number = await file(here)
    with here.database.read() as tx:
        assert case_deliveries.of_case(tx, cases.read(tx, number).id) == []
    async with case_sending(here):
        assert Webhook.of_settings(settings) is None


async def test_what_happens_later_is_told_in_order(
    here: Surroundings, sending: Sending, receiver: Receiver, clock: FixedClock
) -> None:
    number = await file(here)
    with here.database.write() as tx:
        by = By("lin", "林工", forward=True, hotline="12345")
        reply(tx, cases.read(tx, number), "已经查处", ANSWERED, by, clock.now(), "k", "K7M2-4Q9D")
    receiver.answers = [503]
    await all_of(sending, clock)
    sent = list(receiver.taken.values())
    assert [one["event"] for one in sent] == ["case.filed", "case.changed"]
    assert sent[1]["case"]["state_text"] == "已答复" and sent[1]["case"]["closed_at"]
    assert "已经查处" not in json.dumps(sent, ensure_ascii=False)


@pytest.mark.parametrize("answers", [[500], [503, 502, 500], [429], [408], ["lost"], ["lost", 500, "lost"]])
async def test_it_is_tried_again_until_it_has_arrived_once(
    here: Surroundings, sending: Sending, receiver: Receiver, clock: FixedClock, answers: list[int | str]
) -> None:
    number = await file(here)
    receiver.answers = list(answers)
    await all_of(sending, clock)
    assert receiver.numbers() == [number] and receiver.posts == len(answers) + 1


async def test_a_receiver_that_hangs(
    here: Surroundings, sending: Sending, receiver: Receiver, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WITHIN", 0.3)
    number = await file(here)
    receiver.answers = ["slow"]
    await all_of(sending, clock)
    assert receiver.numbers() == [number] and receiver.posts == 2


async def test_nobody_listens(here: Surroundings, receiver: Receiver, clock: FixedClock) -> None:
    sending = sender(here, receiver, cases_webhook_url="http://127.0.0.1:9/cases")
    number = await file(here)
    assert await sending.step()
    with here.database.read() as tx:
        [one] = case_deliveries.of_case(tx, cases.read(tx, number).id)
    assert (one.state, one.attempts, one.problem) == ("pending", 1, "no connection")
    assert clock.now() < one.next_at <= clock.now() + 2 * FIRST


@pytest.mark.parametrize("status", [400, 401, 403, 404, 302])
async def test_a_refusal_is_dead_and_said_so(
    here: Surroundings,
    sending: Sending,
    receiver: Receiver,
    clock: FixedClock,
    caplog: pytest.LogCaptureFixture,
    status: int,
) -> None:
    await file(here)
    receiver.answers = [status]
    with caplog.at_level(logging.WARNING):
        await all_of(sending, clock)
    assert receiver.posts == 1
    with here.database.write() as tx:
        [dead] = case_deliveries.dead(tx)
        assert dead.problem == f"HTTP {status}"
        case_deliveries.retry(tx, clock.now())
    assert "not sent any more" in caplog.text and PHONE not in caplog.text and receiver.address not in caplog.text
    await all_of(sending, clock)
    assert len(receiver.taken) == 1


async def test_after_days_it_is_given_up(
    here: Surroundings, sending: Sending, receiver: Receiver, clock: FixedClock
) -> None:
    begun = clock.now()
    await file(here)
    receiver.answers = [500] * 100
    await all_of(sending, clock, rounds=100)
    assert receiver.posts == MOST_ATTEMPTS and receiver.taken == {}
    with here.database.read() as tx:
        assert len(case_deliveries.dead(tx)) == 1
    assert clock.now() - begun > timedelta(days=1)


def test_pauses_grow_to_a_limit() -> None:
    middle = [pause(attempts) / FIRST for attempts in range(12)]
    assert all(0.8 * 2**n <= one <= 1.2 * 2**n for n, one in enumerate(middle))
    assert pause(100) <= LONGEST * 1.2


def test_the_signature_is_as_documented() -> None:
    said = signature(b"0123456789abcdef", "1795000000", b'{"event": "case.filed"}')
    assert said == "v1=19644ac3fa2b080dae0722c55faa984e3704805c3ffd4f4b2406da56c7788b13"
    assert said in (ROOT / "docs" / "complaints.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"cases_webhook_url": "12345.example.gov.cn"}, "URL"),
        ({"cases_webhook_url": "https://user:x@example.gov.cn/"}, "URL"),
        ({"cases_webhook_url": "http://example.gov.cn/", "env": "production"}, "https"),
        ({"cases_webhook_secret": None}, "SECRET"),
        ({"cases_webhook_secret": "short"}, "SECRET"),
    ],
)
def test_settings_that_will_not_do(changes: dict[str, Any], named: str) -> None:
    told = {"cases_webhook_url": "https://example.gov.cn/cases", "cases_webhook_secret": SECRET, **changes}
    with pytest.raises(ConfigError, match=named):
        Webhook.of_settings(load_settings(_env_file=None, **told))
