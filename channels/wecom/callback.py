"""WeCom's callbacks, always encrypted: is it from WeCom, for us, and what does it say.

developer.work.weixin.qq.com document/path/90930 (callback configuration), 90968 (encryption).
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from secrets import token_hex

from channels.wechat import xml
from channels.wechat.crypto import Envelope
from channels.wechat.signature import matches, sign
from channels.wechat.xml import Fields, Plain
from foundation.errors import ConfigError, DecodeError, SignatureError

Query = Mapping[str, Sequence[str]]
"""Query arguments with all their values, decoded."""

LONGEST = {"msg_signature": 40, "timestamp": 16, "nonce": 128, "echostr": 4096}
TOKEN = re.compile(r"[A-Za-z0-9]{3,32}")


class Callbacks:
    """Opens and seals what goes to and fro at the callback address of one application."""

    def __init__(self, corp_id: str, token: str, aes_key: str) -> None:
        """
        Raises:
            ConfigError: the token or the key cannot be right.
        """
        if not TOKEN.fullmatch(token):
            raise ConfigError("ZHENGWU_WECOM_TOKEN must be 3 to 32 letters and digits: copy it from 接收消息 → API接收")
        try:
            self._envelope = Envelope(aes_key, corp_id)
        except ValueError:
            raise ConfigError(
                "ZHENGWU_WECOM_AES_KEY must be the 43 characters of EncodingAESKey: copy it from 接收消息 → API接收"
            ) from None
        self._token = token

    def echo(self, query: Query) -> str:
        """What WeCom wants to read back when the address is registered.

        Raises:
            SignatureError: WeCom did not ask, or another corporation.
        """
        # A "+" of base64 that was not escaped in the address has become a space.
        encrypted = _one(query, "echostr").replace(" ", "+")
        return self._decrypt(query, encrypted)

    def open(self, query: Query, body: bytes) -> str:
        """The message of a posted callback, as XML; see channels.wecom.incoming.

        Raises:
            SignatureError: WeCom did not send it, or not to us.
        """
        for name in ("msg_signature", "timestamp", "nonce"):
            _one(query, name)  # before the body is looked at: scanners post anything
        try:
            encrypted = xml.parse(body).get("Encrypt")
        except DecodeError:
            encrypted = None
        if not isinstance(encrypted, str) or not encrypted:
            raise SignatureError("a callback holds no encrypted message")
        return self._decrypt(query, encrypted)

    def seal(self, message: str) -> str:
        """The body that answers a callback with a message (XML)."""
        encrypted, timestamp, nonce = self._envelope.encrypt(message), str(int(time.time())), token_hex(8)
        fields: Fields = {
            "Encrypt": encrypted,
            "MsgSignature": sign(self._token, timestamp, nonce, encrypted),
            "TimeStamp": Plain(timestamp),
            "Nonce": nonce,
        }
        return xml.build(fields)

    def _decrypt(self, query: Query, encrypted: str) -> str:
        given, timestamp, nonce = (_one(query, name) for name in ("msg_signature", "timestamp", "nonce"))
        if not matches(given, self._token, timestamp, nonce, encrypted):
            raise SignatureError("a callback's signature is wrong")
        try:
            return self._envelope.decrypt(encrypted)
        except DecodeError as error:
            raise SignatureError(str(error)) from None


def _one(query: Query, name: str) -> str:
    values = query.get(name) or ()
    if len(values) != 1 or not 1 <= len(values[0]) <= LONGEST[name]:
        raise SignatureError(f"a callback needs one {name}")
    return values[0]
