"""What the gateway offers the messaging platforms: passive replies, re-posts, windows, menus, 更多, 敬老版."""

from __future__ import annotations

from typing import Any

import pytest
from channel_helpers import LEASE, settings_for
from sqlalchemy import select, update

from channels import windows
from channels.gateway import Gateway, running
from desk import handovers
from desk.handovers import Request
from desk.sent import Sent
from foundation import outbox
from foundation.cipher import Cipher
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.inbox import Accepted, Inbox, inbox
from foundation.outbox import DELIVERED, HELD, PENDING, SENDING
from foundation.vault import Vault

WECHAT, CITIZEN = "wechat", "oABC"
CONVERSATION = f"{WECHAT}:{CITIZEN}"


@pytest.fixture
def gateway(database: Database, cipher: Cipher, clock: FixedClock) -> Gateway:
    settings = settings_for(database.engine.url.render_as_string(hide_password=False))
    return Gateway(database, Inbox(cipher), Vault(cipher), clock, settings)


class Turns:
    """A worker that answers when it is told to."""

    def __init__(self, database: Database, cipher: Cipher, clock: FixedClock) -> None:
        self.database, self.inbox, self.clock = database, Inbox(cipher), clock

    def run(self, *texts: str, **body: Any) -> int:
        with self.database.write() as tx:
            claim = self.inbox.claim(tx, "w", self.clock.now(), LEASE)
            assert claim is not None
            bodies = [{"text": text, **body} for text in texts]
            message = claim.message
            outbox.add(tx, message.conversation, message.channel, bodies, self.clock.now(), claim.id)
            self.inbox.finish(tx, claim, self.clock.now())
        return claim.id


@pytest.fixture
def turns(database: Database, cipher: Cipher, clock: FixedClock) -> Turns:
    return Turns(database, cipher, clock)


def states(database: Database) -> list[str]:
    with database.read() as tx:
        return list(tx.execute(select(outbox.outbox.c.state).order_by(outbox.outbox.c.id)).scalars())


async def post(gateway: Gateway, text: str = "问", message_id: str | None = "m1") -> Accepted:
    return await gateway.receive(WECHAT, CITIZEN, text, message_id, passive_for=4.5, window="message")


async def test_the_open_request_takes_the_replies_once(gateway: Gateway, turns: Turns, database: Database) -> None:
    async with running(gateway):
        accepted = await post(gateway)
        assert not await gateway.take(accepted), "there is nothing yet"
        turns.run("答")
        assert await gateway.take(accepted)
        assert not await gateway.take(accepted)
        assert states(database) == [SENDING]
        gateway.delivered(await gateway.replies(accepted.id, 5))
    assert states(database) == [DELIVERED]


async def test_the_newest_of_several_requests_answers(gateway: Gateway, turns: Turns, clock: FixedClock) -> None:
    async with running(gateway):
        first = await post(gateway)
        clock.advance(seconds=1)
        second = await post(gateway)
        assert (second.id, second.duplicate, second.attempt, second.silence) == (first.id, True, 2, 1.0)
        turns.run("答")
        assert not await gateway.take(first)
        assert await gateway.take(second)


async def test_a_platform_that_asks_again_after_a_while_did_not_get_it(
    gateway: Gateway, turns: Turns, clock: FixedClock, database: Database
) -> None:
    async with running(gateway):
        first = await post(gateway)
        turns.run("答")
        assert await gateway.take(first)
        clock.advance(seconds=1)
        assert not await gateway.take(await post(gateway)), "the first may still arrive"
        clock.advance(seconds=5)
        third = await post(gateway)
        assert states(database) == [PENDING]
        assert await gateway.take(third)
        gateway.delivered(await gateway.replies(third.id, 5))
        await gateway._store_receipts()
        assert states(database) == [DELIVERED]
        clock.advance(seconds=5)
        assert await gateway.take(await post(gateway)), "confirmed by us, but not by the platform"


