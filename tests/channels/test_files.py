"""Downloads at the gateway: what published units name, under the names that they have for it, and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from datetime import datetime, timezone
from urllib.parse import quote

import aiohttp
import pytest
from channel_helpers import serving, settings_for

from foundation.database import Database
from knowledge_base.editing import attachments
from knowledge_base.model import Faq
from knowledge_base.store import releases

PDF = b"%PDF-1.7\n1 0 obj\n"
DIGEST = hashlib.sha256(PDF).hexdigest()
NAME = "居住证申请表（空白）.pdf"
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=timezone.utc)


@pytest.fixture
async def http(store: Database, url: str) -> AsyncIterator[aiohttp.ClientSession]:
    with store.write() as tx:
        attachments.keep(tx, PDF, NAME, "li", NOW)
    async with serving(settings_for(url), store) as address, aiohttp.ClientSession(address) as session:
        yield session


def save(store: Database, name: str = NAME, publish: bool = True) -> None:
    unit = Faq(id="x", question="问", answer="答", attachments=[{"title": "表", "digest": DIGEST, "name": name}])
    with store.write() as tx:
        releases.save_draft(tx, unit, "li", NOW)
        if publish:
            releases.publish(tx, "wang", "", NOW)


async def status(http: aiohttp.ClientSession, path: str) -> int:
    async with http.get(path) as response:
        return response.status


async def test_a_published_file_is_saved_and_never_opened(http: aiohttp.ClientSession, store: Database) -> None:
    save(store)
    for path in (f"/files/{DIGEST}/{quote(NAME)}", f"/files/{DIGEST}"):
        async with http.get(path) as response:
            assert response.status == 200 and await response.read() == PDF
            assert response.headers["Content-Type"] == "application/pdf"
            assert response.headers["Content-Disposition"] == f"attachment; filename*=UTF-8''{quote(NAME, safe='')}"
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert "default-src 'none'" in response.headers["Content-Security-Policy"]


async def test_a_file_of_a_draft_is_nobodys_yet(http: aiohttp.ClientSession, store: Database) -> None:
    path = f"/files/{DIGEST}/{quote(NAME)}"
    assert await status(http, path) == 404
    save(store, publish=False)
    assert await status(http, path) == await status(http, f"/files/{DIGEST}") == 404
    save(store)
    assert await status(http, path) == 200  # found as soon as it is published


async def test_a_file_has_only_the_names_that_units_gave_it(http: aiohttp.ClientSession, store: Database) -> None:
    save(store)
    for name in (
        "virus.exe",
        "x.html",
        f"{NAME}.exe",
        "..%2f..%2fetc%2fpasswd",
        "%00",
        "%0d%0aSet-Cookie:%20a=b",
        "%ff",
    ):
        assert await status(http, f"/files/{DIGEST}/{name}") in (400, 404), name
    save(store, "新表.pdf")
    assert await status(http, f"/files/{DIGEST}/{quote('新表.pdf')}") == 200
    assert await status(http, f"/files/{DIGEST}/{quote(NAME)}") == 200


@pytest.mark.parametrize(
    "path",
    [
        "", "/x", f"/{'0' * 64}", f"/{DIGEST.upper()}", f"/{DIGEST[:32]}", f"/{DIGEST}0", "/../health",
        "/%2e%2e/health", f"/{DIGEST}%00", f"/{DIGEST}/a/b", "/'; DROP TABLE attachments",
    ],
)  # fmt: skip
async def test_what_is_no_file_is_not_found(http: aiohttp.ClientSession, store: Database, path: str) -> None:
    save(store)
    assert await status(http, f"/files{path}") in (400, 404, 503)  # 503: /health, where the client went up a folder
