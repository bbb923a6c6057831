from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from datetime import datetime, timedelta, timezone

import aiohttp
import pytest
from channel_helpers import KEY, ROOT, FakeWorker, GatewayProcess, serving, settings_for
from sqlalchemy import insert

from channels import readiness
from foundation import heartbeat
from foundation.cipher import Cipher
from foundation.database import Database
from foundation.inbox import Inbox, Incoming
from knowledge_base.store.tables import releases

Http = aiohttp.ClientSession


@pytest.fixture
async def http(store: Database, url: str) -> AsyncIterator[Http]:
    async with serving(settings_for(url), store) as address, Http(address) as session:
        yield session


def beat(store: Database, age: float = 0, name: str = "w", **detail: object) -> None:
    with store.write() as tx:
        heartbeat.beat(tx, name, heartbeat.WORKER, detail, datetime.now(timezone.utc) - timedelta(seconds=age))


async def test_not_ready_without_a_worker(http: Http, store: Database) -> None:
    beat(store, age=60)
    async with http.get("/health") as response:
        assert response.status == 503 and "worker" in (await response.json())["reason"]
    async with http.get("/") as response:
        page = await response.text()
        assert response.status == 503 and "正在启动" in page and response.headers["Refresh"]


async def test_ready(http: Http, store: Database) -> None:
    beat(store)
    async with http.get("/health") as response:
        assert (response.status, await response.json()) == (200, {"status": "ok"})
    async with http.get("/", allow_redirects=False) as response:
        assert response.status == 302 and response.headers["Location"] == "/chat"


async def test_it_says_when_a_worker_goes_on_with_less(http: Http, store: Database) -> None:
    beat(store, degraded=False)
    beat(store, name="w2", degraded=True)
    async with http.get("/health") as response:
        said = await response.json()
        assert (response.status, said["status"]) == (200, "ok") and "encoder" in said["degraded"]
    async with http.get("/metrics") as response:
        assert "zhengwu_workers_degraded 1.0" in await response.text()


async def test_it_says_when_a_worker_does_not_follow_the_releases(http: Http, store: Database) -> None:
    now = datetime.now(timezone.utc)
    with store.write() as tx:
        for number, age in ((1, 3600), (2, 40), (3, 5)):
            row = {
                "number": number,
                "created_at": now - timedelta(seconds=age),
                "account": "a",
                "note": "",
                "detail": {},
            }
            tx.execute(insert(releases).values(row))
    for told, behind in ((3, 0), (2, 0), (1, 1)):  # the newest is too new for that
        beat(store, degraded=False, release=told)
        await asyncio.sleep(readiness.KEPT * 1.2)
        async with http.get("/health") as response:
            said = await response.json()
            assert (response.status, said["status"], "release" in said.get("degraded", "")) == (200, "ok", bool(behind))
        async with http.get("/metrics") as response:
            assert f"zhengwu_workers_degraded {behind}.0" in await response.text()


