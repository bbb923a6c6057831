"""The outside system that is told of cases: one signed POST for each thing that happened.

Signed is `timestamp.body` by HMAC-SHA256, in the headers X-Zhengwu-Timestamp (seconds) and X-Zhengwu-Signature (v1= and
64 hexadecimal digits). Idempotency-Key is the same however often something is sent, so that it counts once.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from urllib3.exceptions import HTTPError

from actions.portal.deadline import Deadline, DeadlineAdapter
from foundation.addresses import require_address
from foundation.errors import ConfigError
from foundation.settings import Settings

WITHIN = 10.0
"""Seconds for everything, whatever the other side does."""
SHORTEST_SECRET = 16
AGAIN = frozenset({408, 409, 425, 429})
"""Of the answers 4xx, those that may be another one later."""


@dataclass(frozen=True)
class Outcome:
    """What came of one attempt. `problem` is for an operator: no address, nothing of the case."""

    arrived: bool
    again: bool = False
    problem: str = ""


class Webhook:
    def __init__(self, url: str, secret: str) -> None:
        self._url = url
        self._secret = secret.encode()
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy or a .netrc of this machine has no business with it
        self._session.mount("http://", DeadlineAdapter(pool_connections=1, pool_maxsize=1, max_retries=0))
        self._session.mount("https://", DeadlineAdapter(pool_connections=1, pool_maxsize=1, max_retries=0))
        self._verify = os.environ.get("REQUESTS_CA_BUNDLE") or True

    @classmethod
    def of_settings(cls, settings: Settings) -> Webhook | None:
        """The one that the settings name, if any.

        Raises:
            ConfigError: the address or the secret will not do.
        """
        if settings.cases_webhook_url is None:
            return None
        example = "https://12345.example.gov.cn/cases"
        require_address("ZHENGWU_CASES_WEBHOOK_URL", settings.cases_webhook_url, example, settings.production)
        secret = settings.cases_webhook_secret
        if secret is None or len(secret.get_secret_value()) < SHORTEST_SECRET:
            raise ConfigError(f"ZHENGWU_CASES_WEBHOOK_SECRET must have {SHORTEST_SECRET} characters or more")
        return cls(settings.cases_webhook_url, secret.get_secret_value())

    def send(self, key: str, message: Mapping[str, Any]) -> Outcome:
        """One attempt; blocks for WITHIN seconds at most."""
        body = json.dumps(message, ensure_ascii=False).encode()
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "zhengwu",
            "Idempotency-Key": key,
            "X-Zhengwu-Timestamp": timestamp,
            "X-Zhengwu-Signature": signature(self._secret, timestamp, body),
        }
        # The HTTP library's errors quote the address; none of them leaves this method.
        with Deadline(time.monotonic() + WITHIN) as deadline:
            try:
                with self._session.post(
                    self._url,
                    body,
                    headers=headers,
                    timeout=WITHIN,
                    verify=self._verify,
                    allow_redirects=False,
                    stream=True,
                ) as response:
                    status = response.status_code
            except (requests.RequestException, HTTPError, OSError) as error:
                status, problem = 0, _named(error)
        if deadline.passed:
            return Outcome(False, True, "timed out")
        if status == 0:
            return Outcome(False, True, problem)
        if 200 <= status < 300:
            return Outcome(True)
        return Outcome(False, status >= 500 or status in AGAIN, f"HTTP {status}")

    def close(self) -> None:
        self._session.close()


def signature(secret: bytes, timestamp: str, body: bytes) -> str:
    """What X-Zhengwu-Signature says of a body sent at `timestamp`."""
    return "v1=" + hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _named(error: Exception) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "the TLS certificate is not trusted"
    if isinstance(error, requests.Timeout):
        return "timed out"
    return "no connection"
