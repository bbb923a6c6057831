"""The conversation about what has become of a case: one of this conversation's own, or number and proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from sqlalchemy.engine import Connection

from actions.applications.look_up import Person
from actions.applications.trouble import clock
from actions.complaints import hearing
from actions.complaints.look_up import look_up
from actions.complaints.sentences import sentence
from actions.complaints.status_hearing import Heard, hear
from actions.complaints.status_state import Asked
from actions.complaints.status_wording import option, tell
from actions.surroundings import Surroundings
from desk import cases
from desk.cases import Case
from knowledge_base.answering.answer import Answer
from knowledge_base.answering.occasion import Occasion

FORM_ID = "status"
"""As of an application: both are the state of something that was handed in."""
MOST_FAILURES, MOST_CHOICES = 3, 4


class Step(NamedTuple):
    """What a message led to. `answer` is None where the next thing is simply asked for."""

    asked: Asked
    answer: Answer | None = None
    choices: tuple[str, ...] = ()
    over: bool = False


@dataclass(frozen=True)
class StatusDialogue:
    """The circumstances of one message."""

    here: Surroundings
    who: Person
    occasion: Occasion

    async def begin(self, text: str) -> Step:
        """The citizen wants to know what has become of a case."""
        heard = hear(text, Asked())
        if heard.number is not None:
            return await self._heard(Asked(), replace(heard, tries=False))
        own = await self.here.read(lambda tx: cases.of_conversation(tx, self.who.conversation))
        kind = hearing.kind_in(text)
        found = [one for one in own if one.kind == kind] or own
        if not found:
            return await self._heard(Asked(), replace(heard, tries=False))
        return await self._told(found[0]) if len(found) == 1 else self._choose(found)

    async def go_on(self, asked: Asked, text: str) -> Step:
        """The citizen says something to the form."""
        heard = hear(text, asked)
        if heard.leaves:
            return Step(Asked(), Answer("smalltalk", sentence("state.left"), confidence=1.0), over=True)
        return await self._heard(asked, heard)

    def question(self, asked: Asked) -> Answer:
        """What is asked for next."""
        return self._say(f"ask_{asked.awaits}")

    async def _heard(self, asked: Asked, heard: Heard) -> Step:
        number = heard.choice or heard.number or asked.number
        if number is None:
            name = "no_such" if asked.choices else "again_number"
            return self._failed(asked, name) if heard.tries or heard.proof else Step(asked)
        own = await self.here.read(lambda tx: self._own(tx, number))
        if own is not None:
            return await self._told(own)
        asked = replace(asked, number=number, choices=())
        if heard.proof is None:
            return self._failed(asked, "again_proof") if heard.tries else Step(asked)
        token, now = heard.proof, self.here.clock.now()
        found = await self.here.write(lambda tx: look_up(tx, self.here, number, token, self.who, now))
        if found.until is not None:
            locked = self._say("closed" if found.closed else "locked", until=clock(found.until, self.occasion))
            return Step(Asked(), replace(locked, kind="fallback", id=None), over=True)
        return self._failed(asked, "not_found") if found.case is None else await self._told(found.case)

    def _own(self, tx: Connection, number: str) -> Case | None:
        found = cases.find(tx, number)
        return found if found is not None and found.conversation == self.who.conversation else None

    async def _told(self, case: Case) -> Step:
        history = await self.here.read(lambda tx: cases.history(tx, case))
        own = case.conversation == self.who.conversation
        return Step(Asked(), tell(case, history, self.occasion, own=own), over=True)

    def _choose(self, found: Sequence[Case]) -> Step:
        shown = found[:MOST_CHOICES]
        choices = tuple((one.number, option(one)) for one in shown)
        name = "choose" if len(found) == len(shown) else "choose_some"
        answer = self._say(name, count=len(found), shown=len(shown))
        return Step(Asked(choices=choices), answer, tuple(title for _, title in choices))

    def _failed(self, asked: Asked, name: str) -> Step:
        asked = replace(asked, failures=asked.failures + 1)
        if asked.failures < MOST_FAILURES:
            return Step(asked, self._say(name), tuple(title for _, title in asked.choices))
        answer = replace(self._say("three_failures"), kind="fallback", id=None)
        return Step(Asked(), answer, over=True)

    def _say(self, name: str, **values: object) -> Answer:
        return Answer("form", sentence(f"state.{name}", **self.occasion.fill(), **values), id=FORM_ID, confidence=1.0)
