"""Lines of evaluation files: read, asked as new conversations, and written with what came of them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bot.conversation import Rehearsal, answer_of
from bot.scoring import Line
from foundation.errors import ContentError
from knowledge_base.answering.mood import MoodModel
from knowledge_base.library import Library
from knowledge_base.model import Faq

SHOWN = 10
"""Bad lines that a refusal names."""


def read(file: Path) -> list[Line]:
    """The lines of an evaluation file.

    Raises:
        ContentError: lines are not JSON, ask nothing, or expect what cannot be; each is named by its number.
    """
    lines, bad = [], []
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
            lines.append(line)
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


class Examination:
    """Asks line by line; the same assistant as a citizen's."""

    def __init__(self, rehearsal: Rehearsal, library: Library, mood: MoodModel | None = None) -> None:
        self._rehearsal = rehearsal
        self._library = library
        self._mood = mood

    async def ask(self, line: Line) -> Line:
        """A new conversation; its last turn's answer and candidates."""
        turns = turns_of(line)
        began = time.perf_counter()
        last = (await self._rehearsal.converse(turns))[-1]
        spent = (time.perf_counter() - began) * 1000 / len(turns)
        predicted = {
            "turns": turns,
            "answer": answer_of(last),
            "candidates": self._with_items(last.candidates),
            "latency_ms": round(spent, 2),
        }
        if self._mood is not None and "mood" in line:
            predicted["mood"] = self._mood.read(turns[-1]).name
        return predicted

    def _with_items(self, candidates: Sequence[Line]) -> list[Line]:
        """With the item that each FAQ belongs to."""
        units = self._library.snapshot
        return [
            {**one, "item_id": unit.item if isinstance(unit := units.get(one["kind"], one["id"]), Faq) else None}
            for one in candidates
        ]


def write(file: Path, predicted: Iterable[Line]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="\n") as out:
        out.writelines(json.dumps(one, ensure_ascii=False) + "\n" for one in predicted)
