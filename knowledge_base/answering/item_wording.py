"""The wording of a service item's aspects, from its structured values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from knowledge_base.answering.phrases import aspect_name, phrase
from knowledge_base.model import ServiceItem, Unit
from knowledge_base.model.item import ASPECTS
from knowledge_base.model.values import Conditional, Contact, Duration, Fee, Line, Material, Online, Proxy, Span

OfficeOf = Callable[[str], Unit | None]
"""Finds an office 办事大厅 by id, for the hours and phones of the places named."""


def has_aspect(item: ServiceItem, aspect: str) -> bool:
    """Whether the item says anything on an aspect, by itself or by its sources."""
    if aspect == "basis":
        return item.has("basis") or bool(item.sources)
    if aspect in ("overview", "process"):
        return any(item.has(name) for name in ("overview", "process", "conditions", "materials"))
    if aspect == "hours":
        return item.has("hours") or item.has("place")
    return item.has(aspect)


def word_aspect(item: ServiceItem, aspect: str, day: date, office_of: OfficeOf) -> str:
    """The answer to one aspect as it holds on `day`; empty when the item does not say."""
    if aspect in ("overview", "process"):
        body = overview(item, day, aspect)
    elif aspect == "basis" and not item.has("basis"):
        body = "\n".join(source_line(source) for source in item.sources)
    elif aspect == "hours" and not item.has("hours"):
        body = office_hours(item, day, office_of)
    else:
        body = aspect_body(item, aspect, day)
    if not body:
        return ""
    return f"{phrase('item.heading', title=item.title, aspect=aspect_name(aspect))}\n{body}"


def aspect_body(item: ServiceItem, aspect: str, day: date) -> str:
    dated = getattr(item.aspects, aspect)
    if dated is None:
        return ""
    body = word_value(item, dated.on(day))
    coming = dated.next_after(day)
    if coming is not None:
        value = word_value(item, coming.value).replace("\n", "；")
        body = f"{body}\n{phrase('next_value', date=chinese_date(coming.since), value=value)}".strip()
    return body


def word_value(item: ServiceItem, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Contact):
        return contact(value)
    return side_by_side(item, value)


def overview(item: ServiceItem, day: date, aspect: str) -> str:
    """What a citizen needs first: what it is, the steps, what to bring, how long, how much, where."""
    parts = [aspect_body(item, "overview", day)]
    process = aspect_body(item, "process", day)
    if process:
        parts.append(f"{phrase('item.process_short')}\n{process}" if parts[0] else process)
    if aspect == "overview":
        if not parts[0] and not process:
            parts.append(labelled(item, "conditions", day))
        parts.append(labelled(item, "materials", day))
        for name in ("duration", "fee", "place"):
            body = aspect_body(item, name, day)
            if body and body.count("\n") < 3:
                parts.append(phrase(f"item.{name}_short", value=body.replace("\n", "；")))
    rest = [aspect_name(name) for name in ASPECTS if name not in ("overview", "process") and has_aspect(item, name)]
    if aspect == "overview" and rest and any(parts):
        parts.append(phrase("item.ask_on", aspects="、".join(rest[:6])))
    return "\n".join(filter(None, parts))


def labelled(item: ServiceItem, aspect: str, day: date) -> str:
    body = aspect_body(item, aspect, day)
    return f"{phrase(f'item.{aspect}_short')}\n{body}" if body else ""


def side_by_side(item: ServiceItem, entries: Sequence[Conditional]) -> str:
    """Entries that always hold first, then those of each situation under its name."""
    groups: dict[tuple[tuple[str, tuple[str, ...]], ...], list[Conditional]] = {}
    for entry in entries:
        groups.setdefault(tuple(sorted(entry.when.items())), []).append(entry)
    blocks = []
    for when in sorted(groups, key=lambda group: bool(group)):
        lines = numbered([*filter(None, map(word_entry, groups[when]))])
        if when and lines:
            lines = [phrase("item.situation", titles="、".join(situation_titles(item, when))), *lines]
        blocks.append("\n".join(lines))
    return "\n".join(filter(None, blocks))


def situation_titles(item: ServiceItem, when: Iterable[tuple[str, tuple[str, ...]]]) -> list[str]:
    titles = {(one.id, option.id): option.title for one in item.situations for option in one.options}
    either = phrase("item.either")
    return [either.join(titles[(situation, option)] for option in options) for situation, options in when]


def numbered(lines: Sequence[str]) -> list[str]:
    return list(lines) if len(lines) < 2 else [f"{number}. {line}" for number, line in enumerate(lines, 1)]


def word_entry(entry: Conditional) -> str:
    if isinstance(entry, Material):
        return material(entry)
    if isinstance(entry, Duration):
        return duration(entry)
    if isinstance(entry, Fee):
        return fee(entry)
    if isinstance(entry, Online):
        return said_or(entry.text, entry.available, "item.online_yes", "item.online_no")
    if isinstance(entry, Proxy):
        return said_or(entry.text, entry.allowed, "item.proxy_yes", "item.proxy_no")
    assert isinstance(entry, Line)
    return entry.text


def material(entry: Material) -> str:
    form = "".join(filter(None, (entry.form, phrase("item.copies", count=entry.count) if entry.count else None)))
    flags = [
        phrase(f"item.flags.{name}") for name in ("deferrable", "pledge", "shared", "e_licence") if getattr(entry, name)
    ]
    if not entry.required:
        flags.insert(0, phrase("item.flags.optional"))
    inside = "，".join(filter(None, (form, *flags)))
    note = f"。{entry.note}" if entry.note else ""
    return f"{entry.name}（{inside}）{note}" if inside else f"{entry.name}{note}"


def span(name: str, value: Span) -> str:
    suffix = "" if value.unit == "工作日" else "_natural"
    return phrase(f"item.{name}{suffix}", days=value.days, unit=value.unit)


def duration(entry: Duration) -> str:
    spans = "，".join(
        span(name, value) for name, value in (("promised", entry.promised), ("legal", entry.legal)) if value
    )
    if spans and entry.counts_from:
        spans += "，" + phrase("item.counts_from", start=entry.counts_from)
    said = "。".join(filter(None, (spans, (entry.text or "").rstrip("。"))))
    name = f"{entry.name}：" if entry.name else ""
    return f"{name}{said}。" if said else ""


def fee(entry: Fee) -> str:
    amount = None
    if entry.amount is not None:
        amount = phrase("item.free") if entry.amount == 0 else phrase("item.yuan", amount=plain(entry.amount))
        if entry.per and entry.amount:
            amount += f"/{entry.per}"
    name = f"{entry.name}：" if entry.name and amount else ""
    basis = f"（{entry.basis}）" if entry.basis else ""
    first = f"{name}{amount}{basis}" if amount else ""
    said = "。".join(filter(None, (first, (entry.text or "").rstrip("。"))))
    return f"{said}。" if said else ""


def contact(value: Contact) -> str:
    lines = [
        phrase("item.phone", phone=value.phone) if value.phone else None,
        phrase("item.complaint_phone", phone=value.complaint_phone) if value.complaint_phone else None,
        value.text,
    ]
    return "\n".join(filter(None, lines))


def said_or(text: str | None, flag: bool | None, yes: str, no: str) -> str:
    """The flag in words, then the text: a citizen reads yes or no first."""
    answer = None if flag is None else phrase(yes if flag else no)
    return "".join(filter(None, (answer, text)))


def office_hours(item: ServiceItem, day: date, office_of: OfficeOf) -> str:
    """Hours of the offices where the item is done, when the item itself names none."""
    from knowledge_base.answering.office_wording import weekly_hours

    dated = item.aspects.place
    lines = []
    for line in (dated.on(day) or ()) if dated else ():
        office = office_of(line.office) if line.office else None
        if office is not None:
            lines.append(f"{office.title}：{weekly_hours(office)}")
    return "\n".join(dict.fromkeys(lines))


def source_line(source: Any) -> str:
    return "，".join(filter(None, (f"《{source.title}》", source.article, source.number)))


def plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


def chinese_date(day: date) -> str:
    return phrase("date", year=day.year, month=day.month, day=day.day)
