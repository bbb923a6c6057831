"""The published knowledge in this process: follows the release number, keeps what running turns still use."""

from __future__ import annotations

import gc
import logging
import resource
import sys
import threading
import time
from collections import OrderedDict
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from foundation.database import Database
from foundation.settings import get_settings
from knowledge_base.model import KINDS
from knowledge_base.search.encoders import open_encoder
from knowledge_base.search.ranker import load_ranker
from knowledge_base.search.snapshot import Entry, Snapshot, Tools, advance, build
from knowledge_base.search.vectors import Progress, VectorStore
from knowledge_base.search.words import Words
from knowledge_base.store.holdings import changes, current, difference, units

log = logging.getLogger(__name__)

POLL_SECONDS, AWAY_SECONDS = 0.3, 1.0
"""Between two looks at the release number, and when the database does not answer."""
HELD_SECONDS = 30.0
"""So long a release that cannot be indexed may still come about; then what it withdraws is not answered any more."""
KEPT = 4
"""Snapshots kept for turns that began on them."""
LARGEST_DELTA = 500
"""Changed units after which the base is built anew, in the background; meanwhile the delta goes on growing."""
MOST_IN_DELTA = 2000
"""Changed units that a delta takes at most: it is made anew at each edit, which must be live within a second."""
SWITCH_SECONDS = 0.0005
"""How long a thread that indexes keeps others from running: the usual 5 ms would count many times in each turn."""


_words: list[Words] = []
"""The dictionary, where it was loaded beforehand."""


def prepare() -> None:
    """Load the dictionary for the first library of this process, or of each one that is forked from it."""
    if not _words:
        _words.append(Words())


class Failing(NamedTuple):
    kind: type[Exception]
    since: float


