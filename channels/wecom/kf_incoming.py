"""A customer's message as sync_msg gives it, as the same typed values that the other channels have.

document/path/94670. Its sender is `<open_kfid>/<external_userid>`, its key the msgid.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from channels.wechat import incoming
from channels.wechat.incoming import Incoming
from foundation.errors import DecodeError

Json = dict[str, Any]


def parse(message: Json) -> Incoming:
    """The value of an entry of `msg_list` that a customer wrote.

    Raises:
        DecodeError: it does not say who wrote it, or has no id.
    """
    open_kfid, customer, msgid = (text(message, name) for name in ("open_kfid", "external_userid", "msgid"))
    if not (open_kfid and customer and msgid):
        raise DecodeError("a message of 微信客服 has no sender or no id")
    kind = text(message, "msgtype")
    common: Json = {
        "sender": f"{open_kfid}/{customer}",
        "to": open_kfid,
        "created": str(message.get("send_time", "")),
        "posted": 0,
        "key": msgid,
        "fields": message,
    }
    content = message.get(kind)
    make = KINDS.get(kind)
    return make(content if isinstance(content, dict) else {}, common) if make else incoming.Unknown(**common, type=kind)


KINDS: dict[str, Callable[[Json, Json], Incoming]] = {
    "text": lambda f, c: incoming.Text(**c, content=text(f, "content"), menu_id=text(f, "menu_id")),
    "image": lambda f, c: incoming.Image(**c, url="", media_id=text(f, "media_id")),
    # `voice_format` 0 is asked for, which is AMR. What was said does not come with it.
    "voice": lambda f, c: incoming.Voice(**c, media_id=text(f, "media_id"), format="amr", recognition=""),
    "video": lambda f, c: incoming.Video(**c, media_id=text(f, "media_id"), thumb_media_id=""),
    "file": lambda f, c: incoming.File(**c, title=""),
    "link": lambda f, c: incoming.Link(**c, title=text(f, "title"), description=text(f, "desc"), url=text(f, "url")),
    "location": lambda f, c: incoming.Location(
        **c,
        latitude=_degrees(f, "latitude", 90),
        longitude=_degrees(f, "longitude", 180),
        scale="",
        label=" ".join(filter(None, (text(f, "name"), text(f, "address")))),
    ),
    "miniprogram": lambda f, c: incoming.MiniProgramPage(
        **c,
        title=text(f, "title"),
        app_id=text(f, "appid"),
        page_path=text(f, "pagepath"),
        thumb_url="",
        thumb_media_id=text(f, "thumb_media_id"),
    ),
}


def text(fields: Any, name: str) -> str:
    """A field that is text; "" where it is anything else."""
    value = fields.get(name) if isinstance(fields, dict) else None
    return value if isinstance(value, str) else ""


def _degrees(fields: Json, name: str, most: float) -> float | None:
    value = fields.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) <= most:
        return None
    return float(value)
