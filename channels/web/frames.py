"""What browser and server say to each other over the web socket, one JSON object a frame.

The browser sends
    {"type": "hello", "session": str | null, "last_seen": int}    first of all; replies after `last_seen` follow
    {"type": "message", "id": str, "text": str}                   again after a reconnect, until acknowledged
    {"type": "seen", "seq": int}                                  it has all replies up to this one
    {"type": "ping"}
and gets
    {"type": "welcome", "session": str, "fresh": bool, "open": [turn]}
    {"type": "ack", "id": str, "turn": int}                       the message is stored; its turn has this number
    {"type": "reply", "seq": int, "turn": int | null, "last": bool, "body": {...}}
    {"type": "done", "turn": int}                                 the turn has ended, perhaps without a reply
    {"type": "note", "turn": int, "text": str}                    the turn takes long
    {"type": "error", "reason": str, "id": str | null, "retry_after": float | null}
    {"type": "pong"}
`seq` is the reply's id in the outbox, `turn` the message's in the inbox, `body` what the outbox holds: its "by" says
who speaks, "robot" (also where it is missing) or "person", and its "name" perhaps who that is.
"""

from __future__ import annotations

import json
from typing import Any

from foundation.errors import DecodeError
from foundation.outbox import Reply

Frame = dict[str, Any]
LARGEST = 2**53
FIELDS: dict[str, dict[str, type]] = {
    "hello": {"last_seen": int},
    "message": {"id": str, "text": str},
    "seen": {"seq": int},
    "ping": {},
}


def decode(data: object) -> Frame:
    """A frame of the browser whose fields have the right types.

    Raises:
        DecodeError: it is anything else.
    """
    try:
        frame = json.loads(data) if isinstance(data, str) else None
    except (ValueError, RecursionError) as error:
        raise DecodeError("a frame is not JSON") from error
    if not isinstance(frame, dict) or not isinstance(frame.get("type"), str) or frame["type"] not in FIELDS:
        raise DecodeError("a frame has no known type")
    for name, kind in FIELDS[frame["type"]].items():
        value = frame.get(name)
        if type(value) is not kind or (isinstance(value, int) and not 0 <= value < LARGEST):
            raise DecodeError(f"{frame['type']}.{name} is not what it should be")
    return frame


def encode(kind: str, **fields: Any) -> str:
    return json.dumps({"type": kind, **fields}, ensure_ascii=False)


def reply_frame(reply: Reply) -> str:
    return encode("reply", seq=reply.id, turn=reply.inbox_id, last=reply.last, body=reply.body)