class Library:
    """Gives the snapshot of the current release. Thread-safe; a snapshot is never changed once handed out."""

    def __init__(self, database: Database, vectors_dir: Path, encoder: str, model_dir: Path) -> None:
        self._database = database
        opened = open_encoder(encoder, model_dir)
        self.lacks = opened.lacks
        """What is missing of the encoder that was asked for, for operators; None where nothing is."""
        store = VectorStore(vectors_dir, opened.encoder) if opened.encoder is not None else None
        by_words = load_ranker(model_dir, "words") if opened.encoder is not None else None
        words = _words.pop() if _words else Words()
        self._tools = Tools(words, opened.encoder, store, load_ranker(model_dir, opened.level), by_words)
        self._kept: OrderedDict[int, Snapshot] = OrderedDict()
        self._newest: Snapshot | None = None
        """Read without a lock, so not looked up in `_kept`, which the watcher changes meanwhile."""
        self._whole: Snapshot | None = None
        """The same, with all that its release holds: what later ones are made of."""
        self._withdrawn: set[int] = set()
        """Revisions that the newest lacks of these."""
        self._failing: Failing | None = None
        self._switch = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._builder: threading.Thread | None = None
        self._unbuilt: type[Exception] | None = None
        """Why there is no new base, as it was told last."""

    @property
    def snapshot(self) -> Snapshot:
        """The newest snapshot; builds the first one when there is none yet."""
        if self._newest is None:
            self.refresh()
        assert self._newest is not None
        return self._newest

    def at(self, release: int) -> Snapshot:
        """The snapshot of a release if it is still kept, else the newest."""
        return self._kept.get(release) or self.snapshot

    def refresh(self, progress: Progress | None = None) -> bool:
        """Catch up with the database; True when there was a newer release."""
        return self._catch_up(LARGEST_DELTA, progress)

    def _catch_up(self, largest_delta: int, progress: Progress | None = None) -> bool:
        with self._switch:
            with self._database.read() as tx:
                release = current(tx)
                newest = self._whole
                if newest is not None and newest.release == release:
                    if self._withdrawn:  # a backup was restored
                        self._keep(newest)
                    return False
                following = self._advanced(tx, newest, release, largest_delta) if newest is not None else None
            self._keep(following or self._built(release, progress))
            return True

    def _advanced(self, tx: Connection, old: Snapshot, release: int, largest_delta: int) -> Snapshot | None:
        """A later release on the base of `old`; None where too much has changed for that."""
        news = changes(tx, old.release, release)
        added = [Entry(one.revision, one.unit) for one in news.added]
        indexed = sum(entry.unit.kind in KINDS for entry in added)
        if len(old.delta.entries) + indexed + len(old.gone) > min(largest_delta, len(old.base.entries)):
            return None
        return advance(old, release, added, set(news.removed))

    def _built(self, release: int, progress: Progress | None = None) -> Snapshot:
        """A release on a base of its own."""
        began = time.monotonic()
        with self._database.read() as tx:  # not for as long as building takes: PostgreSQL and the WAL would keep all
            entries = [Entry(one.revision, one.unit) for one in units(tx, release)]
        snapshot = build(release, entries, self._tools, progress)
        gc.freeze()  # a base lives long: looking through it for garbage would hold up turns for half a second
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        log.info("base of %d units built in %.1f s, %d MB at most", len(entries), time.monotonic() - began, most)
        return snapshot

    def _keep(self, snapshot: Snapshot) -> None:
        """Hand out a snapshot from now on."""
        _ = snapshot.packages, snapshot.base.rows  # made here and not in the next turn
        self._kept[snapshot.release] = self._newest = self._whole = snapshot
        self._withdrawn = set()
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        log.info("knowledge base at release %d: %d units", snapshot.release, len(snapshot.units))

    def _rebuild(self, release: int) -> None:
        """Put a release on a base of its own, and what came after it on top, while edits go on being taken over."""
        try:
            built = self._built(release)
            with self._switch, self._database.read() as tx:
                newest = self._whole
                assert newest is not None
                # None: so much has changed meanwhile that the next round builds again.
                if following := self._advanced(tx, built, newest.release, MOST_IN_DELTA):
                    self._keep(following)
            self._unbuilt = None
        except Exception as error:  # the base there is goes on being used
            if self._unbuilt is not type(error):
                log.exception("a new base cannot be built; trying again")
            self._unbuilt = type(error)

    def follow(self) -> None:
        """Watch the release number in the background until `close`."""
        sys.setswitchinterval(SWITCH_SECONDS)
        self._thread = threading.Thread(target=self._watch, name="library", daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        pause = POLL_SECONDS
        while not self._stop.wait(pause):
            pause = POLL_SECONDS
            try:
                self._catch_up(MOST_IN_DELTA)
                self._shrink_delta()
                self._follows()
            except DBAPIError as error:
                self._fails(error, "the database does not tell the release (%s); going on with the last")
                pause = AWAY_SECONDS
            except Exception as error:  # the watcher must outlive whatever it is
                self._fails(error, "the knowledge base cannot be refreshed (%s); going on with the last release")

    def _follows(self) -> None:
        if self._failing is not None:
            log.info("the knowledge base is refreshed again")
        self._failing = None

    def _fails(self, error: Exception, told: str) -> None:
        """Tell of a look that was in vain; of several for the same reason once."""
        began = time.monotonic() if self._failing is None else self._failing.since
        if self._failing is None or self._failing.kind is not type(error):
            trace = None if isinstance(error, DBAPIError) else error
            log.error(told, type(error).__name__, exc_info=trace)
        self._failing = Failing(type(error), began)
        if time.monotonic() - began > HELD_SECONDS:
            try:
                self._withdraw()
            except Exception as another:  # the database is away, or it fails as the rest does
                log.debug("what was withdrawn cannot be taken out (%s)", type(another).__name__)

    def _withdraw(self) -> None:
        """Hand out the last release without what later ones do not hold any more: nothing is indexed for that."""
        with self._switch, self._database.read() as tx:
            if self._whole is None:
                return
            leaving = set(difference(tx, self._whole.release, current(tx))[1])
            if leaving == self._withdrawn:
                return
            rest = advance(self._whole, self._whole.release, [], leaving)
            self._kept[rest.release] = self._newest = rest
            self._withdrawn = leaving
        log.error("going on without %d units that were withdrawn or replaced since", len(leaving))

    def _shrink_delta(self) -> None:
        """Begin to build a new base where the delta has grown large."""
        newest = self._whole
        busy = self._builder is not None and self._builder.is_alive()
        if newest is None or busy or len(newest.delta.entries) + len(newest.gone) <= LARGEST_DELTA:
            return
        self._builder = threading.Thread(target=self._rebuild, args=(newest.release,), name="library-base", daemon=True)
        self._builder.start()

    def close(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)


@lru_cache(maxsize=1)
def open_library() -> Library:
    """The process's library, on the database and folders that the settings name."""
    settings = get_settings()
    return Library(Database(settings.database_url), settings.var_dir / "vectors", settings.encoder, settings.model_dir)
