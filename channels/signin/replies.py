"""What the gateway itself answers in a conversation: the digits of a sign-in, and the wish to sign out.

The digits go no further: they are neither stored nor shown to the assistant.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from channels import metrics
from channels.conversations import Body
from channels.messages import entry, sentence
from foundation import sign_ins, signing_in
from foundation.cipher import Cipher
from foundation.sign_ins import LIFE

MINUTES = int(LIFE.total_seconds() // 60)
DIGITS = re.compile(r"(?:登录|登陆|确认|验证|页面|上|数字|号|码|是|为|我的|[:,、\s])*([0-9](?:[ -]?[0-9]){5})[。.!]?")
"""The six digits, as people type them: 483920, 483 920, 数字是：483920."""


class SignInReplies:
    """A channels.gateway.Shortcut."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher

    def concerns(self, text: str) -> bool:
        return _wants_out(text) or _digits(text) is not None

    def answer(self, tx: Connection, conversation: str, text: str, now: datetime) -> list[Body] | None:
        if _wants_out(text):
            return [_body("signed_out" if sign_ins.sign_out(tx, conversation) else "not_signed_in")]
        confirmation = signing_in.confirm(tx, self._cipher, conversation, _digits(text) or "", now)
        if confirmation is None:  # nothing waits for digits: they mean something else
            return None
        metrics.sign_ins.labels("confirmed" if confirmation.done else "wrong_digits").inc()
        if confirmation.done:
            return [signed_in()]
        return [_body("wrong", left=confirmation.left) if confirmation.left else _body("given_up")]


def signed_in() -> Body:
    """What is said in the conversation once its citizen is signed in."""
    mine = sentence("signin.mine")
    return {**_body("signed_in", minutes=MINUTES), "buttons": [{"title": mine, "payload": mine}]}


def _body(name: str, **values: Any) -> Body:
    return {"text": sentence(f"signin.{name}", **values)}


def _wants_out(text: str) -> bool:
    return _plain(text).rstrip("。.!") in entry("signin.says_out")


def _digits(text: str) -> str | None:
    found = DIGITS.fullmatch(_plain(text)) if len(text) < 40 else None
    return found and re.sub(r"[ -]", "", found[1])


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()
