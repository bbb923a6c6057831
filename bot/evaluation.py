"""Lines of evaluation files, read and checked, and what was answered, written beside. Imports no Rasa."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bot.scoring import Line
from foundation.errors import ContentError

SHOWN = 10
"""Bad lines that a refusal names."""


def read(file: Path) -> dict[int, Line]:
    """The lines of an evaluation file by their numbers.

    Raises:
        ContentError: lines are not JSON, ask nothing, or expect what cannot be; each is named by its number.
    """
    lines: dict[int, Line] = {}
    bad: list[str] = []
    for number, raw in enumerate(file.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if not raw.strip():
            continue
        try:
            line = json.loads(raw.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            bad.append(f"{file}:{number}: not JSON ({error})")
            continue
        if trouble := fault_in(line):
            bad.append(f"{file}:{number}: {trouble}")
        else:
            lines[number] = line
    if bad:
        more = [f"… and {len(bad) - SHOWN} more"] if len(bad) > SHOWN else []
        raise ContentError("\n".join(bad[:SHOWN] + more))
    return lines


def fault_in(line: Any) -> str | None:
    """What is wrong with the form of a line."""
    if not isinstance(line, dict):
        return "a line is an object"
    turns = line.get("turns", [line.get("text")])
    if not (isinstance(turns, list) and turns and all(isinstance(turn, str) for turn in turns)):
        return 'a line needs "turns", a list of texts, or "text"'
    if not isinstance(line.get("mood", ""), str) or not isinstance(line.get("style") or "", str):
        return '"mood" and "style" are texts'
    expect = line.get("expect")
    if isinstance(expect, dict):
        if not isinstance(expect.get("kind"), str):
            return '"expect" needs a "kind"'
        expect = expect.get("any_of") or []
    if not isinstance(expect or [], list) or not all(isinstance(id, str) for id in expect or []):
        return '"expect" is a list of ids, or an object whose "any_of" is one'
    return None


def turns_of(line: Line) -> list[str]:
    turns: list[str] = line.get("turns") or [line["text"]]
    # Halves of surrogate pairs are no characters; no channel lets them through either.
    return [turn.encode("utf-8", "replace").decode("utf-8") for turn in turns]


def write(file: Path, predicted: Iterable[Line]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="\n") as out:
        out.writelines(json.dumps(one, ensure_ascii=False) + "\n" for one in predicted)


def read_predictions(file: Path) -> list[Line]:
    """What `write` wrote."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line]
