"""What WeChat makes of the answer to a callback: an acknowledgement, a message for the user, or a fault.

被动回复用户消息 of developers.weixin.qq.com: `success` or nothing acknowledges; XML from the account to the user is a
message, encrypted in safe mode; anything else is shown to the user as “该公众号提供的服务出现故障”.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from channels.wechat.crypto import Envelope
from channels.wechat.signature import matches
from channels.wechat.simulator.accounts import Account
from channels.wechat.simulator.bodies import MOST_BYTES, Shown
from channels.wechat.simulator.media import Media
from channels.wechat.simulator.refusals import Refusal
from channels.wechat.simulator.words import word
from foundation.errors import DecodeError

TRANSFER = "transfer_customer_service"
MEDIA = {"image": "Image", "voice": "Voice", "video": "Video"}


@dataclass(frozen=True)
class Verdict:
    outcome: Literal["acknowledged", "message", "fault"]
    why: str = ""
    shown: Shown | None = None


class Fault(Exception):
    """The answer is none; its text, `why.<name>` of page.yml, says why."""

    def __init__(self, name: str, **values: object) -> None:
        super().__init__(word(f"why.{name}", **values))


def read(account: Account, sender: str, body: bytes, media: Media) -> Verdict:
    """Judge the answer to a callback that `sender` caused."""
    if body in (b"", b"success"):
        return Verdict("acknowledged")
    try:
        if account.channel == "wecom-kf":
            raise Fault("only_success")
        if account.channel == "miniprogram":
            return _transferred(account, body)
        return _message(account, sender, body, media)
    except Fault as fault:
        return Verdict("fault", str(fault))


def _message(account: Account, sender: str, body: bytes, media: Media) -> Verdict:
    root = _opened(account, _xml(body))
    to = _text(root, "ToUserName")
    # WeCom's user ids are the same in small and capital letters.
    if to != sender and not (account.corporate and to.lower() == sender.lower()):
        raise Fault("to")
    if _text(root, "FromUserName") != account.address:
        raise Fault("sender")
    if not _text(root, "CreateTime").isdigit():
        raise Fault("time")
    kind = _text(root, "MsgType")
    if kind == TRANSFER:
        return Verdict("message", shown=Shown(TRANSFER, ""))
    return Verdict("message", shown=_shown(root, kind, media))


def _shown(root: Element, kind: str, media: Media) -> Shown:
    if kind == "text":
        content = _text(root, "Content")
        if not content.strip():
            raise Fault("empty")
        if len(content.encode()) > MOST_BYTES:
            raise Fault("long", limit=MOST_BYTES)
        return Shown("text", content)
    if kind in MEDIA:
        media_id = _text(root, f"{MEDIA[kind]}/MediaId")
        try:
            media.get(media_id)
        except Refusal:
            raise Fault("media") from None
        return Shown(kind, "", media_id=media_id)
    if kind == "music":
        return Shown("music", _text(root, "Music/Title"))
    if kind == "news":
        titles = [item.findtext("Title") or "" for item in root.findall("Articles/item")]
        if not titles or str(len(titles)) != _text(root, "ArticleCount"):
            raise Fault("articles")
        return Shown("news", "\n".join(titles))
    raise Fault("kind", kind=kind[:32])


def _opened(account: Account, root: Element) -> Element:
    """The message inside an encrypted answer; in plain and compatible mode it may stand there openly."""
    encrypted = root.findtext("Encrypt")
    if encrypted is None:
        if account.mode == "safe":
            raise Fault("open")
        return root
    if account.mode == "plain":
        raise Fault("encrypted")
    stamp, nonce = _text(root, "TimeStamp"), _text(root, "Nonce")
    if not matches(_text(root, "MsgSignature"), account.token, stamp, nonce, encrypted):
        raise Fault("signature")
    try:
        plain = Envelope(account.aes_key, account.app_id).decrypt(encrypted)
    except DecodeError as error:
        raise Fault("sealed", error=error) from None
    return _xml(plain.encode())


def _transferred(account: Account, body: bytes) -> Verdict:
    """A mini-program may only hand its user over."""
    try:
        fields: Any = json.loads(body)
        kind = fields.get("MsgType") if isinstance(fields, dict) and "Encrypt" not in fields else None
        if isinstance(fields, dict) and "Encrypt" in fields:
            plain = Envelope(account.aes_key, account.app_id).decrypt(str(fields["Encrypt"]))
            kind = json.loads(plain).get("MsgType")
    except (ValueError, AttributeError, DecodeError):
        kind = _text(_opened(account, _xml(body)), "MsgType")
    if kind != TRANSFER:
        raise Fault("only_transfer")
    return Verdict("message", shown=Shown(TRANSFER, ""))


def _xml(body: bytes) -> Element:
    if not (body.startswith(b"<xml>") and body.endswith(b"</xml>")):
        raise Fault("around" if b"<xml>" in body else "neither")
    try:
        root: Element = fromstring(body.decode(), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError):
        raise Fault("malformed") from None
    repeated = len({child.tag for child in root}) < len(root)
    if root.tag != "xml" or repeated:
        raise Fault("nodes")
    return root


def _text(root: Element, path: str) -> str:
    return root.findtext(path) or ""
