"""Callbacks as the platform posts them: their bodies, encryption and signatures.

Official accounts and mini-programs: plain, compatible (plain and encrypted in one body) or safe (encrypted only), as
XML, a mini-program's also as JSON. WeCom: encrypted XML only, with `msg_signature` and no `signature`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from secrets import randbelow
from typing import Any

from channels.wechat.crypto import Envelope
from channels.wechat.signature import sign
from channels.wechat.simulator.accounts import Account

Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Sealed:
    """A body, the same at every attempt."""

    body: bytes
    content_type: str
    encrypted: str = ""
    """Its `Encrypt`."""


def seal(account: Account, fields: Fields) -> Sealed:
    """The body that carries a message or event, as the account's mode wants it."""
    as_json = account.format == "json" and not account.corporate
    write, content_type = (_json, "application/json") if as_json else (xml, "text/xml")
    plain = write(fields)
    if account.mode == "plain":
        return Sealed(plain.encode(), content_type)
    encrypted = Envelope(account.aes_key, account.app_id).encrypt(plain)
    around: dict[str, Any] = {"ToUserName": account.address}
    if account.mode == "compatible":
        around = dict(fields)
    elif account.channel == "wecom":
        around["AgentID"] = account.agent_id
    return Sealed(write({**around, "Encrypt": encrypted}).encode(), content_type, encrypted)


def query(account: Account, encrypted: str, stamp: int, sender: str = "") -> dict[str, str]:
    """The arguments of one attempt: a fresh nonce, and the signatures over it."""
    timestamp, nonce = str(stamp), str(100_000_000 + randbelow(1_900_000_000))
    found = {"timestamp": timestamp, "nonce": nonce}
    if not account.corporate:
        found["signature"] = sign(account.token, timestamp, nonce)
        if sender:
            found["openid"] = sender
    if encrypted:
        found["msg_signature"] = sign(account.token, timestamp, nonce, encrypted)
        if not account.corporate:
            found["encrypt_type"] = "aes"
    return found


def handshake(account: Account, stamp: int) -> tuple[dict[str, str], str]:
    """The arguments of the GET by which the platform checks an address, and the body that it expects."""
    echo = str(10**18 + randbelow(9 * 10**18))
    if account.corporate:
        sealed = Envelope(account.aes_key, account.app_id).encrypt(echo)
        return {**query(account, sealed, stamp), "echostr": sealed}, echo
    return {**query(account, "", stamp), "echostr": echo}, echo


def xml(fields: Fields) -> str:
    """`<xml>` with these elements: texts in CDATA with every character that the user typed, legal in XML or not."""
    return f"<xml>{_elements(fields)}</xml>"


def _elements(fields: Fields) -> str:
    return "".join(_element(name, value) for name, value in fields.items())


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, one) for one in value)
    if isinstance(value, Mapping):
        return f"<{name}>{_elements(value)}</{name}>"
    if isinstance(value, (int, float)):
        return f"<{name}>{value}</{name}>"
    text = str(value).replace("]]>", "]]]]><![CDATA[>")
    return f"<{name}><![CDATA[{text}]]></{name}>"


def _json(fields: Fields) -> str:
    return json.dumps(fields, ensure_ascii=False)
