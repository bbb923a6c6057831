"""联想: what a citizen may mean who has typed the beginning of something. Needs no model and no words of a dictionary.

Names and questions are found by what they begin with and by what they contain; where that finds nothing, or letters
were typed, by sound; and where that finds nothing either, with one slip of the finger.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from foundation.text import normalise, squash, strip_fillers
from knowledge_base.model import Faq, Unit, UnitKey
from knowledge_base.search import sounds
from knowledge_base.search.sequences import ANY, Element, Positions, Sequences

LIMIT = 6
INPUT_CHARACTERS = 50
TEXT_CHARACTERS = 60
"""Of a long question so many characters are looked at."""
LOOKED_AT = 2000
"""Places of one sort that are looked at for living units; the best stand first."""
SHORTEST_SLIP, LONGEST_SLIP = 3, 12
"""Characters of an input in which a slip is forgiven: in fewer everything would match, in more nothing is gained."""

Pattern = list[Element]


class Suggestion(NamedTuple):
    text: str
    """What to show, and to ask when it is chosen."""
    key: UnitKey
    name: str | None
    """The alias or sentence by which it was found, where `text` itself would not explain it."""


class Source(NamedTuple):
    """What of a unit is needed here."""

    revision: int
    key: UnitKey
    title: str
    names: tuple[str, ...]
    questions: tuple[str, ...]
    first_day: int
    last_day: int
    """Ordinals of the days between which it is in force."""


def source(revision: int, unit: Unit) -> Source:
    """Take from a unit what is needed here."""
    first = unit.effective_from.toordinal() if unit.effective_from else 0
    last = unit.effective_to.toordinal() if unit.effective_to else date.max.toordinal()
    names = () if isinstance(unit, Faq) else unit.names()
    return Source(revision, unit.key, unit.title, names, unit.questions(), first, last)


class _Unit(NamedTuple):
    key: UnitKey
    title: str


class _Row(NamedTuple):
    """A text by which a unit is found, best first when sorted."""

    is_question: bool
    length: int
    text: str
    unit: int
    name: str | None


class _Hit(NamedTuple):
    """Better when smaller."""

    rank: int
    length: int
    title: str
    key: UnitKey
    name: str | None


class Segment:
    """An index over units, never changed."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self.units = [_Unit(unit.key, unit.title) for unit in sources]
        self.revisions = np.array([unit.revision for unit in sources], np.int64)
        rows = sorted({row for number, unit in enumerate(sources) for row in _rows(number, unit)}, key=_order)
        self._unit = np.array([row.unit for row in rows], np.int32)
        self._length = np.array([row.length for row in rows], np.int32)
        self._name = [row.name for row in rows]
        self._names = sum(not row.is_question for row in rows)
        joined = "".join(f"\0{row.text}" for row in rows) + "\0"
        del rows  # what follows takes the most memory
        self._written = Sequences(np.frombuffer(joined.encode("utf-16-le"), np.uint16))
        self._spoken = Sequences(sounds.encode(joined))
        self._first = np.array([unit.first_day for unit in sources], np.int32)
        self._last = np.array([unit.last_day for unit in sources], np.int32)

    def live(self, day: date, gone: Sequence[int]) -> NDArray[np.bool_]:
        """Which units are in force that day and not among those gone."""
        today = day.toordinal()
        alive = (self._first <= today) & (today <= self._last)
        alive[list(gone)] = False
        return alive

    def written(self, patterns: Iterable[Pattern], live: NDArray[np.bool_], rank: int) -> list[_Hit]:
        """Living units in a text of which one of the patterns stands."""
        return self._hits(self._written, patterns, live, rank)

    def spoken(self, patterns: Iterable[Pattern], live: NDArray[np.bool_], rank: int) -> list[_Hit]:
        """The same, by sound."""
        return self._hits(self._spoken, patterns, live, rank)

    def _hits(self, texts: Sequences, patterns: Iterable[Pattern], live: NDArray[np.bool_], rank: int) -> list[_Hit]:
        places = texts.find(*patterns)
        if not len(places):
            return []
        questions = places >= texts.start(self._names) - 1
        within = ~(texts.opens(places) | (texts.codes[places] == 0))
        hits: list[_Hit] = []
        for number in range(4):  # names that begin so, names that contain it, questions that begin so, that contain it
            sort = places[(questions == (number >= 2)) & (within == (number % 2 == 1))]
            hits += self._best(texts, sort, live, rank + number)
            if len({hit.key for hit in hits}) >= LIMIT:
                break
        return hits

    def _best(self, texts: Sequences, places: Positions, live: NDArray[np.bool_], rank: int) -> Iterator[_Hit]:
        """The first few living units at these places, each once."""
        if len(places) > LOOKED_AT:
            places = np.partition(places, LOOKED_AT)[:LOOKED_AT]
        rows = texts.rows(np.unique(places))
        rows = rows[live[self._unit[rows]]]
        _, first = np.unique(self._unit[rows], return_index=True)
        for at in np.sort(first)[: 2 * LIMIT]:
            row = int(rows[at])
            unit = self.units[self._unit[row]]
            yield _Hit(rank, int(self._length[row]), unit.title, unit.key, self._name[row])


