"""One delivery loop with a platform that answers: what arrives, in which order, and what stands in the books."""

from __future__ import annotations

import asyncio

import pytest
from channel_helpers import FakeWorker
from delivery_helpers import WECHAT, FakePlatform, delivering, in_turn, say, shown, states, until
from sqlalchemy import func, select

from channels import metrics
from channels.delivery.platform import Action
from channels.gateway import Gateway
from channels.rendering import Text
from channels.tables import deliveries, reply_windows
from foundation.database import Database
from foundation.outbox import DELIVERED, FAILED, HELD, PENDING, SENDING, UNKNOWN, outbox


def counted(outcome: str) -> float:
    return metrics.sends.labels(WECHAT, outcome)._value.get()


def begun(database: Database) -> int:
    with database.read() as tx:
        return int(tx.execute(select(func.count()).select_from(deliveries)).scalar_one())


async def test_a_reply_is_sent_and_confirmed(gateway: Gateway, database: Database) -> None:
    platform = FakePlatform()
    async with delivering(gateway, platform):
        with FakeWorker(database, lambda text: [{"text": f"答：{text}"}]):
            await gateway.receive(WECHAT, "a", "你好", "m1", window="message")
            await until(lambda: states(database) == [DELIVERED])
    assert platform.texts("a") == ["答：你好"]
    assert platform.closed and begun(database) == 0
    with database.read() as tx:
        assert tx.execute(select(outbox.c.platform_id)).scalar_one() == "p1"
        assert tx.execute(select(reply_windows.c.message_left)).scalar_one() == 4


async def test_twelve_replies_are_at_most_five_messages(gateway: Gateway, database: Database) -> None:
    platform = FakePlatform()
    said = [f"第{n}句，" + "详细说明如下。" * n for n in range(12)]
    async with delivering(gateway, platform):
        with FakeWorker(database, lambda text: [{"text": one} for one in said]):
            await gateway.receive(WECHAT, "a", "问", window="message")
            await until(lambda: states(database) == [DELIVERED] * 12)
            rest = []
            while page := await gateway.remainder(WECHAT, "a"):
                rest += [body["text"] for body in page]
                await gateway.answer(WECHAT, "x", [])
                await gateway.answer(WECHAT, "a", page, window="message")
                await until(lambda: PENDING not in states(database) and SENDING not in states(database))
    sent = platform.texts("a")
    assert 1 <= len(sent) - len(rest) <= 5
    whole = "\n".join(sent)
    positions = [whole.index(f"第{n}句") for n in range(12)]
    assert positions == sorted(positions)
    assert all(whole.count("详细说明如下。" * n) >= 1 for n in range(1, 12))


async def test_an_open_request_is_waited_for_and_then_left(gateway: Gateway, database: Database) -> None:
    platform = FakePlatform()
    async with delivering(gateway, platform):
        accepted = await gateway.receive(WECHAT, "a", "问", "m1", passive_for=60, window="message")
        with FakeWorker(database):
            await gateway.replies(accepted.id, 10)
            say(database, "a", "更正")
            await asyncio.sleep(0.5)
            assert platform.calls == [], "a later reply does not overtake it either"
            await gateway.leave(accepted)
            await until(lambda: states(database) == [DELIVERED] * 2)
    assert "\n".join(platform.texts("a")).index("答：问") < "\n".join(platform.texts("a")).index("更正")


async def test_an_open_request_that_ended_silently_is_not_waited_for_forever(
    gateway: Gateway, database: Database
) -> None:
    platform = FakePlatform()
    async with delivering(gateway, platform):
        accepted = await gateway.receive(WECHAT, "a", "问", "m1", passive_for=0.5)
        with FakeWorker(database):
            await gateway.replies(accepted.id, 10)
            await until(lambda: states(database) == [DELIVERED])
        assert not await gateway.take(accepted)
    assert len(platform.calls) == 1


async def test_what_was_given_passively_is_not_sent(gateway: Gateway, database: Database) -> None:
    platform = FakePlatform()
    async with delivering(gateway, platform):
        accepted = await gateway.receive(WECHAT, "a", "问", "m1", passive_for=1.0)
        with FakeWorker(database):
            replies = await gateway.replies(accepted.id, 10)
        assert await gateway.take(accepted)
        gateway.delivered(replies)
        await until(lambda: states(database) == [DELIVERED])
        await asyncio.sleep(1.2)
    assert platform.calls == []


async def test_order_is_kept_and_citizens_do_not_wait_for_each_other(gateway: Gateway, database: Database) -> None:
    slow = FakePlatform(lambda recipient, part: 3.0 if recipient == "slow" else None)
    async with delivering(gateway, slow):
        say(database, "slow", "慢")
        await until(lambda: slow.busy == 1)
        for n in range(10):
            for sender in "abc":
                say(database, sender, f"{sender}{n:02}。")
        await until(lambda: states(database).count(DELIVERED) == 30)
        assert slow.busy == 1, "the slow one is still under way"
    for sender in "abc":
        text = "\n".join(slow.texts(sender))
        assert [text.index(f"{sender}{n:02}") for n in range(10)] == sorted(
            text.index(f"{sender}{n:02}") for n in range(10)
        )
        assert all(text.count(f"{sender}{n:02}") == 1 for n in range(10))


