"""The menu below a chat (自定义菜单): its rules.

POST /cgi-bin/menu/create: at most three buttons, five below each; names up to 16 and 60 bytes, keys up to 128.
"""

from __future__ import annotations

from math import ceil
from pathlib import Path
from typing import Any

import yaml

from channels.wechat.simulator.refusals import Refusal
from channels.wechat.simulator.words import word

KEYS = Path(__file__).parents[1] / "menu.yml"
KEYED = (
    "click", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin", "location_select",
)  # fmt: skip
NEEDS = {
    **dict.fromkeys(KEYED, "key"),
    "view": "url",
    "miniprogram": "appid",
    "media_id": "media_id",
    "view_limited": "media_id",
    "article_id": "article_id",
    "article_view_limited": "article_id",
}
"""The field that a button of each type must have."""


def check(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The buttons of a menu.

    Raises:
        Refusal: 40016 – 40025.
    """
    buttons = body.get("button")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
        raise Refusal(40016)
    for button in buttons:
        if not isinstance(button, dict):
            raise Refusal(47001)
        _name(button, 16, 40018)
        below = button.get("sub_button") or []
        if not isinstance(below, list) or len(below) > 5:
            raise Refusal(40023)
        for inner in below:
            _name(inner, 60, 40025)
            _what(inner)
        if not below:
            _what(button)
    return buttons


def _name(button: Any, most: int, code: int) -> None:
    name = button.get("name") if isinstance(button, dict) else None
    if not isinstance(name, str) or not name or len(name.encode()) > most:
        raise Refusal(code)


def _what(button: dict[str, Any]) -> None:
    needed = NEEDS.get(str(button.get("type")))
    if needed is None:
        raise Refusal(40017)
    value = button.get(needed)
    if not isinstance(value, str) or not value:
        raise Refusal(40019 if needed == "key" else 40020)
    if needed == "key" and len(value.encode()) > 128:
        raise Refusal(40019)
    if needed == "url" and len(value.encode()) > 1024:
        raise Refusal(40020)


def prepared() -> list[dict[str, Any]]:
    """A button for each key in channels/wechat/menu.yml, in up to three groups: what there is to press until a menu is
    created."""
    keys: dict[str, str] = (yaml.safe_load(KEYS.read_text(encoding="utf-8")) or {}).get("buttons") or {}
    lines = [{"type": "click", "name": text, "key": key} for key, text in keys.items()][:15]
    size = max(ceil(len(lines) / 3), 1)
    groups = [lines[place : place + size] for place in range(0, len(lines), size)]
    return [{"name": word("phone.group", number=number), "sub_button": group} for number, group in enumerate(groups, 1)]
