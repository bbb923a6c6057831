from __future__ import annotations

import platform
import subprocess
import sys

import pytest

HEAPS = """
import ctypes, threading
from foundation.heap import keep_one_heap
{first}
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
together = threading.Barrier(4)
def allocate():
    libc.malloc(4000)
    together.wait()
threads = [threading.Thread(target=allocate) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc.malloc_stats()
"""


def heaps(first: str) -> int:
    """Of a program whose threads have allocated something."""
    done = subprocess.run([sys.executable, "-c", HEAPS.format(first=first)], capture_output=True, text=True, check=True)
    return done.stderr.count("Arena ")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have other heaps")
def test_threads_share_the_heap() -> None:
    assert heaps("keep_one_heap()") == 1 < heaps("")
