"""A stand-in for an office's identity service: a real HTTP server on loopback that does what an OpenID Connect provider
does, or the one thing wrong that `fault` names.

Its one person is `sandbox-person-1`. Its access tokens are strings that end with ".sandbox-person-1", which is how the
portal's sandbox (actions/portal/sandbox*.py) knows them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey
from joserfc.jws import JWSRegistry

PERSON = "sandbox-person-1"
CLIENT, SECRET = "zhengwu-test", "s3cret with blank"

FAULTS = {
    # what is wrong with the ID token
    "wrong_nonce", "no_nonce", "wrong_issuer", "wrong_audience", "several_audiences", "expired", "issued_tomorrow",
    "wrong_at_hash", "no_subject", "alg_none", "hs256_public_key", "foreign_key", "altered", "garbage", "no_id_token",
    "unknown_kid", "hs256_published_key",
    # with the token endpoint
    "slow_token", "dripping_token", "token_500", "token_html", "token_huge", "token_redirect", "invalid_client",
    "mac_token", "token_with_newline", "no_access_token", "negative_life",
    # with the description and the keys
    "description_500", "other_issuer", "http_endpoint", "no_keys", "description_list",
    # on the way through the browser
    "access_denied", "server_error", "invalid_scope", "wrong_iss_parameter", "no_code",
}  # fmt: skip


class Provider:
    """Set `fault`, `alg` (RS256 or ES256), `expires_in`, `prompt`, `claims` at any time; `asked` counts by path."""

    def __init__(self, secret: str | None = SECRET) -> None:
        self.fault: str | None = None
        self.alg = "RS256"
        self.expires_in: Any = 3600
        self.prompt: str | None = "login"
        self.claims: dict[str, Any] = {}
        """What its ID tokens say besides."""
        self.secret = secret
        self.auth_methods = ["client_secret_basic"]
        self.asked: dict[str, int] = {}
        self.tokens: list[str] = []
        self.seen: dict[str, str] = {}
        """The parameters of the last authorization request."""
        self._codes: dict[str, dict[str, str]] = {}
        self.rotate()

    def rotate(self) -> None:
        """Sign with new keys from now on, and publish these alone."""
        self._keys = {
            "RS256": RSAKey.generate_key(2048, {"kid": token_urlsafe(6), "use": "sig"}),
            "ES256": ECKey.generate_key("P-256", {"kid": token_urlsafe(6), "use": "sig"}),
        }

    # What the addresses answer: status, headers, body.

    def description(self) -> tuple[int, dict[str, str], bytes]:
        if self.fault == "description_500":
            return 500, {}, b"oops"
        issuer = self.address
        found: dict[str, Any] = {
            "issuer": "https://other.example.com" if self.fault == "other_issuer" else issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": "http://example.com/token" if self.fault == "http_endpoint" else f"{issuer}/token",
            "jwks_uri": f"{issuer}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
            "token_endpoint_auth_methods_supported": self.auth_methods,
            "code_challenge_methods_supported": ["S256"],
        }
        return _json(200, [found] if self.fault == "description_list" else found)

    def jwks(self) -> tuple[int, dict[str, str], bytes]:
        if self.fault == "no_keys":
            return _json(200, {"keys": [{"kty": "AKP", "kid": "later"}]})
        keys = KeySet(list(self._keys.values())).as_dict(private=False)
        # What a careless provider may also publish: nothing may be verified with it.
        secret = OctKey.import_key(b"published secret").as_dict()
        return _json(200, {"keys": [*keys["keys"], {**secret, "kid": "published"}, {"kty": "AKP", "kid": "later"}, 7]})

    def authorize(self, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        """As if the person had signed in and agreed at once."""
        self.seen = query
        assert query["response_type"] == "code" and query["client_id"] == CLIENT and "openid" in query["scope"].split()
        assert query["code_challenge_method"] == "S256" and query.get("prompt") == self.prompt
        back: dict[str, str] = {"state": query["state"]}
        if self.fault in ("access_denied", "server_error", "invalid_scope"):
            back |= {"error": self.fault, "error_description": "private words"}
        elif self.fault != "no_code":
            back["code"] = token_urlsafe(24)
            self._codes[back["code"]] = query
        if self.fault == "wrong_iss_parameter":
            back["iss"] = "https://other.example.com"
        return 302, {"Location": f"{query['redirect_uri']}?{urlencode(back)}"}, b""

    def token(self, form: dict[str, str], authorization: str | None) -> tuple[int, dict[str, str], bytes]:
        faulty = self._faulty_token_endpoint()
        if faulty is not None:
            return faulty
        if not self._is_client(form, authorization):
            return _json(401, {"error": "invalid_client", "error_description": "private words"})
        asked = self._codes.pop(form.get("code", ""), None)  # a code is good once
        challenge = _plain(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if (
            form.get("grant_type") != "authorization_code"
            or asked is None
            or asked["redirect_uri"] != form.get("redirect_uri")
            or asked["code_challenge"] != challenge
        ):
            return _json(400, {"error": "invalid_grant"})
        access = f"{token_urlsafe(12)}.{PERSON}"
        self.tokens.append(access)
        answer = {"access_token": access, "token_type": "Bearer", "expires_in": self.expires_in}
        answer["id_token"] = self._id_token(asked["nonce"], access)
        if self.fault == "negative_life":
            answer["expires_in"] = -1
        if self.fault == "mac_token":
            answer["token_type"] = "mac"
        if self.fault == "token_with_newline":
            answer["access_token"] = f"a\r\nX-Header: b.{PERSON}"
        for name in ("access_token", "id_token"):
            if self.fault == f"no_{name}":
                del answer[name]
        return _json(200, {key: value for key, value in answer.items() if value is not None})

    def _faulty_token_endpoint(self) -> tuple[int, dict[str, str], bytes] | None:
        if self.fault == "slow_token":
            time.sleep(3)
        return {
            "token_500": (500, {}, b""),
            "token_html": (200, {"Content-Type": "text/html"}, b"<html>ok</html>"),
            "token_huge": _json(200, {"access_token": "x" * 400_000}),
            "token_redirect": (302, {"Location": f"{self.address}/jwks"}, b""),
            "invalid_client": _json(401, {"error": "invalid_client"}),
        }.get(self.fault or "")

    def _is_client(self, form: dict[str, str], authorization: str | None) -> bool:
        if self.secret is None:
            return form.get("client_id") == CLIENT and authorization is None
        if self.auth_methods == ["client_secret_post"]:
            return (form.get("client_id"), form.get("client_secret")) == (CLIENT, self.secret) and not authorization
        return authorization == "Basic " + base64.b64encode(f"{CLIENT}:{self.secret}".encode()).decode()

    def _id_token(self, nonce: str, access: str) -> str:
        now = int(time.time())
        half = hashlib.sha256(access.encode()).digest()[:16]
        claims: dict[str, Any] = {
            "iss": self.address, "sub": PERSON, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce,
            "at_hash": _plain(half), "name": "张三",
        }  # fmt: skip
        claims |= self.claims | {
            "wrong_nonce": {"nonce": "other"},
            "wrong_issuer": {"iss": "https://other.example.com"},
            "wrong_audience": {"aud": "another"},
            "several_audiences": {"aud": [CLIENT, "another"]},  # and no azp
            "expired": {"exp": now - 120},
            "issued_tomorrow": {"iat": now + 86400},
            "wrong_at_hash": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
        }.get(self.fault or "", {})
        for fault, claim in (("no_nonce", "nonce"), ("no_subject", "sub")):
            if self.fault == fault:
                del claims[claim]
        return self._signed(claims)

    def _signed(self, claims: dict[str, Any]) -> str:
        key = self._keys[self.alg]
        header = {"alg": self.alg, "kid": key.kid}
        if self.fault == "garbage":
            return "not.a.token"
        if self.fault == "alg_none":
            return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(claims)}."
        if self.fault == "hs256_public_key":
            public = self._keys["RS256"].public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            signing = f"{_part({'alg': 'HS256', 'kid': self._keys['RS256'].kid})}.{_part(claims)}"
            return f"{signing}.{_plain(hmac.digest(public, signing.encode(), 'sha256'))}"
        if self.fault == "hs256_published_key":
            published = OctKey.import_key(b"published secret")
            return jwt.encode({"alg": "HS256", "kid": "published"}, claims, published, algorithms=["HS256"])
        if self.fault == "foreign_key":  # the right kid, somebody else's signature
            key = RSAKey.generate_key(2048) if self.alg == "RS256" else ECKey.generate_key("P-256")
        if self.fault == "unknown_kid":
            header["kid"] = "nobody"
        signed = jwt.encode(header, claims, key, registry=JWSRegistry(algorithms=[self.alg]))
        if self.fault == "altered":
            head, _, signature = signed.split(".")
            return f"{head}.{_part({**claims, 'sub': 'somebody-else'})}.{signature}"
        return signed

    address: str


@contextmanager
def running(provider: Provider) -> Iterator[Provider]:
    """The provider, served on an ephemeral port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            self._count(parts.path)
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            if parts.path == "/.well-known/openid-configuration":
                self._say(*provider.description())
            elif parts.path == "/jwks":
                self._say(*provider.jwks())
            elif parts.path == "/authorize":
                self._say(*provider.authorize(query))
            else:
                self._say(404, {}, b"")

        def do_POST(self) -> None:
            self._count(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {key: values[0] for key, values in parse_qs(body).items()}
            self._say(*provider.token(form, self.headers.get("Authorization")))

        def _count(self, path: str) -> None:
            provider.asked[path] = provider.asked.get(path, 0) + 1

        def _say(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if provider.fault == "dripping_token" and self.path == "/token":
                for byte in body:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(0.1)
            else:
                self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    provider.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()


def _json(status: int, content: Any) -> tuple[int, dict[str, str], bytes]:
    return status, {"Content-Type": "application/json"}, json.dumps(content).encode()


def _part(content: dict[str, Any]) -> str:
    return _plain(json.dumps(content).encode())


def _plain(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
