from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from channel_helpers import serving, settings_for

import channels.web
from foundation.database import Database
from foundation.errors import ConfigError

Http = aiohttp.ClientSession
SITE = "https://www.example.gov.cn"
TEMPLATES = Path(channels.web.__path__[0]) / "templates" / "widget"


@pytest.fixture
async def closed(store: Database, url: str) -> AsyncIterator[Http]:
    """A server that lets nobody embed the chat."""
    async with serving(settings_for(url), store) as address, Http(address) as session:
        yield session


@pytest.fixture
async def opened(store: Database, url: str) -> AsyncIterator[Http]:
    settings = settings_for(url, widget_origins=f"{SITE} https://*.b.gov.cn", office_name="某某'中心", hotline="12333")
    async with serving(settings, store) as address, Http(address) as session:
        yield session


async def test_the_frame_is_for_the_allowed_sites_alone(opened: Http) -> None:
    async with opened.get("/chat?embed=1") as response:
        policy = response.headers["Content-Security-Policy"]
        assert policy.endswith(f"; frame-ancestors {SITE} https://*.b.gov.cn")
        assert "default-src 'none'" in policy and "script-src 'self'" in policy
        assert "X-Frame-Options" not in response.headers
        assert 'id="embed"' in await response.text()


@pytest.mark.parametrize("path", ["/chat", "/chat?embed=0", "/chat?embed=11", "/chat?embed=", "/", "/nowhere?embed=1"])
async def test_nothing_else_may_be_framed(opened: Http, path: str) -> None:
    async with opened.get(path, allow_redirects=False) as response:
        assert response.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")
        assert response.headers["X-Frame-Options"] == "DENY"
        assert 'id="embed"' not in await response.text()


async def test_without_sites_nobody_may_embed(closed: Http) -> None:
    async with closed.get("/chat?embed=1") as response:
        assert response.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")
        assert response.headers["X-Frame-Options"] == "DENY"
    async with closed.get("/widget.js") as response:
        assert (await settings_in(response))["origins"] == "^(?!)"


async def test_the_script_is_for_every_site_and_kept_for_minutes(opened: Http) -> None:
    async with opened.get("/widget.js") as response:
        headers = response.headers
        assert response.status == 200 and headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "public, max-age=600"
        said = await settings_in(response)
    assert re.search(said["origins"], SITE) and re.search(said["origins"], "https://x.b.gov.cn")
    assert "12333" in said["words"]["failed"] and ":host" in said["style"]
    async with opened.get("/widget.js", headers={"If-None-Match": headers["ETag"]}) as response:
        assert response.status == 304 and await response.read() == b""
        assert response.headers["Cache-Control"] == headers["Cache-Control"]


async def settings_in(response: aiohttp.ClientResponse) -> dict[str, dict[str, str]]:
    said: dict[str, dict[str, str]] = json.loads(
        (await response.text()).strip().rpartition("})(")[2].removesuffix(");")
    )
    return said


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.js")), ids=lambda path: path.name)
def test_old_browsers_can_read_the_script(path: Path) -> None:
    code = re.sub(r"//.*", "", path.read_text(encoding="utf-8"))
    assert not re.search(r"=>|`|\b(const|let|class|async|await|yield) |\?\.|\?\?|\.\.\.", code)


async def test_a_malformed_site_stops_the_start(store: Database, url: str) -> None:
    with pytest.raises(ConfigError, match=r"ZHENGWU_WIDGET_ORIGINS.*www\.example\.gov\.cn/"):
        async with serving(settings_for(url, widget_origins=f"{SITE}/"), store):
            pass
