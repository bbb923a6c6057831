from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from search_fakes import HashingEncoder

from foundation.settings import ROOT
from knowledge_base.search.encoder import Vectors
from knowledge_base.search.vectors import BATCH, KEY_BYTES, VectorStore, widened

FILE = "hashing-1.vectors"
RECORD = KEY_BYTES + 2 * HashingEncoder().size


def questions(store: VectorStore, texts: list[str]) -> Vectors:
    return store.read(store.locate("q", texts))


def passages(store: VectorStore, texts: list[str]) -> Vectors:
    return store.read(store.locate("p", texts))


@pytest.fixture
def encoder() -> HashingEncoder:
    return HashingEncoder()


def test_all_finite_numbers_are_widened_as_they_are() -> None:
    every = np.arange(1 << 16, dtype=np.uint32).astype(np.uint16).view(np.float16)
    finite = every[np.isfinite(every)]
    expected = finite.astype(np.float32)
    np.testing.assert_array_equal(widened(finite).view(np.uint32), expected.view(np.uint32), "minus zero too")


def test_each_text_is_encoded_once(tmp_path: Path, encoder: HashingEncoder) -> None:
    store = VectorStore(tmp_path, encoder)
    first = questions(store, ["甲", "乙", "甲"])
    np.testing.assert_allclose(first, encoder.queries(["甲", "乙", "甲"]), atol=1e-3)
    encoder.encoded.clear()
    np.testing.assert_array_equal(questions(store, ["乙", "甲"]), first[[1, 0]])
    assert encoder.encoded == []


def test_roles_do_not_mix(tmp_path: Path, encoder: HashingEncoder) -> None:
    store = VectorStore(tmp_path, encoder)
    assert not np.array_equal(questions(store, ["甲"]), passages(store, ["甲"]))


def test_reopened(tmp_path: Path, encoder: HashingEncoder) -> None:
    before = questions(VectorStore(tmp_path, encoder), ["甲", "乙"])
    encoder.encoded.clear()
    np.testing.assert_array_equal(questions(VectorStore(tmp_path, encoder), ["甲", "乙"]), before)
    assert encoder.encoded == []


def test_another_encoder_has_another_file(tmp_path: Path, encoder: HashingEncoder) -> None:
    questions(VectorStore(tmp_path, encoder), ["甲"])
    other = HashingEncoder("hashing-2", size=8)
    assert questions(VectorStore(tmp_path, other), ["甲"]).shape == (1, 8)


@pytest.mark.parametrize("torn", [1, KEY_BYTES, RECORD - 1])
def test_a_record_cut_short_is_cut_off(tmp_path: Path, encoder: HashingEncoder, torn: int) -> None:
    before = questions(VectorStore(tmp_path, encoder), ["甲", "乙"])
    with (tmp_path / FILE).open("ab") as file:
        file.write(b"\xff" * torn)
    reopened = VectorStore(tmp_path, encoder)
    np.testing.assert_array_equal(questions(reopened, ["甲", "乙"]), before)
    third = questions(reopened, ["丙"])
    assert (tmp_path / FILE).stat().st_size == 3 * RECORD
    np.testing.assert_array_equal(questions(VectorStore(tmp_path, encoder), ["丙", "甲"]), [third[0], before[0]])


def test_a_lost_file_costs_time_only(tmp_path: Path, encoder: HashingEncoder) -> None:
    before = questions(VectorStore(tmp_path, encoder), ["甲"])
    (tmp_path / FILE).unlink()
    np.testing.assert_array_equal(questions(VectorStore(tmp_path, encoder), ["甲"]), before)


