"""Outside the window: what is told by a notice, once, and what waits for the citizen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from delivery_helpers import WECHAT, FakePlatform, say, states, until
from delivery_helpers import in_turn as sends
from notice_helpers import DECIDED, TABLE, FakeApi, book, close_windows, in_turn, notices_by
from sqlalchemy import select
from sqlalchemy.engine import Connection

from channels import metrics, passive, windows
from channels.delivery import breaker, ledger, notice_book, notices
from channels.delivery import loop as loops
from channels.delivery.loop import DeliveryLoop
from channels.delivery.notice_book import Telling
from channels.delivery.platform import Action
from channels.gateway import Gateway, running
from channels.rendering import Text
from foundation import outbox
from foundation.clock import FixedClock, SystemClock
from foundation.database import Database
from foundation.outbox import API, DELIVERED, FAILED, HELD, NOTICE, PENDING, UNKNOWN

CITIZEN = f"{WECHAT}:a"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "NOTICES", 0.05)
    monkeypatch.setattr(breaker, "SHORTEST", 0.2)
    monkeypatch.setattr(notices, "LATER", 0.3)


@asynccontextmanager
async def telling(
    gateway: Gateway, api: FakeApi, platform: FakePlatform | None = None, table: dict[str, Any] | None = None
) -> AsyncIterator[FakePlatform]:
    platform, clock = platform or FakePlatform(), SystemClock()
    loop = DeliveryLoop(gateway.storage, platform, clock, notices_by(gateway, api, table))
    async with running(gateway):
        await loop.start()
        try:
            yield platform
        finally:
            await loop.stop()


async def wrote_once(gateway: Gateway, database: Database, sender: str = "a") -> None:
    """The citizen wrote, and then so long ago that nothing may be sent."""
    await gateway.answer(WECHAT, sender, [], window="message")
    close_windows(database)


def news(database: Database, sender: str = "a", **notice: Any) -> None:
    say(database, sender, "办好了", custom={"notice": {**DECIDED, **notice}})


async def test_news_are_sent_as_messages_while_the_window_is_open(gateway: Gateway, database: Database) -> None:
    api = FakeApi()
    async with telling(gateway, api) as platform:
        await gateway.answer(WECHAT, "a", [], window="message")
        news(database)
        await until(lambda: states(database) == [DELIVERED])
        await asyncio.sleep(0.2)
    assert platform.texts("a") == ["办好了"] and api.bodies == [] and book(database)[0][1] == API


async def test_news_outside_the_window_are_told_by_a_notice_once(gateway: Gateway, database: Database) -> None:
    api = FakeApi()
    async with telling(gateway, api) as platform:
        await wrote_once(gateway, database)
        news(database)
        await until(lambda: states(database) == [DELIVERED])
        await asyncio.sleep(0.3)
        await gateway.answer(WECHAT, "a", [], window="message")
        await asyncio.sleep(0.3)
    assert book(database) == [(DELIVERED, NOTICE, 0)] and platform.calls == []
    [body] = api.bodies
    assert body["touser"] == "a" and body["template_id"] == "DECIDED"
    assert body["data"] == {"thing1": {"value": "居住证办理"}, "phrase2": {"value": "准予"}}


async def test_when_the_platform_says_that_the_window_is_closed(gateway: Gateway, database: Database) -> None:
    """Nobody counted, a page was begun, and the platform took nothing of it."""
    api = FakeApi()
    async with telling(gateway, api, FakePlatform(sends(Action.CLOSED))) as platform:
        news(database)
        await until(lambda: states(database) == [DELIVERED])
        assert book(database) == [(DELIVERED, NOTICE, 0)] and len(platform.calls) == 1
        await gateway.answer(WECHAT, "a", [], window="message")
        say(database, "a", "再见")
        await until(lambda: states(database) == [DELIVERED] * 2)
    assert platform.texts("a") == ["再见"] and api.templates == ["DECIDED"]


async def test_a_page_of_which_something_was_sent_goes_on_where_it_was(gateway: Gateway, database: Database) -> None:
    api = FakeApi()
    async with telling(gateway, api, FakePlatform(sends(None, Action.CLOSED))) as platform:
        say(database, "a", "看图", image="https://office.example/1.png", custom={"notice": DECIDED})
        await until(lambda: states(database) == [HELD])
        await asyncio.sleep(0.3)
        assert api.bodies == []
        await gateway.answer(WECHAT, "a", [], window="message")
        await until(lambda: states(database) == [DELIVERED])
    assert platform.texts("a") == ["看图", "https://office.example/1.png"]


@pytest.mark.parametrize("errcode", [43101, 43004, 47003])
async def test_who_cannot_be_told_so_is_given_it_when_he_writes(
    gateway: Gateway, database: Database, errcode: int
) -> None:
    api = FakeApi(lambda body: errcode)
    async with telling(gateway, api) as platform:
        await wrote_once(gateway, database)
        news(database)
        await until(lambda: book(database) == [(HELD, NOTICE, 0)])
        await asyncio.sleep(0.3)
        assert api.templates == ["DECIDED"] and platform.calls == [], "it is not tried again and again"
        await gateway.answer(WECHAT, "a", [], window="message")
        await until(lambda: states(database) == [DELIVERED])
    assert platform.texts("a") == ["办好了"] and book(database)[0][1] == API


async def test_without_a_template_it_is_told_that_a_reply_waits(gateway: Gateway, database: Database) -> None:
    api = FakeApi()
    async with telling(gateway, api, table={"reply.waiting": TABLE["reply.waiting"]}) as platform:
        await wrote_once(gateway, database)
        news(database)
        await until(lambda: api.templates == ["WAITING"])
        assert states(database) == [HELD]
        await gateway.answer(WECHAT, "a", [], window="message")
        await until(lambda: states(database) == [DELIVERED])
    assert platform.texts("a") == ["办好了"]


async def test_without_any_template_everything_is_as_ever(gateway: Gateway, database: Database) -> None:
    api = FakeApi()
    async with telling(gateway, api, table={}):
        await wrote_once(gateway, database)
        news(database)
        say(database, "a", "答")
        await until(lambda: states(database) == [HELD] * 2)
        await asyncio.sleep(0.3)
    assert api.bodies == [] and {via for _, via, _ in book(database)} == {None}


async def test_that_replies_wait_is_told_once_for_each_closing(gateway: Gateway, database: Database) -> None:
    api = FakeApi()
    async with telling(gateway, api) as platform:
        for closing in (1, 2):
            await wrote_once(gateway, database)
            say(database, "a", "第一")
            await until(lambda closing=closing: api.templates == ["WAITING"] * closing)
            say(database, "a", "第二")
            await until(lambda: states(database)[-2:] == [HELD] * 2)
            await asyncio.sleep(0.3)
            assert api.templates == ["WAITING"] * closing
            await gateway.answer(WECHAT, "a", [], window="message")
            await until(lambda closing=closing: states(database) == [DELIVERED] * 2 * closing)
    assert "\n".join(platform.texts("a")).split() == ["第一", "第二"] * 2


async def test_others_are_told_beside_news(gateway: Gateway, database: Database) -> None:
    api = FakeApi()
    async with telling(gateway, api):
        for sender in "ab":
            await wrote_once(gateway, database, sender)
        news(database, "a")
        say(database, "b", "答")
        say(database, "a", "答")
        await until(lambda: len(api.bodies) == 3)
        await asyncio.sleep(0.2)
    told = [(body["touser"], body["template_id"]) for body in api.bodies]
    assert sorted(told) == [("a", "DECIDED"), ("a", "WAITING"), ("b", "WAITING")]
    assert len({body.get("client_msg_id") for body in api.bodies}) == 1, "subscriptions have no key of ours"


async def test_a_call_that_nobody_confirmed_is_made_once_more(gateway: Gateway, database: Database) -> None:
    template = {"application.decided": {WECHAT: {**TABLE["application.decided"][WECHAT], "kind": "template"}}}
    api = FakeApi(in_turn(Action.UNKNOWN, None, Action.UNKNOWN, Action.UNKNOWN))
    async with telling(gateway, api, table=template):
        for sender in "ab":
            await wrote_once(gateway, database, sender)
        news(database, "a")
        await until(lambda: states(database) == [DELIVERED])
        news(database, "b")
        await until(lambda: states(database) == [DELIVERED, UNKNOWN])
        await asyncio.sleep(0.3)
    keys = [body["client_msg_id"] for body in api.bodies]
    assert len(keys) == 4 and keys[0] == keys[1] and keys[2] == keys[3] and keys[0] != keys[2]
    assert all(0 < len(key) <= 32 for key in keys)


async def test_an_error_nobody_foresaw_counts_as_unknown(gateway: Gateway, database: Database) -> None:
    def script(body: dict[str, Any]) -> None:
        if len(api.bodies) == 1:
            raise KeyError("oops")

    api = FakeApi(script)
    async with telling(gateway, api):
        await wrote_once(gateway, database)
        news(database)
        await until(lambda: states(database) == [DELIVERED])
    assert len(api.bodies) == 2


@pytest.mark.parametrize("trouble", [Action.RETRY, Action.BROKEN, 45009])
async def test_a_platform_in_trouble_is_asked_again_later(
    gateway: Gateway, database: Database, trouble: Action | int
) -> None:
    down = True

    def script(body: dict[str, Any]) -> Action | None:
        return (trouble if isinstance(trouble, Action) else Action.BROKEN) if down else None

    api = FakeApi(script)
    async with telling(gateway, api):
        for number in range(5):
            await wrote_once(gateway, database, f"c{number}")
            news(database, f"c{number}")
        await until(lambda: len(api.bodies) >= 2)
        assert set(states(database)) <= {HELD, PENDING}
        await asyncio.sleep(0.5)
        assert len(api.bodies) <= 5, "not all of them run against it"
        down = False
        await until(lambda: states(database) == [DELIVERED] * 5)
    assert len([body for body in api.bodies if body["template_id"] != "DECIDED"]) == 0


async def test_who_wants_to_be_forgotten_is_told_nothing(gateway: Gateway, database: Database) -> None:
    api = FakeApi(lambda body: 43101)
    async with telling(gateway, api):
        await wrote_once(gateway, database)
        news(database)
        say(database, "a", "答")
        await until(lambda: len(api.bodies) == 2)
        assert await gateway.forget(WECHAT, "a", 0)
        await asyncio.sleep(0.3)
    assert len(api.bodies) == 2 and states(database) == []


async def test_outcomes_are_counted(gateway: Gateway, database: Database) -> None:
    def counted(outcome: str) -> float:
        return float(metrics.sends.labels(WECHAT, outcome)._value.get())

    before = counted("notice_sent"), counted("notice_not_subscribed")
    api = FakeApi(in_turn(None, 43101))
    async with telling(gateway, api):
        await wrote_once(gateway, database)
        news(database)
        news(database)
        await until(lambda: len(api.bodies) == 2)
        await until(lambda: book(database)[1] == (HELD, NOTICE, 0))
    assert (counted("notice_sent"), counted("notice_not_subscribed")) == (before[0] + 1, before[1] + 1)


def held(database: Database, clock: FixedClock) -> Telling:
    """Held news and what is to be told of them."""
    say(database, "a", "办好了", clock=clock, custom={"notice": DECIDED})
    with database.write() as tx:
        windows.open_window(tx, CITIZEN, "message", clock.now())
        windows.close(tx, CITIZEN, clock.now())
        assert ledger.hold(tx, CITIZEN, clock.now())
    return found(database)


def found(database: Database) -> Telling:
    with database.read() as tx:
        telling = notice_book.news(tx, WECHAT, ["application.decided"], [])
    assert telling is not None
    return telling


def test_a_call_is_counted_by_one_process_only(database: Database, clock: FixedClock) -> None:
    first = held(database, clock)
    with database.write() as tx:
        called = notice_book.call(tx, first, clock.now())
        assert called is not None and called.calls == 1
        assert notice_book.call(tx, first, clock.now()) is None
    interrupted = found(database)
    assert interrupted.calls == 1 and interrupted.key == first.key
    with database.write() as tx:
        again = notice_book.call(tx, interrupted, clock.now())
        assert again is not None and again.calls == 2
        notice_book.sent(tx, called, "late", clock.now())
    assert states(database) == [HELD], "the first process has been overtaken"
    with database.write() as tx:
        notice_book.sent(tx, again, "p", clock.now())
    assert states(database) == [DELIVERED]


def test_whoever_writes_while_the_notice_is_sent_is_given_the_reply(database: Database, clock: FixedClock) -> None:
    first = held(database, clock)
    with database.write() as tx:
        called = notice_book.call(tx, first, clock.now())
        assert called is not None
        windows.open_window(tx, CITIZEN, "message", clock.now())
        notice_book.sent(tx, called, "p", clock.now())
        assert states_in(tx) == [PENDING]
        assert [reply.id for reply in ledger.next_replies(tx, CITIZEN, clock.now())] == [1]
        assert outbox.claim(tx, [1], API, clock.now())


def states_in(tx: Connection) -> list[str]:
    return list(tx.execute(select(outbox.outbox.c.state).order_by(outbox.outbox.c.id)).scalars())


def test_news_wait_longer_for_the_citizen_than_answers(database: Database, clock: FixedClock) -> None:
    held(database, clock)
    say(database, "a", "答", clock=clock)
    with database.write() as tx:
        assert ledger.hold(tx, CITIZEN, clock.now())
    clock.advance(hours=49)
    with database.write() as tx:
        assert ledger.expire(tx, WECHAT, clock.now()) == 1
    assert states(database) == [HELD, FAILED]
    clock.advance(days=30)
    with database.write() as tx:
        assert ledger.expire(tx, WECHAT, clock.now()) == 1
    assert states(database) == [FAILED, FAILED]


def test_an_account_that_cannot_send_gives_news_when_the_citizen_writes(database: Database, clock: FixedClock) -> None:
    say(database, "a", "办好了", clock=clock, custom={"notice": DECIDED})
    say(database, "a", "答", clock=clock)
    for span, owed in (({"hours": 47}, [1, 2]), ({"days": 3}, [1]), ({"days": 30}, [])):
        clock.advance(**span)
        with database.read() as tx:
            assert [reply.id for reply in passive.owed(tx, CITIZEN, clock.now())] == owed


def test_news_in_a_page_that_could_not_be_sent_are_laid_out_anew(database: Database, clock: FixedClock) -> None:
    say(database, "a", "办好了", clock=clock, custom={"notice": DECIDED})
    say(database, "a", "答", clock=clock)
    with database.write() as tx:
        assert ledger.begin(tx, WECHAT, ledger.Delivery(CITIZEN, "key", (1, 2), (Text("办好了"),)), clock.now())
        assert ledger.expire(tx, WECHAT, clock.now() + timedelta(hours=49)) == 1
        assert ledger.under_way(tx, CITIZEN) is None
        assert [reply.id for reply in ledger.next_replies(tx, CITIZEN, clock.now())] == [1]
    assert states(database) == [PENDING, FAILED]


@pytest.mark.parametrize("called", [False, True])
def test_whoever_writes_before_the_call_is_given_the_reply_though_a_page_with_it_was_begun(
    database: Database, clock: FixedClock, called: bool
) -> None:
    """The platform had taken nothing of it. The news was found, then the citizen wrote (and it was called once more,
    in vain), then it was to be told."""
    say(database, "a", "办好了", clock=clock, custom={"notice": DECIDED})
    with database.write() as tx:
        windows.open_window(tx, CITIZEN, "message", clock.now())
        begun = ledger.begin(tx, WECHAT, ledger.Delivery(CITIZEN, "key", (1,), (Text("办好了"),)), clock.now())
        assert begun is not None
        ledger.closed(tx, begun, clock.now(), clock.now())
    telling = found(database)
    with database.write() as tx:
        windows.open_window(tx, CITIZEN, "message", clock.now())
        page = ledger.under_way(tx, CITIZEN) if called else None
        if page is not None:
            again = ledger.call(tx, page, clock.now())
            assert again is not None
            ledger.refused(tx, again)
    with database.write() as tx:
        assert notice_book.call(tx, telling, clock.now()) is None
        assert ledger.under_way(tx, CITIZEN) is None
        assert [reply.id for reply in ledger.next_replies(tx, CITIZEN, clock.now())] == [1]
