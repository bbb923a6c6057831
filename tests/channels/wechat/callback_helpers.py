"""Pushes as WeChat makes them, and an official account of ours that receives them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any
from urllib.parse import urlencode

import aiohttp
from channel_helpers import listening, settings_for
from sanic import Sanic

from channels.delivery.loop import DeliveryLoop
from channels.gateway import Gateway
from channels.readiness import Readiness
from channels.rendering import Part, Style
from channels.server import build
from channels.wechat import xml
from channels.wechat.account import Account
from channels.wechat.crypto import Envelope
from channels.wechat.input import MiniProgramInput, WeChatInput
from channels.wechat.signature import matches, sign
from foundation.cipher import Cipher
from foundation.clock import SystemClock
from foundation.database import Database
from foundation.inbox import Inbox
from foundation.vault import Vault

TOKEN, AES_KEY, APP_ID, ORIGINAL = "AAAAA", "A" * 43, "wxba5fad812f8e6fb9", "gh_97417a04a28d"
OPENID = "o9AgO5Kd5ggOC-bXrbNODIiE3bGY"
ACCOUNT = Account("wechat", APP_ID, TOKEN, "5" * 32, AES_KEY, original_id=ORIGINAL)
MINI = replace(ACCOUNT, channel="miniprogram")

_ids = count(2_316_000_000_000_000_000)


@dataclass
class Answer:
    status: int
    body: bytes
    content_type: str

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class WeChat:
    """The platform: signs, encrypts, posts, and reads the answer."""

    http: aiohttp.ClientSession
    address: str
    account: Account = ACCOUNT
    form: str = "xml"
    seen: list[Answer] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{self.address}/webhooks/{self.account.channel}/webhook"

    def fields(self, kind: str = "text", sender: str = OPENID, **fields: Any) -> dict[str, Any]:
        """The fields of a new message or event, with defaults."""
        known = {"ToUserName": ORIGINAL, "FromUserName": sender, "CreateTime": int(time.time()), "MsgType": kind}
        return {**known, **({} if kind == "event" else {"MsgId": next(_ids)}), **fields}

    async def say(self, content: str, **fields: Any) -> Answer:
        return await self.push(self.fields(Content=content, **fields))

    async def event(self, name: str, **fields: Any) -> Answer:
        return await self.push(self.fields("event", Event=name, **fields))

    async def push(self, fields: dict[str, Any], **query: str) -> Answer:
        """One request with these fields, in the account's mode; `query` replaces arguments."""
        body = self.body(fields)
        return await self.post(body, {**self.arguments(body), **query})

    async def push_as_the_platform_does(self, fields: dict[str, Any], requests: int = 3) -> Answer | None:
        """Hang up after five seconds and ask again; the first answer, None when there was none at all."""
        for _ in range(requests):
            try:
                return await asyncio.wait_for(self.push(fields), 5)
            except asyncio.TimeoutError:
                continue
        return None

    def body(self, fields: dict[str, Any]) -> bytes:
        plain = self.written(fields)
        if self.account.mode == "plain":
            return plain.encode()
        encrypted = Envelope(AES_KEY, self.account.app_id).encrypt(plain)
        beside = fields if self.account.mode == "compatible" else {"ToUserName": fields.get("ToUserName", "")}
        return self.written({**beside, "Encrypt": encrypted}).encode()

    def written(self, fields: dict[str, Any]) -> str:
        return json.dumps(fields, ensure_ascii=False) if self.form == "json" else xml.build(fields)

    def arguments(self, body: bytes, at: int = 0) -> dict[str, str]:
        timestamp, nonce = str(int(time.time()) + at), str(next(_ids))[-9:]
        query = {"signature": sign(TOKEN, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}
        if self.account.mode != "plain":
            fields = json.loads(body) if self.form == "json" else xml.parse(body)
            signed = sign(TOKEN, timestamp, nonce, fields["Encrypt"])
            query |= {"openid": OPENID, "encrypt_type": "aes", "msg_signature": signed}
        return query

    async def post(self, body: bytes, query: dict[str, str] | str) -> Answer:
        query = query if isinstance(query, str) else urlencode(query)
        async with self.http.post(f"{self.url}?{query}", data=body) as response:
            answer = Answer(response.status, await response.read(), response.content_type)
        self.seen.append(answer)
        return answer

    async def get(self, query: dict[str, str] | str) -> Answer:
        query = query if isinstance(query, str) else urlencode(query)
        async with self.http.get(f"{self.url}?{query}") as response:
            return Answer(response.status, await response.read(), response.content_type)

    def reply(self, answer: Answer) -> str | None:
        """The text that a citizen sees of an answer: None for `success`. Everything about it is checked."""
        if answer.body == b"success":
            return None
        assert answer.status == 200, answer
        body = answer.text
        assert body == body.strip()
        if self.account.mode != "plain":
            outer = json.loads(body) if self.form == "json" else xml.parse(body)
            encrypted = outer["Encrypt"]
            assert matches(outer["MsgSignature"], TOKEN, str(outer["TimeStamp"]), outer["Nonce"], encrypted)
            body = Envelope(AES_KEY, self.account.app_id).decrypt(encrypted)
        fields = json.loads(body) if self.form == "json" else xml.parse(body)
        assert (fields["FromUserName"], fields["MsgType"]) == (ORIGINAL, "text")
        assert int(fields["CreateTime"]) > 1_700_000_000
        assert len(fields["Content"].encode()) <= 2048
        return str(fields["Content"])


class Sent:
    """A platform to send to: keeps what it is given."""

    def __init__(self, channel: str = "wechat") -> None:
        self.channel = channel
        self.parts: list[tuple[str, Part]] = []
        self.typed: list[str] = []

    def style(self) -> Style:
        return Style(menu=self.channel == "wechat")

    async def send(self, recipient: str, part: Part, key: str) -> str | None:
        self.parts.append((recipient, part))
        return f"msg-{len(self.parts)}"

    async def typing(self, recipient: str) -> None:
        self.typed.append(recipient)

    async def close(self) -> None:
        pass

    def texts(self, recipient: str = OPENID) -> list[str]:
        return [getattr(part, "text", "") for to, part in self.parts if to == recipient]


@asynccontextmanager
async def gateway(
    database: Database, account: Account = ACCOUNT, platform: Any = None, api: bool = False, **settings: Any
) -> AsyncIterator[WeChat]:
    """An account over a gateway in this process; replies go to `platform` when they do not go passively.

    With `api`, recordings are downloaded from the platform.
    """
    Sanic.test_mode = True
    chosen = settings_for(database.engine.url.render_as_string(hide_password=False), **settings)
    clock = SystemClock()
    house = Gateway(database, Inbox(Cipher(chosen.key())), Vault(Cipher(chosen.key())), clock, chosen)
    kind = WeChatInput if account.channel == "wechat" else MiniProgramInput
    loops = [DeliveryLoop(house.storage, platform, clock)] if platform else []
    app = build(house, Readiness(database, clock), chosen, [kind(account, house, platform if api else None)], loops)
    async with listening(app) as address, aiohttp.ClientSession() as http:
        yield WeChat(http, address, account)


async def until(done: Any, seconds: float = 10) -> None:
    """Wait for a condition, generously."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "it did not come about"
        await asyncio.sleep(0.02)
