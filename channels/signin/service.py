"""The office's identity service, an OpenID Connect provider: authorization code flow with PKCE (RFC 7636) and nonce."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import (
    prepare_grant_uri,
    prepare_token_request,
)
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet

from channels.signin import id_token
from channels.signin.errors import Invalid, Misconfigured, Rejected, Unreachable
from channels.signin.http import Http
from channels.signin.registration import Registration, is_safe
from foundation.signing_in import Begun

log = logging.getLogger(__name__)

FRESH = 3600.0
"""Seconds for which the service's description and keys are used without asking again."""
OUR_FAULT = {"invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope"}
BEARER = re.compile(r"[A-Za-z0-9\-._~+/]{1,4096}={0,2}")
"""What RFC 6750 lets an access token be: it will stand in a header."""


@dataclass(frozen=True)
class Access:
    token: str = field(repr=False)
    seconds: float | None
    """How long it is good for, where the service says so."""
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What the ID token says of the person; nothing of it is kept where only the access token is wanted."""


class Kept:
    """Something of the service's, fetched when it is wanted and not fresh; one fetch at a time."""

    def __init__(self, fetch: Callable[[], Any]) -> None:
        self._fetch = fetch
        self._lock = asyncio.Lock()
        self._value: Any = None
        self._until = 0.0

    async def get(self, *, instead_of: Any = None) -> Any:
        """The value; a newer one than `instead_of`. Raises what the fetch raises."""
        async with self._lock:
            if self._value is None or self._value is instead_of or time.monotonic() >= self._until:
                self._value = await self._fetch()
                self._until = time.monotonic() + FRESH
            return self._value


class IdentityService:
    def __init__(self, registration: Registration, http: Http, now: Callable[[], float] = time.time) -> None:
        self._us, self._http, self._now = registration, http, now
        self._description = Kept(self._describe)
        self._keys = Kept(self._fetch_keys)

    async def address(self, begun: Begun) -> str:
        """Where the browser is sent to sign in.

        Raises:
            SignInError: the service cannot be used.
        """
        description = await self._description.get()
        address: str = prepare_grant_uri(
            description["authorization_endpoint"],
            self._us.client_id,
            "code",
            redirect_uri=self._us.back,
            scope=self._us.scope,
            state=begun.state,
            nonce=begun.nonce,
            code_challenge=create_s256_code_challenge(begun.verifier),
            code_challenge_method="S256",
            prompt=self._us.prompt,
        )
        return address

    async def redeem(self, code: str, verifier: str, nonce: str, answered_by: str | None) -> Access:
        """The access token for a code.

        Args:
            answered_by: the parameter `iss` that came with the code (RFC 9207), if one did.

        Raises:
            SignInError: there is none that may be trusted.
        """
        description = await self._description.get()
        promised = description.get("authorization_response_iss_parameter_supported") is True
        if (answered_by is not None or promised) and answered_by != description["issuer"]:
            raise Invalid("the answer is not from the service that was asked (iss)")
        answer = await self._exchange(description, code, verifier)
        access, proof = _access(answer), answer.get("id_token")
        if not isinstance(proof, str):
            raise Invalid("the token endpoint gave no ID token; is the scope openid granted?")
        claims = await self._verify(proof, description["issuer"], nonce, access.token)
        return replace(access, claims=claims)

    async def _exchange(self, description: dict[str, Any], code: str, verifier: str) -> dict[str, Any]:
        endpoint = description["token_endpoint"]
        body = prepare_token_request(
            "authorization_code", code=code, redirect_uri=self._us.back, code_verifier=verifier
        )
        client = ClientAuth(self._us.client_id, self._us.client_secret, self._auth_method(description))
        url, headers, body = client.prepare("POST", endpoint, {}, body)
        status, answer = await self._http.post(url, body, headers)
        if status == 200 and "error" not in answer:
            return answer
        reason = answer.get("error")
        if status == 429:
            raise Unreachable("the token endpoint takes no more for now (HTTP status 429)")
        if reason in OUR_FAULT or status in (401, 403, 404):
            said = reason if reason in OUR_FAULT else f"HTTP status {status}"
            raise Misconfigured(
                f"the token endpoint refuses us ({said}): check {self._us.setting}_CLIENT_ID, "
                f"{self._us.setting}_CLIENT_SECRET and what is registered there"
            )
        raise Rejected(f"the token endpoint does not take the code (HTTP status {status})")

    async def _verify(self, proof: str, issuer: str, nonce: str, access_token: str) -> dict[str, Any]:
        expected = {"issuer": issuer, "client_id": self._us.client_id, "nonce": nonce, "access_token": access_token}
        keys = await self._keys.get()
        try:
            return id_token.verify(proof, keys, **expected, now=self._now())
        except id_token.UnknownKey:
            return id_token.verify(proof, await self._keys.get(instead_of=keys), **expected, now=self._now())

    async def _describe(self) -> dict[str, Any]:
        """OpenID Connect Discovery 1.0, sections 3 and 4."""
        found = await self._http.get(f"{self._us.issuer.rstrip('/')}/.well-known/openid-configuration")
        issuer = found.get("issuer")
        if not isinstance(issuer, str) or issuer.rstrip("/") != self._us.issuer.rstrip("/"):
            raise Misconfigured(f"{self._us.setting}_ISSUER is not what the service calls itself (issuer)")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not is_safe(found.get(name)):
                raise Misconfigured(f"the service's description has no https address as {name}")
        return found

    async def _fetch_keys(self) -> KeySet:
        found = await self._http.get((await self._description.get())["jwks_uri"])
        listed = found.get("keys")
        keys = [key for entry in (listed if isinstance(listed, list) else []) if (key := _key(entry)) is not None]
        if not keys:
            raise Unreachable("the service's list of keys holds none that can be read")
        return KeySet(keys)

    def _auth_method(self, description: dict[str, Any]) -> str:
        if self._us.client_secret is None:
            return "none"
        known = description.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return "client_secret_basic" if "client_secret_basic" in known else "client_secret_post"


def _key(entry: Any) -> Key | None:
    """A public key; None for a secret one, and for a kind that we do not know (RFC 7517, section 5)."""
    try:
        return None if entry.get("kty") == "oct" else JWKRegistry.import_key(entry)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _access(answer: dict[str, Any]) -> Access:
    token, kind, seconds = answer.get("access_token"), answer.get("token_type"), answer.get("expires_in")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise Invalid("the access token is no bearer token")
    if not isinstance(token, str) or not BEARER.fullmatch(token):
        raise Invalid("the token endpoint gave no access token that could be used")
    if isinstance(seconds, str) and seconds.isascii() and seconds.isdigit() and len(seconds) < 12:
        seconds = int(seconds)  # some services write numbers so
    if seconds is not None and (isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0):
        raise Invalid("the access token's expires_in is no number of seconds")
    return Access(token, None if seconds is None else float(seconds))
