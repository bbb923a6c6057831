"""Signing in at the office's identity service (OpenID Connect), as the settings ZHENGWU_STAFF_OIDC_… say.

It opens accounts that are there and makes none: who may do what is decided here. What belongs to a sign-in under way
(state, nonce, verifier) lies sealed in a cookie of the browser that began it, so it ends in no other.
"""

from __future__ import annotations

import hmac
import json
import logging
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from secrets import token_urlsafe

from sqlalchemy.engine import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from channels.signin.errors import Invalid, SignInError
from channels.signin.http import Http
from channels.signin.registration import Registration, checked, secret_of
from channels.signin.service import IdentityService
from console import cookies, door
from console.door import Visitor
from console.house import House, house
from console.onward import safe
from console.pages import render
from console.routing import PUBLIC, route
from console.sign_in import let_in
from foundation import accounts, sessions
from foundation.accounts import Account
from foundation.cipher import Cipher
from foundation.errors import AccountError, VaultError
from foundation.settings import Settings
from foundation.signing_in import Begun

log = logging.getLogger(__name__)

COOKIE = "zhengwu-console-sso"
UNDER_WAY = timedelta(minutes=10)
LONGEST_CODE = 2048
_CONTEXT = "staff single sign-on"


class SingleSignOn:
    def __init__(self, registration: Registration, claim: str, house: House) -> None:
        self.claim = claim
        self._http = Http()
        self.service = IdentityService(registration, self._http, lambda: house.now().timestamp())

    async def close(self) -> None:
        await self._http.close()


@dataclass(frozen=True)
class UnderWay:
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    onward: str
    until: float

    def seal(self, cipher: Cipher) -> str:
        return urlsafe_b64encode(cipher.encrypt(json.dumps(asdict(self)), _CONTEXT)).decode()


def unseal(cipher: Cipher, sealed: str | None, now: datetime) -> UnderWay | None:
    """What `seal` made, while it is not too old."""
    try:
        found = UnderWay(**json.loads(cipher.decrypt(urlsafe_b64decode(sealed or ""), _CONTEXT)))
    except (ValueError, VaultError):
        return None
    return found if now.timestamp() < found.until else None


def of_settings(settings: Settings, house: House) -> SingleSignOn | None:
    """None where the staff have no identity service.

    Raises:
        ConfigError: a setting that belongs to it is missing or cannot be right.
    """
    if settings.staff_oidc_issuer is None:
        return None
    us = Registration(
        settings.staff_oidc_issuer,
        settings.staff_oidc_client_id or "",
        settings.console_url.rstrip("/"),
        secret_of(settings.staff_oidc_client_secret),
        back_path="/sign-in/back",
        scope="openid profile",
        prompt=None,  # whoever is signed in at the service already need not do so again: that is its use
        setting="ZHENGWU_STAFF_OIDC",
    )
    registered = checked(us, "ZHENGWU_CONSOLE_URL", "https://console.example.gov.cn")
    return SingleSignOn(registered, settings.staff_oidc_claim, house)


async def begin(request: Request) -> Response:
    """GET /sign-in/sso?next=PATH: off to the identity service."""
    here, found = house(request), _single_sign_on(request)
    begun = Begun(token_urlsafe(32), token_urlsafe(32), token_urlsafe(48))
    until = (here.now() + UNDER_WAY).timestamp()
    kept = UnderWay(begun.state, begun.nonce, begun.verifier, safe(request.query_params.get("next")), until)
    try:
        answer = RedirectResponse(await found.service.address(begun), 303)
    except SignInError as error:
        return _failed(request, error)
    cookies.give(request, answer, kept.seal(here.cipher), COOKIE)
    return answer


async def back(request: Request) -> Response:
    """GET /sign-in/back: from the identity service, with a code or an error."""
    here, found, query = house(request), _single_sign_on(request), request.query_params
    kept = unseal(here.cipher, cookies.read(request, COOKIE), here.now())
    if kept is None or not hmac.compare_digest(kept.state.encode(), query.get("state", "").encode()):
        return _end(request, "stale", 410)
    if query.get("error") == "access_denied":
        return _end(request, "cancelled", 403)
    code = query.get("code", "")
    try:
        if "error" in query or not 0 < len(code) <= LONGEST_CODE:
            raise Invalid("the service's answer holds no code")
        access = await found.service.redeem(code, kept.verifier, kept.nonce, query.get("iss"))
    except SignInError as error:
        return _failed(request, error)
    name, visitor = access.claims.get(found.claim), Visitor.of(request)
    account = await here.read(lambda tx: _account(tx, name))
    if account is None:
        said = name[:40] if isinstance(name, str) and name.isprintable() else None
        await here.write(lambda tx: door.refuse(tx, str(said), visitor, "single_sign_on", here.now()))
        return _end(request, "no_account" if said else "no_claim", 403, said)
    answer = await let_in(request, account, sessions.SINGLE_SIGN_ON, kept.onward)
    cookies.forget(request, answer, COOKIE)
    return answer


def _account(tx: Connection, name: object) -> Account | None:
    """The account that somebody may use whom the identity service knows by that name."""
    if not isinstance(name, str) or name.lower() == accounts.OPERATOR:
        return None
    try:
        account = accounts.get(tx, name)
    except AccountError:
        return None
    return account if account.disabled_at is None else None


def _single_sign_on(request: Request) -> SingleSignOn:
    found: SingleSignOn | None = request.app.state.single_sign_on
    if found is None:
        raise HTTPException(404)
    return found


def _failed(request: Request, error: SignInError) -> Response:
    log.warning("a member of staff could not sign in at the identity service: %s", error)
    return _end(request, "failed", 502)


def _end(request: Request, why: str, status: int, name: str | None = None) -> Response:
    answer = render(request, "single_sign_on.html", status, why=why, name=name)
    cookies.forget(request, answer, COOKIE)
    return answer


ROUTES = [
    route("/sign-in/sso", begin, roles=PUBLIC),
    route("/sign-in/back", back, roles=PUBLIC),
]
