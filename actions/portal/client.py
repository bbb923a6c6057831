"""The portal as the program asks it: `actions.portal.portal.Portal` over HTTP, as a mapping file says.

Calls run in threads of their own, four at most, each for at most three seconds. Whoever comes when all are taken is
told so at once: a portal that hangs must not make those wait who ask it nothing.
"""

from __future__ import annotations

import asyncio
import logging
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar
from urllib.parse import urlsplit

from actions.portal import metrics
from actions.portal.access import LastFour, OneTimeCode, SignedIn, WatchToken
from actions.portal.application import Application, CodeRequest, Summary, plausible_number
from actions.portal.breaker import Breaker
from actions.portal.caller import Caller
from actions.portal.errors import AccessExpired, Busy, Misconfigured, NotMatched, PortalError, TimedOut, Unavailable
from actions.portal.mapping import Mapping, load
from actions.portal.portal import Operation
from actions.portal.reading import Reader, usable_token
from actions.portal.request import Credentials
from actions.portal.signing import sandbox_secret
from actions.portal.transport import Transport
from foundation.clock import Clock
from foundation.errors import ConfigError
from foundation.settings import Settings

log = logging.getLogger(__name__)

T = TypeVar("T")
DEADLINE = 3.0
"""Seconds for a call, repetitions included."""
THREADS = 4
GRACE = 0.1
"""Seconds after the deadline in which a thread should have noticed it; one that looks up a name does not."""
UNSENT = "unsent"
"""The id of a code's request where no code was sent, because there is no such number."""
_LAST_FOUR = re.compile(r"\d{3}[\dX]", re.ASCII)
_CODE = re.compile(r"\d{4,8}", re.ASCII)


class Client:
    def __init__(
        self, mapping: Mapping, base: str, credentials: Credentials, clock: Clock, *,
        deadline: float = DEADLINE, threads: int = THREADS, breaker: Breaker | None = None,
        verify: bool | str | None = None,
    ) -> None:  # fmt: skip
        """A portal at a base address.

        Raises:
            ConfigError: the address is none.
        """
        self._mapping, self._deadline = mapping, deadline
        self._transport = Transport(base, verify=verify)
        breaker = breaker or Breaker(told=metrics.breaker.set)
        self._caller = Caller(mapping, self._transport, credentials, clock, breaker)
        self._reader = Reader(mapping)
        self._room = threading.BoundedSemaphore(threads)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="portal")

    @classmethod
    def of_settings(cls, settings: Settings, clock: Clock) -> Client:
        """The portal that the settings name; the sandbox by default, with a secret that both derive from the key.

        Raises:
            ConfigError: a setting is missing or wrong, or the mapping file is.
        """
        if settings.portal_secret is not None:
            secret = settings.portal_secret.get_secret_value()
        elif settings.portal_is_sandbox:
            secret = sandbox_secret(settings)
        else:
            raise ConfigError(
                "ZHENGWU_PORTAL_SECRET is not set: the portal at ZHENGWU_PORTAL_URL gave it to this office"
            )
        mapping = load(settings.portal_mapping_file)
        client = cls(mapping, settings.portal_url, Credentials(settings.portal_key_id, secret), clock)
        url = urlsplit(settings.portal_url)
        if url.scheme == "http" and url.hostname not in ("127.0.0.1", "::1", "localhost"):
            log.warning("the portal is asked without TLS: whoever is between reads numbers and proofs")
        return client

    def offers(self, operation: Operation) -> bool:
        return operation in self._mapping.operations

    async def application(self, number: str, proof: LastFour | OneTimeCode | SignedIn) -> Application:
        """See Portal. A number or proof of a shape that cannot be one is NotMatched without a call."""
        operation, values = _asked(number, proof)

        def look_up(until: float) -> Application:
            return self._reader.application(self._caller.call(operation, values, until), number)

        return await self._run(operation, look_up, lambda: _check(number, proof))

    async def send_code(self, number: str) -> CodeRequest:
        def send(until: float) -> CodeRequest:
            try:
                return self._reader.code_request(self._caller.call("send_code", {"number": number}, until))
            except NotMatched:
                # A portal that tells what it should not. Nobody learns it from us.
                return CodeRequest(UNSENT, 300)

        if self.offers("send_code") and not plausible_number(number):
            return CodeRequest(UNSENT, 300)
        return await self._run("send_code", send)

    async def watched(self, token: WatchToken) -> Application:
        def look_again(until: float) -> Application:
            try:
                return self._reader.application(self._caller.call("watched", {"token": token.value}, until))
            except NotMatched:
                raise AccessExpired("the portal does not know the watched application any more") from None

        return await self._run("watched", look_again, lambda: _check_token(token.value))

    async def mine(self, person: SignedIn) -> list[Summary]:
        def list_up(until: float) -> list[Summary]:
            try:
                return self._reader.summaries(self._caller.call("mine", {"token": person.token}, until))
            except NotMatched:
                return []

        return await self._run("mine", list_up, lambda: _check_token(person.token))

    async def health(self) -> None:
        await self._run("health", lambda until: self._caller.call("health", {}, until))

    def close(self) -> None:
        """Give up connections; calls under way end by their deadline."""
        self._threads.shutdown(wait=False)
        self._transport.close()

    async def _run(
        self, operation: Operation, work: Callable[[float], T], check: Callable[[], None] = lambda: None
    ) -> T:
        """Do the work in a thread that is free now, count it, and wait no longer than the deadline."""
        began = time.monotonic()
        outcome = "error"
        try:
            if self.offers(operation):
                check()
            found = await self._in_thread(lambda: work(began + self._deadline))
            outcome = "ok"
            return found
        except PortalError as error:
            outcome = error.outcome
            _log(operation, error, time.monotonic() - began)
            raise
        except asyncio.CancelledError:
            outcome = "cancelled"
            raise
        finally:
            metrics.calls.labels(operation, outcome).inc()
            metrics.seconds.labels(operation).observe(time.monotonic() - began)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if not self._room.acquire(blocking=False):
            raise Busy("all connections to the portal are taken")

        def release(done: Future[T]) -> None:
            self._room.release()
            if not done.cancelled():
                done.exception()  # looked at, also when the caller has gone

        try:
            future = self._threads.submit(work)
        except RuntimeError:
            self._room.release()
            raise Unavailable("the client is closed") from None
        future.add_done_callback(release)
        try:
            return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(future)), self._deadline + GRACE)
        except asyncio.TimeoutError:
            raise TimedOut("the portal did not answer in time") from None


