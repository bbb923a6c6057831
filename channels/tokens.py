"""The access tokens of all platform accounts: got once, kept, shared between processes, renewed before they expire.

A platform issues one token to an account; whoever asks too often is locked out for the day. So a token comes from
memory, else from the database, else from the platform: by one call, whoever needs it.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any, NamedTuple, TypeVar

from sqlalchemy.exc import DBAPIError

from channels.calls import Calls
from channels.delivery.platform import Action, SendError
from channels.pool import Full, Pool
from channels.token_rows import Token, TokenRows
from foundation import leases
from foundation.cipher import Cipher
from foundation.clock import Clock, SystemClock
from foundation.database import Database
from foundation.errors import LeaseLost

log = logging.getLogger(__name__)

Result = TypeVar("Result")
POLL = 0.1
"""Seconds between looks at what another process is fetching."""
AGAIN = timedelta(seconds=30)
"""Pause after a renewal that failed, while the old token still holds."""
STANDS = timedelta(seconds=60)
"""Pause after the platform gave again the very token that it had refused: asking for a third time would be no use."""


class Fresh(NamedTuple):
    """What a platform gave: a token, and for how many seconds."""

    value: str
    seconds: int


Fetch = Callable[[], Awaitable[Fresh]]


class TokenStore:
    """The tokens of all accounts of a process. Without a database they are its own."""

    def __init__(
        self, database: Database | None = None, cipher: Cipher | None = None, clock: Clock | None = None
    ) -> None:
        self.clock: Clock = clock or SystemClock()
        self._database = database
        self.rows = TokenRows(cipher, f"{os.getpid()}-{token_hex(4)}") if database and cipher else None
        self._pool = Pool("tokens", 1, 50)
        self._accounts: list[AccessToken] = []

    def account(self, name: str, fetch: Fetch, refused: frozenset[int]) -> AccessToken:
        """The token of one account.

        Args:
            name: the same in every process, such as wechat:<appid>.
            fetch: asks the platform.
            refused: the platform's codes for a token that it does not take.
        """
        account = AccessToken(self, name, fetch, refused)
        self._accounts.append(account)
        return account

    async def write(self, work: Callable[..., Result], *args: Any) -> Result:
        """Run `work(tx, *args)` in a transaction, off the event loop.

        Raises:
            SendError: the database does not do its part. Whatever needed a token was not sent.
        """
        assert self._database is not None
        try:
            return await self._pool.run(_within, self._database, work, args)
        except (DBAPIError, Full) as error:
            reason = f"the database does not give the access token ({type(error).__name__})"
            raise SendError(0, Action.RETRY, reason) from error

    async def close(self) -> None:
        """End renewals that nobody waits for."""
        for account in self._accounts:
            await account.close()
        self._pool.close()


def _within(database: Database, work: Callable[..., Result], args: tuple[Any, ...]) -> Result:
    with database.write() as tx:
        return work(tx, *args)


class AccessToken:
    """The token of one account; see TokenStore.account."""

    def __init__(self, store: TokenStore, name: str, fetch: Fetch, refused: frozenset[int]) -> None:
        self._store, self._name, self._fetch, self._codes = store, name, fetch, refused
        self._token: Token | None = None
        self._refused: str | None = None
        self._stands: tuple[str, datetime] | None = None
        self._again: datetime | None = None
        self._flight: asyncio.Task[Token] | None = None

    async def use(self, call: Callable[[str], Awaitable[Result]]) -> Result:
        """Call with a token; if the platform refuses it, once more with another.

        Raises:
            SendError: the call's, or that of getting a token (RETRY or BROKEN: nothing was sent).
        """
        value = await self.get()
        try:
            return await call(value)
        except SendError as error:
            if error.code not in self._codes:
                raise
        await self.invalidate(value)
        return await call(await self.get())

    async def get(self) -> str:
        """A token that holds. One that is due is renewed meanwhile; while that fails, it goes on serving.

        Raises:
            SendError: there is none, and the platform gives none.
        """
        now = self._store.clock.now()
        token = self._token
        if token is None or now >= token.expires_at:
            return (await asyncio.shield(self._renewal())).value
        if now >= token.due and (self._again is None or now >= self._again):
            self._renewal()
        return token.value

    async def invalidate(self, value: str) -> None:
        """The platform refused this token. Nothing happens if another one has taken its place."""
        if self._token is None or self._token.value != value:
            return
        if self._stands is not None and value == self._stands[0] and self._store.clock.now() < self._stands[1]:
            return
        self._token, self._refused = None, value
        if self._store.rows is not None:
            await self._store.write(self._store.rows.remove, self._name, value)

    async def close(self) -> None:
        if self._flight is not None:
            self._flight.cancel()
            await asyncio.gather(self._flight, return_exceptions=True)

    def _renewal(self) -> asyncio.Task[Token]:
        """The one renewal under way."""
        if self._flight is None or self._flight.done():
            self._flight = asyncio.create_task(self._renew())
            self._flight.add_done_callback(self._landed)
        return self._flight

    def _landed(self, flight: asyncio.Task[Token]) -> None:
        error = None if flight.cancelled() else flight.exception()
        if error is not None:
            self._again = self._store.clock.now() + AGAIN
            log.warning("no access token: %s", error, extra={"account": self._name})

    async def _renew(self) -> Token:
        token = await (self._ask() if self._store.rows is None else self._share(self._store.rows))
        if token.value == self._refused:
            self._stands = token.value, self._store.clock.now() + STANDS
        self._token, self._refused, self._again = token, None, None
        return token

    async def _share(self, rows: TokenRows) -> Token:
        """From the database; from the platform where this process has the lease to ask it."""
        clock = self._store.clock
        while True:
            token, lease = await self._store.write(rows.usable, self._name, self._refused, clock.now())
            if token is not None:
                return token
            if lease is not None:
                break
            await asyncio.sleep(POLL)
        try:
            token = await self._ask()
        except BaseException:
            await self._store.write(leases.release, lease, clock.now())
            raise
        try:
            await self._store.write(rows.store, self._name, token, lease, clock.now())
        except LeaseLost:  # we were asleep: theirs is stored, and ours holds too
            log.info("another process has renewed the access token", extra={"account": self._name})
        except SendError as error:
            log.warning("an access token is kept by this process alone: %s", error, extra={"account": self._name})
        return token

    async def _ask(self) -> Token:
        now = self._store.clock.now()
        try:
            fresh = await self._fetch()
        except SendError as error:
            # Of the citizen's message nothing was sent, whatever became of this call.
            passing = error.action in (Action.RETRY, Action.UNKNOWN)
            raise SendError(error.code, Action.RETRY if passing else Action.BROKEN, str(error)) from None
        return Token(fresh.value, now, now + timedelta(seconds=fresh.seconds))


def stable_token(calls: Calls, app_id: str, secret: str) -> Fetch:
    """How an official account or a mini-program gets its token: the same for all who ask, until it is about to expire.

    POST /cgi-bin/stable_token, not `force_refresh`ed: that would take the token away from other programs.
    """

    async def fetch() -> Fresh:
        body = {"grant_type": "client_credential", "appid": app_id, "secret": secret, "force_refresh": False}
        return _fresh("/cgi-bin/stable_token", await calls.post("/cgi-bin/stable_token", body))

    return fetch


def gettoken(calls: Calls, corp_id: str, secret: str) -> Fetch:
    """How a WeCom application gets its token: GET /cgi-bin/gettoken, document/path/91039."""

    async def fetch() -> Fresh:
        return _fresh("/cgi-bin/gettoken", await calls.get("/cgi-bin/gettoken", corpid=corp_id, corpsecret=secret))

    return fetch


def _fresh(path: str, answer: dict[str, Any]) -> Fresh:
    value, seconds = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(value, str) or not value or not isinstance(seconds, int) or seconds <= 0:
        raise SendError(0, Action.BROKEN, f"{path}: the answer holds no access token; check the _API_BASE setting")
    return Fresh(value, seconds)
