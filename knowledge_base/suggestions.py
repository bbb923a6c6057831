"""联想 for a process without the search engine: follows the release, keeps only titles, names and questions."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable

from foundation.clock import Clock, local_today
from foundation.database import Database
from knowledge_base.model import KINDS
from knowledge_base.search.typeahead import Source, Suggestion, Typeahead, advance, build, source
from knowledge_base.store.releases import StoredUnit, changes, current, stream

log = logging.getLogger(__name__)

POLL_SECONDS = 0.3
LARGEST_DELTA = 1000
"""Changed units after which the base is built anew; meanwhile the old one answers."""


class Suggestions:
    """Suggests from the newest release that was read; knows nothing until the first one was. Thread-safe."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._newest: Typeahead | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def suggest(self, text: str) -> list[Suggestion]:
        """A few units in force today that may be meant by the beginning of an input; nothing of it is kept."""
        newest = self._newest
        return newest.suggest(text, local_today(self._clock)) if newest else []

    def refresh(self) -> bool:
        """Catch up with the database; True when there was a newer release."""
        old = self._newest
        with self._database.read() as tx:
            release = current(tx)
            if old is not None and old.release == release:
                return False
            if old is not None:
                news = changes(tx, old.release, release)
                if len(old.recent) + len(old.gone) + len(news.added) + len(news.removed) <= LARGEST_DELTA:
                    added = _sources(news.added)
                    self._newest = advance(old, release, added, news.removed)
                    return True
                del news
            sources = _sources(stream(tx, release))
        self._newest = build(release, sources)
        log.info("suggestions at release %d: %d units", release, len(sources))
        return True

    def follow(self) -> None:
        """Read the release and watch its number, in the background, until `close`."""
        self._thread = threading.Thread(target=self._watch, name="suggestions", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=1)  # a base being built is given up with the process

    def _watch(self) -> None:
        failed = False
        while not self._stop.is_set():
            try:
                self.refresh()
                failed = False
            except Exception:  # the watcher must outlive a database that is away or has no tables yet
                if not failed:
                    log.warning("suggestions cannot be refreshed; going on with the last release", exc_info=True)
                failed = True
            self._stop.wait(POLL_SECONDS)


def _sources(held: Iterable[StoredUnit]) -> list[Source]:
    return [source(one.revision, one.unit) for one in held if one.unit.kind in KINDS]
