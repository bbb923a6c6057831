"""The C library's heap: one for a whole process.

glibc gives threads heaps ("arenas") of their own. A program whose threads hand each other what they allocate, as
SQLite's connections in a pool do, then fills them with holes that nothing fits into: they grow although no more is in
use. Where one thread computes at a time, as under Python's lock, a heap of each one's own saves nothing.
"""

from __future__ import annotations

import ctypes
import sys

M_ARENA_MAX = -8
"""Of <malloc.h>, mallopt(3)."""


def keep_one_heap() -> None:
    """From now on, also in forked children. To be called before a thread is started; without glibc it does nothing."""
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
        if mallopt is not None:
            mallopt(M_ARENA_MAX, 1)
