"""更多 and 敬老版 are for the channel, however they are said: typed, spoken, or by a button of the account's menu."""

from __future__ import annotations

from typing import Any

import pytest
from callback_helpers import Sent, WeChat, gateway, until
from sqlalchemy import select
from told_worker import Worker, brief

from channels.tables import preferences, reply_windows
from foundation.database import Database

LONG = "\n".join(f"第{number}条，{'材料' * 20}。" for number in range(1, 120))
WAYS: list[dict[str, Any]] = [
    {"kind": "voice", "MediaId": "m", "Recognition": "更多。"},
    {"kind": "event", "Event": "CLICK", "EventKey": "MORE"},
    {"kind": "event", "Event": "SCAN", "EventKey": "MORE", "Ticket": "t"},
]


@pytest.fixture(autouse=True)
def menu(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"MORE": "更多", "LARGE": "敬老版", "STANDARD": "退出敬老版", "HALLS": "办事大厅在哪里？"}
    monkeypatch.setattr("channels.wechat.events.button", said.get)
    monkeypatch.setattr("channels.wechat.events.scene", said.get)


def elderly(store: Database) -> list[bool]:
    with store.read() as tx:
        return list(tx.execute(select(preferences.c.elderly)).scalars())


async def told(wechat: WeChat, sent: Sent, fields: dict[str, Any]) -> str:
    """What the citizen reads next, in the answer or by the API."""
    before = len(sent.parts)
    given = wechat.reply(await wechat.push(wechat.fields(**fields)))
    await until(lambda: bool(given) or len(sent.parts) > before)
    return given or "".join(sent.texts()[before:])


@pytest.mark.parametrize("way", WAYS)
async def test_the_next_page(store: Database, way: dict[str, Any]) -> None:
    sent = Sent()
    with Worker(store, lambda text: [{"text": LONG}] if text == "长" else brief(text)) as worker:
        async with gateway(store, platform=sent) as wechat:
            await wechat.say("长")
            await until(lambda: "回复“更多”" in "".join(sent.texts()))
            page = await told(wechat, sent, way)
    assert worker.texts == ["长"] and "（接上）" in page and "第1条" not in page


async def test_large_print(store: Database) -> None:
    sent = Sent()
    with Worker(store, brief) as worker:
        async with gateway(store, platform=sent) as wechat:
            spoken = {"kind": "voice", "MediaId": "m", "Recognition": "请帮我换成敬老版。"}
            assert "已经换成敬老版" in await told(wechat, sent, spoken) and elderly(store) == [True]
            click = {"kind": "event", "Event": "CLICK"}
            assert "标准版" in await told(wechat, sent, {**click, "EventKey": "STANDARD"}) and elderly(store) == [False]
            assert "已经换成敬老版" in await told(wechat, sent, {**click, "EventKey": "LARGE"})
            assert elderly(store) == [True] and worker.texts == []


async def test_a_click_opens_the_window_of_a_click(store: Database) -> None:
    with Worker(store, brief):
        async with gateway(store) as wechat:
            await wechat.event("CLICK", EventKey="LARGE")
            await wechat.event("CLICK", EventKey="HALLS", FromUserName="oB")
    with store.read() as tx:
        rows = tx.execute(select(reply_windows.c.message_left, reply_windows.c.action_left)).all()
    assert [tuple(row) for row in rows] == [(0, 3), (0, 3)]


async def test_other_words_are_asked_as_ever(store: Database) -> None:
    with Worker(store, brief) as worker:
        async with gateway(store) as wechat:
            await wechat.push(wechat.fields("voice", MediaId="m", Recognition="还有吗"))
            await wechat.event("CLICK", EventKey="HALLS")
    assert worker.texts == ["还有吗", "办事大厅在哪里？"]
    assert worker.metadata[0]["voice"] is True and worker.metadata[1]["button"] == "HALLS"