async def test_calls_at_once_are_bounded(gateway: Gateway, database: Database) -> None:
    platform = FakePlatform(lambda recipient, part: 1.0)
    async with delivering(gateway, platform):
        for n in range(40):
            say(database, f"c{n}", "答")
        await until(lambda: states(database) == [DELIVERED] * 40)
    assert 2 <= platform.busiest <= 16
    assert all(len(parts) == 1 for parts in platform.sent.values())


async def test_one_call_at_a_time_while_the_platform_is_quick(gateway: Gateway, database: Database) -> None:
    platform = FakePlatform()
    async with delivering(gateway, platform):
        for n in range(10):
            say(database, f"c{n}", "答")
        await until(lambda: states(database) == [DELIVERED] * 10)
    assert platform.busiest <= 3, "more than one only because this machine is slow"


@pytest.mark.usefixtures("quick_retries")
async def test_a_busy_platform_is_asked_again_at_most_three_times(gateway: Gateway, database: Database) -> None:
    platform = FakePlatform(lambda recipient, part: Action.RETRY if recipient == "a" else None)
    async with delivering(gateway, platform):
        say(database, "a", "答")
        say(database, "b", "答")
        await until(lambda: len(platform.calls) == 5)
        await asyncio.sleep(0.6)
        assert platform.calls.count("a") == 4 and len(set(platform.keys)) == 2
        assert sorted(states(database)) == [DELIVERED, SENDING], "it is kept, and tried again later"


@pytest.mark.usefixtures("quick_retries")
async def test_a_busy_platform_that_recovers(gateway: Gateway, database: Database) -> None:
    platform = FakePlatform(in_turn(Action.RETRY, Action.RETRY))
    async with delivering(gateway, platform):
        say(database, "a", "答")
        await until(lambda: states(database) == [DELIVERED])
    assert len(platform.calls) == 3 and platform.texts("a") == ["答"]


async def test_a_closed_window_is_not_tried_again_until_the_citizen_writes(
    gateway: Gateway, database: Database
) -> None:
    before = counted("closed")
    platform = FakePlatform(in_turn(Action.CLOSED))
    async with delivering(gateway, platform):
        say(database, "a", "第一")
        await until(lambda: states(database) == [HELD])
        say(database, "a", "第二")
        await until(lambda: states(database) == [HELD] * 2)
        await asyncio.sleep(0.6)
        assert len(platform.calls) == 1 and counted("closed") == before + 1
        await gateway.answer(WECHAT, "a", [], window="message")
        await until(lambda: states(database) == [DELIVERED] * 2)
    assert len(platform.texts("a")) <= 5
    assert "\n".join(platform.texts("a")).split() == ["第一", "第二"]


async def test_a_window_closed_in_the_middle_goes_on_where_it_was(gateway: Gateway, database: Database) -> None:
    platform = FakePlatform(in_turn(None, Action.CLOSED))
    async with delivering(gateway, platform):
        say(database, "a", "看图", image="https://office.example/1.png")
        await until(lambda: states(database) == [HELD])
        await gateway.receive(WECHAT, "a", "还有吗", window="message")
        await until(lambda: states(database) == [DELIVERED])
    assert platform.texts("a") == ["看图", "https://office.example/1.png"]


async def test_what_the_window_does_not_hold_waits(gateway: Gateway, database: Database) -> None:
    platform = FakePlatform()
    async with delivering(gateway, platform):
        await gateway.answer(WECHAT, "a", [], window="message")
        for n in range(7):
            say(database, "a", f"第{n}条")
            await until(lambda: PENDING not in states(database) and SENDING not in states(database))
        assert states(database) == [DELIVERED] * 5 + [HELD] * 2
        assert len(platform.calls) == 5
        await gateway.answer(WECHAT, "a", [], window="action")
        await until(lambda: states(database) == [DELIVERED] * 7)
    assert len(platform.calls) == 6, "they were merged"


async def test_a_recipient_who_is_gone(gateway: Gateway, database: Database) -> None:
    platform = FakePlatform(in_turn(Action.DROP))
    async with delivering(gateway, platform):
        say(database, "a", "答")
        await until(lambda: states(database) == [FAILED])
        say(database, "a", "又")
        await until(lambda: states(database) == [FAILED, DELIVERED])
    assert begun(database) == 0


async def test_an_account_without_menus_gets_numbers(gateway: Gateway, database: Database) -> None:
    platform = FakePlatform(lambda recipient, part: None if isinstance(part, Text) else Action.FEATURE_OFF)
    buttons = [{"title": "首次申领", "payload": "1"}, {"title": "到期换领", "payload": "2"}]
    async with delivering(gateway, platform):
        for number in (1, 2):
            say(database, "a", "您要办哪一种？", buttons=buttons)
            await until(lambda expected=number: states(database) == [DELIVERED] * expected)
    assert len(platform.calls) == 3, "it is known the second time"
    assert all("首次申领" in text and "到期换领" in text for text in platform.texts("a"))


