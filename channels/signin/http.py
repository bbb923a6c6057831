"""JSON from the identity service: one deadline for the whole call, a bound on its size, no redirects."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from channels.signin.errors import Unreachable

DEADLINE = 5.0
"""Seconds, from the connection to the last byte."""
LARGEST = 256 * 1024
CONCURRENCY = 16


class Http:
    def __init__(self, deadline: float = DEADLINE) -> None:
        self._deadline = deadline
        self._session: aiohttp.ClientSession | None = None

    async def get(self, url: str) -> dict[str, Any]:
        """The JSON object at an address.

        Raises:
            Unreachable: there is none, for whatever reason.
        """
        status, found = await self._ask("GET", url)
        if status != 200:
            raise Unreachable(f"{_shown(url)}: HTTP status {status}")
        return found

    async def post(self, url: str, body: str, headers: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """POST a form; status (200 or 4xx) and JSON object of the answer. Raises Unreachable as `get`."""
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return await self._ask("POST", url, data=body, headers={**form, **headers})

    async def close(self) -> None:
        """Give up connections; the next call would open new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _ask(self, method: str, url: str, **options: Any) -> tuple[int, dict[str, Any]]:
        # What the HTTP library raises quotes addresses: it does not leave this module.
        what = ""
        try:
            async with self._client().request(method, url, allow_redirects=False, **options) as response:
                if response.status == 200 or 400 <= response.status < 500:
                    return response.status, await _object(response)
                what = f"HTTP status {response.status}"
        except asyncio.TimeoutError:
            what = f"no answer within {self._deadline:g} s"
        except (aiohttp.ClientError, OSError) as error:
            what = type(error).__name__
        except ValueError as error:
            what = str(error)
        raise Unreachable(f"{_shown(url)}: {what}") from None

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                # A new connection for each call: one on which an answer was too large may come back from the pool with
                # its reading stopped (aiohttp 3.9), and sign-ins are rare.
                connector=aiohttp.TCPConnector(limit=CONCURRENCY, force_close=True),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=self._deadline),
                headers={"Accept": "application/json"},
            )
        return self._session


async def _object(response: aiohttp.ClientResponse) -> dict[str, Any]:
    """Raises ValueError, saying what is wrong and nothing of what it says."""
    body = bytearray()
    async for piece in response.content.iter_chunked(1 << 14):
        body += piece
        if len(body) > LARGEST:
            raise ValueError(f"the answer is larger than {LARGEST} bytes")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ValueError(f"HTTP status {response.status} without a JSON object")
    return found


def _shown(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path}"
