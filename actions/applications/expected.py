"""By when the decision comes: told by the portal, or counted from the day of acceptance.

The day of acceptance does not count (民法典第二百零一条). Working days go by the official calendar; where the way leads
over days that are not announced yet there is no date (以通知为准). A 特别程序 is not counted (行政许可法第四十五条):
while it goes on, and after one of which the end is not told, there is no date either.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from actions.portal.application import Application, Span, State, Unit
from foundation.calendar import WorkCalendar, add_natural_days, work_calendar
from foundation.clock import CHINA
from knowledge_base.model import ServiceItem
from knowledge_base.model.values import Duration
from knowledge_base.search.snapshot import Snapshot

LONGEST = 3650
"""Days; what is longer, or no day at all, is a slip."""
YEARS = range(2000, 2100)
"""In which an application can be; a portal that writes another means none."""
DOCUMENT = Span(10, "working_days")
"""From the decision until the licence is delivered (行政许可法第四十四条、第八十二条)."""

UNITS: dict[str, Unit] = {"工作日": "working_days", "自然日": "natural_days"}
FROM_ACCEPTANCE = re.compile("[^，。；终期]*受理(?:申请)?(?:之日|当日|当天|日|的?第二天|次日)?起?算?")
"""What a duration in the knowledge base counts from, where that is the acceptance: 车辆管理所受理之日, 受理的第二天."""

UNDER_WAY = frozenset({State.ACCEPTED, State.REVIEW})
"""Accepted, and the clock runs."""


class Basis(str, Enum):
    """What a date rests on, or why there is none."""

    PORTAL = "portal"
    PROMISED = "promised"
    LEGAL = "legal"
    UNKNOWN = "unknown"
    """Nothing to count with."""
    STOPPED = "stopped"
    """A 特别程序 goes on."""
    WAS_STOPPED = "was_stopped"
    """There was one, and for how long is not told."""
    NO_DECISION = "no_decision"
    """Not accepted yet, decided already, or nobody knows where it is."""


@dataclass(frozen=True)
class Expected:
    """`span` is what was or would be counted; `day` is None where that leads to no certain date."""

    basis: Basis
    day: date | None = None
    span: Span | None = None
    item: ServiceItem | None = None
    """The service item that the span is taken from, where the portal gave none."""
    unannounced: bool = False
    """The way there leads over days of which nobody knows yet whether offices work."""

    def passed(self, today: date) -> bool:
        """Whether the day has gone by without a decision."""
        return self.day is not None and self.day < today


def expected(application: Application, snapshot: Snapshot, calendar: WorkCalendar | None = None) -> Expected:
    """By when the decision on an application comes.

    Args:
        calendar: the process's own by default.
    """
    state = application.state
    if state is State.SPECIAL:
        return Expected(Basis.STOPPED)
    told = sensible(application.expected_on)
    if state in UNDER_WAY or (state in (State.SUBMITTED, State.UNKNOWN) and told and not application.decided_at):
        if told is not None:
            return Expected(Basis.PORTAL, told)
        return counted(application, snapshot, calendar or work_calendar())
    return Expected(Basis.NO_DECISION)


def counted(application: Application, snapshot: Snapshot, calendar: WorkCalendar) -> Expected:
    """From the acceptance, with the portal's span or, where it gives none, the knowledge base's."""
    if application.special_from is not None:
        return Expected(Basis.WAS_STOPPED)
    accepted = local_day(application.accepted_at)
    item = None
    basis, span = first_of(application.promised, application.legal)
    if span is None and accepted is not None:
        item = item_of(application, snapshot)
        basis, span = spans_of(item, accepted) if item is not None else (Basis.UNKNOWN, None)
    if span is None:
        return Expected(Basis.UNKNOWN)
    day = after(accepted, span, calendar) if accepted is not None else None
    return Expected(basis, day, span, item, unannounced=accepted is not None and day is None)


def first_of(promised: Span | None, legal: Span | None) -> tuple[Basis, Span | None]:
    """The promise before the law's own limit; a span of no day, or of ten years, is none."""
    for basis, span in ((Basis.PROMISED, promised), (Basis.LEGAL, legal)):
        if span is not None and 0 < span.days <= LONGEST:
            return basis, span
    return Basis.UNKNOWN, None


def after(start: date, span: Span, calendar: WorkCalendar) -> date | None:
    """The last day of a span that begins on the day after `start`; None where the calendar does not reach so far."""
    if span.unit == "natural_days":
        return add_natural_days(start, span.days)
    return calendar.add_working_days(start, span.days)


def document_by(application: Application, calendar: WorkCalendar | None = None) -> date | None:
    """By when a granted licence is to be delivered; None where its decision has no date or the calendar no days."""
    decided = local_day(application.decided_at)
    return after(decided, DOCUMENT, calendar or work_calendar()) if decided is not None else None


def item_of(application: Application, snapshot: Snapshot) -> ServiceItem | None:
    """The service item that an application is for: by its id, its code, or its very name if only one has it."""
    unit = snapshot.get("item", application.item_id)
    if isinstance(unit, ServiceItem):
        return unit
    items = [unit for unit in snapshot.units.values() if isinstance(unit, ServiceItem)]
    code, name = application.item_id, application.item_name.strip()
    by_code = [item for item in items if code and code in (item.codes.basic, item.codes.implementing)]
    found = by_code or [item for item in items if item.name == name]
    return found[0] if len(found) == 1 else None


def spans_of(item: ServiceItem, day: date) -> tuple[Basis, Span | None]:
    """The item's own duration on a day, counted from acceptance; none where it depends on more than is known here.

    That is so where the steps of the way, the citizen's situation, or a remark change the time.
    """
    dated = item.aspects.duration
    entries = (dated.on(day) or ()) if dated and item.in_force(day) else ()
    if not entries or not all(map(is_plain, entries)):
        return Basis.UNKNOWN, None
    return first_of(common(entries, "promised"), common(entries, "legal"))


def is_plain(entry: Duration) -> bool:
    step = entry.name is not None and not entry.when
    from_acceptance = entry.counts_from is None or FROM_ACCEPTANCE.fullmatch(entry.counts_from)
    return not step and not entry.text and bool(from_acceptance)


def common(entries: Sequence[Duration], which: str) -> Span | None:
    """The span of this name that all entries share."""
    spans = {getattr(entry, which) and (getattr(entry, which).days, getattr(entry, which).unit) for entry in entries}
    only = spans.pop() if len(spans) == 1 else None
    return Span(only[0], UNITS[only[1]]) if only else None


def local_day(instant: datetime | None) -> date | None:
    """The day at the office; None for what can be no date of an application."""
    return sensible(instant.astimezone(CHINA).date()) if instant is not None and 1 < instant.year < 9999 else None


def sensible(day: date | None) -> date | None:
    """A day as it is; None for those that some systems write for none, as 0001-01-01, 1970-01-01 and 9999-12-31."""
    return day if day is not None and day.year in YEARS else None
