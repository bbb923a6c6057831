"""What the form at the top of each page lets choose from: channels, regions and departments that were heard of."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy.engine import Connection

from console.insights import naming
from console.insights.asked import FILTERS, NOBODY, PERIODS, Asked, spelled
from console.insights.naming import word
from console.pages import TEMPLATES
from insights import figures

NAMES = {"channel": naming.channel, "region": naming.region, "department": naming.department}
COUNTS = {"channel": figures.by_channel, "region": figures.by_region, "department": figures.by_department}


@dataclass(frozen=True)
class Choice:
    value: str
    title: str


def choices(tx: Connection, asked: Asked) -> dict[str, list[Choice]]:
    """By filter: what was counted on these days, and what is chosen."""
    whole = replace(asked.scope, channel=None, region=None, department=None)
    found = {}
    for name in FILTERS:
        values = dict.fromkeys(COUNTS[name](tx, whole))
        chosen = getattr(asked.scope, name)
        known = [*values] if chosen is None or chosen in values else [*values, chosen]
        found[name] = [Choice(value or NOBODY, NAMES[name](value)) for value in known]
    return found


def chosen(asked: Asked, name: str) -> str:
    """The value of a filter as the form has it."""
    return spelled(getattr(asked.scope, name))


def periods() -> list[Choice]:
    return [Choice(name, word(f"periods.{name}")) for name in PERIODS]


def described(asked: Asked) -> str:
    """The scope in one line: for the head of a printed page, and the first rows of a file."""
    scope = asked.scope
    days = word("days.one" if scope.since == scope.until else "days.several", since=scope.since, until=scope.until)
    parts = [NAMES[name](value) for name in FILTERS if (value := getattr(scope, name)) is not None]
    return word("and").join([days, *parts])


TEMPLATES.globals["insights_periods"] = periods
TEMPLATES.globals["insights_chosen"] = chosen
TEMPLATES.globals["insights_described"] = described
