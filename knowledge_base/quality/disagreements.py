"""What texts say against what is filled in: an item's own texts, and those of the FAQs that speak of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from foundation.text import numerals
from knowledge_base.findings import WORDS, Finding, entries, found, sentences
from knowledge_base.model import Faq, ServiceItem, Unit, UnitKey
from knowledge_base.model.values import Duration, Fee, Span
from knowledge_base.quality import facts
from knowledge_base.quality.facts import Said
from knowledge_base.quality.rewriting import reworded

WHOLE_FEE = re.compile(r"(?:收费|收取|[一-鿿]{0,6}费)?[:为是]?(?:每[一-鿿]{1,2})?\d+(?:\.\d+)?元(?:/[一-鿿]+)?")
WHOLE_DAYS = re.compile(
    r"(?:[自从在]?(?:正式)?受理(?:申请)?(?:之日)?[起后]?,?)?(?:一般)?\d+个?(?:工作日|自然日|天|日)(?:之内|以内|内)?(?:办[结好完理]+|发证|出证|领证)?"
)
"""A text that is nothing but the number: the number that is filled in should be the same."""


class Filled(NamedTuple):
    """What is filled in for an item, and what the texts beside it mention."""

    amounts: frozenset[Decimal]
    days: frozenset[tuple[int, str]]
    promised: frozenset[tuple[int, str]]
    phones: frozenset[str]
    mentioned: frozenset[Decimal]
    """Amounts and days that the texts beside fees and durations name, for cases of their own."""


def filled_in(item: ServiceItem) -> Filled:
    """What an item's fields say of fees, time limits and telephones, in every situation and on every day."""
    amounts, mentioned = set[Decimal](), set[Decimal]()
    days, promised = set[tuple[int, str]](), set[tuple[int, str]]()
    phones = set[str]()
    for aspect, _, entry in entries(item):
        if isinstance(entry, Fee) and entry.amount is not None:
            amounts.add(entry.amount.normalize())
        if isinstance(entry, Duration):
            days |= {(span.days, span.unit) for span in (entry.legal, entry.promised) if span}
            promised |= {(span.days, span.unit) for span in (entry.promised or entry.legal,) if span}
        if aspect == "contact":
            phones |= {phone for phone in (entry.phone, entry.complaint_phone) if phone}
        if aspect in ("fee", "duration", "contact"):
            text = facts.plain(" ".join(filter(None, (entry.text, getattr(entry, "basis", None)))))
            mentioned |= {said.value for said in (*facts.sums(text), *facts.spans(text))}
            phones |= set(facts.phones(text))
    return Filled(frozenset(amounts), frozenset(days), frozenset(promised), frozenset(phones), frozenset(mentioned))


def within(item: ServiceItem, known_phones: frozenset[str]) -> Iterator[Finding]:
    """Where an item's texts do not say what is filled in."""
    yield from _beside(item)
    filled = filled_in(item)
    for field, sentence in sentences(item):
        if field not in ("aspects.fee", "aspects.duration", "aspects.contact"):
            yield from _compared(item, field, sentence, filled, known_phones, None)


def of_faq(faq: Faq, item: ServiceItem, filled: Filled, known_phones: frozenset[str]) -> Iterator[Finding]:
    """Where an answer does not say what is filled in at the item that it is about."""
    for number, (field, sentence) in enumerate(sentences(faq)):
        question = facts.plain(faq.question) if number == 0 else ""
        yield from _compared(faq, field, sentence, filled, known_phones, item.key, question)


def _compared(
    unit: Unit,
    field: str,
    sentence: str,
    filled: Filled,
    known_phones: frozenset[str],
    item: UnitKey | None,
    question: str = "",
) -> Iterator[Finding]:
    text = facts.plain(sentence)
    where = "of_item" if item else "in_text"

    def differs(about: str, said: str, values: Iterable[str]) -> Finding:
        proper = list(dict.fromkeys(values))
        counted = sentence if said in sentence else numerals(sentence)
        repair = reworded(unit, field, sentence, counted.replace(said, proper[0])) if len(proper) == 1 else None
        options = str(WORDS.say("values.or")).join(proper)
        judged = f"{sentence} {options}"
        rule = f"{about}_{where}"
        return found(rule, unit.key, field, judged=judged, other=item, repair=repair, said=said, filled=options)

    if filled.amounts:
        asked = bool(facts.ASKS_FEE.search(question))
        for said in facts.charges(text, asked):
            if said.value.normalize() not in filled.amounts and said.value not in filled.mentioned:
                yield differs("fee", said.text, map(yuan, sorted(filled.amounts)))
        if asked and 0 not in filled.amounts and (free := facts.FREE.match(text)):
            yield differs("fee", free.group(), map(yuan, sorted(filled.amounts)))
    if filled.days:
        for said in facts.completions(text, bool(facts.ASKS_DAYS.search(question))):
            if not _agrees(said, filled.days) and said.value not in filled.mentioned:
                yield differs("days", said.text, [span(*one) for one in sorted(filled.promised)])
    if filled.phones:
        for phone in facts.phones(text):
            if phone not in filled.phones and phone not in known_phones:
                yield differs("phone", phone, sorted(filled.phones))


def _beside(item: ServiceItem) -> Iterator[Finding]:
    """Where the text of a fee or a duration is nothing but another number than that beside it."""
    for aspect, _, entry in entries(item):
        if not isinstance(entry, (Fee, Duration)) or not entry.text:
            continue
        text = facts.plain(entry.text).strip("。 ").replace(" ", "")
        if isinstance(entry, Fee) and entry.amount is not None and WHOLE_FEE.fullmatch(text):
            wrong = [said for said in facts.sums(text) if said.value != entry.amount]
            values = [yuan(entry.amount)]
            rule = "fee_in_text"
        elif isinstance(entry, Duration) and (entry.legal or entry.promised) and WHOLE_DAYS.fullmatch(text):
            held = [one for one in (entry.promised, entry.legal) if one]
            wrong = [said for said in facts.spans(text) if not _agrees(said, {_pair(one) for one in held})]
            values = [span(*_pair(one)) for one in held]
            rule = "days_in_text"
        else:
            continue
        for said in wrong:
            field = f"aspects.{aspect}"
            repair = reworded(item, field, entry.text, entry.text.replace(said.text, values[0]))
            judged = f"{entry.text} {values}"
            yield found(rule, item.key, field, judged=judged, repair=repair, said=said.text, filled=values[0])


def _agrees(said: Said, days: Iterable[tuple[int, str]]) -> bool:
    return any(said.value == number and said.unit in ("", unit) for number, unit in days)


def _pair(one: Span) -> tuple[int, str]:
    return one.days, one.unit


def yuan(amount: Decimal) -> str:
    """An amount in words: 40元, 不收费."""
    if not amount:
        return str(WORDS.say("values.free"))
    return str(WORDS.say("values.yuan", amount=format(amount.normalize(), "f")))


def span(number: int, unit: str) -> str:
    """A number of days in words: 20个工作日, 20天."""
    return str(WORDS.say("values.days", days=number, unit=unit))


def fact_sets(texts: Iterable[str]) -> dict[str, set[Any]]:
    """What texts name of fees, days and telephones, to be compared with what others name."""
    said = [facts.plain(text) for text in texts]
    return {
        "fee": {one.value.normalize() for text in said for one in facts.sums(text)},
        "days": {one.value for text in said for one in facts.spans(text)},
        "phone": {phone for text in said for phone in facts.phones(text)},
    }
