"""A small office that publishes, answers and finds out that it was wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from foundation.clock import CHINA
from knowledge_base import records
from knowledge_base.answering.occasion import Occasion
from knowledge_base.answering.wording import word
from knowledge_base.model import ServiceItem, Unit, UnitKey
from knowledge_base.model.values import Choices
from knowledge_base.recalls import drafting
from knowledge_base.recalls.concerned import Concerned, Scope, concerned
from knowledge_base.recalls.said import Pages
from knowledge_base.recalls.wording import proposed
from knowledge_base.records import Record, new_number
from knowledge_base.store import releases

KEY = UnitKey("item", "id-card")
OCCASION = Occasion(date(2026, 11, 23), lambda day: day.weekday() < 5, "12345", "小镇政务大厅", "工作日")
SITUATION = {
    "id": "kind",
    "question": "您是哪种情况？",
    "options": [{"id": "first", "title": "首次申领"}, {"id": "lost", "title": "丢失补领"}],
}


def card(id: str = KEY.id, **aspects: Any) -> ServiceItem:
    """An identity card: first or lost, with a fee, a place and a phone."""
    told = {
        "fee": [{"amount": "20", "when": {"kind": ["first"]}}, {"amount": "40", "when": {"kind": ["lost"]}}],
        "materials": ["户口簿"],
        "place": ["政务大厅一楼"],
        **aspects,
    }
    return ServiceItem(id=id, name="居民身份证办理", situations=(SITUATION,), aspects=told)


def publish(tx: Connection, *units: Unit, now: datetime) -> int:
    """A release with these units; its number."""
    releases.save_drafts(tx, units, "editor", now)
    return releases.publish(tx, "chief", "", now).number


def remove(tx: Connection, key: UnitKey, now: datetime) -> int:
    releases.delete_draft(tx, key, "editor", now)
    return releases.publish(tx, "chief", "", now).number


def answer(
    tx: Connection,
    conversation: str | None,
    now: datetime,
    aspect: str | None = "fee",
    choices: Choices | None = None,
    key: UnitKey = KEY,
    at: str | None = None,
    **changes: Any,
) -> Record:
    """The robot answers somebody (in the division `at`) from the newest release, and keeps it."""
    pages = Pages(tx, releases.current(tx))
    unit = pages.get(key.kind, key.id)
    assert unit is not None
    on = replace(OCCASION, day=now.astimezone(CHINA).date(), asks_back=False, at=at)
    said = replace(word(unit, aspect, 0.9, pages, on, choices or {}), record=new_number())
    record = Record(
        number=str(said.record),
        conversation=conversation,
        at=now,
        kind=said.kind,
        text=said.text,
        unit_id=said.id,
        aspect=said.aspect,
        release=said.release,
        payload=said.payload(),
        engine=records.ENGINE,
    )
    record = replace(record, **changes)
    records.write(tx, record)
    return record


def scope(tx: Connection, now: datetime, key: UnitKey = KEY, aspect: str | None = None, days: int = 30) -> Scope:
    return Scope(key, aspect, releases.current(tx), now - timedelta(days=days), now)


def found(tx: Connection, now: datetime, **about: Any) -> list[Concerned]:
    return concerned(tx, scope(tx, now, **about), OCCASION)


def drafted(tx: Connection, now: datetime, by: str = "editor", text: str | None = None) -> int:
    """A recall of the card's answers; its number."""
    return drafting.draft(tx, scope(tx, now), card(), text or proposed(), "收费标准抄错了", by, now)


def sent(tx: Connection, now: datetime, by: str = "chief") -> int:
    """One that somebody else has let go."""
    id = drafted(tx, now)
    recall = drafting.get(tx, id)
    drafting.send(tx, id, concerned(tx, recall.scope, OCCASION), by, recall.text, now)
    return id
