"""News of an application through the real gateway: while the citizen may be written to, and when not any more."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml
from simulator_helpers import settings
from sqlalchemy import select, update

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from channel_helpers import Bodies, FakeWorker, answer, free_port, serving

from channels.delivery import loop as loops
from channels.tables import reply_windows
from channels.wechat.simulator import Simulator
from channels.wechat.simulator.users import User
from foundation import outbox
from foundation.database import Database
from foundation.errors import ConfigError
from foundation.outbox import DELIVERED, HELD, NOTICE

TEXT = "您的“居住证办理”（SLS2****0087）有新进展。"
NOTICE_BODY = {
    "event": "application.decided",
    "values": {"title": "居住证办理", "number": "SLS2****0087", "state": "可以领取"},
}
SENDS = {"wechat": "/cgi-bin/message/template/send", "miniprogram": "/cgi-bin/message/subscribe/send"}
TABLE = {
    "application.decided": {
        "wechat": {
            "kind": "template",
            "template": "DECIDED",
            "data": {"thing1": "{title}", "character_string2": "{number}", "phrase3": "{state}"},
        },
        "miniprogram": {"template": "DECIDED", "data": {"thing1": "{title}", "phrase2": "{state}"}},
    },
    "reply.waiting": {
        channel: {"template": "WAITING", "data": {"thing1": "{office}"}} for channel in ("wechat", "miniprogram")
    },
}


@asynccontextmanager
async def city(store: Database, tmp_path: Path, table: Any = TABLE) -> AsyncIterator[Simulator]:
    port, file = free_port(), tmp_path / "templates.yml"
    file.write_text(yaml.safe_dump(table, allow_unicode=True), encoding="utf-8")
    here = {f"{kind}_api_base": f"http://127.0.0.1:{port}" for kind in ("wechat", "miniprogram", "wecom")}
    url = store.engine.url.render_as_string(hide_password=False)
    configured = settings(database_url=url, rate_limit=0, wechat_templates_file=file, **here)
    with FakeWorker(store, lambda text: [{"text": f"答：{text}", "custom": {"answer": answer()}}]):
        async with serving(configured, store) as address, Simulator(configured, address, port=port) as simulator:
            yield simulator


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "NOTICES", 0.1)


def news(store: Database, citizen: User) -> None:
    """The worker has found something out."""
    bodies: Bodies = [{"text": TEXT, "custom": {"answer": answer(kind="status"), "notice": NOTICE_BODY}}]
    with store.write() as tx:
        conversation = tx.execute(select(outbox.outbox.c.conversation).limit(1)).scalar_one()
        outbox.add(tx, conversation, citizen.account.channel, bodies, datetime.now(timezone.utc))


async def wrote_long_ago(store: Database, citizen: User, who_knows: str) -> None:
    """The citizen asked something, and may not be written to any more: we know it, or only the platform does."""
    await citizen.say("你好")
    await citizen.messages(1)
    await state(store, DELIVERED)
    citizen.person.windows.close()
    if who_knows == "both":
        with store.write() as tx:
            tx.execute(update(reply_windows).values(message_left=0, action_left=0))


async def state(store: Database, wanted: str) -> tuple[str, str | None]:
    """The newest reply's state and way, as soon as it is in this state."""
    table = outbox.outbox.c
    for _ in range(400):
        with store.read() as tx:
            row = tx.execute(select(table.state, table.via).order_by(table.id.desc()).limit(1)).first()
        if row is not None and row.state == wanted:
            return row.state, row.via
        await asyncio.sleep(0.05)
    raise AssertionError(f"it does not become {wanted}: {row}")


def said(citizen: User) -> str:
    """All that was said to the citizen; what was held and what is new may come in one message."""
    return "\n".join(line.text for line in citizen.shown)


def kinds(citizen: User) -> list[str]:
    return [line.kind for line in citizen.shown]


@pytest.mark.parametrize("channel", ["wechat", "miniprogram", "wecom", "wecom-kf"])
async def test_while_the_window_is_open_it_is_a_message(store: Database, tmp_path: Path, channel: str) -> None:
    async with city(store, tmp_path) as wechat:
        citizen = wechat.user("oA", channel)
        await citizen.say("你好")
        await citizen.messages(1)
        news(store, citizen)
        _, told = await citizen.messages(2)
        assert "居住证办理" in told.text and told.kind == "text" and told.how == "api"


@pytest.mark.parametrize("who_knows", ["both", "platform"])
@pytest.mark.parametrize("channel", ["wechat", "miniprogram"])
async def test_outside_it_is_a_notice_where_granted(
    store: Database, tmp_path: Path, channel: str, who_knows: str
) -> None:
    async with city(store, tmp_path) as wechat:
        citizen = wechat.user("oA", channel)
        await wrote_long_ago(store, citizen, who_knows)
        news(store, citizen)
        assert await state(store, DELIVERED) == (DELIVERED, NOTICE)
        await asyncio.sleep(0.5)
        assert kinds(citizen) == ["text", "template"] and wechat.platform.records.counts[SENDS[channel]] == 1
        assert "居住证办理" in citizen.shown[-1].text and "可以领取" in citizen.shown[-1].text
        [body] = [one["body"] for one in wechat.platform.records.sent if one["path"] == SENDS[channel]]
        assert body["touser"] == "oA" and body["template_id"] == "DECIDED"
        await citizen.say("你好")
        await citizen.messages(3)
        await asyncio.sleep(0.5)
        assert "新进展" not in said(citizen), "it has been told"


@pytest.mark.parametrize("who_knows", ["both", "platform"])
@pytest.mark.parametrize("channel", ["wechat", "miniprogram"])
async def test_outside_and_not_granted_it_is_given_when_the_citizen_writes(
    store: Database, tmp_path: Path, channel: str, who_knows: str
) -> None:
    async with city(store, tmp_path) as wechat:
        citizen = wechat.user("oA", channel)
        citizen.person.refuses |= {"DECIDED", "WAITING"}
        await wrote_long_ago(store, citizen, who_knows)
        news(store, citizen)
        assert await state(store, HELD) is not None
        await asyncio.sleep(1.0)
        assert kinds(citizen) == ["text"] and wechat.platform.records.counts[SENDS[channel]] == 1
        await citizen.say("办好了吗")
        await wechat.platform.records.until(lambda: "答：办好了吗" in said(citizen), 15)
        assert said(citizen).count("有新进展") == said(citizen).count("答：办好了吗") == 1
        assert said(citizen).index("有新进展") < said(citizen).index("答：办好了吗")


async def test_that_a_reply_waits_is_told_once(store: Database, tmp_path: Path) -> None:
    async with city(store, tmp_path) as wechat:
        citizen = wechat.user("oA")
        await wrote_long_ago(store, citizen, "both")
        for text in ("一", "二"):
            with store.write() as tx:
                outbox.add(tx, "wechat:oA", "wechat", [{"text": text}], datetime.now(timezone.utc))
        await citizen.messages(2)
        await asyncio.sleep(0.8)
        assert kinds(citizen) == ["text", "template"] and "示例市政务服务中心" in citizen.shown[-1].text


async def test_without_a_table_it_is_held_as_ever(store: Database, tmp_path: Path) -> None:
    async with city(store, tmp_path, {}) as wechat:
        citizen = wechat.user("oA")
        await wrote_long_ago(store, citizen, "both")
        news(store, citizen)
        assert await state(store, HELD) == (HELD, None)


async def test_a_malformed_table_stops_the_gateway_with_its_place(store: Database, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"application\.decided\.wechat"):
        async with city(store, tmp_path, {"application.decided": {"wechat": {"template": "T"}}}):
            pass
