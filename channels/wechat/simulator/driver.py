"""Posts callbacks to the gateway as the platform does: five seconds to answer, three times in all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

import aiohttp

from channels.wechat.simulator.accounts import Account
from channels.wechat.simulator.callbacks import Sealed, handshake, query, seal
from channels.wechat.simulator.people import Person
from channels.wechat.simulator.platform import Platform
from channels.wechat.simulator.records import Attempt, Posted
from channels.wechat.simulator.replies import read
from channels.wechat.simulator.words import word
from foundation.clock import Clock

PATIENCE = 5.0
ATTEMPTS = 3
UNSEEN = {"unsubscribe", "LOCATION", "VIEW", "view_miniprogram", "TEMPLATESENDJOBFINISH", "subscribe_msg_sent_event"}
"""Events after which the user waits for nothing."""
QUOTED = 2000


class Driver:
    def __init__(self, platform: Platform, gateway: str, stamps: Clock, patience: float = PATIENCE) -> None:
        """
        Args:
            gateway: its address, such as http://127.0.0.1:5005.
            stamps: what signatures are dated by; the gateway compares them with its own clock.
            patience: seconds that an answer may take.
        """
        self.gateway = gateway
        self.patience = patience
        self._platform, self._stamps = platform, stamps
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar()
        )

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def in_background(self, work: Coroutine[Any, Any, Any]) -> None:
        """Do it without being waited for; given up by `stop`."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def post(self, account: Account, person: Person, fields: dict[str, Any]) -> Posted:
        """Post a callback until it is received, and show the person what comes of it."""
        records = self._platform.records
        kind = str(fields.get("Event") or fields.get("MsgType"))
        posted = Posted(records.number(), account.channel, person.name, kind, fields)
        records.posted.append(posted)
        records.mark()
        sealed = seal(account, fields)
        for _ in range(ATTEMPTS):
            attempt = await self.attempt(account, person, posted, sealed)
            if attempt.outcome in ("acknowledged", "message", "fault"):
                break
        posted.done = True
        if attempt.outcome not in ("acknowledged", "message"):
            self._disappoint(account, person, kind)
        records.mark()
        return posted

    async def attempt(self, account: Account, person: Person, posted: Posted, sealed: Sealed) -> Attempt:
        """One POST; what it brought is noted in `posted`, and a message in answer shown to the person."""
        at, began = self._platform.clock.now(), time.monotonic()
        status, body, outcome, why = 0, b"", "failed", ""
        try:
            status, body = await self._send(account, person.name, sealed)
        except asyncio.TimeoutError:
            outcome, why = "late", word("why.late", seconds=f"{self.patience:g}")
        except (aiohttp.ClientError, OSError) as error:
            why = word("why.connection", error=type(error).__name__)
        seconds = time.monotonic() - began
        if status == 200:
            verdict = read(account, person.name, body, self._platform.media)
            outcome, why = verdict.outcome, verdict.why
            if shown := verdict.shown:
                posted.passive = person.show(shown.kind, shown.text, "passive", media_id=shown.media_id)
        elif status:
            why = f"HTTP {status}"
        said = body[:QUOTED].decode("utf-8", "replace")
        found = Attempt(at, seconds, status, outcome, why, said)
        posted.attempts.append(found)
        self._platform.records.mark()
        return found

    async def verify(self, account: Account) -> str:
        """Check the address as the platform does when it is entered there; why it is refused, or ""."""
        asked, expected = handshake(account, self._stamp())
        try:
            async with self._open().get(
                self.gateway + account.webhook, params=asked, timeout=self._deadline()
            ) as response:
                body = await response.read()
        except asyncio.TimeoutError:
            return word("why.late", seconds=f"{self.patience:g}")
        except (aiohttp.ClientError, OSError) as error:
            return word("why.connection", error=type(error).__name__)
        if response.status != 200:
            return f"HTTP {response.status}"
        return "" if body == expected.encode() else word("why.echo")

    async def _send(self, account: Account, sender: str, sealed: Sealed) -> tuple[int, bytes]:
        async with self._open().post(
            self.gateway + account.webhook,
            params=query(account, sealed.encrypted, self._stamp(), sender),
            data=sealed.body,
            headers={"Content-Type": sealed.content_type, "User-Agent": "Mozilla/4.0"},
            timeout=self._deadline(),
            allow_redirects=False,
        ) as response:
            return response.status, await response.read()

    def _disappoint(self, account: Account, person: Person, kind: str) -> None:
        """Only the chat with an official account tells its user that no proper answer came."""
        if account.channel == "wechat" and kind not in UNSEEN:
            person.tell(word("fault"))

    def _deadline(self) -> aiohttp.ClientTimeout:
        """Exactly `patience`: aiohttp would round five seconds and more up to whole ones."""
        return aiohttp.ClientTimeout(total=self.patience, ceil_threshold=self.patience + 1)

    def _stamp(self) -> int:
        return int(self._stamps.now().timestamp())

    def _open(self) -> aiohttp.ClientSession:
        assert self._session is not None, "start() comes first"
        return self._session
