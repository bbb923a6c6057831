"""Remembers what came of texts that are asked again and again, as long as they are."""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from knowledge_base.search.snapshot import Snapshot

T = TypeVar("T")
KEPT = 512
SEEN = 4096
RELEASES = 2
"""Of the one in force and one that is being tried: what is remembered takes up to 20 MB."""


class Recent(Generic[T]):
    """Results by what they were made of; thread-safe.

    A result is kept from the second time on that it is asked for: what one citizen alone has written is forgotten, but
    for a number that tells the second time from the first.
    """

    def __init__(self, kept: int = KEPT, seen: int = SEEN) -> None:
        self._kept: OrderedDict[Hashable, T] = OrderedDict()
        self._seen: OrderedDict[int, None] = OrderedDict()
        self._most_kept = kept
        self._most_seen = seen
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def recall(self, key: Hashable, make: Callable[[], T]) -> T:
        """What was made for `key`, or is made now. `make` is pure, and its result is not changed afterwards."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()
        with self._lock:
            if self._again(hash(key)):
                self._kept[key] = made
                if len(self._kept) > self._most_kept:
                    self._kept.popitem(last=False)
        return made

    def _again(self, number: int) -> bool:
        if number in self._seen:
            del self._seen[number]
            return True
        self._seen[number] = None
        if len(self._seen) > self._most_seen:
            self._seen.popitem(last=False)
        return False


_of_snapshots: OrderedDict[int, Recent[Any]] = OrderedDict()
_choosing = threading.Lock()


def recent(snapshot: Snapshot) -> Recent[Any]:
    """What is remembered of one release; it goes when two others have been asked since, or with the release."""
    key = id(snapshot)
    with _choosing:
        if (found := _of_snapshots.get(key)) is None:
            found = _of_snapshots[key] = Recent()
            weakref.finalize(snapshot, _of_snapshots.pop, key, None)
        _of_snapshots.move_to_end(key)
        while len(_of_snapshots) > RELEASES:
            _of_snapshots.popitem(last=False)
    return found