async def test_what_comes_again_minutes_later_is_no_platform(
    gateway: Gateway, turns: Turns, clock: FixedClock, database: Database
) -> None:
    """Who has kept a callback and posts it again must not make what was delivered undelivered."""
    async with running(gateway):
        first = await post(gateway)
        turns.run("答")
        assert await gateway.take(first)
        gateway.delivered(await gateway.replies(first.id, 5))
        await gateway._store_receipts()
        for seconds in (61, 61, 3 * 86_400):
            clock.advance(seconds=seconds)
            again = await post(gateway)
            assert (again.id, again.duplicate, again.late) == (first.id, True, True)
            assert not await gateway.take(again) and states(database) == [DELIVERED]
        with database.read() as tx:
            assert tx.execute(select(inbox.c.passive_until)).scalar_one() < clock.now()


async def test_a_receipt_that_comes_after_the_platform_has_asked_again_counts_no_more(
    gateway: Gateway, turns: Turns, clock: FixedClock, database: Database
) -> None:
    """Written just as the platform hung up: what it asks for again must still be there."""
    async with running(gateway):
        first = await post(gateway)
        turns.run("答")
        assert await gateway.take(first)
        clock.advance(seconds=5)
        second = await post(gateway)
        gateway.delivered(await gateway.replies(first.id, 5))
        await gateway._store_receipts()
        assert states(database) == [PENDING]
        assert await gateway.take(second)
        gateway.delivered(await gateway.replies(second.id, 5))
        await gateway._store_receipts()
        assert states(database) == [DELIVERED]


async def test_what_the_loop_has_sent_is_not_given_again(
    gateway: Gateway, turns: Turns, clock: FixedClock, database: Database
) -> None:
    async with running(gateway):
        await post(gateway)
        turns.run("答")
        with database.write() as tx:
            assert outbox.claim(tx, [1], outbox.API, clock.now())
            tx.execute(update(outbox.outbox).values(state=DELIVERED))
        clock.advance(seconds=5)
        assert not await gateway.take(await post(gateway))
        assert states(database) == [DELIVERED]


async def test_earlier_replies_go_first(gateway: Gateway, turns: Turns, clock: FixedClock) -> None:
    async with running(gateway):
        await gateway.leave(await post(gateway))
        turns.run("一")
        second = await post(gateway, "又问", "m2")
        turns.run("二")
        assert not await gateway.take(second)
        owed = await gateway.owed(WECHAT, CITIZEN)
        assert [reply.body["text"] for reply in owed] == ["一"], "the second is waited for"
        assert await gateway.take(second, owed)
        gateway.delivered(owed)
        await gateway._store_receipts()
        assert await gateway.take(second)


async def test_a_claim_that_nobody_confirms_is_free_again(
    gateway: Gateway, turns: Turns, clock: FixedClock, database: Database
) -> None:
    async with running(gateway):
        assert not await gateway.owed(WECHAT, CITIZEN)
        first = await post(gateway)
        turns.run("一")
        assert await gateway.take(first)
        clock.advance(seconds=5)
        assert await gateway.owed(WECHAT, CITIZEN) == []
        clock.advance(seconds=2)
        assert len(await gateway.owed(WECHAT, CITIZEN)) == 1
        clock.advance(hours=49)
        assert await gateway.owed(WECHAT, CITIZEN) == [], "nobody wants it any more"


async def test_leaving_ends_the_wait_of_the_newest_request_only(gateway: Gateway, database: Database) -> None:
    def until() -> Any:
        with database.read() as tx:
            return tx.execute(select(inbox.c.passive_until)).scalar_one()

    async with running(gateway):
        first, second = await post(gateway), await post(gateway)
        await gateway.leave(first)
        assert until() is not None
        await gateway.leave(second)
        assert until() is None


