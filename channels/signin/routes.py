"""GET /signin, to the identity service, and GET /signin/back, from it.

Whoever comes with a ticket made for this very browser goes on at once. All others are first asked whether it is they
who want to sign in, and are then given a ticket for this browser. So no address of ours that somebody else could have
sent leads to the service. Why it is done so: docs/decisions/0010-sign-in.md.
"""

from __future__ import annotations

import asyncio
import logging
from math import ceil
from typing import Any

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, redirect

from channels import metrics
from channels.gateway import Gateway
from channels.limits import TokenBuckets
from channels.signin.browser import Browsers
from channels.signin.errors import Invalid, Misconfigured, Rejected, SignInError, Unreachable
from channels.signin.pages import Pages
from channels.signin.replies import signed_in
from channels.signin.service import Access, IdentityService
from foundation import outbox, sign_ins, signing_in, tickets
from foundation.cipher import Cipher
from foundation.clock import Clock
from foundation.errors import VaultError
from foundation.log import who
from foundation.signing_in import Claimed
from foundation.tickets import Ticket

log = logging.getLogger(__name__)

PER_MINUTE = 10
"""Pages that a conversation's citizen may open on the way to the service."""
PURGE_EVERY = 300.0
CODE_CHARACTERS = 2048
PASSING = {"temporarily_unavailable", "server_error"}
OUR_FAULT = {"invalid_request", "unauthorized_client", "unsupported_response_type", "invalid_scope"}


class SignIn:
    def __init__(self, gateway: Gateway, service: IdentityService, browsers: Browsers, cipher: Cipher, clock: Clock):
        self._storage, self._service, self._browsers = gateway.storage, service, browsers
        self._cipher, self._clock = cipher, clock
        self._pages = Pages(gateway.settings.hotline)
        self._limit = TokenBuckets(PER_MINUTE)

    async def begin(self, request: Request) -> HTTPResponse:
        ticket = tickets.unseal(self._cipher, request.args.get("ticket"), self._clock.now())
        if ticket is None:
            return self._end("stale", 410)
        if wait := self._limit.take(ticket.conversation):
            return self._pages.page("too_fast", 429, seconds=ceil(wait))
        browser = self._browsers.of(request)
        if browser is None or ticket.browser != browser:
            asked_already = ticket.browser is not None and not ticket.own
            return self._end("other_browser", 403, own=False) if asked_already else self._confirm(ticket.conversation)
        begun = await self._storage.write(
            lambda tx: signing_in.begin(tx, self._cipher, ticket.conversation, browser, ticket.own, self._clock.now())
        )
        try:
            address = await self._service.address(begun)
        except SignInError as error:
            return self._failed(error, ticket.own)
        metrics.sign_ins.labels("begun").inc()
        return redirect(address)

    async def back(self, request: Request) -> HTTPResponse:
        state, code = request.args.get("state", ""), request.args.get("code", "")
        claimed = await self._claimed(state)
        if claimed is None:
            return self._end("stale", 410)
        if claimed.browser != self._browsers.of(request):
            log.warning("a sign-in came back in another browser", extra={"sender": who(claimed.conversation)})
            return self._end("other_browser", 403, claimed.own)
        error = request.args.get("error")
        if error == "access_denied":
            return self._end("cancelled", 200, claimed.own)
        try:
            if error is not None:
                raise refusal(error)
            if not 0 < len(code) <= CODE_CHARACTERS:
                raise Invalid("the service's answer holds no code")
            access = await self._service.redeem(code, claimed.verifier, claimed.nonce, request.args.get("iss"))
        except SignInError as error:
            return self._failed(error, claimed.own)
        try:
            digits = await self._storage.write(lambda tx: self._store(tx, claimed, access))
        except VaultError:
            return self._end("stale", 410, claimed.own)
        if digits is None:
            metrics.sign_ins.labels("done").inc()
            page = self._pages.page("done", way_back=True)
        else:
            metrics.sign_ins.labels("digits").inc()
            page = self._pages.page("digits", conversation=claimed.conversation, digits=digits)
        return self._browsers.forget(page)

    async def _claimed(self, state: str) -> Claimed | None:
        """The request that a state belongs to. Only who brings one that is waited for makes citizens' messages wait."""
        if not await self._storage.read(lambda tx: signing_in.waits(tx, self._cipher, state, self._clock.now())):
            return None
        return await self._storage.write(lambda tx: signing_in.claim(tx, self._cipher, state, self._clock.now()))

    async def purge(self) -> None:
        """Delete what has expired, now and again, for as long as it is left to run."""
        while True:
            try:
                await self._storage.write(lambda tx: sign_ins.purge(tx, self._clock.now()))
            except Exception as error:  # the next round will do
                log.warning("expired sign-ins were not deleted: %s", type(error).__name__)
            await asyncio.sleep(PURGE_EVERY)

    def _confirm(self, conversation: str) -> HTTPResponse:
        mark = self._browsers.fresh()
        ticket = Ticket(conversation, self._browsers.fingerprint(mark))
        address = f"/signin?ticket={tickets.seal(self._cipher, ticket, self._clock.now())}"
        page = self._pages.page("confirm", conversation=conversation, onward=address)
        return self._browsers.mark(page, mark)

    def _store(self, tx: Any, claimed: Claimed, access: Access) -> str | None:
        now = self._clock.now()
        digits = signing_in.finish(tx, self._cipher, claimed, access.token, access.seconds, now)
        if digits is None:
            channel = claimed.conversation.partition(":")[0]
            outbox.add(tx, claimed.conversation, channel, [signed_in()], now)
        return digits

    def _failed(self, error: SignInError, own: bool) -> HTTPResponse:
        level = logging.ERROR if isinstance(error, Misconfigured) else logging.WARNING
        log.log(level, "a sign-in failed: %s", error, extra={"outcome": error.outcome})
        later = isinstance(error, Unreachable | Misconfigured)
        return self._end("unreachable" if later else "failed", 503 if later else 403, own, error.outcome)

    def _end(self, name: str, status: int, own: bool = True, outcome: str | None = None) -> HTTPResponse:
        """`own`: it began on the chat page, as far as is known, so that this is where the way back leads."""
        metrics.sign_ins.labels(outcome or name).inc()
        return self._pages.page(name, status, way_back=own)


def refusal(error: str) -> SignInError:
    """What an error means that the service sends the browser back with: RFC 6749, 4.1.2.1."""
    shown = error if error in PASSING | OUR_FAULT else "an unknown one"
    if error in OUR_FAULT:
        return Misconfigured(f"the identity service refuses our request ({shown}); check what is registered there")
    return (Unreachable if error in PASSING else Rejected)(f"the identity service answers with an error: {shown}")


def routes(sign_in: SignIn) -> Blueprint:
    """The two addresses; expired rows are deleted as long as the server runs."""
    web = Blueprint("sign_in")
    tasks: list[asyncio.Task[None]] = []

    @web.get("/signin")
    async def begin(request: Request) -> HTTPResponse:
        return await sign_in.begin(request)

    @web.get("/signin/back")
    async def back(request: Request) -> HTTPResponse:
        return await sign_in.back(request)

    @web.after_server_start
    async def start(app: Any, loop: Any) -> None:
        tasks.append(asyncio.create_task(sign_in.purge()))

    @web.before_server_stop
    async def stop(app: Any, loop: Any) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    return web
