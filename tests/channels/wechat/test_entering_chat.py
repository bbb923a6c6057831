"""A mini-program's chat is opened again: what could not be sent meanwhile is waiting for that."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

from callback_helpers import MINI, OPENID, Sent, gateway, until
from sqlalchemy import select, update

from channels.tables import reply_windows
from foundation import outbox
from foundation.database import Database

CONVERSATION = f"miniprogram:{OPENID}"


def hold(database: Database, text: str) -> None:
    """A reply that came when the platform took nothing any more."""
    now = datetime.now(timezone.utc)
    with database.write() as tx:
        over = {"message_left": 0, "action_left": 0, "action_until": now - timedelta(hours=1)}
        tx.execute(update(reply_windows).values(over))
        outbox.add(tx, CONVERSATION, "miniprogram", [{"text": text}], now)
        waits = outbox.outbox.c.state == outbox.PENDING
        tx.execute(update(outbox.outbox).where(waits).values(state=outbox.HELD))


async def test_whoever_comes_again_on_the_same_day_gets_what_was_held(store: Database) -> None:
    sent, began = Sent("miniprogram"), int(time.time()) // 86_400 * 86_400
    async with gateway(store, MINI, sent) as mini:
        for number in range(1, 4):
            await mini.event("user_enter_tempsession", CreateTime=began + number, SessionFrom="home")
            await until(lambda expected=number: len(sent.parts) == expected)
            hold(store, f"第{number}件事办结了。")
        again = mini.fields("event", Event="user_enter_tempsession", CreateTime=began + 4, SessionFrom="home")
        for _ in range(3):
            assert (await mini.push(again)).body == b"success"
        await until(lambda: len(sent.parts) == 4)
    first, *held = sent.texts()
    assert "您好" in first and [f"第{n}件事办结了。" in text for n, text in enumerate(held, 1)] == [True] * 3
    assert not any("您好" in text for text in held), "greeted once"
    with store.read() as tx:
        states = tx.execute(select(outbox.outbox.c.state)).scalars().all()
    assert set(states) == {outbox.DELIVERED}
