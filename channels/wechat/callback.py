"""The callback of an account: is it from WeChat, for us, and what does it say; and the answer in the same form.

Whoever fails a check learns nothing: the caller answers 403 to every SignatureError, and `success` to a DecodeError,
because WeChat itself sent that and would only send it again.
Protocol: https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/Access_Overview.html
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_hex
from typing import Any
from urllib.parse import parse_qsl

from channels.wechat import forms
from channels.wechat.account import Account
from channels.wechat.crypto import Envelope
from channels.wechat.forms import Form
from channels.wechat.signature import matches, sign
from channels.wechat.xml import Fields, Plain
from foundation.errors import DecodeError, SignatureError

MOST_BYTES = 1 << 20
"""Of a body; a callback has a few thousand."""
LONGEST = {"signature": 40, "msg_signature": 40, "timestamp": 16, "nonce": 128, "echostr": 1024}
MOST_ARGUMENTS = 20

Query = dict[str, list[str]]
"""Query arguments with all their values, each byte as one character."""


@dataclass(frozen=True)
class Opened:
    """The fields of a callback that passed every check, its form, and whether it came encrypted.

    `posted` is when the platform says that it sent this request, in seconds since 1970, or 0: signed, and new each time
    that the same thing is told again.
    """

    fields: Fields
    form: Form
    encrypted: bool
    posted: int = 0


class Callbacks:
    def __init__(self, account: Account) -> None:
        self._account = account
        self._envelope = Envelope(account.aes_key, account.app_id) if account.aes_key else None

    def echo(self, query: Query) -> str:
        """What WeChat wants to read back when the address is registered. Raises SignatureError: it did not ask."""
        self._check_plain(query)
        return one(query, "echostr")

    def open(self, query: Query, body: bytes) -> Opened:
        """The content of a posted callback.

        Raises:
            SignatureError: WeChat did not send it, or not in the account's mode.
            DecodeError: WeChat sent it, and it is not for us or cannot be read.
        """
        if self._account.mode == "plain":
            self._check_plain(query)
            fields, form = forms.read(body)
            if "Encrypt" in fields and "MsgType" not in fields:
                raise SignatureError("a callback came encrypted, and the account's mode is plain")
            opened = Opened(fields, form, encrypted=False, posted=seconds(one(query, "timestamp")))
        else:
            opened = self._decrypt(query, body)
        original = self._account.original_id
        if original and opened.fields.get("ToUserName") != original:
            raise DecodeError("a callback is for another account; compare ORIGINAL_ID in the settings")
        return opened

    def seal(self, fields: Mapping[str, Any], opened: Opened) -> str:
        """The body that answers a callback with these fields, in the form in which it came."""
        message = forms.write(fields, opened.form)
        if not opened.encrypted or self._envelope is None:
            return message
        encrypted, timestamp, nonce = self._envelope.encrypt(message), int(time.time()), token_hex(8)
        sealed = {
            "Encrypt": encrypted,
            "MsgSignature": sign(self._account.token, str(timestamp), nonce, encrypted),
            "TimeStamp": Plain(timestamp) if opened.form is Form.XML else timestamp,
            "Nonce": nonce,
        }
        return forms.write(sealed, opened.form)

    def _decrypt(self, query: Query, body: bytes) -> Opened:
        """What an encrypted callback holds; fields beside the envelope, as in compatible mode, are not looked at."""
        given, timestamp, nonce = (one(query, name) for name in ("msg_signature", "timestamp", "nonce"))
        try:
            outer, _ = forms.read(body)
        except DecodeError:
            raise SignatureError("a callback is neither XML nor JSON") from None
        encrypted = outer.get("Encrypt")
        if not isinstance(encrypted, str) or not encrypted or self._envelope is None:
            raise SignatureError("a callback came unencrypted, and the account's mode does not allow it")
        if not matches(given, self._account.token, timestamp, nonce, encrypted):
            raise SignatureError("a callback's signature is wrong")
        try:
            content = self._envelope.decrypt(encrypted)
        except DecodeError as error:
            raise SignatureError(str(error)) from None
        fields, form = forms.read(content)
        return Opened(fields, form, encrypted=True, posted=seconds(timestamp))

    def _check_plain(self, query: Query) -> None:
        given, timestamp, nonce = (one(query, name) for name in ("signature", "timestamp", "nonce"))
        if not matches(given, self._account.token, timestamp, nonce):
            raise SignatureError("a callback's signature is wrong")
        if self._account.mode == "plain" and self._account.window:
            # The signature covers nothing else: one that was overheard would admit any body for ever.
            if not timestamp.isascii() or not timestamp.isdigit():
                raise SignatureError("a callback's timestamp is no number")
            if abs(time.time() - int(timestamp)) > self._account.window:
                raise SignatureError("a callback's timestamp is too far from our clock; check that of this machine")


def arguments(query_string: str) -> Query:
    """The arguments of a query string. Raises SignatureError: they are too many."""
    try:
        pairs = parse_qsl(query_string, keep_blank_values=True, encoding="latin-1", max_num_fields=MOST_ARGUMENTS)
    except ValueError:
        raise SignatureError("a callback has too many arguments") from None
    query: Query = {}
    for name, value in pairs:
        query.setdefault(name, []).append(value)
    return query


def seconds(text: str) -> int:
    """A moment as the platform writes it, since 1970; 0 where that is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def one(query: Query, name: str) -> str:
    """An argument that is there once and not longer than any real one. Raises SignatureError otherwise."""
    values = query.get(name, [])
    if len(values) != 1 or not 1 <= len(values[0]) <= LONGEST[name]:
        raise SignatureError(f"a callback needs one {name}")
    return values[0]