async def test_a_broken_account_stops_and_loses_nothing(
    gateway: Gateway, database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("channels.delivery.breaker.SHORTEST", 0.5)
    broken = True
    platform = FakePlatform(lambda recipient, part: Action.BROKEN if broken else None)
    async with delivering(gateway, platform):
        for n in range(40):
            say(database, f"c{n}", "答")
        await until(lambda: len(platform.calls) > 0)
        await asyncio.sleep(1.2)
        assert len(platform.calls) <= 16 + 2, "what was under way, and one to try again"
        errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
        assert errors and all("nothing is sent for" in error and "refused: broken" in error for error in errors)
        broken = False
        await until(lambda: states(database) == [DELIVERED] * 40)
    assert all(len(parts) == 1 for parts in platform.sent.values())


async def test_a_conversation_that_alone_is_refused_holds_up_nobody(
    gateway: Gateway, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a proxy on the way refuses what one reply holds: HTTP 403, which would mean the account."""
    monkeypatch.setattr("channels.delivery.breaker.SHORTEST", 0.2)
    platform = FakePlatform(lambda recipient, part: Action.BROKEN if recipient in ("a", "b") else None)
    async with delivering(gateway, platform):
        for sender in ("a", "b"):
            say(database, sender, "答")
            await until(lambda sender=sender: sender in platform.calls)
        say(database, "c", "答")
        await until(lambda: bool(platform.sent["c"]), 5)
        await asyncio.sleep(0.5)
        refused = len(platform.calls)
        for sender in ("d", "e", "f"):
            say(database, sender, "答")
            await until(lambda sender=sender: bool(platform.sent[sender]), 5)
    assert len(platform.calls) == refused + 3, "those who are refused wait by themselves"
    assert {states(database)[0], states(database)[1]} == {SENDING}, "and are not given up"


async def test_a_send_that_nobody_confirmed_is_retried_once(gateway: Gateway, database: Database) -> None:
    platform = FakePlatform(in_turn(Action.UNKNOWN, None, Action.UNKNOWN, Action.UNKNOWN))
    async with delivering(gateway, platform):
        say(database, "a", "一")
        await until(lambda: states(database) == [DELIVERED])
        assert platform.texts("a") == ["一", "一"] and len(set(platform.keys)) == 1
        say(database, "b", "二")
        await until(lambda: states(database) == [DELIVERED, UNKNOWN])
    assert len(platform.calls) == 4 and begun(database) == 0


async def test_an_error_nobody_foresaw(gateway: Gateway, database: Database) -> None:
    def script(recipient: str, part: object) -> None:
        if recipient == "a" and len(platform.calls) == 1:
            raise KeyError("oops")

    platform = FakePlatform(script)
    async with delivering(gateway, platform):
        say(database, "a", "一")
        say(database, "b", "二")
        await until(lambda: states(database) == [DELIVERED] * 2)


async def test_a_reply_that_says_nothing_is_done_with(gateway: Gateway, database: Database) -> None:
    platform = FakePlatform()
    async with delivering(gateway, platform):
        say(database, "a", "")
        await until(lambda: states(database) == [DELIVERED])
    assert platform.calls == []


async def test_a_citizen_who_wants_to_be_forgotten_is_written_to_no_more(gateway: Gateway, database: Database) -> None:
    platform = FakePlatform(lambda recipient, part: 0.5)
    async with delivering(gateway, platform):
        say(database, "a", "一", "二")
        await until(lambda: platform.busy == 1)
        assert await gateway.forget(WECHAT, "a", 0)
        await asyncio.sleep(0.8)
    assert len(platform.calls) == 1 and states(database) == [] and begun(database) == 0


async def test_typing_is_shown_while_a_turn_takes_long(gateway: Gateway, database: Database) -> None:
    platform = FakePlatform()
    async with delivering(gateway, platform):
        await gateway.receive(WECHAT, "a", "问")
        await asyncio.sleep(1)
        assert platform.typed == []
        await until(lambda: platform.typed == ["a"])
        await asyncio.sleep(1.2)
    assert platform.typed == ["a"], "not again while it is shown"


async def test_a_reply_is_sent_at_once(gateway: Gateway, database: Database) -> None:
    """The budget is 0.1 s; the slack is for a busy machine."""
    platform = FakePlatform()
    times = []
    async with delivering(gateway, platform):
        say(database, "warm", "一")
        await until(lambda: bool(platform.calls))
        for n in range(10):
            began = asyncio.get_running_loop().time()
            say(database, f"c{n}", "一")
            await until(lambda expected=n + 2: len(platform.calls) == expected)
            times.append(asyncio.get_running_loop().time() - began)
    assert sorted(times)[5] < 0.5, times
    print(f"committed to called: median {sorted(times)[5] * 1000:.0f} ms")
    assert shown(platform.sent["c1"][0]) == "一"
