from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.evaluation import SHOWN, read, read_predictions, turns_of, write
from foundation.errors import ContentError


def file_of(folder: Path, *lines: bytes) -> Path:
    path = folder / "set.jsonl"
    path.write_bytes(b"\n".join(lines))
    return path


def test_lines_keep_their_numbers(tmp_path: Path) -> None:
    file = file_of(tmp_path, b'\xef\xbb\xbf{"text": "a", "expect": []}', b"", b"  ", b'{"turns": ["b"]}\r')
    assert read(file) == {1: {"text": "a", "expect": []}, 4: {"turns": ["b"]}}


def test_only_a_line_feed_ends_a_line(tmp_path: Path) -> None:
    odd = "护照\u2028多少\x85钱\x0b"
    file = file_of(tmp_path, json.dumps({"text": odd}, ensure_ascii=False).encode().replace(b"\\u000b", b"\\u000b"))
    assert read(file)[1]["text"] == odd


@pytest.mark.parametrize(
    "line",
    [
        b"not json",
        b"\xff\xfe",
        b"[" * 20_000,
        b"[]",
        b"{}",
        b'{"text": 1}',
        b'{"turns": []}',
        b'{"turns": "a"}',
        b'{"turns": ["a", null]}',
        b'{"text": "a", "expect": {}}',
        b'{"text": "a", "expect": {"kind": 1}}',
        b'{"text": "a", "expect": "a"}',
        b'{"text": "a", "expect": [1]}',
        b'{"text": "a", "expect": {"kind": "item", "any_of": [1]}}',
        b'{"text": "a", "mood": 1}',
        b'{"text": "a", "style": [1]}',
    ],
    ids=lambda line: ascii(line[:40]),
)
def test_a_bad_line_is_named(tmp_path: Path, line: bytes) -> None:
    file = file_of(tmp_path, b'{"text": "a"}', line)
    with pytest.raises(ContentError, match=r"set\.jsonl:2: "):
        read(file)


def test_all_bad_lines_are_named_up_to_a_limit(tmp_path: Path) -> None:
    file = file_of(tmp_path, *[b"{}"] * (SHOWN + 3))
    with pytest.raises(ContentError) as raised:
        read(file)
    rows = str(raised.value).splitlines()
    assert [row.partition(": ")[0] for row in rows[:-1]] == [f"{file}:{number}" for number in range(1, SHOWN + 1)]
    assert "3 more" in rows[-1]


@pytest.mark.parametrize(
    "line",
    [
        {"text": ""},
        {"text": "a", "expect": None},
        {"text": "a", "style": None, "expect": []},
        {"turns": ["a", ""], "expect": {"kind": "item", "id": None, "any_of": None}},
        {"text": "a", "mood": "calm", "more": 1},
    ],
)
def test_odd_lines_that_can_be_asked(tmp_path: Path, line: dict[str, Any]) -> None:
    assert read(file_of(tmp_path, json.dumps(line).encode())) == {1: line}


def test_turns() -> None:
    assert turns_of({"text": "a"}) == ["a"]
    assert turns_of({"turns": ["a", "b"], "text": "c"}) == ["a", "b"]
    assert turns_of({"text": "身\ud800份"}) == ["身?份"]


def test_predictions_are_written_one_a_line(tmp_path: Path) -> None:
    predicted = [{"turns": ["护照\u2028"]}, {"turns": ["b\n"]}]
    write(tmp_path / "new" / "out.jsonl", predicted)
    assert read_predictions(tmp_path / "new" / "out.jsonl") == predicted
    assert (tmp_path / "new" / "out.jsonl").read_bytes().count(b"\n") == 2
