"""The published knowledge in this process: follows the release number, keeps what running turns still use."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from functools import lru_cache
from pathlib import Path

from foundation.database import Database
from foundation.settings import get_settings
from knowledge_base.search.encoders import open_encoder
from knowledge_base.search.ranker import load_ranker
from knowledge_base.search.snapshot import Entry, Snapshot, Tools, advance, build
from knowledge_base.search.vectors import Progress, VectorStore
from knowledge_base.search.words import Words
from knowledge_base.store.releases import changes, current, units

log = logging.getLogger(__name__)

POLL_SECONDS = 0.3
KEPT = 4
"""Snapshots kept for turns that began on them."""
LARGEST_DELTA = 500
"""Changed units after which the base is built anew, in the background."""


class Library:
    """Gives the snapshot of the current release. Thread-safe; a snapshot is never changed once handed out."""

    def __init__(self, database: Database, vectors_dir: Path, encoder: str, model_dir: Path) -> None:
        self._database = database
        opened = open_encoder(encoder, model_dir)
        self.lacks = opened.lacks
        """What is missing of the encoder that was asked for, for operators; None where nothing is."""
        store = VectorStore(vectors_dir, opened.encoder) if opened.encoder is not None else None
        self._tools = Tools(Words(), opened.encoder, store, load_ranker(model_dir, opened.level))
        self._kept: OrderedDict[int, Snapshot] = OrderedDict()
        self._newest: Snapshot | None = None
        """Read without a lock, so not looked up in `_kept`, which the watcher changes meanwhile."""
        self._switch = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

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
        with self._switch:
            with self._database.read() as tx:
                release = current(tx)
                newest = self._newest
                if newest is not None and newest.release == release:
                    return False
                following = self._next(tx, newest, release, progress)
            self._kept[release] = self._newest = following
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            log.info("knowledge base at release %d: %d units", release, len(following.units))
            return True

    def _next(self, tx, newest: Snapshot | None, release: int, progress: Progress | None) -> Snapshot:  # type: ignore[no-untyped-def]
        if newest is not None:
            news = changes(tx, newest.release, release)
            added = [Entry(one.revision, one.unit) for one in news.added]
            if len(newest.delta.entries) + len(added) + len(newest.gone) <= min(
                LARGEST_DELTA, len(newest.base.entries)
            ):
                return advance(newest, release, added, set(news.removed))
        entries = [Entry(one.revision, one.unit) for one in units(tx, release)]
        return build(release, entries, self._tools, progress)

    def follow(self) -> None:
        """Watch the release number in the background until `close`."""
        self._thread = threading.Thread(target=self._watch, name="library", daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._stop.wait(POLL_SECONDS):
            try:
                self.refresh()
            except Exception:  # the watcher must outlive a database that is away for a while
                log.exception("the knowledge base cannot be refreshed; going on with the last release")

    def close(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)


@lru_cache(maxsize=1)
def open_library() -> Library:
    """The process's library, on the database and folders that the settings name."""
    settings = get_settings()
    return Library(Database(settings.database_url), settings.var_dir / "vectors", settings.encoder, settings.model_dir)
