"""WeCom as it calls us: callbacks signed and encrypted by a program that is not ours."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import aiohttp
from channel_helpers import serving, settings_for
from wechatpy.work.crypto import WeChatCrypto
from wecom_fake import AGENT, CORP, KF, SECRET, WeComFake

from channels.wechat import xml
from foundation.database import Database

TOKEN, AES_KEY = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
Answer = tuple[int, str]
_numbers = count(1)


def credentials(fake: WeComFake) -> dict[str, str]:
    """The application's settings, without their prefix."""
    return {
        "corp_id": CORP, "agent_id": str(AGENT), "secret": SECRET, "token": TOKEN, "aes_key": AES_KEY,
        "api_base": fake.address,
    }  # fmt: skip


class Driver:
    def __init__(self, http: aiohttp.ClientSession, address: str, receiver: str = CORP) -> None:
        self.http, self.url = http, f"{address}/webhooks/wecom/webhook"
        self._crypto = WeChatCrypto(TOKEN, AES_KEY, receiver)

    async def text(self, content: str, member: str = "ZhangSan", **fields: Any) -> Answer:
        """A member's message; gives the status and what the answer says ("success", or the text of the reply)."""
        return await self.push(
            {"MsgType": "text", "Content": content, "MsgId": 10**18 + next(_numbers), **fields}, member
        )

    async def event(self, name: str, member: str = "ZhangSan", at: int | None = None, **fields: Any) -> Answer:
        return await self.push({"MsgType": "event", "Event": name, **fields}, member, at)

    async def push(self, fields: dict[str, Any], member: str = "ZhangSan", at: int | None = None) -> Answer:
        common = {"ToUserName": CORP, "FromUserName": member, "CreateTime": int(time.time()), "AgentID": AGENT}
        return await self.post(xml.build({**common, **fields}), at)

    async def kf(self, kf: str = KF, token: str = "ENCtoken") -> Answer:
        """微信客服 has something for us."""
        event = {"ToUserName": CORP, "CreateTime": int(time.time()), "MsgType": "event", "Event": "kf_msg_or_event"}
        return await self.post(xml.build({**event, "Token": token, "OpenKfId": kf}))

    async def post(self, message: str, at: int | None = None) -> Answer:
        """A callback that was posted at a moment, in seconds since 1970; now, unless one is given."""
        nonce, timestamp = f"nonce{next(_numbers)}", str(at or int(time.time()))
        body = self._crypto.encrypt_message(message, nonce, timestamp)
        query = {"msg_signature": xml.parse(body)["MsgSignature"], "timestamp": timestamp, "nonce": nonce}
        async with self.http.post(self.url, params=query, data=body.encode()) as response:
            return response.status, self._read(await response.text())

    def _read(self, answer: str) -> str:
        if not answer.startswith("<xml>"):
            return answer
        outer = xml.parse(answer)
        inner = self._crypto.decrypt_message(answer, outer["MsgSignature"], outer["TimeStamp"], outer["Nonce"])
        reply = xml.parse(inner)
        assert reply["FromUserName"] == CORP and reply["MsgType"] == "text" and int(reply["CreateTime"])
        assert len(reply["Content"].encode()) <= 2048
        return str(reply["Content"])


@asynccontextmanager
async def wecom(url: str, store: Database, fake: WeComFake, **changes: Any) -> AsyncIterator[Driver]:
    """A gateway with the application in its settings, and WeCom that calls it."""
    named = {f"wecom_{name}": value for name, value in credentials(fake).items()}
    async with serving(settings_for(url, **{**named, **changes}), store) as address, aiohttp.ClientSession() as http:
        yield Driver(http, address)
