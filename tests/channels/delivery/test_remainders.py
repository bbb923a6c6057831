"""What 更多 goes on with while something else is told."""

from __future__ import annotations

from typing import Any

import pytest
from channel_helpers import FakeWorker
from delivery_helpers import WECHAT, FakePlatform, delivering, say, states, until
from sqlalchemy import select

from channels.gateway import Gateway
from channels.tables import remainders
from foundation.database import Database
from foundation.outbox import DELIVERED

LONG = "\n".join(f"第{number}条，{'材料' * 20}。" for number in range(1, 60))


async def left(gateway: Gateway, database: Database, platform: FakePlatform, told: str, **more: Any) -> list[str]:
    """The pages that are left of an answer, once something was told behind its first page."""
    async with delivering(gateway, platform):
        with FakeWorker(database, lambda text: [{"text": LONG}]):
            await gateway.receive(WECHAT, "a", "问", window="message")
            await until(lambda: states(database) == [DELIVERED])
            say(database, "a", told, **more)
            await until(lambda: states(database) == [DELIVERED] * 2)
    with database.read() as tx:
        pages = tx.execute(select(remainders.c.pages)).scalars().first() or []
    return ["\n".join(body["text"] for body in page) for page in pages]


NEWS: dict[str, Any] = {"custom": {"notice": {"event": "application.decided", "values": {}}}}


@pytest.mark.parametrize("more", [NEWS, {**NEWS, "by": "person", "name": "李"}, {}])
async def test_news_do_not_end_the_answer_that_is_being_read(
    gateway: Gateway, database: Database, more: dict[str, Any]
) -> None:
    platform = FakePlatform()
    rest = await left(gateway, database, platform, "您的办件已经办结。", **more)
    assert "第1条" in platform.texts("a")[0] and "办结" in platform.texts("a")[-1]
    assert rest and "第59条" in rest[-1]


async def test_news_of_several_pages_are_read_before_it(gateway: Gateway, database: Database) -> None:
    rest = await left(gateway, database, FakePlatform(), LONG.replace("第", "办结"), **NEWS)
    assert "办结59条" not in rest[-1] and "第59条" in rest[-1] and "办结" in rest[0]


async def test_what_a_person_says_ends_it(gateway: Gateway, database: Database) -> None:
    assert await left(gateway, database, FakePlatform(), "您好，我来接着说。", by="person", name="李") == []
