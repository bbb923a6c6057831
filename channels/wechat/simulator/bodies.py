"""What a body for sending must be like, and what a user sees of it.

custom/send, template/send and subscribe/send of developers.weixin.qq.com; message/send (document/path/90236) and
kf/send_msg (document/path/94677) of WeCom. The official account's page names no limits of a msgmenu: those of 微信客服
are applied to both.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from channels.wechat.simulator.media import Media
from channels.wechat.simulator.refusals import Refusal

Json = dict[str, Any]
MOST_BYTES = 2048
TYPES = {
    "wechat": {
        "text", "image", "voice", "video", "music", "news", "mpnews", "mpnewsarticle", "msgmenu", "wxcard",
        "miniprogrampage",
    },
    "miniprogram": {"text", "image", "link", "miniprogrampage"},
    "wecom": {
        "text", "image", "voice", "video", "file", "textcard", "news", "mpnews", "markdown", "miniprogram_notice",
        "template_card",
    },
    "wecom-kf": {
        "text", "image", "voice", "video", "file", "link", "miniprogram", "msgmenu", "location", "business_card",
        "ca_link",
    },
}  # fmt: skip
WITH_MEDIA = {"image", "voice", "video", "file"}


@dataclass(frozen=True)
class Shown:
    """A message as the user's telephone shows it."""

    kind: str
    text: str
    choices: tuple[tuple[str, str], ...] = ()
    tail: str = ""
    media_id: str = ""


def decode(raw: bytes) -> Json:
    """The JSON object of a request.

    Raises:
        Refusal: 40033 it holds an escaped character, 47001 it is no JSON object.
    """
    if b"\\u" in raw:
        raise Refusal(40033)
    try:
        found = json.loads(raw.decode())
    except ValueError:
        raise Refusal(47001) from None
    if not isinstance(found, dict):
        raise Refusal(47001)
    return found


def check(channel: str, body: Json, media: Media) -> Shown:
    """What the user will see.

    Raises:
        Refusal: the body is not acceptable to this kind of account.
    """
    kind = body.get("msgtype")
    if kind not in TYPES[channel]:
        raise Refusal(40008)
    content = body.get(kind)
    if not isinstance(content, dict):
        raise Refusal(44004 if kind == "text" else 47001, f"{kind} missing")
    if kind in ("text", "markdown"):
        return Shown(kind, text(content.get("content"), truncate=channel == "wecom"))
    if kind in WITH_MEDIA:
        file = media.get(content.get("media_id"))
        return Shown(kind, str(content.get("title") or ""), media_id=str(content["media_id"]) if file else "")
    if kind == "msgmenu":
        return menu(content, nested=channel == "wecom-kf")
    if kind == "news":
        return news(content, most=8 if channel == "wecom" else 1)
    return Shown(kind, " ".join(str(content[key]) for key in ("title", "name", "description") if content.get(key)))


def text(value: object, truncate: bool = False) -> str:
    """A text that is one, and not too long; WeCom cuts longer ones off."""
    if not isinstance(value, str) or not value.strip():
        raise Refusal(44004)
    whole = value.encode("utf-8", "surrogatepass")
    if len(whole) > MOST_BYTES:
        if not truncate:
            raise Refusal(45002)
        return whole[:MOST_BYTES].decode("utf-8", "ignore")
    return value


def menu(content: Json, nested: bool) -> Shown:
    """`list` is `[{"id", "content"}]`, of 微信客服 `[{"type": "click", "click": {"id", "content"}}, …]`."""
    lines = content.get("list")
    head, tail = str(content.get("head_content") or ""), str(content.get("tail_content") or "")
    if not isinstance(lines, list) or not lines:
        raise Refusal(40035, "msgmenu list")
    if len(lines) > 10 or len(head.encode()) > 1024 or len(tail.encode()) > 1024:
        raise Refusal(45002, "msgmenu")
    choices = []
    for line in lines:
        what = line.get("type", "click") if isinstance(line, dict) else None
        choice = line.get(what) if nested and isinstance(line, dict) else line
        if not isinstance(choice, dict) or not isinstance(title := choice.get("content"), str) or not title.strip():
            raise Refusal(40035, "msgmenu content")
        key = choice.get("id", "" if nested and what != "click" else None)
        if not isinstance(key, str) or len(key.encode()) > 64 or len(title.encode()) > 128:
            raise Refusal(40035, "msgmenu id")
        choices.append((key, title))
    if len({key for key, _ in choices}) < len(choices):
        raise Refusal(40035, "msgmenu id repeated")
    return Shown("menu", head, tuple(choices), tail)


def news(content: Json, most: int) -> Shown:
    articles = content.get("articles")
    if not isinstance(articles, list) or not articles or not all(isinstance(one, dict) for one in articles):
        raise Refusal(44004)
    if len(articles) > most:
        raise Refusal(45008)
    return Shown("news", "\n".join(str(one.get("title") or "") for one in articles))


LIMITS = {
    "thing": 20, "number": 32, "letter": 32, "symbol": 5, "character_string": 32, "phone_number": 17,
    "car_number": 8, "phrase": 5, "name": 20,
}  # fmt: skip
"""Characters of a subscription message's values, by the kind that their name begins with."""


def notice(body: Json, limits: bool) -> Shown:
    """A template or subscription message: `data` is `{name: {"value"}}`.

    Args:
        limits: whether values must keep to what their names promise, as subscription messages must.

    Raises:
        Refusal: 40037 or 47003.
    """
    if not isinstance(body.get("template_id"), str) or not body["template_id"]:
        raise Refusal(40037)
    data = body.get("data")
    if not isinstance(data, dict) or not data:
        raise Refusal(47003, "data")
    for name, value in data.items():
        if not isinstance(value, dict) or not isinstance(value.get("value"), (str, int, float)):
            raise Refusal(47003, f"data.{name}.value")
        kind = re.sub(r"\d+$", "", name)
        if limits and len(str(value["value"])) > LIMITS.get(kind, 64):
            raise Refusal(47003, f"data.{name}.value invalid")
    return Shown("template", "\n".join(f"{name}：{value['value']}" for name, value in data.items()))
