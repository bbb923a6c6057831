"""What the chat page asks about signing in, each with `{"session": str}` in the body.

    POST /chat/signin      →  {"address": str}    where to go; the browser is marked as the session's own
    POST /chat/signedin    →  {"seconds": int}    how long the session's citizen is still signed in; 0: not
    POST /chat/signout     →  {}

Where a browser does not take the mark, as in a frame of a foreign site, the address asks before it goes on, and the
sign-in ends with six digits to be typed into the chat.
"""

from __future__ import annotations

from json import loads
from math import ceil

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

from channels.gateway import Gateway
from channels.limits import TokenBuckets
from channels.messages import sentence
from channels.refused import Refused
from channels.signin.browser import Browsers
from channels.web.session import Sessions
from foundation import sign_ins, tickets
from foundation.cipher import Cipher
from foundation.clock import Clock
from foundation.tickets import Ticket

CHANNEL = "web"
PER_MINUTE = 60


def signing_in(
    gateway: Gateway, sessions: Sessions, browsers: Browsers, cipher: Cipher, clock: Clock, public_url: str
) -> Blueprint:
    """The three endpoints, for pages of this server alone."""
    limit = TokenBuckets(PER_MINUTE)
    storage = gateway.storage
    web = Blueprint("web_sign_in")

    def conversation_of(request: Request) -> str:
        """Raises Refused: not from our page, no session of ours, or too often."""
        origin = request.headers.get("origin", "")
        # Browsers send it with every POST. A foreign page must not be able to give a browser somebody else's mark.
        if origin != public_url and origin.partition("://")[2] != request.headers.get("host"):
            raise Refused(403, sentence("refused.foreign"))
        try:
            body = loads(request.body)
        except (ValueError, RecursionError):
            body = None
        sender = sessions.sender(body.get("session")) if isinstance(body, dict) else None
        if sender is None:
            raise Refused(400, sentence("refused.no_session"))
        if wait := limit.take(sender):
            raise Refused(429, sentence("refused.too_fast", seconds=ceil(wait)), wait)
        return f"{CHANNEL}:{sender}"

    @web.post("/chat/signin")
    async def sign_in(request: Request) -> HTTPResponse:
        conversation = conversation_of(request)
        mark = browsers.fresh()
        ticket = Ticket(conversation, browsers.fingerprint(mark), own=True)
        address = f"/signin?ticket={tickets.seal(cipher, ticket, clock.now())}"
        return browsers.mark(json({"address": address}), mark)

    @web.post("/chat/signedin")
    async def signed_in(request: Request) -> HTTPResponse:
        conversation, now = conversation_of(request), clock.now()
        until = await storage.read(lambda tx: sign_ins.until(tx, conversation, now))
        return json({"seconds": 0 if until is None else ceil((until - now).total_seconds())})

    @web.post("/chat/signout")
    async def sign_out(request: Request) -> HTTPResponse:
        conversation = conversation_of(request)
        await storage.write(lambda tx: sign_ins.sign_out(tx, conversation))
        return json({})

    return web
