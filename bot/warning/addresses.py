"""Where alerts are sent besides the console: an address of the office's own, and a group's robot in WeCom.

Both are settings. Nobody can name one in the console, no redirect is followed, and no proxy of the machine is used.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from urllib3.exceptions import HTTPError

from actions.complaints.webhook import SHORTEST_SECRET, WITHIN, Outcome, Webhook
from actions.portal.deadline import Deadline, DeadlineAdapter
from foundation.addresses import require_address
from foundation.errors import ConfigError
from foundation.settings import Settings
from insights.warning.messages import WEBHOOK, WECOM

BUSY = frozenset({-1, 45009})
"""The robot's errors that pass: busy, and too many messages in a minute."""
LARGEST = 16 * 1024
"""Bytes of its answer that are read."""
MARKDOWN_BYTES = 4096
EXAMPLE = "https://alerts.example.gov.cn/zhengwu"


class Robot:
    """A group's robot: its address is its password."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, DeadlineAdapter(pool_connections=1, pool_maxsize=1, max_retries=0))
        self._verify = os.environ.get("REQUESTS_CA_BUNDLE") or True

    def send(self, markdown: str) -> Outcome:
        """One attempt; blocks for WITHIN seconds at most."""
        body = json.dumps({"msgtype": "markdown", "markdown": {"content": cut(markdown)}}, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "zhengwu"}
        options: dict[str, Any] = {"timeout": WITHIN, "verify": self._verify, "allow_redirects": False, "stream": True}
        # The HTTP library's errors quote the address; none of them leaves this method.
        with Deadline(time.monotonic() + WITHIN) as deadline:
            try:
                with self._session.post(self._url, body, headers=headers, **options) as response:
                    status, said = response.status_code, response.raw.read(LARGEST, decode_content=True)
            except (requests.RequestException, HTTPError, OSError):
                return Outcome(False, True, "timed out" if deadline.passed else "no connection")
        if deadline.passed:
            return Outcome(False, True, "timed out")
        return _understood(status, said)

    def close(self) -> None:
        self._session.close()


def _understood(status: int, said: bytes) -> Outcome:
    if status != 200:
        return Outcome(False, status >= 500 or status == 429, f"HTTP {status}")
    try:
        code = int(json.loads(said)["errcode"])
    except (ValueError, KeyError, TypeError):
        return Outcome(False, False, "no answer of a robot's")
    return Outcome(code == 0, code in BUSY, "" if code == 0 else f"errcode {code}")


def cut(text: str, most: int = MARKDOWN_BYTES) -> str:
    """As many whole characters as fit."""
    return text.encode()[:most].decode(errors="ignore")


@dataclass(frozen=True)
class Addresses:
    webhook: Webhook | None
    robot: Robot | None

    @classmethod
    def of_settings(cls, settings: Settings) -> Addresses:
        """Those that the settings name.

        Raises:
            ConfigError: an address or the secret will not do.
        """
        webhook = robot = None
        if settings.alert_webhook_url is not None:
            require_address("ZHENGWU_ALERT_WEBHOOK_URL", settings.alert_webhook_url, EXAMPLE, settings.production)
            secret = settings.alert_webhook_secret
            if secret is None or len(secret.get_secret_value()) < SHORTEST_SECRET:
                raise ConfigError(f"ZHENGWU_ALERT_WEBHOOK_SECRET must have {SHORTEST_SECRET} characters or more")
            webhook = Webhook(settings.alert_webhook_url, secret.get_secret_value())
        if settings.alert_wecom_url is not None:
            url = settings.alert_wecom_url.get_secret_value()
            require_address("ZHENGWU_ALERT_WECOM_URL", url, EXAMPLE, settings.production)
            robot = Robot(url)
        return cls(webhook, robot)

    def names(self) -> list[str]:
        return [name for name, there in ((WEBHOOK, self.webhook), (WECOM, self.robot)) if there is not None]

    def send(self, address: str, key: str, message: Mapping[str, Any], markdown: str) -> Outcome:
        """One attempt at one of them; blocks."""
        if address == WEBHOOK and self.webhook is not None:
            return self.webhook.send(key, message)
        if address == WECOM and self.robot is not None:
            return self.robot.send(markdown)
        return Outcome(False, False, "no such address is set any more")

    def close(self) -> None:
        for one in (self.webhook, self.robot):
            if one is not None:
                one.close()
