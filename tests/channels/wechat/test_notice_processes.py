"""Notices sent by gateways as they really run: more than one, and killed between the call and its confirmation."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timezone
from pathlib import Path

import pytest
import yaml
from callback_helpers import AES_KEY, ORIGINAL, TOKEN
from callback_helpers import until as until_true
from platform_fake import APP_ID, SECRET, PlatformFake, running
from sqlalchemy import select

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from channel_helpers import GatewayProcess

from channels import windows
from foundation import outbox
from foundation.database import Database
from foundation.outbox import DELIVERED, HELD, NOTICE

pytestmark = [pytest.mark.slow, pytest.mark.mainly("postgresql")]

TEMPLATE = "/cgi-bin/message/template/send"
TABLE = {
    "application.decided": {
        "wechat": {"kind": "template", "template": "DECIDED", "data": {"thing1": "{title}", "phrase2": "{state}"}}
    }
}


@asynccontextmanager
async def gateways(
    database: Database, platform: PlatformFake, tmp_path: Path, count: int = 1
) -> AsyncIterator[list[GatewayProcess]]:
    file, loop = tmp_path / "templates.yml", asyncio.get_running_loop()
    file.write_text(yaml.safe_dump(TABLE), encoding="utf-8")
    account = {"APP_ID": APP_ID, "SECRET": SECRET, "TOKEN": TOKEN, "AES_KEY": AES_KEY, "ORIGINAL_ID": ORIGINAL,
               "API_BASE": platform.base, "TEMPLATES_FILE": str(file)}  # fmt: skip
    url = database.engine.url.render_as_string(hide_password=False)
    changes = {f"ZHENGWU_WECHAT_{name}": value for name, value in account.items()}
    made = [GatewayProcess(url, **changes) for _ in range(count)]
    try:
        await asyncio.gather(*(loop.run_in_executor(None, one.start) for one in made))
        yield made
    finally:
        for one in made:
            await loop.run_in_executor(None, one.__exit__, None, None, None)


def news(database: Database, *citizens: str) -> None:
    """Something has happened, and none of them may be written to."""
    notice = {"event": "application.decided", "values": {"title": "居住证办理", "state": "可以领取"}}
    now = datetime.now(timezone.utc)
    for citizen in citizens:
        with database.write() as tx:
            windows.close(tx, f"wechat:{citizen}", now)
            outbox.add(tx, f"wechat:{citizen}", "wechat", [{"text": "有新进展。", "custom": {"notice": notice}}], now)


def book(database: Database) -> list[tuple[str, str | None]]:
    table = outbox.outbox.c
    with database.read() as tx:
        return [tuple(row) for row in tx.execute(select(table.state, table.via).order_by(table.id))]


async def test_two_gateways_send_each_notice_once(database: Database, tmp_path: Path) -> None:
    citizens = [f"o{number}" for number in range(20)]
    async with running() as platform, gateways(database, platform, tmp_path, 2):
        news(database, *citizens)
        await until_true(lambda: book(database) == [(DELIVERED, NOTICE)] * 20, 60)
        await asyncio.sleep(1)
        assert Counter(body["touser"] for body in platform.sent(TEMPLATE)) == Counter(citizens)


async def test_killed_between_the_call_and_its_confirmation(database: Database, tmp_path: Path) -> None:
    """The platform has it, and nobody has written that down: it is sent once more, under the same id."""
    loop = asyncio.get_running_loop()
    async with running() as platform, gateways(database, platform, tmp_path) as [gateway]:
        platform.fail(TEMPLATE, 60.0)
        news(database, "oA")
        await until_true(lambda: platform.calls[TEMPLATE] == 1, 60)
        await loop.run_in_executor(None, gateway.kill)
        assert book(database) == [(HELD, NOTICE)]
        await loop.run_in_executor(None, gateway.start)
        await until_true(lambda: book(database) == [(DELIVERED, NOTICE)], 60)
        await asyncio.sleep(2)
        first, second = platform.sent(TEMPLATE)
        assert first == second and first["client_msg_id"]


async def test_an_orderly_end_confirms_what_is_being_sent(database: Database, tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    async with running() as platform, gateways(database, platform, tmp_path) as [gateway]:
        platform.fail(TEMPLATE, 1.0)
        news(database, "oA", "oB")
        await until_true(lambda: platform.calls[TEMPLATE] == 1, 60)
        await loop.run_in_executor(None, gateway.end)
        assert book(database)[0] == (DELIVERED, NOTICE) and platform.calls[TEMPLATE] == 1
        await loop.run_in_executor(None, gateway.start)
        await until_true(lambda: book(database) == [(DELIVERED, NOTICE)] * 2, 60)
        assert platform.calls[TEMPLATE] == 2
