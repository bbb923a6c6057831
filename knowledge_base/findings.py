"""What is wrong with units, judged from the units alone: the part of the quality report that publishing asks too.

The sentences lie in findings.yml.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Container, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal, NamedTuple

from foundation.text import squash
from foundation.words import Words
from knowledge_base.model import KINDS, Faq, Office, Package, Referral, ServiceItem, Unit, UnitKey
from knowledge_base.model.values import Duration, Span

Severity = Literal["block", "warning", "note"]
WORDS = Words(Path(__file__).with_name("findings.yml"))
LONGEST_SENTENCE = 60
TOGETHER, SEPARATOR = 500, "ꙮ"
"""A letter that no text holds; were it to, its part is spelled one by one."""
CERTAIN = ("available", "allowed")
"""Yes and no contradict each other whatever text stands beside them."""
SENTENCE_END = re.compile(r"[。！？；\n]+")


class Finding(NamedTuple):
    """One finding: where (`unit`, `field`), what (`problem`) and what to do (`cure`), in the staff's language.

    `block` forbids publishing, a `warning` is settled by a named person, a `note` is advice.
    """

    severity: Severity
    unit: UnitKey
    field: str
    problem: str
    cure: str
    sort: str = ""
    """Of `sorts` in findings.yml."""
    judged: str = ""
    """The words that it is judged from: once settled, it is so until these change."""
    other: UnitKey | None = None
    """The unit with which it does not go together."""
    repair: Unit | None = None
    """The unit as it might be, where that can be worked out."""

    @property
    def digest(self) -> str:
        """What is the same for the same finding about the same words; of two units, whichever is named first."""
        where = [self.unit, self.field] if self.other is None else sorted((self.unit, self.other))
        said = [self.sort, where, self.judged or self.problem]
        return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode("utf-8", "replace")).hexdigest()

    def __str__(self) -> str:
        return f"{self.unit}: {self.field}: {self.problem}。{self.cure}。"


def found(
    rule: str,
    unit: UnitKey,
    field: str,
    *,
    judged: object = "",
    other: UnitKey | None = None,
    repair: Unit | None = None,
    **values: object,
) -> Finding:
    """A finding by a rule of findings.yml, its sentences filled from `values` and `other`."""
    said = WORDS.content["rules"][rule]
    values["other"] = other
    problem, cure = said["problem"].format(**values), said["cure"].format(**values)
    return Finding(said["severity"], unit, field, problem, cure, said["sort"], str(judged), other, repair)


def inspect(unit: Unit, today: date) -> Iterator[Finding]:
    """The findings of one unit."""
    yield from _validity(unit, today)
    if unit.kind in KINDS:  # what is told to citizens rests on something
        yield from _sources(unit)
    if isinstance(unit, ServiceItem):
        yield from _situations(unit)
        yield from _contradictions(unit)
        for aspect, name in WORDS.content["aspects"].items():
            if not unit.has(aspect):
                yield found("no_aspect", unit.key, f"aspects.{aspect}", name=name)


def references(unit: Unit) -> Iterator[tuple[str, UnitKey]]:
    """The other units that a unit names, with the field that names them."""
    if unit.successor:
        yield "successor", UnitKey(unit.kind, unit.successor)
    if isinstance(unit, Faq) and unit.item:
        yield "item", UnitKey("item", unit.item)
    if isinstance(unit, Package):
        yield from ((f"steps.{n}", UnitKey("item", step.item)) for n, step in enumerate(unit.steps, start=1))
    if isinstance(unit, ServiceItem):
        for aspect, _, entry in entries(unit):
            if office := getattr(entry, "office", None):
                yield f"aspects.{aspect}", UnitKey("office", office)


def dangling(unit: Unit, known: Container[UnitKey]) -> Iterator[Finding]:
    """References to units that are not known."""
    for field, key in references(unit):
        if key not in known:
            yield found("dangling", unit.key, field, other=key, judged=field)


def duplicates(units: Iterable[Unit]) -> Iterator[Finding]:
    """Questions and names that two units share, apart from spelling; units of different regions may."""
    said = [(unit, text) for unit in units for text in dict.fromkeys((*unit.names(), *unit.questions()))]
    seen: dict[str, list[Unit]] = {}
    told: set[tuple[UnitKey, UnitKey]] = set()
    for (unit, text), plain in zip(said, squash_all([text for _, text in said])):
        same = seen.setdefault(plain, [])
        for other in same:
            if other is not unit and overlap(unit.region, other.region):
                if (unit.key, other.key) in told:
                    break
                told.add((unit.key, other.key))
                yield found("same_question", unit.key, "question", other=other.key, judged=plain, text=text[:30])
                break
        same.append(unit)


def sentences(unit: Unit) -> Iterator[tuple[str, str]]:
    """The sentences of a unit that a citizen reads, with their fields."""
    texts: list[tuple[str, str | None]] = []
    if isinstance(unit, Faq):
        texts = [("answer", unit.answer)]
    elif isinstance(unit, Referral):
        texts = [("text", unit.text), ("channel", unit.channel)]
    elif isinstance(unit, Package):
        texts = [("overview", unit.overview)]
    elif isinstance(unit, Office):
        texts = [("appointment", unit.appointment), ("transport", unit.transport)]
    elif isinstance(unit, ServiceItem):
        texts = [
            (f"aspects.{aspect}", getattr(entry, name, None))
            for aspect, _, entry in entries(unit)
            for name in ("text", "note")
        ]
    for field, text in texts:
        yield from ((field, part) for part in SENTENCE_END.split(text or "") if part)


def squash_all(texts: Sequence[str]) -> Iterator[str]:
    """`squash` of each text, hundreds at a time: that is three times as fast, and a city has 300,000 questions."""
    for start in range(0, len(texts), TOGETHER):
        part = texts[start : start + TOGETHER]
        together = squash(SEPARATOR.join(part)).split(SEPARATOR)
        yield from together if len(together) == len(part) else map(squash, part)


def overlap(one: str | None, other: str | None) -> bool:
    """Whether a rule of one region and one of another may hold at the same place."""
    return one is None or other is None or one == other


def entries(unit: ServiceItem) -> Iterator[tuple[str, date | None, Any]]:
    """Every entry of every aspect, with the day from which it holds."""
    for aspect, dated in unit.aspects:
        for change in dated.dated if dated else ():
            for entry in change.value if isinstance(change.value, tuple) else (change.value,):
                yield aspect, change.since, entry


def _validity(unit: Unit, today: date) -> Iterator[Finding]:
    if unit.effective_to and unit.effective_to < today:
        yield found("expired", unit.key, "effective_to", day=unit.effective_to)
    elif unit.review_by and unit.review_by < today:
        yield found("overdue", unit.key, "review_by", day=unit.review_by)
    if unit.verified_on and unit.verified_on > today:
        yield found("checked_in_future", unit.key, "verified_on", day=unit.verified_on)
    if unit.successor == unit.id:
        repair = unit.copy(update={"successor": None})
        yield found("own_successor", unit.key, "successor", repair=repair)


def _sources(unit: Unit) -> Iterator[Finding]:
    if not unit.sources:
        yield found("no_source", unit.key, "sources")
    elif not all(source.verified for source in unit.sources):
        titles = [source.title for source in unit.sources if not source.verified]
        yield found("unverified", unit.key, "sources", judged=titles)


def _situations(unit: ServiceItem) -> Iterator[Finding]:
    names = [situation.id for situation in unit.situations]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield found("situation_twice", unit.key, "situations", name=name)


def _contradictions(unit: ServiceItem) -> Iterator[Finding]:
    said: dict[tuple[Any, ...], Any] = {}
    for aspect, since, entry in entries(unit):
        field = f"aspects.{aspect}"
        if isinstance(entry, Duration) and entry.legal and entry.promised and _longer(entry.promised, entry.legal):
            promised, legal = days(entry.promised), days(entry.legal)
            yield found("promise_longer", unit.key, field, promised=promised, legal=legal)
        for name in ("available", "allowed", "amount", "legal", "promised"):
            if (value := getattr(entry, name, None)) is None:
                continue
            about = tuple(getattr(entry, part, None) for part in ("name", "per", "text", "counts_from"))
            case = (aspect, since, name, tuple(sorted(entry.when.items())), *about[: 1 if name in CERTAIN else 4])
            if said.setdefault(case, value) != value:
                yield found("two_values", unit.key, field, name=name, judged=f"{case} {said[case]} {value}")


def days(span: Span) -> str:
    """A number of days in words: 20个工作日."""
    return str(WORDS.say("values.days", days=span.days, unit=span.unit))


def _longer(promised: Span, legal: Span) -> bool:
    """True where it is certain: so many working days are never fewer natural days."""
    return promised.days > legal.days and (promised.unit == legal.unit or legal.unit == "自然日")
