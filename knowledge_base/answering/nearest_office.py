"""The halls 办事大厅 nearest to where a citizen is, and whether they are open now.

Coordinates are GCJ-02, the ones that WeChat sends and that the content keeps (knowledge_base/model/office.py), so that
they are compared as they are. Distances are as the crow flies. Where somebody is, is used for this answer and kept
nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import asin, cos, radians, sin, sqrt
from typing import Any, NamedTuple, TypeGuard

from knowledge_base.answering.answer import Answer, Option, source_dict
from knowledge_base.answering.context import Context
from knowledge_base.answering.days import AskedDays
from knowledge_base.answering.item_wording import offices_of
from knowledge_base.answering.occasion import Here, Occasion
from knowledge_base.answering.office_wording import word_shifts
from knowledge_base.answering.opening_days import Opening
from knowledge_base.answering.phrases import phrase
from knowledge_base.answering.questions import about
from knowledge_base.answering.turn import Turn, subject
from knowledge_base.answering.understanding import Understanding
from knowledge_base.model import Office, ServiceItem
from knowledge_base.search.snapshot import Snapshot

MOST = 3
EARTH = 6371.0
"""Kilometres: the mean radius."""
LATITUDES, LONGITUDES = (3.0, 54.0), (73.0, 136.0)
"""Between which China lies."""
TOO_FAR = 500.0
"""Kilometres from which no hall is near any more."""


class Nearby(NamedTuple):
    office: Office
    kilometres: float


def here(location: object) -> Here | None:
    """Where a citizen is, from the `location` of a message's metadata; None for anything but a place in China."""
    if not isinstance(location, Mapping):
        return None
    latitude, longitude = location.get("latitude"), location.get("longitude")
    if not within(latitude, *LATITUDES) or not within(longitude, *LONGITUDES):
        return None
    return Here(float(latitude), float(longitude))


def within(degrees: Any, least: float, most: float) -> TypeGuard[float]:
    """Whether it is a number between these; NaN is not."""
    return isinstance(degrees, int | float) and not isinstance(degrees, bool) and least <= degrees <= most


def tell_nearest(said: Understanding, context: Context, snapshot: Snapshot, occasion: Occasion) -> Turn | None:
    """Answer a citizen's place: with the halls of the item spoken of, where there are any, else with any halls.

    The nearest becomes the topic, and each can be chosen by its number. None where no hall is near.
    """
    if occasion.here is None:
        return None
    topic = subject(context, snapshot) if context.fresh else None
    its_offices: Sequence[Office] = ()
    if isinstance(topic, ServiceItem):
        its_offices = offices_of(topic, occasion.day, lambda id: snapshot.get("office", id), context.choices)
    for offices, title in ((its_offices, topic.title if topic else None), (None, None)):
        found = nearest_office(snapshot, *occasion.here, occasion, offices, title)
        if found is not None:
            unit = snapshot.get("office", found.id or "")
            assert unit is not None
            offered = (Option.of(unit), *(Option(one["title"], one["id"], one["kind"]) for one in found.also))
            return Turn(found, replace(about(unit, None, said, context), offered=offered if found.also else ()))
    return None


def nearest_office(
    snapshot: Snapshot,
    latitude: float,
    longitude: float,
    occasion: Occasion,
    offices: Sequence[Office] | None = None,
    title: str | None = None,
) -> Answer | None:
    """The nearest halls, at most MOST, nearest first, with their distance, today's hours and how to get there.

    Where all of them are closed at the moment, the nearest that is open takes the place of the last one.

    Args:
        latitude, longitude: degrees, GCJ-02.
        offices: the halls in question; None: all.
        title: the service that they are asked for.

    Returns:
        An `office` answer for the nearest one, the others in `also`; None where none is near or has coordinates.
    """
    if offices is None:
        offices = [unit for unit in snapshot.units.values() if isinstance(unit, Office)]
    near = by_distance(offices, Here(latitude, longitude), occasion)
    told = near[:MOST]
    if told and not any(is_open(one.office, occasion) for one in told):
        opened = next((one for one in near[MOST:] if is_open(one.office, occasion)), None)
        told = [*told[: MOST - 1], opened] if opened is not None else told
    return answer(told, snapshot, occasion, title) if told else None