async def test_the_channels_own_replies_need_no_turn(gateway: Gateway, database: Database) -> None:
    async with running(gateway):
        accepted = await gateway.answer(WECHAT, CITIZEN, [{"text": "听不到"}], "m1", passive_for=4.5, window="message")
        again = await gateway.answer(WECHAT, CITIZEN, [{"text": "听不到"}], "m1", passive_for=4.5, window="message")
        assert again.id == accepted.id and again.duplicate
        assert [reply.body for reply in await gateway.replies(accepted.id, 5)] == [{"text": "听不到"}]
        assert await gateway.storage.read(Inbox.waiting) == 0
        assert await gateway.take(again)


async def test_windows(gateway: Gateway, turns: Turns, clock: FixedClock, database: Database) -> None:
    def left() -> int | None:
        with database.read() as tx:
            return windows.left(tx, CONVERSATION, clock.now())

    def spend() -> None:
        with database.write() as tx:
            windows.spend(tx, CONVERSATION)

    async with running(gateway):
        assert left() is None
        await post(gateway)
        assert left() == 5
        for _ in range(4):
            spend()
        await post(gateway)
        assert left() == 1, "a re-post opens nothing"
        await gateway.receive(WECHAT, CITIZEN, "选一", "m2", window="action")
        assert left() == 3
        spend()
        assert left() == 2
        clock.advance(seconds=61)
        assert left() == 0
        await post(gateway, "又", "m3")
        await gateway.receive(WECHAT, CITIZEN, "选二", "m4", window="action")
        assert left() == 5, "they do not add up"
        clock.advance(hours=49)
        assert left() == 0
        await gateway.answer(WECHAT, CITIZEN, [{"text": "您好"}], "entered", window="entry")
        assert left() == 2, "who enters a mini-program's chat is sent two"


async def test_a_window_that_the_platform_closed(gateway: Gateway, clock: FixedClock, database: Database) -> None:
    def left(conversation: str) -> int | None:
        with database.read() as tx:
            return windows.left(tx, conversation, clock.now())

    async with running(gateway):
        sent_at = clock.now()
        clock.advance(seconds=1)
        await post(gateway)
        with database.write() as tx:
            windows.close(tx, CONVERSATION, sent_at)
            windows.close(tx, "wechat:other", sent_at)
        assert left(CONVERSATION) == 5, "it was opened later than the refused message was sent"
        assert left("wechat:other") == 0
        with database.write() as tx:
            windows.close(tx, CONVERSATION, clock.now())
        assert left(CONVERSATION) == 0


async def test_what_is_held_is_free_when_the_citizen_writes(gateway: Gateway, turns: Turns, database: Database) -> None:
    async with running(gateway):
        await gateway.leave(await post(gateway))
        turns.run("一")
        with database.write() as tx:
            tx.execute(update(outbox.outbox).values(state=HELD))
        await gateway.receive(WECHAT, CITIZEN, "x", "m2")
        assert states(database) == [HELD]
        await post(gateway, "y", "m3")
        assert states(database) == [PENDING]


async def test_a_click_means_a_button_of_ones_own(gateway: Gateway, turns: Turns) -> None:
    async with running(gateway):
        await post(gateway)
        turns.run("选", buttons=[{"title": "首次", "payload": "/first"}, {"title": "补领"}])
        assert await gateway.choice(WECHAT, CITIZEN, "1-0") == "/first"
        assert await gateway.choice(WECHAT, CITIZEN, "1-1") == "补领"
        assert await gateway.choice(WECHAT, "somebody", "1-0") is None
        for forged in ["1-2", "2-0", "", "x", "1-", "-1", "1-0 ", "9" * 30 + "-0", "１-0", "1-0; DROP TABLE outbox"]:
            assert await gateway.choice(WECHAT, CITIZEN, forged) is None
        await gateway.answer(WECHAT, CITIZEN, [{"text": "续", "buttons": [{"title": "首次", "payload": "1-0"}]}])
        assert await gateway.choice(WECHAT, CITIZEN, "2-0") == "/first"


