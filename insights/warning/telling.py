"""An alert in plain words: what it is about, and why it fired, with the numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.engine import Connection

from foundation.clock import CHINA
from foundation.words import Words
from insights.naming import Names
from insights.turns import turns
from insights.warning.alerts import Alert
from insights.warning.series import ALL, UNIT, Series

WORDS = Words(Path(__file__).with_name("words.yml"))
TOKEN = re.compile("⟦[a-z]+:[0-9a-f]{4,16}⟧")
"""What masking left in a question; nobody here needs to know what it stands for."""


def subject(series: Series, names: Names) -> str:
    """What is watched, in words."""
    if series.kind == "part":
        part, _, name = series.name.partition(":")
        return WORDS.say(f"parts.{part}", name=names.channel(name))
    if series.kind not in (UNIT, "department", "channel", "region"):
        return WORDS.say(f"subjects.{'alike' if series.kind == 'alike' else ALL}")
    region = names.region(series.region) if series.region else ""
    if series.kind == "region":
        return WORDS.say("subjects.region", region=region)
    plain = WORDS.say(f"subjects.{series.kind}", name=_name(series, names))
    return WORDS.say("subjects.in", region=region, subject=plain) if region else plain


def title(alert: Alert, names: Names) -> str:
    """One line."""
    what = str(WORDS.entry("whats")[alert.what])
    return WORDS.say("title", subject=subject(alert.series, names), what=what)


def why(alert: Alert, names: Names, now: datetime) -> str:
    """Why it fired, with the numbers as they were at the height of it."""
    series, words = alert.series, WORDS.entry(f"why.{alert.what}")
    form = series.kind if series.kind in words else "other"
    if alert.what == "failing":
        form = "waits" if series.name == "inbox" else "often" if alert.people else "down"
    return str(words[form]).format(
        when=when(alert.since, alert.until, now),
        subject=subject(series, names),
        people=alert.people,
        asked=alert.asked,
        usual=_usual("usual", alert),
        usual_share=_usual("usual_share", alert),
    )


def when(since: datetime, until: datetime, now: datetime) -> str:
    """A window, by the office's clock."""
    begin, end = since.astimezone(CHINA), until.astimezone(CHINA)
    form = "today" if begin.date() == now.astimezone(CHINA).date() else "day"
    values = {"month": begin.month, "day": begin.day}
    return WORDS.say(f"when.{form}", since=f"{begin:%-H:%M}", until=f"{end:%-H:%M}", **values)


def samples(tx: Connection, alert: Alert, most: int = 8) -> list[str]:
    """The masked questions that show what it is about, as far as their texts are still kept, each once."""
    mine = turns.c.id.in_(list(alert.samples)) & turns.c.question.is_not(None)
    rows = tx.execute(select(turns.c.question).where(mine).order_by(turns.c.id.desc())).scalars()
    hidden = str(WORDS.entry("hidden"))
    return list(dict.fromkeys(TOKEN.sub(hidden, text) for text in rows))[:most]


def severity(alert: Alert) -> str:
    return str(WORDS.entry("severities")[alert.severity])


def text(alert: Alert, names: Names, asked: Sequence[str], now: datetime) -> list[str]:
    """A message's lines: head, reason, questions."""
    head = WORDS.say("message.head", severity=severity(alert), title=title(alert, names))
    shown = [WORDS.say("message.samples"), *(f"· {one}" for one in asked)] if asked else []
    return [head, why(alert, names, now), *shown]


def _name(series: Series, names: Names) -> str:
    if series.kind == "channel":
        return names.channel(series.name)
    if series.kind != UNIT:
        return names.department(series.name)
    kind, _, id = series.name.partition(":")
    return names.units([(kind, id)])[(kind, id)]


def _usual(group: str, alert: Alert) -> str:
    form = "none" if alert.high == 0 else "one" if alert.low == alert.high else "range"
    return WORDS.say(f"{group}.{form}", low=alert.low, high=alert.high)
