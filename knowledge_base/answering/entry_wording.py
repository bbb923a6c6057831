"""The wording of single values: a material, a time limit, a fee, a yes or no."""

from __future__ import annotations

from decimal import Decimal

from knowledge_base.answering.phrases import phrase
from knowledge_base.model.values import Conditional, Contact, Duration, Fee, Line, Material, Online, Proxy, Span


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


def plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