def test_a_file_that_is_lost_while_it_is_used_is_made_anew(tmp_path: Path, encoder: HashingEncoder) -> None:
    store = VectorStore(tmp_path, encoder)
    rows = store.locate("q", ["甲", "乙"])
    before = store.read(rows)
    (tmp_path / FILE).unlink()
    third = questions(store, ["丙"])
    np.testing.assert_array_equal(store.read(rows), before, "whoever holds rows goes on reading them")
    np.testing.assert_array_equal(questions(store, ["丙", "甲", "乙"]), [third[0], *before])
    questions(VectorStore(tmp_path, HashingEncoder()), ["丁"])
    encoder.encoded.clear()
    assert questions(store, ["丁", "丙"]).shape == (2, encoder.size) and encoder.encoded == []


@pytest.mark.parametrize("left", [0, RECORD + 3])
def test_a_file_that_is_cut_while_it_is_used_costs_time_only(
    tmp_path: Path, encoder: HashingEncoder, left: int
) -> None:
    store = VectorStore(tmp_path, encoder)
    before = questions(store, ["甲", "乙", "丙"])
    os.truncate(tmp_path / FILE, left)
    questions(store, ["丁"])
    np.testing.assert_array_equal(questions(store, ["甲", "乙", "丙"]), before)
    assert (tmp_path / FILE).stat().st_size == 4 * RECORD
    reopened = VectorStore(tmp_path, encoder)
    encoder.encoded.clear()
    assert questions(reopened, ["甲", "乙", "丙", "丁"]).shape == (4, encoder.size) and encoder.encoded == []


def test_where_nothing_can_be_written_vectors_are_kept_in_memory(
    tmp_path: Path, encoder: HashingEncoder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store = VectorStore(tmp_path, encoder)
    first = questions(store, ["甲"])

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(fcntl, "flock", full)
    texts = [str(number) for number in range(2 * BATCH)]
    found = questions(store, ["甲", *texts])
    np.testing.assert_allclose(found[1:], encoder.queries(texts), atol=1e-3)
    encoder.encoded.clear()
    np.testing.assert_array_equal(questions(store, [*texts, "甲"]), [*found[1:], first[0]])
    assert encoder.encoded == []
    assert [one.levelname for one in caplog.records] == ["ERROR"] and "No space left" in caplog.text
    monkeypatch.undo()
    questions(store, ["乙"])
    assert (tmp_path / FILE).stat().st_size == 2 * RECORD, "what comes later is written again"


def test_nothing_wanted(tmp_path: Path, encoder: HashingEncoder) -> None:
    assert questions(VectorStore(tmp_path, encoder), []).shape == (0, encoder.size)


def test_progress_is_told(tmp_path: Path, encoder: HashingEncoder) -> None:
    told: list[tuple[int, int]] = []
    VectorStore(tmp_path, encoder).complete([("q", str(n)) for n in range(BATCH + 3)], lambda *at: told.append(at))
    assert told == [(BATCH, BATCH + 3), (BATCH + 3, BATCH + 3)]


def test_two_stores_see_what_the_other_added(tmp_path: Path) -> None:
    one, other = HashingEncoder(), HashingEncoder()
    first, second = VectorStore(tmp_path, one), VectorStore(tmp_path, other)
    questions(first, ["甲"])
    questions(second, ["乙"])
    one.encoded.clear()
    questions(first, ["甲", "乙"])
    assert one.encoded == []


APPEND = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).resolve().parents[1])!r})
from search_fakes import HashingEncoder
from knowledge_base.search.encoder import Vectors
from knowledge_base.search.vectors import VectorStore
store = VectorStore(Path(sys.argv[1]), HashingEncoder())
for number in range(150):
    store.locate("q", [f"{{sys.argv[2]}}{{number}}", f"both{{number}}"])
"""


def test_two_processes_append_at_once(tmp_path: Path, encoder: HashingEncoder) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", APPEND, str(tmp_path), name], cwd=ROOT) for name in ("a", "b")]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    texts = [f"{name}{number}" for name in ("a", "b", "both") for number in range(150)]
    found = questions(VectorStore(tmp_path, encoder), texts)
    assert encoder.encoded == [], "everything was found in the file"
    np.testing.assert_allclose(found, encoder.queries(texts), atol=1e-3)
    assert (tmp_path / FILE).stat().st_size % RECORD == 0
