"""Signed requests to a sandbox, without the client: what is tested is the contract, not two halves of one mistake."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

import requests
from requests.auth import AuthBase

from foundation.clock import Clock, SystemClock

NUMBER, LAST_FOUR, PERSON = "SLS2026-110412-0087", "123X", "sandbox-person-1"
BUSINESS = "QY2026-111207-0015"
UNKNOWN = "SLS2026-999999-9999"
SECRET = "made up for tests"
HEADERS = ("X-Portal-Key", "X-Portal-Timestamp", "X-Portal-Nonce", "X-Portal-Signature")


@dataclass
class Signer(AuthBase):
    """Signs as the contract describes it."""

    clock: Clock = field(default_factory=SystemClock)
    secret: str = SECRET
    key: str = "zhengwu"
    nonce: str | None = None
    stamp: str | None = None

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else body
        stamp = self.stamp or str(int(self.clock.now().timestamp()))
        nonce = self.nonce or secrets.token_urlsafe(16)
        lines = [str(request.method), request.path_url, stamp, nonce, hashlib.sha256(body).hexdigest()]
        signature = hmac.new(self.secret.encode(), "\n".join(lines).encode(), "sha256").hexdigest()
        request.headers.update(zip(HEADERS, (self.key, stamp, nonce, signature)))
        return request


class Caller:
    """A portal's user with the key."""

    def __init__(self, url: str, clock: Clock) -> None:
        self.url = url
        self.signer = Signer(clock)
        self._session = requests.Session()
        self._session.trust_env = False

    def post(self, path: str, body: Any, *, signer: AuthBase | None = None, **headers: str) -> requests.Response:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        content = {
            "Content-Type": "application/json",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return self._session.post(
            self.url + path, data=data, headers=content, auth=signer or self.signer, timeout=10, allow_redirects=False
        )

    def get(self, path: str, *, signer: AuthBase | None = None, **headers: str) -> requests.Response:
        return self._session.get(self.url + path, headers=headers, auth=signer or self.signer, timeout=10)

    def lookup(self, number: str = NUMBER, value: str = LAST_FOUR) -> requests.Response:
        return self.post("/v1/applications/lookup", {"number": number, "proof": {"kind": "id_last4", "value": value}})

    def with_code(self, number: str, request_id: str, value: str) -> requests.Response:
        proof = {"kind": "code", "request_id": request_id, "value": value}
        return self.post("/v1/applications/lookup", {"number": number, "proof": proof})

    def send_code(self, number: str) -> requests.Response:
        return self.post("/v1/codes", {"number": number})

    def codes(self) -> list[dict[str, str]]:
        return list(self._session.get(f"{self.url}/sandbox/codes", timeout=10).json())

    def applications(self) -> list[dict[str, Any]]:
        return list(self._session.get(f"{self.url}/sandbox/applications", timeout=10).json())

    def fault(self, fault: str, **how: Any) -> requests.Response:
        return self._session.post(f"{self.url}/sandbox/faults", json={"fault": fault, **how}, timeout=10)

    def move(self, number: str, **step: Any) -> requests.Response:
        return self._session.post(f"{self.url}/sandbox/applications/{number}", json=step, timeout=10)


def problem(response: requests.Response) -> str:
    """The name of the problem that was answered."""
    assert response.headers["Content-Type"] == "application/problem+json"
    document = response.json()
    assert document["status"] == response.status_code
    return str(document["type"]).removeprefix("urn:zhengwu:problem:")


def elapsed(began: float) -> float:
    return time.monotonic() - began
