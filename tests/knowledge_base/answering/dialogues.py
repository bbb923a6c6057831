"""Whole conversations at the engine: read with the real language models, answered from a few units, by words alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from search_fakes import tools
from small_town import MONDAY, on

from knowledge_base.answering.answer import Answer
from knowledge_base.answering.context import Context
from knowledge_base.answering.engine import respond
from knowledge_base.answering.models import LanguageModels
from knowledge_base.answering.understanding import understand
from knowledge_base.model import Unit, parse_unit
from knowledge_base.regions import NOWHERE, Regions
from knowledge_base.search.snapshot import Entry, Snapshot, build


def published(units: Sequence[Unit]) -> Snapshot:
    return build(1, [Entry(number, unit) for number, unit in enumerate(units, 1)], tools())


def item(id: str, name: str, *questions: str, **fields: Any) -> Unit:
    """A service item with a value for most aspects."""
    aspects = {
        "overview": f"{name}的办法。",
        "materials": [f"{name}申请表"],
        "fee": {"amount": 10},
        "duration": {"promised": {"days": 5, "unit": "工作日"}},
        "place": "大厅",
        "online": {"available": True},
        "conditions": ["住在本地"],
    }
    return parse_unit(
        {"kind": "item", "id": id, "name": name, "similar_questions": questions, "aspects": aspects, **fields}
    )


class Dialogue:
    """One conversation; `say` gives the answer to each turn."""

    def __init__(self, snapshot: Snapshot, models: LanguageModels, regions: Regions = NOWHERE) -> None:
        self.context = Context()
        self._snapshot, self._models, self._regions = snapshot, models, regions

    def say(self, text: str, region: str | None = None) -> Answer:
        context = Context.from_slots(self.context.to_slots(), {"region": region})
        said = understand(text, context, self._snapshot, self._models, self._regions)
        occasion = on(MONDAY).__class__(**{**vars(on(MONDAY)), "regions": self._regions})
        turn = respond(said, context, self._snapshot, occasion)
        self.context = turn.context
        return turn.answer