async def test_health_answers_though_the_database_does_not(
    http: Http, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    beat(store)
    asked, back = [], threading.Event()

    def hangs(*_: object) -> bool:
        asked.append(1)
        back.wait(30)
        return True

    monkeypatch.setattr(readiness, "PATIENCE", 0.1)
    monkeypatch.setattr(readiness, "is_current", hangs)
    try:
        for _ in range(5):
            async with http.get("/health") as response:
                assert response.status == 503 and "in time" in (await response.json())["reason"]
        async with http.get("/metrics") as response:
            text = await response.text()
            assert "zhengwu_ready 0.0" in text and "zhengwu_inbox_waiting NaN" in text
        assert len(asked) == 1, "it is asked once, however often we are"
    finally:
        back.set()
    while True:
        async with http.get("/health") as response:
            if response.status == 200:
                break
    async with http.get("/metrics") as response:
        text = await response.text()
        assert "zhengwu_ready 1.0" in text and "zhengwu_inbox_waiting 0.0" in text


async def test_what_waits_is_told_while_no_worker_is_there(http: Http, store: Database) -> None:
    with store.write() as tx:
        Inbox(Cipher(bytes.fromhex(KEY))).accept(tx, Incoming("rest:a", "rest", "问"), datetime.now(timezone.utc))
    async with http.get("/metrics") as response:
        text = await response.text()
        assert "zhengwu_ready 0.0" in text and "zhengwu_inbox_waiting 1.0" in text


async def test_not_ready_without_tables(tmp_path: object) -> None:
    url = f"sqlite:///{tmp_path}/empty.db"
    async with serving(settings_for(url), Database(url)) as address, Http(address) as http:
        async with http.get("/health") as response:
            assert response.status == 503 and "zhengwu db upgrade" in (await response.json())["reason"]
        async with http.post("/webhooks/rest/webhook", json={"sender": "a", "message": "x"}) as response:
            assert response.status == 503 and "error" in await response.json()


async def test_errors_are_json_for_programs_and_a_page_for_people(http: Http) -> None:
    async with http.get("/nowhere") as response:
        assert response.status == 404 and list(await response.json()) == ["error"]
    async with http.get("/nowhere", headers={"Accept": "text/html"}) as response:
        page = await response.text()
        assert response.status == 404 and "没有这个页面" in page and "/chat" in page
    async with http.post("/chat") as response:
        assert response.status == 405
    async with http.get("/chat/static/../server.py") as response:
        assert response.status == 404
    async with http.get("/chat/static/%2e%2e/page.py") as response:
        assert response.status in (400, 403, 404)


@pytest.mark.parametrize(
    "path", ["/model", "/model/parse", "/status", "/version", "/conversations/x/tracker", "/domain"]
)
async def test_rasas_own_api_is_not_there(http: Http, path: str) -> None:
    async with http.get(path) as response:
        assert response.status == 404


@pytest.mark.parametrize("path", ["/", "/chat", "/chat/static/chat.js", "/nowhere", "/health"])
async def test_every_answer_keeps_browsers_strict(http: Http, path: str) -> None:
    async with http.get(path) as response:
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "http:" not in policy
        assert response.headers["X-Frame-Options"] == "DENY"
        assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_the_page_needs_nothing_from_outside(http: Http) -> None:
    async with http.get("/chat") as response:
        page = await response.text()
    assert "http://" not in page and "https://" not in page
    for path in ("chat.js", "chat.css", "print.js", "seal.svg"):
        assert f"/chat/static/{path}" in page
        async with http.get(f"/chat/static/{path}") as response:
            assert response.status == 200
    async with http.get("/widget.js") as response:
        assert response.status == 200 and "javascript" in response.headers["Content-Type"]


async def test_metrics(http: Http, store: Database) -> None:
    with FakeWorker(store):
        await (await http.post("/webhooks/rest/webhook", json={"sender": "secret-name", "message": "x"})).read()
        await (await http.post("/webhooks/rest/webhook", json={"sender": "secret-name", "message": ""})).read()
    async with http.get("/metrics") as response:
        text = await response.text()
    assert 'zhengwu_messages_total{channel="rest"}' in text
    assert "zhengwu_reply_seconds_bucket" in text and "secret-name" not in text


@pytest.mark.slow
def test_no_model_machinery_is_loaded() -> None:
    code = (
        "import sys; import channels.server; "
        "print([m for m in ('tensorflow', 'rasa.core.agent', 'sklearn', 'rasa.nlu') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.slow
async def test_it_stops_in_a_few_seconds_with_open_connections(url: str, store: Database) -> None:
    with GatewayProcess(url) as gateway:
        async with Http(gateway.address) as http, http.ws_connect("/chat/socket") as ws:
            await ws.send_json({"type": "hello", "session": None, "last_seen": 0})
            await ws.receive_json()
            pending = asyncio.create_task(http.post("/webhooks/rest/webhook", json={"sender": "a", "message": "x"}))
            await asyncio.sleep(0.5)
            assert await asyncio.to_thread(gateway.end) < 8
            await asyncio.gather(pending, return_exceptions=True)
    with FakeWorker(store) as worker:  # what was accepted is not lost
        for _ in range(200):
            if worker.texts:
                break
            await asyncio.sleep(0.02)
    assert worker.texts == ["x"]


@pytest.mark.slow
async def test_a_message_survives_a_killed_gateway(url: str, store: Database) -> None:
    message = {"sender": "a", "message": "x", "message_id": "m1"}
    gateway = GatewayProcess(url)
    with gateway:
        async with Http(gateway.address) as http:
            pending = asyncio.create_task(http.post("/webhooks/rest/webhook", json=message))
            await asyncio.sleep(0.5)
            gateway.kill()
            await asyncio.gather(pending, return_exceptions=True)
    with gateway, FakeWorker(store) as worker:
        async with Http(gateway.address) as http, http.post("/webhooks/rest/webhook", json=message) as response:
            assert (await response.json())[0]["text"] == "答：x"
    assert worker.texts == ["x"]


@pytest.mark.slow
def test_a_missing_key_is_named(url: str) -> None:
    code = "from channels.server import serve; from foundation.settings import load_settings; serve(load_settings())"
    env = {**os.environ, "ZHENGWU_SECRET_KEY": KEY[:10], "ZHENGWU_DATABASE_URL": url}
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True)
    assert result.returncode != 0 and "ZHENGWU_SECRET_KEY" in result.stderr
