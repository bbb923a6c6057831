"""The conversation in which a complaint is taken down, one message after the other, until it is filed or left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy.engine import Connection

from actions.complaints import hearing, wording
from actions.complaints.draft import CIRCUMSTANCES, Draft, joined
from actions.complaints.sentences import sentence
from actions.surroundings import Surroundings
from desk import cases
from desk.case_confidence import CONFIDENTIAL
from desk.case_numbers import new_number
from desk.case_private import TOKEN
from desk.case_rules import Rules, rules
from desk.case_words import kind_title, state_title
from foundation.calendar import work_calendar
from foundation.clock import CHINA
from foundation.errors import VaultError
from foundation.text import squash
from knowledge_base.answering.answer import Answer
from knowledge_base.answering.context import Context
from knowledge_base.answering.occasion import Occasion
from knowledge_base.search.snapshot import Snapshot

FORM_ID = "complaint"
MOST_FAILURES = 3
LONGEST_PLACE = 60
"""Characters of a place or a time; what is longer is more of the matter."""
SAYS_SOMETHING = 6
"""Characters from which on a reply to the summary is an addition."""


class Step(NamedTuple):
    """What a message led to. `over`: the form ends; a draft that is left then may be gone on with later."""

    draft: Draft | None
    answer: Answer
    choices: tuple[str, ...] = ()
    effects: tuple[dict[str, Any], ...] = ()
    over: bool = False


@dataclass(frozen=True)
class Dialogue:
    """The circumstances of one message."""

    here: Surroundings
    conversation: str
    snapshot: Snapshot
    occasion: Occasion

    def begin(self, text: str, draft: Draft | None, context: Context) -> Step:
        """The citizen wants to complain, report, suggest, ask for help or praise.

        Args:
            draft: what was begun before, and left.
            context: of the conversation; what it was about may say whose the case is.
        """
        now, rest = self.here.clock.now(), hearing.rest(text)
        if draft is not None and draft.alive(now) and len(rest) < 2:
            draft = replace(draft, changing=None, failures=0, kind=draft.kind or hearing.kind_in(text))
            return self._ask(draft, sentence("resumed", kind=wording.name_of(draft)))
        topic = {"kind": context.topic_kind, "id": context.topic_id, "title": context.topic_title}
        draft = Draft(
            new_number(),
            now.timestamp(),
            hearing.kind_in(text),
            topic=topic if context.topic_id and context.fresh else None,
        )
        if len(rest) >= hearing.MATTER:
            draft = replace(draft, what=joined("", text.strip()))
            return self._ask(draft, sentence("noted"), text)
        draft = replace(draft, opening=text.strip() if len(rest) >= 2 else "")
        return self._ask(draft, sentence("begins") if draft.kind is None else "", text)

    async def go_on(self, draft: Draft, text: str, place: str | None = None, danger: bool = False) -> Step:
        """The citizen says something to the form.

        Args:
            place: in words, where the message is one sent from the map.
            danger: whether it sounds as if somebody were in danger: then the numbers to call come first.
        """
        step = await self._heard(draft, text, place)
        if not danger or draft.awaits in CIRCUMSTANCES or draft.kind == "praise":
            return step
        return step._replace(answer=replace(step.answer, text=f"{sentence('danger')}\n\n{step.answer.text}"))

    async def _heard(self, draft: Draft, text: str, place: str | None) -> Step:
        step = draft.awaits
        if hearing.leaves(text) and not (step in CIRCUMSTANCES and hearing.skips(text)):
            return _left()
        match step:
            case "kind":
                return self._kind(draft, text)
            case "what" | "more":
                return self._matter(draft, text)
            case "where" | "when":
                return self._circumstance(draft, step, text, place)
            case "contact":
                return self._contact(draft, text)
            case "which":
                part = hearing.part_chosen(text, wording.parts(draft)) or hearing.part_named(text)
                return self._change(draft, part) if part else self._failed(draft, "again.which")
            case _:
                return await self._at_the_end(draft, text)

    def question(self, draft: Draft) -> Step:
        """What is asked for next, once more."""
        return self._ask(draft)

    def _kind(self, draft: Draft, text: str) -> Step:
        kind = hearing.kind_chosen(text) or hearing.kind_in(text)
        told = len(hearing.rest(text)) >= hearing.MATTER  # instead of choosing, they say what it is about
        if told:
            draft = replace(draft, what=joined(draft.what, text.strip()))
        if kind is None:
            return self._ask(draft, sentence("noted")) if told else self._failed(draft, "again.kind")
        return self._known(replace(draft, kind=kind), text)

    def _matter(self, draft: Draft, text: str) -> Step:
        told = len(hearing.rest(TOKEN.sub("", text)))
        if told < 2:  # nothing, or once more that they want to complain
            return self._failed(draft, "again.what")
        if told < hearing.WHOM and not draft.matter and draft.changing is None:
            return self._ask(replace(draft, opening=text.strip()), text=text)
        if draft.changing == "what":
            return self._known(replace(draft, what=joined("", text.strip()), opening=""), text)
        return self._known(replace(draft, what=joined(draft.what, text.strip())), text)

    def _circumstance(self, draft: Draft, part: str, text: str, place: str | None) -> Step:
        said = place or ("" if hearing.skips(text) else text.strip())
        if (len(said) > LONGEST_PLACE and place is None) or hearing.opens(text):
            return self._ask(replace(draft, what=joined(draft.what, said)), sentence("noted"), text)
        told = replace(draft, where=said) if part == "where" else replace(draft, when=said)
        return self._known(told, text)

    def _contact(self, draft: Draft, text: str) -> Step:
        token = hearing.contact_in(text)
        if token is not None:
            return self._known(replace(draft, contact=token), text)
        if hearing.skips(text):
            return self._known(replace(draft, contact=""), text)
        if draft.failures + 1 >= MOST_FAILURES:  # whoever does not want to must be able to go on
            return self._ask(replace(draft, contact="", changing=None, failures=0), sentence("no_contact"))
        return self._failed(draft, "again.contact")

    async def _at_the_end(self, draft: Draft, text: str) -> Step:
        wish = hearing.at_the_end(text)
        if wish == "file":
            return await self._file(draft)
        if wish == "leave":
            return _left()
        if wish == "add":
            return self._ask(replace(draft, changing="more"))
        if part := hearing.part_named(text):
            return self._change(draft, part)
        if wish == "change":
            return self._ask(replace(draft, changing="which"))
        if token := hearing.contact_in(text):
            return self._known(replace(draft, contact=token), text)
        if len(squash(text)) >= SAYS_SOMETHING:
            return self._known(replace(draft, what=joined(draft.what, text.strip())), text)
        return self._failed(draft, "again.summary")

    def _change(self, draft: Draft, part: str) -> Step:
        return self._ask(replace(draft, changing=part, failures=0))

    async def _file(self, draft: Draft) -> Step:
        """File it, unless the telephone number is not known any more."""
        now = self.here.clock.now()
        free, known = await self.here.read(lambda tx: (self._is_free(tx, draft.number), self._is_known(tx, draft)))
        if not known:
            return self._ask(replace(draft, contact=None), sentence("expired_contact"))
        if not free:
            draft = replace(draft, number=new_number())
        department, ours = self._department(draft)
        due_on = ours.due_on(str(draft.kind), now.astimezone(CHINA).date(), work_calendar())
        effect = {
            "do": "case",
            "number": draft.number,
            "kind": draft.kind,
            "what": draft.matter,
            "where": draft.where or "",
            "when": draft.when or "",
            "contact": draft.contact or None,
            "department": department,
            "due_on": due_on.isoformat() if due_on else None,
            "topic": draft.topic,
            "forward": bool(self.here.settings.cases_webhook_url),
        }
        case = {
            "number": draft.number,
            "kind": draft.kind,
            "kind_text": kind_title(str(draft.kind)),
            "state": cases.REGISTERED,
            "state_text": state_title(cases.REGISTERED),
        }
        answer = Answer("complaint", wording.filed(draft, department, ours), confidence=1.0, extra={"case": case})
        return Step(None, marked(answer, draft), effects=(effect,), over=True)

    def _is_free(self, tx: Connection, number: str) -> bool:
        found = cases.find(tx, number)
        return found is None or found.conversation == self.conversation

    def _is_known(self, tx: Connection, draft: Draft) -> bool:
        """Whether the contact's token still stands for something."""
        if not draft.contact:
            return True
        try:
            self.here.secrets.resolve(tx, draft.contact, self.conversation, self.here.clock.now())
        except VaultError:
            return False
        return True

    def _department(self, draft: Draft) -> tuple[str, Rules]:
        ours = rules(self.here.settings.cases_file)
        topic: Mapping[str, Any] = draft.topic or {}
        unit = self.snapshot.get(topic.get("kind") or "", topic.get("id") or "")
        return ours.department(draft.matter, getattr(unit, "department", None)), ours

    def _known(self, draft: Draft, text: str) -> Step:
        """Something was told; the next thing is asked."""
        return self._ask(replace(draft, changing=None, failures=0), text=text)

    def _failed(self, draft: Draft, name: str) -> Step:
        draft = replace(draft, failures=draft.failures + 1)
        if draft.failures < MOST_FAILURES:
            return self._ask(draft, sentence(name), instead=True)
        values = {"kind": wording.name_of(draft), "wish": wording.wish(draft), **self.occasion.fill()}
        answer = Answer("fallback", sentence("three_failures", **values), confidence=1.0)
        return Step(replace(draft, failures=0), marked(answer, draft), over=True)

    def _ask(self, draft: Draft, before: str = "", text: str = "", instead: bool = False) -> Step:
        """Ask for what is awaited.

        Args:
            before: what is said first; `instead`, in place of the question.
            text: the message, which may tell that somebody is in despair.
        """
        lines = [before, "" if instead else wording.question(draft)]
        lines.append(sentence("crisis") if hearing.distressed(text) else "")
        answer = Answer("form", "\n".join(filter(None, lines)), id=FORM_ID, confidence=1.0)
        return Step(draft, marked(answer, draft), tuple(wording.choices(draft)))


def _left() -> Step:
    return Step(None, Answer("smalltalk", sentence("left"), confidence=1.0), over=True)


def marked(answer: Answer, draft: Draft) -> Answer:
    """An answer; of a report it says that nobody is to read it who need not."""
    return replace(answer, extra={**answer.extra, CONFIDENTIAL: True}) if draft.confidential else answer
