"""HTTP calls to a messaging platform: JSON out, JSON in, one deadline, and errors that say whether anything was sent.

Access tokens stand in the address of a call, so no error of the HTTP library leaves this module: their texts quote it.
"""

from __future__ import annotations

import asyncio
import json
import re
from types import SimpleNamespace
from typing import Any, NamedTuple, Protocol

import aiohttp
from yarl import URL

from channels.delivery.platform import Action, SendError
from foundation.errors import ConfigError

DEADLINE = 10.0
"""Seconds for one call, from its connection to the last byte of its answer."""
CONCURRENCY = 16
MOST_ANSWER = 1 << 20
_JSON = {"Content-Type": "application/json; charset=utf-8"}


class Reads(Protocol):
    """What channels.wechat.errors.Errors does for us."""

    @property
    def prefix(self) -> str:
        """The account's family of settings."""

    def error(self, call: str, code: int, errmsg: str = "") -> SendError:
        """The error for a code of the platform."""


class Answer(NamedTuple):
    status: int
    content_type: str
    body: bytes


class Calls:
    """The interface of one platform at one base address."""

    def __init__(self, base: str, errors: Reads, *, deadline: float = DEADLINE, concurrency: int = CONCURRENCY) -> None:
        self._base, self._errors = base.rstrip("/"), errors
        self._deadline, self._concurrency = deadline, concurrency
        self._room = asyncio.Semaphore(concurrency)
        self._session: aiohttp.ClientSession | None = None
        self._setting = f"{errors.prefix}_API_BASE"
        url = URL(self._base)
        if url.scheme not in ("http", "https") or not url.host:
            raise ConfigError(f"{self._setting} must be an address such as https://api.weixin.qq.com")

    async def get(self, path: str, **params: str) -> dict[str, Any]:
        """GET and decode.

        Raises:
            SendError: also for an `errcode` other than 0.
        """
        return self.decode(path, await self.fetch("GET", path, params=params))

    async def post(self, path: str, body: dict[str, Any], **params: str) -> dict[str, Any]:
        """POST a JSON body and decode the answer.

        Raises:
            SendError: also for an `errcode` other than 0.
        """
        return self.decode(path, await self.fetch("POST", path, params=params, data=encode(body), headers=_JSON))

    async def fetch(self, method: str, path: str, *, most: int = MOST_ANSWER, **options: Any) -> Answer:
        """The answer to one request, at most `most` bytes of it.

        Args:
            path: below the base address, or an address of its own.

        Raises:
            SendError: RETRY where nothing had been sent, UNKNOWN where the platform may have acted on it.
        """
        progress = SimpleNamespace(sent=False)
        url = path if path.startswith(("http://", "https://")) else self._base + path
        options |= {"allow_redirects": False, "trace_request_ctx": progress}
        what, action = "", None
        try:
            async with self._room, self._client().request(method, url, **options) as response:
                body = await _read(response, most)
                if body is not None:
                    return Answer(response.status, response.content_type, body)
                response.close()  # the next call must not come upon what was left of it
            what, action = f"the answer is larger than {most} bytes", Action.DROP
        except aiohttp.ClientConnectorCertificateError:
            what = f"the server's certificate is not trusted; check {self._setting} and this machine's clock"
            action = Action.BROKEN
        except asyncio.TimeoutError:
            what = f"no answer within {self._deadline:g} s"
        except (aiohttp.ClientError, OSError) as error:
            what = type(error).__name__
        # Raised out here and from nothing: it must not drag along the library's error, and with it the address.
        action = action or (Action.UNKNOWN if progress.sent else Action.RETRY)
        raise SendError(0, action, f"{_shown(path)}: {what}") from None

    def decode(self, path: str, answer: Answer) -> dict[str, Any]:
        """The JSON object of an answer.

        Raises:
            SendError: there is none, or its `errcode` is not 0.
        """
        if 300 <= answer.status < 500:
            busy = answer.status in (408, 425, 429)
            cure = "" if busy else f"; check {self._setting}"
            action = Action.RETRY if busy else Action.BROKEN
            raise SendError(0, action, f"{_shown(path)}: HTTP status {answer.status}{cure}")
        found = _object(answer.body)
        if answer.status >= 500 or found is None:
            raise SendError(0, Action.UNKNOWN, f"{_shown(path)}: HTTP status {answer.status} without JSON")
        code = found.get("errcode", 0)
        if code != 0:
            known = code if isinstance(code, int) else 0
            raise self._errors.error(_shown(path), known, str(found.get("errmsg", "")))
        return found

    async def close(self) -> None:
        """Give up connections; the next call would open new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            trace = aiohttp.TraceConfig()
            trace.on_request_headers_sent.append(_sent)  # type: ignore[arg-type]  # aiohttp 3.9 misstates its signals
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._concurrency),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=self._deadline),
                trace_configs=[trace],
            )
        return self._session


def encode(body: dict[str, Any]) -> bytes:
    """UTF-8 JSON without a single escape of the form that WeChat refuses (errcode 40033: no `\\u` in a body).

    Characters that JSON could only escape are taken out of the texts, and halves of surrogate pairs become U+FFFD.
    """
    return json.dumps(_plain(body), ensure_ascii=False, separators=(",", ":")).encode()


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_HALF = re.compile(r"[\ud800-\udfff]")


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        value = _HALF.sub("\ufffd", _CONTROL.sub("", value))
        return value.replace("\\u", "＼u")  # somebody typed it so; the platform would look no closer
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body.decode("utf-8", "replace"), strict=False)  # nicknames hold raw control characters
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


async def _read(response: aiohttp.ClientResponse, most: int) -> bytes | None:
    """The body; None when it is longer."""
    body = bytearray()
    async for piece in response.content.iter_chunked(1 << 16):
        body += piece
        if len(body) > most:
            return None
    return bytes(body)


async def _sent(session: aiohttp.ClientSession, context: SimpleNamespace, params: Any) -> None:
    """aiohttp calls this just before the first byte goes out."""
    context.trace_request_ctx.sent = True


def _shown(path: str) -> str:
    """A call for an error's text; of a foreign address the host only."""
    return str(URL(path).host) if path.startswith(("http://", "https://")) else path