def _rows(number: int, unit: Source) -> Iterator[_Row]:
    for texts, is_question in ((unit.names, False), (unit.questions, True)):
        for text in texts:
            plain = squash(text)[:TEXT_CHARACTERS]
            if plain:
                speaks_for_itself = text == unit.title or unit.key.kind == Faq.kind
                yield _Row(is_question, len(plain), plain, number, None if speaks_for_itself else text)


def _order(row: _Row) -> tuple[bool, int, str, int]:
    return row[:4]


@dataclass(frozen=True)
class Typeahead:
    """All units of a release: a large base, and a small delta that changes with each edit."""

    release: int
    base: Segment
    delta: Segment
    recent: tuple[Source, ...] = ()
    """What the delta was made of."""
    gone: tuple[int, ...] = ()
    """Numbers of units of the base that are not in any more."""

    def suggest(self, text: str, day: date) -> list[Suggestion]:
        """At most LIMIT different units in force on a day, likeliest first, for an input of any kind."""
        typed = squash(strip_fillers(normalise(text[:INPUT_CHARACTERS])))[:INPUT_CHARACTERS]
        if not typed:
            return []
        segments = [(self.base, self.base.live(day, self.gone)), (self.delta, self.delta.live(day, ()))]
        letters = any("a" <= c <= "z" for c in typed)
        exact = np.frombuffer(typed.encode("utf-16-le"), np.uint16).tolist()
        hits = [hit for segment, live in segments for hit in segment.written([exact], live, 0)]
        heard = sounds.patterns(typed) if letters or (not hits and len(typed) > 1) else []
        if heard and len(heard[0]) == 1:
            heard = [[0, *pattern] for pattern in heard]  # one sound is everywhere: only what begins with it
        hits += [hit for segment, live in segments for hit in segment.spoken(heard, live, 4)]
        if not hits and not any(c.isdigit() for c in typed):  # another number is no slip
            hits = [hit for segment, live in segments for hit in segment.written(slips(exact), live, 8)]
        if not hits and heard and len(typed) >= 2 * len(heard[0]):  # whole syllables, not initials
            hits = [hit for segment, live in segments for hit in segment.spoken(slips(heard[0]), live, 12)]
        return list(_distinct(hits))


def build(release: int, sources: Sequence[Source]) -> Typeahead:
    """Index all units of a release."""
    return Typeahead(release, Segment(sources), Segment(()))


def advance(old: Typeahead, release: int, added: Sequence[Source], removed: Set[int]) -> Typeahead:
    """A later release: the base stays as it is, without what was removed, and the delta is made anew."""
    gone = np.flatnonzero(np.isin(old.base.revisions, list(removed)))
    recent = (*(unit for unit in old.recent if unit.revision not in removed), *added)
    return Typeahead(release, old.base, Segment(recent), recent, (*old.gone, *gone.tolist()))


def slips(pattern: Sequence[Element]) -> Iterator[Pattern]:
    """The pattern with one element wrong, missing, too many, or changed places with the next."""
    size = len(pattern)
    if not SHORTEST_SLIP <= size <= LONGEST_SLIP:
        return
    before = [list(pattern[:at]) for at in range(size + 1)]
    after = [list(pattern[at:]) for at in range(size + 1)]
    for at in range(size):
        yield [*before[at], ANY, *after[at + 1]]
        if at:
            yield [*before[at], ANY, *after[at]]
        if size > SHORTEST_SLIP:
            yield [*before[at], *after[at + 1]]
        if at + 1 < size:
            yield [*before[at], pattern[at + 1], pattern[at], *after[at + 2]]


def _distinct(hits: list[_Hit]) -> list[Suggestion]:
    seen: set[object] = set()
    found: list[Suggestion] = []
    for hit in sorted(hits, key=lambda hit: hit[:3]):
        if hit.key not in seen and hit.title not in seen and len(found) < LIMIT:
            seen |= {hit.key, hit.title}
            found.append(Suggestion(hit.title, hit.key, hit.name))
    return found
