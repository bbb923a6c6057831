"""The small town of tests/fixtures, and messages as if they had been understood."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from search_fakes import tools

from knowledge_base.answering.answer import Option
from knowledge_base.answering.context import Context
from knowledge_base.answering.engine import Turn, respond
from knowledge_base.answering.ranking import Candidate, family_of
from knowledge_base.answering.understanding import Understanding
from knowledge_base.answering.wording import Occasion
from knowledge_base.model import ServiceItem, Unit, UnitKey, parse_unit
from knowledge_base.search.ranker import Features
from knowledge_base.search.snapshot import Entry, Snapshot, build

FILE = Path(__file__).resolve().parents[2] / "fixtures" / "small_town.yaml"
MONDAY = date(2026, 11, 23)
RELEASE = 7
SURE, UNSURE, LOST = 0.99, 0.33, 0.001
"""Probabilities that any sensible decision answers from, offers, and refuses."""


@lru_cache(maxsize=1)
def units() -> dict[str, Unit]:
    """The town's units by id."""
    found = [parse_unit(raw) for raw in yaml.safe_load(FILE.read_text(encoding="utf-8"))]
    return {unit.id: unit for unit in found}


@lru_cache(maxsize=1)
def town() -> Snapshot:
    """The town published, searched by words alone."""
    return build(RELEASE, [Entry(number, unit) for number, unit in enumerate(units().values(), 1)], tools())


def item(**fields: Any) -> ServiceItem:
    """A service item with these aspects."""
    return ServiceItem(id="one", name="某事项", aspects=fields)


def on(day: date = MONDAY) -> Occasion:
    """A day in the town; every weekday is a working day."""
    return Occasion(day, lambda one: one.weekday() < 5, "12345", "小镇政务大厅", "工作日")


def said(text: str = "……", kind: str = "ask", *found: str, sure: float = SURE, **fields: Any) -> Understanding:
    """A message as if understood: candidates are ids, best first; the first is meant with probability `sure`."""
    values = {
        "aspect": None,
        "has_topic": bool(found),
        "chosen": None,
        **fields,
    }
    return Understanding(
        text=text,
        kind=kind,
        kind_confidence=0.9,
        aspect_confidence=0.9 if values["aspect"] else 0.1,
        candidates=tuple(candidate(id, sure if number == 0 else sure / 2) for number, id in enumerate(found)),
        release=RELEASE,
        **values,
    )


def candidate(id: str, confidence: float) -> Candidate:
    unit = units()[id]
    return Candidate(
        unit.key, family_of(unit), confidence, Features(*[confidence] * len(Features._fields)), confidence, confidence
    )


def answer(message: Understanding, context: Context | None = None, day: date = MONDAY) -> Turn:
    return respond(message, context or Context(), town(), on(day))


def spoken_of(id: str, **fields: Any) -> Context:
    """A conversation about one of the town's units."""
    return Context(topic_kind=units()[id].kind, topic_id=id, **fields)


def options(*ids: str) -> tuple[Option, ...]:
    return tuple(Option.of(units()[id]) for id in ids)


def key(id: str) -> UnitKey:
    return units()[id].key