def by_distance(offices: Sequence[Office], where: Here, occasion: Occasion) -> list[Nearby]:
    """The halls in force that have coordinates and are not too far, nearest first."""
    found = [
        Nearby(office, distance(where, Here(office.location.latitude, office.location.longitude)))
        for office in offices
        if office.location is not None and office.in_force(occasion.day)
    ]
    return sorted((one for one in found if one.kilometres <= TOO_FAR), key=lambda one: (one.kilometres, one.office.id))


def distance(one: Here, other: Here) -> float:
    """Kilometres between two places, by the haversine formula."""
    north, east = radians(other.latitude - one.latitude), radians(other.longitude - one.longitude)
    chord = sin(north / 2) ** 2 + cos(radians(one.latitude)) * cos(radians(other.latitude)) * sin(east / 2) ** 2
    return 2 * EARTH * asin(min(1.0, sqrt(chord)))


def is_open(office: Office, occasion: Occasion) -> bool:
    """Whether it is open at the moment, as far as is known; where the time is not known, today."""
    shifts = opening_of(office, occasion).shifts(occasion.day)
    return any(occasion.now is None or one.start <= occasion.now < one.end for one in shifts)


def opening_of(office: Office, occasion: Occasion) -> Opening:
    return Opening(office, occasion.day, occasion.is_workday, occasion.holiday_name)


def answer(told: Sequence[Nearby], snapshot: Snapshot, occasion: Occasion, title: str | None) -> Answer:
    """What is said of these halls, vouched for by the sources of them all."""
    first = told[0].office
    sources = [source_dict(source) for one in told for source in one.office.sources]
    checked = [one.office.verified_on for one in told if one.office.verified_on]
    return Answer(
        kind=first.kind,
        text="\n".join(lines(told, occasion, title)),
        id=first.id,
        aspect="place",
        title=first.title,
        confidence=1.0,
        release=snapshot.release,
        verified_on=min(checked).isoformat() if checked else None,
        sources=tuple(one for number, one in enumerate(sources) if one not in sources[:number]),
        also=tuple({"kind": one.office.kind, "id": one.office.id, "title": one.office.title} for one in told[1:]),
    )


def lines(told: Sequence[Nearby], occasion: Occasion, title: str | None) -> Iterator[str]:
    """The heading, a line for each hall, which one to go to now, and what else may be asked."""
    yield phrase("office.nearest_for", title=title) if title else phrase("office.nearest")
    for number, one in enumerate(told, 1):
        line = "".join(sentences(one, occasion))
        yield f"{number}. {line}" if len(told) > 1 else line
    opened = next((one for one in told if is_open(one.office, occasion)), None)
    if opened is not None and opened is not told[0]:
        name = "office.now_open_is" if occasion.now is not None else "office.today_open_is"
        yield phrase(name, closed=told[0].office.title, title=opened.office.title)
    yield phrase("office.straight")
    if len(told) > 1:
        yield phrase("office.choose")


def sentences(one: Nearby, occasion: Occasion) -> Iterator[str]:
    """How far a hall is, whether it is open, and how to get there."""
    office = one.office
    yield phrase("office.away", title=office.title, distance=in_words(one.kilometres))
    opening = opening_of(office, occasion)
    now = opening.lines(AskedDays(now=True), occasion.now)
    yield from now
    hours = word_shifts(opening.shifts(occasion.day))
    if hours and not any(hours in line for line in now):
        yield phrase("office.todays", shifts=hours)
    yield phrase("office.address", address=office.address) + "。"
    if office.phone:
        yield phrase("office.phone", phone=office.phone) + "。"


def in_words(kilometres: float) -> str:
    """`不到100米`, `约800米`, `约1.2公里`, `约15公里`."""
    if kilometres < 0.1:
        return phrase("office.very_near")
    if kilometres < 0.95:
        return phrase("office.metres", count=100 * round(10 * kilometres))
    return phrase("office.kilometres", count=f"{kilometres:.1f}" if kilometres < 9.95 else round(kilometres))
