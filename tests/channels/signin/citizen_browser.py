"""A citizen's browser, as far as a sign-in needs one: cookies for our gateway, redirects one by one, links of pages."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp


@dataclass
class Seen:
    url: str
    status: int
    headers: Any
    text: str

    @property
    def digits(self) -> str | None:
        found = re.search(r'class="digits">(\d{3}) (\d{3})<', self.text)
        return found and found[1] + found[2]

    @property
    def link(self) -> str | None:
        """The page's button."""
        found = re.search(r'class="button" href="([^"]+)"', self.text)
        return found and unescape(found[1])

    @property
    def title(self) -> str:
        found = re.search(r"<h1>(.*?)</h1>", self.text)
        return found[1] if found else ""


class Browser:
    def __init__(self, gateway: str, http: aiohttp.ClientSession) -> None:
        self.gateway, self._http = gateway, http

    async def get(self, address: str) -> Seen:
        """One page, without following a redirect."""
        url = urljoin(self.gateway, address)
        async with self._http.get(url, allow_redirects=False, headers={"Accept": "text/html"}) as response:
            return Seen(url, response.status, response.headers, await response.text())

    async def follow(self, address: str, until: str | None = None) -> Seen:
        """As a browser does, over all redirects; or to the last address before the path `until`."""
        seen = await self.get(address)
        while seen.status in (301, 302, 303):
            onward = urljoin(seen.url, seen.headers["Location"])
            if until is not None and urlsplit(onward).path == until:
                return Seen(onward, 0, {}, "")
            seen = await self.get(onward)
        return seen

    async def post(self, path: str, session: object, origin: str | None = "", **fields: Any) -> tuple[int, Any]:
        """What a script of the chat page posts; `origin` "" is the page's own."""
        headers = {} if origin is None else {"Origin": origin or self.gateway}
        body = {"session": session, **fields}
        async with self._http.post(f"{self.gateway}{path}", json=body, headers=headers) as response:
            return response.status, await response.json()

    async def address(self, session: str) -> str:
        status, answer = await self.post("/chat/signin", session)
        assert status == 200, answer
        address: str = answer["address"]
        return address


@asynccontextmanager
async def browsing(gateway: str) -> AsyncIterator[Browser]:
    """A browser of its own."""
    jar = aiohttp.CookieJar(unsafe=True)  # it would keep none of an address of numbers
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        yield Browser(gateway, http)


NewBrowser = Callable[[], Awaitable[Browser]]
