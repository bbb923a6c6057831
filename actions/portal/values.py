"""Single values of a portal's answer, as the mapping says where and how they are written.

What cannot be read is None, and counted: a citizen is better served by the state without the department's telephone
number than by an apology.
"""

from __future__ import annotations

import logging
import re
from datetime import date, datetime
from typing import Any

from actions.portal import formats
from actions.portal.mapping import Mapping
from actions.portal.mapping_checks import Dotted
from actions.portal.metrics import not_understood
from actions.portal.places import at, text, word

log = logging.getLogger(__name__)

SHORT, LONG = 200, 2000
"""Characters of a name, and of a paragraph; the rest is cut off."""


class Values:
    """Each method takes the answer and a place in it; None is a place that the portal does not have."""

    def __init__(self, mapping: Mapping) -> None:
        self._absent = mapping.absent
        self._zone = formats.offset(mapping.formats.zone)
        self._times = [*mapping.formats.times, *mapping.formats.days]
        self._days = [*mapping.formats.days, *mapping.formats.times]
        self._told: set[str] = set()

    def word(self, content: Any, place: Dotted | None) -> str | None:
        """A code, number or token, as it stands there."""
        said = None if place is None else word(at(content, place))
        return None if not said or said in self._absent else said

    def text(self, field: str, content: Any, place: Dotted | None, most: int = SHORT) -> str | None:
        """A text to show, at most so many characters."""
        if place is None or (value := at(content, place)) is None:
            return None
        said = text(value, most)
        if said is None:
            self.not_understood(field)
        return said if said and said not in self._absent else None

    def instant(self, field: str, content: Any, place: Dotted | None) -> datetime | None:
        """An aware instant."""
        if (said := self._scalar(field, content, place)) is None:
            return None
        found = formats.instant(said, self._times, self._zone)
        if found is None:
            self.not_understood(field)
        return found

    def day(self, field: str, content: Any, place: Dotted | None) -> date | None:
        """A day in the portal's time zone."""
        if (said := self._scalar(field, content, place)) is None:
            return None
        found = formats.day(said, self._days, self._zone)
        if found is None:
            self.not_understood(field)
        return found

    def entries(self, field: str, content: Any, place: Dotted, most: int) -> list[Any]:
        """The entries of a list; a single text is a list of one."""
        value = at(content, place)
        if isinstance(value, list):
            return value[:most]
        said = self._scalar(field, content, place)
        return [] if said is None else [said]

    def seconds(self, field: str, content: Any, place: int | Dotted, otherwise: int) -> int:
        """A span; `place` may be the span itself."""
        if isinstance(place, int):
            return place
        said = self.word(content, place)
        if said is None or not re.fullmatch(r"\d{1,5}", said, re.ASCII):
            self.not_understood(field)
            return otherwise
        return int(said)

    def not_understood(self, field: str) -> None:
        """Count a field that cannot be read. Its content is a citizen's and is told to nobody."""
        not_understood.labels(field).inc()
        if field not in self._told:
            self._told.add(field)
            log.warning("a field of the portal's answers is not understood", extra={"field": field})

    def _scalar(self, field: str, content: Any, place: Dotted | None) -> str | None:
        value = None if place is None else at(content, place)
        if value is not None and word(value) is None:
            self.not_understood(field)
        return self.word(content, place)