def _asked(number: str, proof: LastFour | OneTimeCode | SignedIn) -> tuple[Operation, dict[str, str]]:
    if isinstance(proof, LastFour):
        return "with_last_four", {"number": number, "proof": proof.value.upper()}
    if isinstance(proof, OneTimeCode):
        return "with_code", {"number": number, "proof": proof.value, "request_id": proof.request_id}
    return "signed_in", {"number": number, "token": proof.token}


def _check(number: str, proof: LastFour | OneTimeCode | SignedIn) -> None:
    """Make sure that a number and a proof can be what they are said to be.

    Raises:
        NotMatched, AccessExpired: they cannot.
    """
    if isinstance(proof, SignedIn):
        _check_token(proof.token)
        right = True
    elif isinstance(proof, LastFour):
        right = _LAST_FOUR.fullmatch(proof.value.upper()) is not None
    else:
        known = proof.request_id == "" or usable_token(proof.request_id)
        right = known and proof.request_id != UNSENT and _CODE.fullmatch(proof.value) is not None
    if not right or not plausible_number(number):
        raise NotMatched("the number or the proof has a shape that none has")


def _check_token(token: str) -> None:
    if not usable_token(token):
        raise AccessExpired("the token has a shape that none has")


def _log(operation: Operation, error: PortalError, took: float) -> None:
    """What an operator can do something about; that a citizen mistyped is counted only."""
    if isinstance(error, Misconfigured):
        level = logging.ERROR
    elif isinstance(error, NotMatched | AccessExpired):
        level = logging.DEBUG
    else:
        level = logging.WARNING
    detail: dict[str, Any] = {"operation": operation, "outcome": error.outcome, "reason": str(error)}
    log.log(level, "a look-up at the portal failed", extra={**detail, "seconds": round(took, 3)})
