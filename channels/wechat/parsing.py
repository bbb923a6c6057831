"""A decoded body made into one of the values of `channels.wechat.incoming`. Nothing in it can make this fail but
having no sender or no type."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from typing import Any

from channels.wechat.incoming import (
    Click,
    EnterSession,
    Event,
    File,
    Finished,
    Image,
    Incoming,
    Link,
    Location,
    MiniProgramPage,
    Notices,
    Pictures,
    PlaceChosen,
    Position,
    Scan,
    ScanCode,
    Service,
    Subscribe,
    Text,
    Unknown,
    Unsubscribe,
    Video,
    View,
    Voice,
)
from channels.wechat.xml import Fields
from foundation.errors import DecodeError

LONGEST_ID = 64

Common = dict[str, Any]
"""What every value has."""


def parse(fields: Fields, posted: int = 0) -> Incoming:
    """The value of a decoded body, and of the moment at which it was posted.

    Raises:
        DecodeError: it has no sender or no type.
    """
    sender, kind = _text(fields, "FromUserName").strip(), _text(fields, "MsgType").strip().lower()
    if not sender or not kind:
        raise DecodeError("a message has no sender or no type")
    name = _text(fields, "Event").strip().lower() if kind == "event" else ""
    common: Common = {
        "sender": sender,
        "to": _text(fields, "ToUserName").strip(),
        "created": _text(fields, "CreateTime").strip(),
        "posted": posted,
        "key": _key(fields, kind, name),
        "fields": fields,
    }
    if kind != "event":
        make = MESSAGES.get(kind)
        return make(fields, common) if make else Unknown(**common, type=kind)
    common |= {"name": name, "event_key": _text(fields, "EventKey")}
    make = EVENTS.get(name)
    return make(fields, common) if make else Event(**common)


MESSAGES: dict[str, Callable[[Fields, Common], Incoming]] = {
    "text": lambda f, c: Text(**c, content=_text(f, "Content"), menu_id=_text(f, "bizmsgmenuid").strip()),
    "image": lambda f, c: Image(**c, url=_text(f, "PicUrl"), media_id=_text(f, "MediaId")),
    "voice": lambda f, c: Voice(
        **c,
        media_id=_text(f, "MediaId"),
        format=_text(f, "Format").lower(),
        recognition=_text(f, "Recognition"),
    ),
    "video": lambda f, c: Video(**c, media_id=_text(f, "MediaId"), thumb_media_id=_text(f, "ThumbMediaId")),
    "location": lambda f, c: Location(
        **c,
        latitude=_degrees(f, "Location_X", 90),
        longitude=_degrees(f, "Location_Y", 180),
        scale=_text(f, "Scale"),
        label=_text(f, "Label"),
    ),
    "link": lambda f, c: Link(**c, title=_text(f, "Title"), description=_text(f, "Description"), url=_text(f, "Url")),
    "file": lambda f, c: File(**c, title=_text(f, "Title") or _text(f, "FileName")),
    "miniprogrampage": lambda f, c: MiniProgramPage(
        **c,
        title=_text(f, "Title"),
        app_id=_text(f, "AppId"),
        page_path=_text(f, "PagePath"),
        thumb_url=_text(f, "ThumbUrl"),
        thumb_media_id=_text(f, "ThumbMediaId"),
    ),
}
MESSAGES["shortvideo"] = MESSAGES["video"]

EVENTS: dict[str, Callable[[Fields, Common], Event]] = {
    "subscribe": lambda f, c: Subscribe(**c, scene=_scene(c["event_key"]), ticket=_text(f, "Ticket")),
    "unsubscribe": lambda f, c: Unsubscribe(**c),
    "scan": lambda f, c: Scan(**c, scene=c["event_key"], ticket=_text(f, "Ticket")),
    "location": lambda f, c: Position(
        **c,
        latitude=_degrees(f, "Latitude", 90),
        longitude=_degrees(f, "Longitude", 180),
        precision=_number(f, "Precision"),
    ),
    "click": lambda f, c: Click(**c),
    "view": lambda f, c: View(**c, menu_id=_text(f, "MenuId")),
    "view_miniprogram": lambda f, c: View(**c, menu_id=_text(f, "MenuId")),
    "scancode_push": lambda f, c: _scan_code(f, c, waits=False),
    "scancode_waitmsg": lambda f, c: _scan_code(f, c, waits=True),
    "location_select": lambda f, c: _place(_within(f, "SendLocationInfo"), c),
    "templatesendjobfinish": lambda f, c: _finished(f, c),
    "masssendjobfinish": lambda f, c: _finished(f, c),
    "kf_create_session": lambda f, c: _service(f, c),
    "kf_close_session": lambda f, c: _service(f, c),
    "kf_switch_session": lambda f, c: _service(f, c),
    "subscribe_msg_popup_event": lambda f, c: _notices(_within(f, "SubscribeMsgPopupEvent"), c),
    "subscribe_msg_change_event": lambda f, c: _notices(_within(f, "SubscribeMsgChangeEvent"), c),
    "subscribe_msg_sent_event": lambda f, c: _notices(_within(f, "SubscribeMsgSentEvent"), c),
    "user_enter_tempsession": lambda f, c: EnterSession(**c, session_from=_text(f, "SessionFrom")),
}
EVENTS.update(dict.fromkeys(("pic_sysphoto", "pic_photo_or_album", "pic_weixin"), lambda f, c: _pictures(f, c)))


def _scan_code(fields: Fields, common: Common, *, waits: bool) -> ScanCode:
    info = _within(fields, "ScanCodeInfo")
    return ScanCode(**common, scan_type=_text(info, "ScanType"), scan_result=_text(info, "ScanResult"), waits=waits)


def _pictures(fields: Fields, common: Common) -> Pictures:
    info = _within(fields, "SendPicsInfo")
    items = _entries(_within(info, "PicList"), "item")
    count = _number(info, "Count")
    return Pictures(
        **common,
        count=len(items) if count is None else int(count),
        md5s=tuple(_text(item, "PicMd5Sum") for item in items),
    )


def _place(info: Fields, common: Common) -> PlaceChosen:
    return PlaceChosen(
        **common,
        latitude=_degrees(info, "Location_X", 90),
        longitude=_degrees(info, "Location_Y", 180),
        scale=_text(info, "Scale"),
        label=_text(info, "Label"),
        poi=_text(info, "Poiname"),
    )


def _finished(fields: Fields, common: Common) -> Finished:
    job = _text(fields, "MsgID") or _text(fields, "MsgId")
    return Finished(**common, job_id=job.strip(), status=_text(fields, "Status").strip())


def _service(fields: Fields, common: Common) -> Service:
    account = _text(fields, "KfAccount") or _text(fields, "FromKfAccount")
    return Service(**common, account=account, to_account=_text(fields, "ToKfAccount"))


def _notices(info: Fields, common: Common) -> Notices:
    return Notices(**common, entries=tuple(_entries(info, "List")))


def _scene(event_key: str) -> str:
    prefix, _, scene = event_key.partition("_")
    return scene if prefix == "qrscene" else ""


def _key(fields: Fields, kind: str, name: str) -> str:
    """MsgId; an event has none, nor is its own id in a job's event one of the push."""
    message_id = _text(fields, "MsgId").strip()
    if kind != "event" and message_id:
        plain = message_id.isascii() and message_id.isprintable() and len(message_id) <= LONGEST_ID
        return message_id if plain else _digest(message_id)
    parts = [_text(fields, "CreateTime"), kind, name, _text(fields, "EventKey")]
    parts.append(_text(fields, "MsgID") or message_id or _text(fields, "Content"))
    return f"{'event' if name else 'message'}-{_digest(*parts)}"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name, "")
    if isinstance(value, list):  # an element given twice: the first counts
        value = value[0] if value else ""
    return value if isinstance(value, str) else ""


def _within(fields: Fields, name: str) -> Fields:
    value = fields.get(name)
    if isinstance(value, list):
        value = value[0] if value else None
    return value if isinstance(value, dict) else {}


def _entries(fields: Fields, name: str) -> list[Fields]:
    value = fields.get(name)
    entries = value if isinstance(value, list) else [value]
    return [entry for entry in entries if isinstance(entry, dict)]


def _number(fields: Fields, name: str) -> float | None:
    try:
        value = float(_text(fields, name))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _degrees(fields: Fields, name: str, most: float) -> float | None:
    value = _number(fields, name)
    return value if value is not None and abs(value) <= most else None
