"""What is known of a conversation in words for the staff: why it is here, what comes first, how long a channel is open.

The sentences lie in desk_words.yml.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from channels.windows import Rest
from desk.handovers import Handover
from foundation.channel_names import CHANNEL_NAMES
from foundation.words import Words
from knowledge_base.regions import open_regions

_words = Words(Path(__file__).with_name("desk_words.yml"))
word, entry = _words.say, _words.entry

FIRST = ("distressed", "annoyed")
"""Moods that bring somebody forward; which it is, nobody is told."""
SOON = timedelta(hours=2)
"""A window that closes this soon is pointed out."""


def named(group: str, key: str | None) -> str:
    """The words of a key; those of `other`, or the key itself, where it has none."""
    words: dict[str, str] = entry(group)
    return words.get(key or "") or words.get("other") or key or ""


def channel_name(code: str | None) -> str:
    """A channel in words."""
    return CHANNEL_NAMES.get(code or "") or word("other_channel")


def tags(found: Handover, undelivered: bool = False) -> list[dict[str, str]]:
    """Why somebody is here and comes when they come, and what they did not get, as labels with a tone."""
    labels = [{"text": word("tags.undelivered"), "tone": "alarm"}] if undelivered else []
    if found.urgent:
        labels.append({"text": word("tags.urgent"), "tone": "alarm"})
    elif found.mood in FIRST or found.reason == "distress":
        labels.append({"text": word("tags.first"), "tone": "warn"})
    if found.elderly:
        labels.append({"text": word("tags.elderly"), "tone": "person"})
    if found.misses:
        labels.append({"text": word("tags.misses", count=found.misses), "tone": ""})
    if found.reason not in ("distress", "misses"):
        labels.append({"text": named("reasons", found.reason), "tone": ""})
    return labels


def window(rest: Rest | None, now: datetime) -> dict[str, Any] | None:
    """What the channel still takes; None where it does not count. `shut`: nothing can be sent."""
    if rest is None:
        return None
    if rest.until <= now:
        return {"text": word("window.over"), "brief": word("window.over"), "left": 0, "shut": True, "soon": True}
    if rest.messages <= 0:
        return {"text": word("window.used"), "brief": word("window.used"), "left": 0, "shut": True, "soon": True}
    values = {"messages": rest.messages, "time": lasting(rest.until - now)}
    return {
        "text": word("window.open", **values),
        "brief": word("window.brief", **values),
        "left": rest.messages,
        "shut": False,
        "soon": rest.until - now < SOON or rest.messages < 2,
    }


def lasting(span: timedelta) -> str:
    """A rest of time, rounded down: better too little than too much."""
    minutes = int(span.total_seconds() // 60)
    return word("window.hours", count=minutes // 60) if minutes >= 120 else word("window.minutes", count=minutes)


def region_name(code: str | None) -> str:
    return open_regions().names.get(code, code) if code else ""
