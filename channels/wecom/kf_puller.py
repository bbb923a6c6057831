"""Reads what customers of 微信客服 wrote. A callback only says that there is something; the messages are fetched.

One process at a time reads an account. Where it has got to is stored when a page has been dealt with, never before: a
page that was cut short is read again, and the inbox knows its messages by their msgid.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta, timezone
from typing import Any

from channels import metrics
from channels.delivery.platform import SendError
from channels.refused import Refused
from channels.wecom.cursors import SPAN, Cursors, Place
from channels.wecom.kf_api import KfApi, Page
from foundation.clock import Clock
from foundation.errors import LeaseLost
from foundation.leases import Lease

log = logging.getLogger(__name__)

Handle = Callable[[dict[str, Any]], Awaitable[None]]

EVERY = 60.0
"""Seconds after which an account is looked into without a callback: one may have been lost."""
OLD = timedelta(minutes=5)
"""At an account's first reading the platform gives the last three days. What was written longer before is not
answered any more."""
TOKEN_LASTS = 9 * 60.0
"""Seconds; the platform's limit is ten minutes."""
BAD_TOKEN = 95007
MOST_EMPTY = 20
"""So many empty pages in a row that do not move on, and reading ends until the next call."""


class Account:
    """One customer service account, while this process lives."""

    def __init__(self, open_kfid: str) -> None:
        self.open_kfid = open_kfid
        self.called = asyncio.Event()
        self._token, self._token_at = "", 0.0

    def call(self, token: str) -> None:
        if token:
            self._token, self._token_at = token, time.monotonic()
        self.called.set()

    def token(self) -> str:
        """The last callback's, while it is valid."""
        return self._token if time.monotonic() - self._token_at < TOKEN_LASTS else ""

    def forget_token(self) -> None:
        self._token = ""


class KfPuller:
    def __init__(
        self,
        api: KfApi,
        cursors: Cursors,
        handle: Handle,
        clock: Clock,
        *,
        every: float = EVERY,
        first_pause: float = 1.0,
    ) -> None:
        """`handle` deals with one message or event, and is called again with the same one after a failure."""
        self._api, self._cursors, self._handle, self._clock = api, cursors, handle, clock
        self._every, self._first_pause = every, first_pause
        self._accounts: dict[str, Account] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Look into all known accounts now and then. Call it inside the event loop."""
        self._run(self._look())

    async def stop(self) -> None:
        """Stop reading; a page that is under way is read again later."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def wake(self, open_kfid: str, token: str = "") -> None:
        """An account has something new; returns at once."""
        account = self._accounts.get(open_kfid)
        if account is None:
            account = self._accounts[open_kfid] = Account(open_kfid)
            self._run(self._serve(account))
        account.call(token)

    async def pull(self, account: Account) -> None:
        """Read an account to its end.

        Raises:
            SendError: the platform does not give its messages.
            Refused: the database does not take them.
            LeaseLost: another process reads it.
        """
        lease = await self._enter(account.open_kfid)
        keeping = asyncio.create_task(self._keep(account.open_kfid))
        try:
            await self._read(account, lease)
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
            await asyncio.shield(self._cursors.leave(lease))

    async def _read(self, account: Account, lease: Lease) -> None:
        place = await self._cursors.place(account.open_kfid)
        cursor, empty = place.cursor, 0
        while True:
            page = await self._page(account, cursor)
            await self._deal_with(page, place)
            empty = 0 if page.messages or page.cursor != cursor else empty + 1
            cursor = page.cursor
            # A first reading counts as begun until its end, so that it begins anew with the same `since`.
            if cursor and (place.cursor or not page.more):
                await self._cursors.reached(lease, account.open_kfid, cursor)
            if not page.more or empty >= MOST_EMPTY:
                return

    async def _serve(self, account: Account) -> None:
        pause = self._first_pause
        while True:
            await account.called.wait()
            account.called.clear()
            try:
                await self.pull(account)
                pause = self._first_pause
                continue
            except (SendError, Refused, LeaseLost) as error:
                log.warning("messages of a 微信客服 account could not be read; again in %.0f s: %s", pause, error)
            except Exception:
                log.exception("messages of a 微信客服 account could not be read; again in %.0f s", pause)
            account.called.set()
            await asyncio.sleep(pause)
            pause = min(2 * pause, self._every)

    async def _look(self) -> None:
        """Call all accounts at once, and then every one that nobody has looked into for a while."""
        before = self._clock.now()
        while True:
            try:
                for open_kfid in await self._cursors.unread(before):
                    self.wake(open_kfid)
            except Refused as error:
                log.warning("the accounts of 微信客服 could not be listed: %s", error)
            await asyncio.sleep(self._every)
            before = self._clock.now() - timedelta(seconds=self._every * 0.9)

    async def _enter(self, open_kfid: str) -> Lease:
        """Wait until nobody else reads: who does may be past the page on which the new message stands."""
        while True:
            lease = await self._cursors.enter(open_kfid)
            if lease is not None:
                return lease
            await asyncio.sleep(0.5)

    async def _page(self, account: Account, cursor: str) -> Page:
        token = account.token()
        try:
            return await self._api.sync(account.open_kfid, cursor, token)
        except SendError as error:
            if error.code != BAD_TOKEN or not token:
                raise
        account.forget_token()
        return await self._api.sync(account.open_kfid, cursor)

    async def _deal_with(self, page: Page, place: Place) -> None:
        first = place.since - OLD if not place.cursor else None
        for message in page.messages:
            if first is not None and _sent_at(message) < first:
                metrics.kf_skipped.labels("old").inc()
                continue
            try:
                await self._handle(message)
            except Refused as refused:
                if refused.status == 503:
                    raise
                metrics.kf_skipped.labels("refused").inc()
            except SendError:
                raise
            except Exception:  # one message that we cannot take must not hold up all that follow
                log.exception("a message of 微信客服 could not be dealt with and is left out")
                metrics.kf_skipped.labels("failed").inc()

    async def _keep(self, open_kfid: str) -> None:
        """Prolong the right to read. Where that fails another may begin, and `reached` will say so."""
        while True:
            await asyncio.sleep(SPAN.total_seconds() / 3)
            with contextlib.suppress(Refused):
                await self._cursors.enter(open_kfid)

    def _run(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _sent_at(message: dict[str, Any]) -> datetime:
    """When a message was written; one that does not say so counts as old as can be."""
    try:
        return datetime.fromtimestamp(int(message["send_time"]), tz=timezone.utc)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return datetime.min.replace(tzinfo=timezone.utc)
