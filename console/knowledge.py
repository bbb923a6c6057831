"""The published knowledge in the console's process: what the robot would say, to be looked up by the staff.

Search goes by words alone: the sentence encoder would cost another 200 MB, and a person sees eight candidates at a
glance.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from typing import Any

from console.desk_http import Refusal
from console.desk_words import named
from console.house import House
from foundation.clock import local_today
from foundation.errors import ConfigError
from foundation.text import normalise
from knowledge_base.answering.answer import Answer
from knowledge_base.answering.aspect_wording import has_aspect
from knowledge_base.answering.context import Context
from knowledge_base.answering.models import LanguageModels
from knowledge_base.answering.occasion import Occasion, occasion_at
from knowledge_base.answering.phrases import aspect_name
from knowledge_base.answering.understanding import understand
from knowledge_base.answering.wording import answers_aspect, word
from knowledge_base.library import Library
from knowledge_base.model import ASPECTS, ServiceItem, Unit, UnitKey
from knowledge_base.regions import open_regions
from knowledge_base.search.snapshot import Snapshot

log = logging.getLogger(__name__)

LANGUAGE = "language"
"""Folder of the trained classifiers within that of the models."""
WORDS_ALONE = "none"
"""The encoder that is none."""
FOUND = 8


class Knowledge:
    """Thread-safe; each question is answered from the newest release."""

    def __init__(self, house: House) -> None:
        settings = house.settings
        self._house = house
        self._lock = threading.Lock()
        self._library = Library(house.database, settings.var_dir / "vectors", WORDS_ALONE, settings.model_dir)
        self._models: LanguageModels | None = None
        try:
            self._models = LanguageModels.load(settings.model_dir / LANGUAGE)
        except ConfigError as error:
            log.warning("the staff's search does not tell what a question asks for: %s", error)

    def search(self, text: str, region: str | None = None) -> list[dict[str, Any]]:
        """The units that a text may mean, likeliest first, each with its answer to what the text asks for."""
        snapshot = self._snapshot()
        aspect = None
        if self._models is not None:
            said = understand(text, Context(region=region), snapshot, self._models, open_regions())
            keys, aspect = [one.key for one in said.candidates], said.aspect
        else:
            keys = [hit.unit.key for hit in snapshot.search(snapshot.query(normalise(text)))]
        return [self._shown(snapshot.units[key], aspect, snapshot) for key in list(dict.fromkeys(keys))[:FOUND]]

    def official(self, key: UnitKey, aspect: str | None) -> Answer | None:
        """What a unit says on an aspect today; None where there is no such unit any more."""
        snapshot = self._snapshot()
        unit = snapshot.units.get(key)
        return None if unit is None else self._worded(unit, aspect, snapshot)

    def on(self, key: UnitKey, aspect: str | None) -> dict[str, Any] | None:
        """The same, to be shown."""
        snapshot = self._snapshot()
        unit = snapshot.units.get(key)
        return None if unit is None else self._shown(unit, aspect, snapshot)

    def _snapshot(self) -> Snapshot:
        with self._lock:
            self._library.refresh()
            snapshot = self._library.snapshot
        if not snapshot.units:
            raise Refusal("no_release", 404)
        return snapshot

    def _worded(self, unit: Unit, aspect: str | None, snapshot: Snapshot) -> Answer:
        told = aspect if answers_aspect(unit, aspect) else None
        return word(unit, told, 1.0, snapshot, self._occasion())

    def _occasion(self) -> Occasion:
        return replace(occasion_at(self._house.settings, local_today(self._house.clock)), asks_back=False)

    def _shown(self, unit: Unit, aspect: str | None, snapshot: Snapshot) -> dict[str, Any]:
        answer = self._worded(unit, aspect, snapshot)
        aspects = [name for name in ASPECTS if has_aspect(unit, name)] if isinstance(unit, ServiceItem) else []
        return {
            "kind": unit.kind,
            "kind_name": named("units", unit.kind),
            "id": unit.id,
            "title": unit.title,
            "department": unit.department,
            "aspect": answer.aspect,
            "aspects": [{"id": name, "name": aspect_name(name)} for name in aspects],
            "text": answer.text.strip(),
            "sources": list(answer.sources),
            "verified_on": answer.verified_on,
            "in_force": unit.in_force(local_today(self._house.clock)),
        }
