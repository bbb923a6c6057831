"""The wording of an office 办事大厅: where it is, when it is open, whether it is open on a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from knowledge_base.answering.occasion import IsWorkday
from knowledge_base.answering.phrases import phrase
from knowledge_base.model import Office, Unit
from knowledge_base.model.office import END_OF_DAY, WEEKDAYS, Shift

ORDERS = {
    "hours": ("days", "hours", "phone", "address"),
    "place": ("address", "transport", "phone", "days", "hours"),
    "contact": ("phone", "days", "hours", "address"),
}
"""Which lines answer an aspect; everything for others."""
NEAR_DAYS = ("today", "tomorrow", "after_tomorrow", "in_three_days")


def word_office(
    office: Office, day: date, is_workday: IsWorkday, days: Sequence[str] = (), aspect: str | None = None
) -> str:
    """What a visitor needs, first the hours of the days asked for (`days`, worded), else of today.

    Args:
        aspect: what was asked for; its lines come first, and after a question for hours the rest is short.
    """
    lines = {
        "days": "\n".join(days or (today(office, day, is_workday),)),
        "address": phrase("office.address", address=office.address),
        "hours": phrase("office.hours", hours=weekly_hours(office)) if office.hours else None,
        "phone": phrase("office.phone", phone=office.phone) if office.phone else None,
        "transport": phrase("office.transport", transport=office.transport) if office.transport else None,
        "appointment": phrase("office.appointment", appointment=office.appointment) if office.appointment else None,
    }
    order = ORDERS.get(aspect or "", tuple(lines))
    return "\n".join(filter(None, (phrase("office.heading", title=office.title), *map(lines.get, order))))


def shifts_on(office: Office, day: date, is_workday: IsWorkday) -> tuple[Sequence[Shift] | None, str | None]:
    """The shifts of a day and the reason for special ones; None where only a notice can tell."""
    for special in office.exceptions:
        if special.first <= day <= special.last:
            return special.shifts, special.reason
    usual = office.hours.get(WEEKDAYS[day.weekday()], ())
    if not office.follows_calendar:
        return usual, None
    workday = is_workday(day)
    if workday is None:
        return None, None
    if day.weekday() < 5:
        return (usual if workday else ()), None
    if workday:
        return office.hours.get("mon") or usual, None
    return (() if in_a_break(day, is_workday) else usual), None


def in_a_break(day: date, is_workday: IsWorkday) -> bool:
    """Whether a Saturday or Sunday belongs to a public holiday: the Friday before or the Monday after is off, too."""
    friday = day - timedelta(days=day.weekday() - 4)
    return is_workday(friday) is False or is_workday(friday + timedelta(days=3)) is False


def today(office: Office, day: date, is_workday: IsWorkday) -> str:
    return on_day(office, day_name(day, day), day, is_workday)


def on_day(office: Office, name: str, day: date, is_workday: IsWorkday) -> str:
    """Whether it is open on a day, yes or no first, and when."""
    shifts, reason = shifts_on(office, day, is_workday)
    if shifts is None:
        return phrase("office.unknown_on", when=name)
    if not shifts:
        return phrase("office.closed_on", when=name, reason=f"，{reason}" if reason else "")
    return phrase("office.open_on", when=name, shifts=word_shifts(shifts))


def day_name(day: date, today: date) -> str:
    """`今天（11月23日，周一）`, `明天（…）`, from the fifth day on `11月28日（周六）`."""
    weekday = phrase(f"office.weekdays.{WEEKDAYS[day.weekday()]}")
    ahead = (day - today).days
    if 0 <= ahead < len(NEAR_DAYS):
        return phrase(f"office.{NEAR_DAYS[ahead]}", month=day.month, day=day.day, weekday=weekday)
    name = "office.day" if day.year == today.year else "office.day_of_year"
    return phrase(name, year=day.year, month=day.month, day=day.day, weekday=weekday)


def weekly_hours(office: Unit) -> str:
    """`周一至周五 9:00–12:00，13:30–17:00；周六 9:00–12:00`."""
    if not isinstance(office, Office):
        return ""
    groups: list[tuple[list[str], str]] = []
    for day in WEEKDAYS:
        shifts = office.hours.get(day)
        if not shifts:
            continue
        worded, name = word_shifts(shifts), phrase(f"office.weekdays.{day}")
        if groups and groups[-1][1] == worded and WEEKDAYS.index(day) and office.hours.get(previous(day)):
            groups[-1][0].append(name)
        else:
            groups.append(([name], worded))
    return "；".join(f"{span_of(names)} {hours}" for names, hours in groups)


def span_of(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else phrase("office.weekday_span", first=names[0], last=names[-1])


def previous(day: str) -> str:
    return WEEKDAYS[WEEKDAYS.index(day) - 1]


def word_shifts(shifts: Sequence[Shift]) -> str:
    return "，".join(f"{shift.start:%-H:%M}–{until(shift)}" for shift in shifts)


def until(shift: Shift) -> str:
    return "24:00" if shift.end == END_OF_DAY else f"{shift.end:%-H:%M}"
