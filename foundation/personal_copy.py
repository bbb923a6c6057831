"""A citizen's copy of what is kept of them (个人信息保护法第四十五条): all of it as JSON; in plain words, what, until
when and why.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Connection

from foundation import erasure, retention
from foundation.channel_names import channel_name
from foundation.clock import CHINA
from foundation.retention import Rule
from foundation.settings import Settings
from foundation.words import Words

WORDS = Words(Path(__file__).with_suffix(".yml"))
DATA, SUMMARY = "data.json", "说明.txt"


@dataclass(frozen=True)
class PersonalCopy:
    channel: str
    at: datetime
    stores: dict[str, list[dict[str, Any]]]
    """What is kept, by store; those that hold nothing are left out."""

    def counts(self) -> list[tuple[Rule, int]]:
        """The rule of each store that holds something, and how many rows it has."""
        return [(rule, len(self.stores[rule.store])) for rule in retention.rules() if rule.store in self.stores]


def of(tx: Connection, conversation: str, now: datetime) -> PersonalCopy:
    """What is kept of a conversation. All packages that keep something must have been imported."""
    kept = erasure.export_everything(tx, conversation)
    return PersonalCopy(conversation.partition(":")[0], now, {store: rows for store, rows in kept.items() if rows})


def remainder() -> list[Rule]:
    """The rules of what is left of somebody who was erased: kept, used for nothing else, and said so."""
    return [rule for rule in retention.rules() if rule.remains]


def summary(copy: PersonalCopy, settings: Settings) -> str:
    """What is kept, in plain words."""
    at = copy.at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
    parts = [WORDS.say("head", office=settings.office_name, at=at, channel=channel_name(copy.channel))]
    then = retention.WORDS.entry("then")
    parts += [
        WORDS.say(
            "store", what=rule.what, rows=rows, until=rule.until(settings), then=then[rule.then], ground=rule.ground
        )
        for rule, rows in copy.counts()
    ] or [WORDS.say("nothing") + "\n"]
    parts.append("\n" + WORDS.say("remains_head") + remainders(settings))
    parts.append("\n" + WORDS.say("foot", office=settings.office_name, hotline=settings.hotline))
    return "".join(parts)


def remainders(settings: Settings) -> str:
    """What is left after an erasure, in plain words."""
    return "".join(
        WORDS.say("remains", remains=rule.remains, until=rule.remains_until(settings), ground=rule.remains_ground)
        for rule in remainder()
    )


def archive(copy: PersonalCopy, settings: Settings) -> bytes:
    """A zip file with both."""
    packed = io.BytesIO()
    content = {"channel": copy.channel, "at": copy.at.isoformat(), "stores": copy.stores}
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(SUMMARY, "\ufeff" + summary(copy, settings))  # the mark has old editors read it as UTF-8
        file.writestr(DATA, json.dumps(content, ensure_ascii=False, indent=1, default=str))
    return packed.getvalue()
