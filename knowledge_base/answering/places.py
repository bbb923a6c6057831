"""Where a rule holds: of units that differ only by their division the nearest one is told, or the division is asked."""

from __future__ import annotations

import weakref
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from knowledge_base.answering.answer import Answer, Option, listed
from knowledge_base.answering.phrases import phrase
from knowledge_base.answering.published import Published
from knowledge_base.model import Faq, ServiceItem, Unit
from knowledge_base.place_names import division_in, short_name
from knowledge_base.regions import Regions
from knowledge_base.search.snapshot import Hit, Snapshot

REGION = "region"
"""The kind of an option that names a division; its id is the code."""
Twins = dict[tuple[str, str], tuple[Unit, ...]]


class Local(NamedTuple):
    """The hits that may hold for a citizen, and those for which nothing holds there, of twins one."""

    hits: list[Hit]
    elsewhere: list[Hit]


class Places:
    """The units of one release that hold in one division only."""

    def __init__(self, units: Sequence[Unit], regions: Regions) -> None:
        regional = [unit for unit in units if unit.region]
        self.names = dict(regions.names)
        for unit in regional:
            assert unit.region is not None
            if unit.region not in self.names and (name := name_in(unit)):
                self.names[unit.region] = name
        self._own_names = {code: (name, short_name(name)) for code, name in self.names.items()}
        keys = {self.key(unit) for unit in regional}
        twins: dict[tuple[str, str], list[Unit]] = defaultdict(list)
        for unit in units if regional else ():
            if (key := self.key(unit)) in keys:
                twins[key].append(unit)
        self._twins: Twins = {key: tuple(found) for key, found in twins.items()}

    def key(self, unit: Unit) -> tuple[str, str]:
        """What units have in common that differ only by their division."""
        title = unit.title
        for name in self._own_names.get(unit.region, ()) if unit.region else ():
            title = title.replace(name, "")
        return unit.kind, title.strip()

    def twins(self, unit: Unit) -> tuple[Unit, ...]:
        """The unit and those that say the same of other places."""
        found = self._twins.get(self.key(unit), ()) if self._twins else ()
        return found or (unit,)


_places: dict[tuple[int, int], Places] = {}


def places(snapshot: Published, regions: Regions) -> Places:
    """The places of a snapshot, looked through once."""
    key = (id(snapshot), id(regions))
    if key not in _places:
        _places[key] = Places(list(snapshot.units.values()), regions)
        weakref.finalize(snapshot, _places.pop, key, None)
    return _places[key]


def local(hits: Sequence[Hit], at: str | None, snapshot: Snapshot, regions: Regions) -> Local:
    """Leave out what does not hold at `at`, and of twins all but the nearest.

    Args:
        at: the citizen's division; None: not known, then twins below the office's own stand for one another.
    """
    here = places(snapshot, regions)
    nearest: dict[tuple[str, str], Hit] = {}
    for hit in hits:
        if regions.holds(hit.unit.region, at):
            key = here.key(hit.unit) if len(here.twins(hit.unit)) > 1 else (hit.unit.kind, hit.unit.id)
            other = nearest.get(key)
            if other is None or regions.distance(hit.unit.region, at) < regions.distance(other.unit.region, at):
                nearest[key] = hit
    kept = list(nearest.values())
    if len(kept) == len(hits):
        return Local(kept, [])
    told = {here.key(hit.unit) for hit in kept}
    return Local(kept, list({key: hit for hit in reversed(hits) if (key := here.key(hit.unit)) not in told}.values()))


def unit_for(unit: Unit, at: str | None, day: date, snapshot: Published, regions: Regions) -> Unit | None:
    """Of a unit and its twins the one that holds nearest to a citizen; None where none holds."""
    twins = [one for one in places(snapshot, regions).twins(unit) if regions.holds(one.region, at)]
    in_force = [one for one in twins if one.in_force(day)]
    return min(in_force or twins, key=lambda one: regions.distance(one.region, at), default=None)


def to_ask(unit: Unit, at: str | None, day: date, snapshot: Published, regions: Regions) -> tuple[Option, ...]:
    """The divisions to choose from, where the answer of that day depends on one that is not known; else nothing."""
    if at is not None:
        return ()
    here = places(snapshot, regions)
    twins = [one for one in here.twins(unit) if regions.holds(one.region, None)]
    twins = [one for one in twins if one.in_force(day)] or twins
    below = sorted({one.region for one in twins if one.region and regions.partial(one.region)})
    asked = tuple(Option(here.names.get(code, code), code, REGION) for code in below)
    general = regions.home and any(not regions.partial(one.region) for one in twins)
    return (*asked, Option(phrase("region_other"), str(regions.home), REGION)) if asked and general else asked


def region_question(unit: Unit, aspect: str | None, divisions: tuple[Option, ...]) -> Answer:
    """Asks in which of these divisions the citizen is."""
    text = listed(phrase("region"), divisions)
    return Answer("form", text, "region", item_of(unit), aspect or "overview", unit.title, options=divisions)


def named(text: str, snapshot: Snapshot, regions: Regions) -> str | None:
    """The division that a citizen names."""
    return regions.named(text, places(snapshot, regions).names, snapshot.tools.words.frequencies)


def item_of(unit: Unit) -> str | None:
    """The service item that a unit is, or belongs to."""
    return unit.id if isinstance(unit, ServiceItem) else unit.item if isinstance(unit, Faq) else None


def name_in(unit: Unit) -> str | None:
    """The division that a unit's department or title names."""
    return division_in(getattr(unit, "department", None) or "") or division_in(unit.title, begins=True)
