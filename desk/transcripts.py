"""聊天记录: what was said in a citizen's last conversation with a person, for the citizen, in plain words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.engine import Connection

from desk.handover import OPEN, Handover, of_row
from desk.tables import handovers
from foundation import dialogue
from foundation.clock import CHINA
from foundation.dialogue import Line
from foundation.text import squash
from foundation.words import Words

LONGEST_WISH = 30
"""Characters of a message that may ask for it."""
MOST_LINES, MOST_CHARACTERS = 400, 6000
"""Of one transcript; of a longer one the end is given."""
MASKED = re.compile("⟦([a-z]+):[0-9a-f]+⟧")

TRANSCRIPT = "transcript"
"""In a reply's `custom`: it is one."""

_words = Words(Path(__file__).with_name("transcripts.yml"))


def wanted(text: str) -> bool:
    """Whether all that a message says is that its writer wants the transcript: 聊天记录能当证据吗 asks for more."""
    return len(text) <= LONGEST_WISH and _wish().fullmatch(squash(text)) is not None


@lru_cache(maxsize=1)
def _wish() -> re.Pattern[str]:
    words = _words.entry("asked")
    before, after = f"(?:{words['polite_before']})*", f"(?:{words['polite_after']})*"
    whose, give, to_me = (f"(?:{words[name]})" for name in ("whose", "give", "to_me"))
    record, any_record = words["record"], f"(?:{words['record']}|{words['bare']})"
    given = f"{give}{to_me}*"
    alone = f"(?:{given})?{whose}*{record}(?:{given})?"
    handed = f"[把将]{whose}*{any_record}(?:都|全部|全)*{given}"
    return re.compile(f"{before}(?:{alone}|{handed}){after}")


def transcript(tx: Connection, conversation: str, now: datetime) -> str:
    """What was said since the last request for a person that a person answered, or that is open; else that there is
    none. Identifiers are hidden as they are for the staff."""
    handover = _last(tx, conversation)
    if handover is None:
        return _words.say("none")
    lines = _of(tx, handover, now)
    until = handover.ended_at or now
    head = _words.say("head", since=_moment(lines[0].at if lines else handover.opened_at), until=_moment(until))
    written = _written(lines)
    room = MOST_CHARACTERS
    kept: list[str] = []
    for line in reversed(written):
        room -= len(line)
        if room < 0 and kept:
            break
        kept.insert(0, line)
    left_out = [_words.say("left_out", count=len(written) - len(kept))] if len(kept) < len(written) else []
    return "\n".join([head, *left_out, *kept])


def sent() -> str:
    """What stands in the conversation itself in place of a transcript."""
    return _words.say("sent")


def _last(tx: Connection, conversation: str) -> Handover | None:
    mine = (handovers.c.conversation == conversation) & (
        handovers.c.first_reply_at.is_not(None) | handovers.c.state.in_(OPEN)
    )
    row = tx.execute(select(handovers).where(mine).order_by(handovers.c.id.desc()).limit(1)).mappings().first()
    return None if row is None else of_row(row)


def _of(tx: Connection, handover: Handover, now: datetime) -> Sequence[Line]:
    """The lines from the citizen's wish for a person to the end."""
    until = handover.ended_at or now
    found = [line for line in dialogue.transcript(tx, handover.conversation, MOST_LINES) if line.at <= until]
    since = next((place for place, line in enumerate(found) if line.at >= handover.opened_at), len(found))
    asked = (place for place in range(since - 1, -1, -1) if found[place].who == "citizen")
    return found[next(asked, since) :]


def _written(lines: Sequence[Line]) -> list[str]:
    """Each line with its time; the day stands before the first line of each."""
    written, day = [], None
    for line in lines:
        at = line.at.astimezone(CHINA)
        if at.date() != day:
            day = at.date()
            written.append(_words.say("day", month=at.month, day=at.day))
        who = _words.say(f"who.{line.who}", name=line.name or "")
        record = line.answer.get("record") or line.metadata.get("record")
        text = _plain(line.text) + (_words.say("record", record=record) if record else "")
        written.append(_words.say("line", time=_words.say("time", hour=at.hour, minute=at.minute), who=who, text=text))
    return written


def _plain(text: str) -> str:
    """A text with words for what is masked."""
    hidden = _words.entry("hidden")
    return MASKED.sub(lambda found: str(hidden.get(found[1], hidden["other"])), text)


def _moment(at: datetime) -> str:
    here = at.astimezone(CHINA)
    return _words.say("moment", month=here.month, day=here.day, hour=here.hour, minute=here.minute)
