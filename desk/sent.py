"""What a citizen sent that is not text (a picture, a recording, a place), as a line of a conversation with a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foundation.words import Words

SENT = "sent"
"""Message metadata: what came in place of text, `{"kind", "media_id"}`."""
OTHERWISE = "otherwise"
"""Message metadata: the channel's own replies, for when no person has the conversation any more."""
LOCATION = "location"
"""A kind; and message metadata, `{"latitude", "longitude", "label"}`."""
UNSUPPORTED = "unsupported"
"""A kind: nobody can see what it is."""

_words = Words(Path(__file__).with_name("sent.yml"))


@dataclass(frozen=True)
class Sent:
    """
    Attributes:
        kind: image, voice, video, file, link, card, location or unsupported (the `lines` of sent.yml).
        words: what came with it as text: a title, an address, what was said.
        media_id: by which the platform gives the file, for three days; empty where there is none.
    """

    kind: str
    words: str = ""
    media_id: str = ""

    @classmethod
    def of(cls, metadata: Mapping[str, Any], text: str = "") -> Sent | None:
        """What the message with this metadata is; None where it is but text."""
        found = metadata.get(SENT)
        if not isinstance(found, Mapping) or str(found.get("kind")) not in _words.entry("lines"):
            return None
        place = metadata.get(LOCATION)
        words = _place(place) if found["kind"] == LOCATION and isinstance(place, Mapping) else text
        return cls(str(found["kind"]), words, str(found.get("media_id") or ""))

    def to_metadata(self) -> dict[str, Any]:
        return {SENT: {"kind": self.kind, **({"media_id": self.media_id} if self.media_id else {})}}

    @property
    def line(self) -> str:
        """As it stands in the conversation: [位置] 人民路1号."""
        return f"{_words.say(f'lines.{self.kind}')} {self.words}".strip()

    @property
    def passed_on(self) -> str | None:
        """What the citizen is told whose message this is; None where the words say all of it."""
        return None if self.kind == "voice" and self.words else _words.say(f"passed_on.{self.kind}")


def _place(place: Mapping[str, Any]) -> str:
    """Its name; without one the coordinates, to about a hundred metres."""
    label = str(place.get("label") or "").strip()
    where = {name: round(float(place.get(name) or 0), 3) for name in ("latitude", "longitude")}
    return label or _words.say("place_without_name", **where)
