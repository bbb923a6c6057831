"""What was not answered well in the past month, put together; kept in the console's process for some minutes."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.engine import Connection
from starlette.requests import Request

from console.content import shelves
from console.house import house
from console.pages import TEMPLATES
from desk import tasks
from foundation.text import squash
from foundation.words import Words
from insights.missed import Asked, asked, missed
from knowledge_base.editing.shelf import Shelf
from knowledge_base.findings import squash_all
from knowledge_base.learning.clusters import Cluster, Clusters, clusters
from knowledge_base.learning.questions import MASKED, Question, plain
from knowledge_base.model import Unit, UnitKey
from knowledge_base.store.drafts import drafts

WORDS = Words(Path(__file__).with_name("learning.yml"))
DAYS = timedelta(days=30)
FRESH = timedelta(minutes=10)
MOST_CORRECTIONS = 2000
MOST_ASKED = {"refused": 5000, "options": 2000, "answered": 8000}
"""Questions of the past month that are candidates for being tried again, by how they went."""
_gathering = threading.Lock()


@dataclass(frozen=True)
class Learned:
    at: datetime
    release: int
    clusters: Clusters
    known: frozenset[str]
    """Squashed questions and names of what is published."""
    drafted: Mapping[str, Unit]
    """By squashed questions: the draft that has them."""

    def draft_of(self, cluster: Cluster) -> Unit | None:
        """A draft that answers it in one of its wordings."""
        found = (self.drafted.get(squash(plain(wording.text))) for wording in cluster.wordings)
        return next(filter(None, found), None)


async def learned(request: Request) -> Learned:
    """The newest, or one that is some minutes old."""
    here, state, shelf = house(request), request.app.state, await shelves.shelf(request)

    def work(tx: Connection) -> Learned:
        with _gathering:
            before: Learned | None = getattr(state, "learned", None)
            now = here.now()
            if before is None or before.release != shelf.release or now - before.at > FRESH:
                state.learned = _gathered(tx, shelf, before, now)
            found: Learned = state.learned
            return found

    return await here.read(work)


def forget(request: Request) -> None:
    """Gather anew when somebody looks next: a draft has come."""
    request.app.state.learned = None


def of_the_past_month(tx: Connection, now: datetime) -> list[Asked]:
    """What was asked and how it went, the newest first: what a draft may be tried on."""
    return [one for decision, most in MOST_ASKED.items() for one in asked(tx, now - DAYS, decision, most)]


def readable(text: str) -> str:
    """A citizen's text with words for what is masked."""
    hidden = WORDS.entry("hidden")
    return MASKED.sub(lambda found: hidden.get(found.group()[1:].partition(":")[0], hidden["other"]), text)


def _gathered(tx: Connection, shelf: Shelf, before: Learned | None, now: datetime) -> Learned:
    same = before is not None and before.release == shelf.release
    known = before.known if before is not None and same else _questions(shelf)
    drafted = {squash(text): one.unit for one in drafts(tx) if one.unit for text in one.unit.questions()}
    said = [
        Question(
            one.question,
            one.at,
            one.conversation,
            one.channel,
            one.region,
            one.why,
            [(UnitKey(*unit), sure) for unit, sure in one.candidates],
        )
        for one in missed(tx, now - DAYS, now, _disputed(tx, now))
    ]
    return Learned(now, shelf.release, clusters(said, known), known, drafted)


def _disputed(tx: Connection, now: datetime) -> set[tuple[str, str]]:
    """Conversations and numbers of answers that citizens have called wrong."""
    states = (tasks.OPEN, tasks.TAKEN, tasks.DONE)
    told = tasks.listing(tx, states, (tasks.CORRECTION,), limit=MOST_CORRECTIONS)
    return {
        (one.conversation, str(one.detail["record"]))
        for one in told
        if one.conversation and one.detail.get("record") and one.opened_at > now - DAYS
    }


def _questions(shelf: Shelf) -> frozenset[str]:
    return frozenset(squash_all([text for unit in shelf.units.values() for text in (*unit.names(), *unit.questions())]))


TEMPLATES.filters["readable"] = readable
