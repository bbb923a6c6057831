"""WeCom's callbacks: as those of an official account in safe mode, but the address is registered encrypted too.

developer.work.weixin.qq.com document/path/90930 (callback configuration), 90968 (encryption).
"""

from __future__ import annotations

from dataclasses import replace

from channels.wechat.callback import Callbacks, Opened, Query, one
from channels.wechat.crypto import Envelope
from channels.wechat.signature import matches
from channels.wecom.account import WeComAccount
from foundation.errors import DecodeError, SignatureError

KF_EVENT = "kf_msg_or_event"


class WeComCallbacks(Callbacks):
    def __init__(self, account: WeComAccount) -> None:
        super().__init__(account)
        self._token = account.token
        self._opener = Envelope(account.aes_key or "", account.app_id)

    def echo(self, query: Query) -> str:
        """What WeCom wants to read back when the address is registered: what `echostr` holds, decrypted, each byte
        as one character.

        Raises:
            SignatureError: WeCom did not ask, or for another corporation.
        """
        # A "+" of base64 that was not escaped in the address has become a space.
        encrypted = one(query, "echostr").replace(" ", "+")
        given, timestamp, nonce = (one(query, name) for name in ("msg_signature", "timestamp", "nonce"))
        if not matches(given, self._token, timestamp, nonce, encrypted):
            raise SignatureError("a callback's signature is wrong")
        try:
            return self._opener.decrypt(encrypted).encode().decode("latin-1")
        except DecodeError as error:
            raise SignatureError(str(error)) from None

    def open(self, query: Query, body: bytes) -> Opened:
        """As Callbacks.open. Members' ids, which WeCom writes in any case, become lower case; an event of 微信客服,
        which nobody sent, gets its account as the sender."""
        opened = super().open(query, body)
        fields = opened.fields
        if str(fields.get("Event", "")).lower() == KF_EVENT:
            sender = fields.get("OpenKfId")
        else:
            sender = str(fields.get("FromUserName", "")).lower()
        return replace(opened, fields={**fields, "FromUserName": sender})
