"""Files of vectors that were cut, overwritten or written by a process that was killed: what is lost is encoded anew."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from foundation.settings import ROOT
from knowledge_base.search.vectors import KEY_BYTES, VectorStore

TEXTS = [f"第{number}个问题" for number in range(200)]
SIZE = 32
RECORD = KEY_BYTES + 2 * SIZE


class Encoder:
    """Directions by chance, the same for a text at all times."""

    name, size = "chance-1", SIZE

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def queries(self, texts: list[str]) -> np.ndarray:
        self.encoded += texts
        rows = np.stack([np.random.default_rng(list(text.encode())).normal(size=SIZE) for text in texts])
        found: np.ndarray = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
        return found

    passages = queries


def vectors(folder: Path) -> tuple[np.ndarray, list[str]]:
    """Those of all texts, and which were encoded for that."""
    encoder = Encoder()
    store = VectorStore(folder, encoder)  # type: ignore[arg-type]
    return store.read(store.locate("q", TEXTS)), encoder.encoded


@pytest.fixture
def file(tmp_path: Path) -> Path:
    vectors(tmp_path)
    return tmp_path / f"{Encoder.name}.vectors"


@pytest.mark.parametrize(
    ("what", "at", "garbage", "lost"),
    [
        ("a page of zeros", 4096, bytes(4096), 4096 // RECORD),
        ("a page of noise", 4096, np.random.default_rng(7).bytes(4096), 4096 // RECORD),
        ("a key", 10 * RECORD, b"x", 1),
        ("one exponent", 10 * RECORD + KEY_BYTES + 1, b"\x7b", 1),
        ("half a record", 10 * RECORD + KEY_BYTES + SIZE, bytes(SIZE), 1),
    ],
    ids=["zeros", "noise", "key", "exponent", "half"],
)
def test_overwritten(
    file: Path, what: str, at: int, garbage: bytes, lost: int, caplog: pytest.LogCaptureFixture
) -> None:
    before, _ = vectors(file.parent)
    with file.open("r+b") as content:
        content.seek(at)
        content.write(garbage)
    after, encoded = vectors(file.parent)
    np.testing.assert_array_equal(after, before)
    assert lost <= len(encoded) <= lost + 2, what
    assert what == "a key" or [one.levelno for one in caplog.records] == [logging.WARNING]
    assert vectors(file.parent)[1] == [], "it is mended"


@pytest.mark.parametrize("left", [0, 1, RECORD * 7, RECORD * 7 + 5])
def test_cut(file: Path, left: int) -> None:
    before, _ = vectors(file.parent)
    os.truncate(file, left)
    after, encoded = vectors(file.parent)
    np.testing.assert_array_equal(after, before)
    assert len(encoded) == len(TEXTS) - left // RECORD
    assert vectors(file.parent)[1] == []


def test_bytes_put_in_between(file: Path) -> None:
    before, _ = vectors(file.parent)
    content = file.read_bytes()
    file.write_bytes(content[: 50 * RECORD] + b"???" + content[50 * RECORD :])
    after, _ = vectors(file.parent)
    np.testing.assert_array_equal(after, before)


def inode(folder: Path) -> int | None:
    """What tells the file of vectors from the one before; None while there is none."""
    try:
        return (folder / f"{Encoder.name}.vectors").stat().st_ino
    except FileNotFoundError:
        return None


WRITER = """
import sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
import test_corrupt_vectors as here
from knowledge_base.search.vectors import VectorStore
while True:
    store = VectorStore(Path(sys.argv[1]), here.Encoder())
    for text in here.TEXTS:
        store.locate("q", [text])
    store._path.unlink()
"""


def test_a_writer_that_is_killed(tmp_path: Path) -> None:
    before, _ = vectors(tmp_path)
    chance = np.random.default_rng(11)
    for _ in range(3):
        command = [sys.executable, "-c", WRITER, str(tmp_path), str(Path(__file__).parent)]
        writer = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
        try:
            begun, deadline = inode(tmp_path), time.monotonic() + 120
            while inode(tmp_path) in (None, begun):
                assert writer.poll() is None and time.monotonic() < deadline
                time.sleep(0.01)
            time.sleep(chance.uniform(0, 0.05))
        finally:
            writer.send_signal(signal.SIGKILL)
            writer.wait()
        np.testing.assert_array_equal(vectors(tmp_path)[0], before)
