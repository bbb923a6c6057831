"""Asks the lines of an evaluation file, each as a new conversation."""

from __future__ import annotations

import time
from collections.abc import Sequence

from bot.conversation import Rehearsal, answer_of
from bot.evaluation import turns_of
from bot.scoring import Line
from bot.scoring.judging import UNITS
from knowledge_base.answering.mood import MoodModel
from knowledge_base.library import Library
from knowledge_base.model import Faq


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
        answer = answer_of(last)
        return self._prediction(line, answer, self._with_items(chosen_first(last.candidates, answer)), spent)

    def failed(self, line: Line) -> Line:
        """What a citizen gets on whose message the program failed."""
        return self._prediction(line, self._rehearsal.apology(), [], 0.0)

    def _prediction(self, line: Line, answer: Line, candidates: list[Line], milliseconds: float) -> Line:
        turns = turns_of(line)
        mood = {"mood": self._mood.read(turns[-1]).name} if self._mood is not None and "mood" in line else {}
        return {
            "turns": turns,
            "answer": answer,
            "candidates": candidates,
            "latency_ms": round(milliseconds, 2),
            **mood,
        }

    def _with_items(self, candidates: Sequence[Line]) -> list[Line]:
        """With the item that each FAQ belongs to."""
        units = self._library.snapshot
        return [
            {**one, "item_id": unit.item if isinstance(unit := units.get(one["kind"], one["id"]), Faq) else None}
            for one in candidates
        ]


def chosen_first(candidates: Sequence[Line], answer: Line) -> list[Line]:
    """The candidates in the order in which the turn preferred them.

    Search ranks what the words alone may mean; 那多少钱 names nothing, and what was answered or offered in the light of
    the conversation is what was thought most likely.
    """
    known = {(one["kind"], one["id"]): one for one in candidates}
    kind, id, confidence = answer["kind"], answer["id"], answer["confidence"]
    first: dict[tuple[str, str], Line] = {}
    if kind in UNITS and id:
        first[kind, id] = {"kind": kind, "id": id, "confidence": confidence}
    elif kind == "options":
        # Of a known item, the situation is asked for.
        offered = [("item", id)] if id else [(option["kind"], option["id"]) for option in answer["options"]]
        first = {key: known.get(key) or {"kind": key[0], "id": key[1], "confidence": confidence} for key in offered}
    return [*first.values(), *(one for key, one in known.items() if key not in first)]