async def test_more(gateway: Gateway, turns: Turns, database: Database, clock: FixedClock) -> None:
    def page(text: str) -> list[dict[str, Any]]:
        return [{"text": text, "laid_out": True}]

    async with running(gateway):
        assert await gateway.remainder(WECHAT, CITIZEN) is None
        first = await post(gateway)
        turns.run("一二三四")
        assert await gateway.take(first, rest=[page("二"), page("三"), page("四")])
        gateway.delivered(await gateway.replies(first.id, 5))
        await gateway._store_receipts()
        for number, expected in enumerate(["二", "三", "四"]):
            bodies = await gateway.remainder(WECHAT, CITIZEN)
            assert bodies and bodies[0]["text"] == expected and bodies[0]["laid_out"]
            accepted = await gateway.answer(WECHAT, CITIZEN, bodies, f"more{number}", passive_for=4.5)
            await gateway.answer(WECHAT, CITIZEN, bodies, f"more{number}", passive_for=4.5)
            await gateway.answer(WECHAT, CITIZEN, await gateway.remainder(WECHAT, CITIZEN) or [], f"more{number}")
            clock.advance(seconds=5)
            assert await gateway.take(await gateway.answer(WECHAT, CITIZEN, [], f"more{number}", passive_for=4.5))
            gateway.delivered(await gateway.replies(accepted.id, 5))
            await gateway._store_receipts()
        assert await gateway.remainder(WECHAT, CITIZEN) is None


async def test_a_new_answer_ends_the_old_remainder(gateway: Gateway, turns: Turns) -> None:
    async with running(gateway):
        first = await post(gateway)
        turns.run("长")
        assert await gateway.take(first, rest=[[{"text": "二"}]])
        gateway.delivered(await gateway.replies(first.id, 5))
        await gateway._store_receipts()
        second = await post(gateway, "又问", "m2")
        turns.run("短")
        assert await gateway.take(second)
        assert await gateway.remainder(WECHAT, CITIZEN) is None


async def test_preferences_and_forgetting(gateway: Gateway, turns: Turns, database: Database) -> None:
    async with running(gateway):
        assert not await gateway.elderly(WECHAT, CITIZEN)
        await gateway.prefer(WECHAT, CITIZEN, elderly=True)
        await gateway.prefer(WECHAT, "other", elderly=True)
        assert await gateway.elderly(WECHAT, CITIZEN)
        first = await post(gateway)
        turns.run("长")
        await gateway.take(first, rest=[[{"text": "二"}]])
        assert await gateway.forget(WECHAT, CITIZEN, 0)
        assert states(database) == [] and not await gateway.elderly(WECHAT, CITIZEN)
        assert await gateway.remainder(WECHAT, CITIZEN) is None
        assert await gateway.elderly(WECHAT, "other")
        await gateway.prefer(WECHAT, "other", elderly=False)
        assert not await gateway.elderly(WECHAT, "other")


async def test_a_picture_is_answered_at_once_or_left_to_whoever_answers_what_came_before(
    gateway: Gateway, turns: Turns, database: Database
) -> None:
    """转人工, and a picture right behind it: when it comes, nobody knows yet that it is a person's."""
    picture, unread = Sent("image", media_id="m1"), [{"text": "图片我看不了。"}]
    async with running(gateway):
        alone = await gateway.answer(WECHAT, CITIZEN, unread, "p1", sent=picture)
        assert [reply.body for reply in await gateway.replies(alone.id, 5)] == unread
        await post(gateway, "转人工", "m1")
        behind = await gateway.answer(WECHAT, CITIZEN, unread, "p2", sent=picture)
        other = await gateway.answer(WECHAT, "oOther", unread, "p2", sent=picture)
        assert [reply.body for reply in await gateway.replies(other.id, 5)] == unread
        with database.write() as tx:
            assert outbox.replies_to(tx, behind.id) == []
            handovers.open_handover(tx, Request(CONVERSATION, WECHAT, "asked"), gateway._clock.now())
        turns.run("好的，正在为您转接。")
        with database.write() as tx:
            claim = turns.inbox.claim(tx, "w", turns.clock.now(), LEASE)
        assert claim is not None and claim.id == behind.id
        assert claim.message.metadata == {**picture.to_metadata(), "otherwise": unread}
