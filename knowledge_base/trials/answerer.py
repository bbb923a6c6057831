"""Answers questions on any snapshot as a worker does, without Rasa: what is tried is what a citizen would get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from typing import TYPE_CHECKING, NamedTuple

from foundation.clock import CHINA
from foundation.database import Database
from foundation.settings import Settings
from knowledge_base.answering.answer import Answer
from knowledge_base.answering.context import Context
from knowledge_base.answering.engine import respond
from knowledge_base.answering.models import LanguageModels
from knowledge_base.answering.occasion import Occasion, occasion_at
from knowledge_base.answering.understanding import Understanding, understand
from knowledge_base.library import Library
from knowledge_base.regions import Regions, open_regions
from knowledge_base.search.snapshot import Snapshot

if TYPE_CHECKING:
    from knowledge_base.trials.outcomes import Report
    from knowledge_base.trials.remembering import Remembering

LANGUAGE = "language"
"""Folder of the trained classifiers within that of the models."""


class Told(NamedTuple):
    """One turn: how the message was understood, what it was answered, and what is remembered after."""

    said: Understanding
    answer: Answer
    after: Context


class Moment(NamedTuple):
    """When something is asked; without a time of day, of 现在开着吗 nothing is known but the day."""

    day: date
    time: time | None = None

    @classmethod
    def of(cls, instant: datetime) -> Moment:
        here = instant.astimezone(CHINA)
        return cls(here.date(), here.time())


class Answerer:
    """The published knowledge, and what was learned. Thread-safe: its parts are, or are exchanged as a whole."""

    def __init__(self, library: Library, models: LanguageModels, settings: Settings, regions: Regions) -> None:
        self.library = library
        self.models = models
        self.regions = regions
        self.present: Mapping[tuple[object, ...], Answer] = {}
        """What content tests were answered on the release that they last ran on."""
        self.remembering: Remembering | None = None
        """The release that content tests last ran on, with what it has found."""
        self.last: tuple[object, Report] | None = None
        """What the last run of content tests was about, and what came of it."""
        self._settings = settings

    def converse(
        self, turns: Sequence[str], snapshot: Snapshot, moment: Moment, region: str | None = None
    ) -> list[Told]:
        """A new conversation on a snapshot, turn by turn; `region` is the code of the division where the citizen is."""
        context, told = Context(region=region), []
        for text in turns:
            told.append(self.turn(text, context, snapshot, moment))
            context = told[-1].after
        return told

    def turn(self, text: str, context: Context, snapshot: Snapshot, moment: Moment) -> Told:
        """One turn of a conversation that remembers `context`."""
        said = understand(text, context, snapshot, self.models, self.regions)
        answer, after = respond(said, context, snapshot, self._occasion(moment))
        return Told(said, answer, after)

    def _occasion(self, moment: Moment) -> Occasion:
        return replace(occasion_at(self._settings, moment.day, moment.time), regions=self.regions)


def open_answerer(settings: Settings, database: Database, library: Library | None = None) -> Answerer:
    """One for a process, with the encoder that the workers have: a second or two, and some 250 MB.

    Args:
        library: the process's own where it has one; then it takes little.

    Raises:
        ConfigError: nothing was trained yet.
    """
    models = LanguageModels.load(settings.model_dir / LANGUAGE)
    if library is None:
        library = Library(database, settings.var_dir / "vectors", settings.encoder, settings.model_dir)
    return Answerer(library, models, settings, open_regions())
