"""What WeChat tells us, as typed values: a message or an event, and for what we do not know a value too.

`channels.wechat.parsing` makes them. Fields that are missing are "", numbers that are none are None. Protocol:
https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_standard_messages.html,
https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_event_pushes.html
"""

from __future__ import annotations

from dataclasses import dataclass

from channels.wechat.xml import Fields


@dataclass(frozen=True)
class Incoming:
    """Anything that is pushed. `sender` is the citizen's openid, `to` the account's original id (gh_…)."""

    sender: str
    to: str
    created: str
    """Seconds since 1970, as they came."""
    posted: int
    """When the platform sent this request, which it may do again; 0 where it does not say."""
    key: str
    """The same for every push of the same message or event, and for no other of this sender; at most 64 characters."""
    fields: Fields


@dataclass(frozen=True)
class Text(Incoming):
    content: str
    menu_id: str
    """The id of the msgmenu item that was clicked, if one was. Anybody can send any."""


@dataclass(frozen=True)
class Image(Incoming):
    url: str
    media_id: str


@dataclass(frozen=True)
class Voice(Incoming):
    media_id: str
    format: str
    recognition: str


@dataclass(frozen=True)
class Video(Incoming):
    media_id: str
    thumb_media_id: str


@dataclass(frozen=True)
class Location(Incoming):
    """A place that the citizen chose to send."""

    latitude: float | None
    longitude: float | None
    scale: str
    label: str


@dataclass(frozen=True)
class Link(Incoming):
    title: str
    description: str
    url: str


@dataclass(frozen=True)
class File(Incoming):
    title: str


@dataclass(frozen=True)
class MiniProgramPage(Incoming):
    title: str
    app_id: str
    page_path: str
    thumb_url: str
    thumb_media_id: str


@dataclass(frozen=True)
class Unknown(Incoming):
    """A kind of message that we have not heard of; `type` is its MsgType in lower case."""

    type: str


@dataclass(frozen=True)
class Event(Incoming):
    """An event without a class of its own; `name` is in lower case, `event_key` its EventKey."""

    name: str
    event_key: str


@dataclass(frozen=True)
class Subscribe(Event):
    """The citizen follows the account. `scene` is that of the QR code, "" without one."""

    scene: str
    ticket: str


@dataclass(frozen=True)
class Unsubscribe(Event):
    pass


@dataclass(frozen=True)
class Scan(Event):
    """A follower scanned a QR code of ours."""

    scene: str
    ticket: str


@dataclass(frozen=True)
class Position(Event):
    """Where the phone is, told every few seconds while the chat is open."""

    latitude: float | None
    longitude: float | None
    precision: float | None


@dataclass(frozen=True)
class Click(Event):
    """A button of the account's menu that asks for a message; which one is `event_key`."""


@dataclass(frozen=True)
class View(Event):
    """A button of the menu that opened a page (`event_key`) or a mini-program."""

    menu_id: str


@dataclass(frozen=True)
class ScanCode(Event):
    """A button of the menu that scanned a code; `waits`: the phone shows that a message will come."""

    scan_type: str
    scan_result: str
    waits: bool


@dataclass(frozen=True)
class Pictures(Event):
    """A button of the menu that sent pictures, which follow as messages."""

    count: int
    md5s: tuple[str, ...]


@dataclass(frozen=True)
class PlaceChosen(Event):
    """A button of the menu that sent a place, which follows as a message."""

    latitude: float | None
    longitude: float | None
    scale: str
    label: str
    poi: str


@dataclass(frozen=True)
class Finished(Event):
    """A job of ours is done: a template message, or a message to many."""

    job_id: str
    status: str


@dataclass(frozen=True)
class Service(Event):
    """A person's session in WeChat's own customer service begins, ends or moves."""

    account: str
    to_account: str


@dataclass(frozen=True)
class Notices(Event):
    """What became of subscription notices: an entry of fields for each template."""

    entries: tuple[Fields, ...]


@dataclass(frozen=True)
class EnterSession(Event):
    """The citizen opened the customer-service chat of a mini-program."""

    session_from: str
