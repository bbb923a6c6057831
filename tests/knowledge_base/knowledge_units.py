"""Units for tests: a few plain ones, and strategies that make any unit there can be."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from knowledge_base.model import GOVERNED, Faq, ServiceItem, Unit, parse_unit
from knowledge_base.model.office import WEEKDAYS


def faq(id: str = "photo", question: str = "照片可以自己带吗", answer: str = "可以。", **fields: Any) -> Faq:
    return Faq(id=id, question=question, answer=answer, **fields)


def item(id: str = "id-card", name: str = "居民身份证换领", **fields: Any) -> ServiceItem:
    return ServiceItem(id=id, name=name, **fields)


steady = settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
"""For property tests over whole units: no clock, and no minutes spent on making a failure smaller."""

letters = st.characters(blacklist_categories=("Cc", "Cs", "Cn", "Co", "Zl", "Zp"))
texts = (
    st.text(st.one_of(letters, st.sampled_from("|｜\\\n=<&;,，：'\"-#{}一二三")), min_size=1, max_size=12)
    .map(str.strip)
    .filter(bool)
)
ids = st.from_regex(r"[A-Za-z0-9_.:-]{1,20}", fullmatch=True)
days = st.dates(date(2000, 1, 1), date(2050, 1, 1)).map(date.isoformat)
flags = st.booleans()
amounts = st.decimals(min_value=0, max_value=10**9, places=2, allow_nan=False).map(str)


def lists(values: st.SearchStrategy[Any], least: int = 0) -> st.SearchStrategy[list[Any]]:
    return st.lists(values, min_size=least, max_size=3)


def some(least: int = 1, /, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A mapping with any of these fields, at least so many."""
    return st.fixed_dictionaries({}, optional=fields).filter(lambda found: len(found) >= least)


def with_required(required: dict[str, Any], /, **optional: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(required, optional=optional)


sources = with_required(
    {"title": texts}, number=texts, article=texts, issuer=texts, url=texts, date=days, verified=flags
)
attachments = st.fixed_dictionaries(
    {
        "title": texts,
        "digest": st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
        "name": st.sampled_from(("申请表.pdf", "样表 (2026).docx", "=1+1|x.xlsx", "-照片.jpg")),
    }
)
spans = st.fixed_dictionaries({"days": st.integers(0, 400), "unit": st.sampled_from(("工作日", "自然日"))})
common: dict[str, Any] = {
    "region": st.sampled_from(("990100", "990101001")),
    "department": texts,
    "category": texts,
    "owner": some(0, person=texts, department=texts),
    "sources": lists(sources),
    "attachments": lists(attachments),
    "effective_from": st.just("2020-01-01"),
    "effective_to": days.filter("2020-01-01".__lt__),
    "successor": ids,
    "verified_on": days,
    "review_by": days,
}
named: dict[str, Any] = {"aliases": lists(texts), "similar_questions": lists(texts)}


@st.composite
def shifts(draw: st.DrawFn) -> str:
    start, end = sorted(draw(st.lists(st.integers(0, 24 * 60 - 1), min_size=2, max_size=2, unique=True)))
    return f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"


@st.composite
def item_fields(draw: st.DrawFn) -> dict[str, Any]:
    options = st.lists(
        with_required({"id": texts, "title": texts}, words=lists(texts)),
        min_size=2,
        max_size=3,
        unique_by=lambda option: option["id"],
    )
    situations = draw(
        st.lists(
            st.fixed_dictionaries({"id": texts, "question": texts, "options": options}),
            max_size=2,
            unique_by=lambda situation: situation["id"],
        )
    )
    cases = {case["id"]: lists(st.sampled_from([option["id"] for option in case["options"]])) for case in situations}
    when = st.fixed_dictionaries({}, optional=cases)
    for situation in situations[1:]:
        situation["when"] = draw(when)

    def dated(value: Any) -> Any:
        changes = st.lists(
            with_required({"value": value}, since=days),
            min_size=1,
            max_size=2,
            unique_by=lambda change: change.get("since", ""),
        )
        return changes.map(lambda found: {"dated": sorted(found, key=lambda change: change.get("since", ""))})

    lines = dated(lists(with_required({"text": texts}, office=ids, when=when)))
    material = with_required(
        {"name": texts},
        form=texts,
        count=st.integers(0, 9),
        issuer=texts,
        note=texts,
        when=when,
        **dict.fromkeys(("required", "deferrable", "pledge", "shared", "e_licence"), flags),
    )
    duration = some(name=texts, legal=spans, promised=spans, counts_from=texts, text=texts)
    fee = some(name=texts, amount=amounts, per=texts, basis=texts, text=texts)
    aspects = {
        **dict.fromkeys(("overview", "conditions", "process", "place", "hours", "validity", "basis"), lines),
        "materials": dated(lists(material)),
        "duration": dated(lists(st.builds(dict.__or__, duration, some(0, when=when)))),
        "fee": dated(lists(st.builds(dict.__or__, fee, some(0, when=when)))),
        "online": dated(lists(some(available=flags, text=texts))),
        "proxy": dated(lists(some(allowed=flags, text=texts))),
        "contact": dated(some(0, phone=texts, complaint_phone=texts, text=texts)),
    }
    names = draw(st.lists(st.sampled_from(sorted(aspects)), unique=True, max_size=3))
    return {
        "name": draw(texts),
        "situations": situations,
        "aspects": {name: draw(aspects[name]) for name in names},
        **draw(
            some(
                0,
                audience=lists(texts),
                theme=texts,
                nature=texts,
                codes=some(0, basic=texts, implementing=texts),
                handover=flags,
                **named,
            )
        ),
    }


fields_of: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "item": item_fields(),
    "faq": with_required({"question": texts, "answer": texts}, similar_questions=lists(texts), item=texts),
    "referral": with_required(
        {"name": texts, "body": texts}, phone=texts, hours=texts, channel=texts, text=texts, **named
    ),
    "package": with_required(
        {"name": texts, "steps": lists(with_required({"item": texts}, note=texts), least=1)}, overview=texts, **named
    ),
    "office": with_required(
        {"name": texts, "address": texts},
        location=st.fixed_dictionaries({"latitude": st.floats(-90, 90), "longitude": st.floats(-180, 180)}),
        phone=texts,
        hours=st.dictionaries(st.sampled_from(WEEKDAYS), lists(shifts())),
        follows_calendar=flags,
        exceptions=lists(with_required({"first": days, "last": days}, shifts=lists(shifts()), reason=texts)),
        services=lists(texts),
        appointment=texts,
        transport=texts,
        **named,
    ),
}


said = st.text("暂居主户口卡本Ab-=|'", min_size=2, max_size=8).filter(lambda text: text == text.strip())
fields_of["synonym"] = st.fixed_dictionaries(
    {
        "term": st.text("住证件簿", min_size=2, max_size=6),
        "words": st.lists(said, min_size=1, max_size=4, unique_by=lambda text: text.lower()),
    }
)
EVERYWHERE = ("region", "effective_from", "effective_to", "successor")
"""What a group of synonyms has none of."""


@st.composite
def units(draw: st.DrawFn) -> Unit:
    """Any unit."""
    kind = draw(st.sampled_from(GOVERNED))
    carried = draw(some(0, **common))
    if kind == "synonym":
        carried = {name: value for name, value in carried.items() if name not in EVERYWHERE}
    return parse_unit({"kind": kind, "id": draw(ids), **carried, **draw(fields_of[kind])})
