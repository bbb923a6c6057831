"""The conversation about an application, one message after the other: number, proof, look-up, and what can go wrong."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, NamedTuple

from actions.applications import attempts, reminders
from actions.applications import proof as proofs
from actions.applications.hearing import Heard
from actions.applications.look_up import Closed, Locked, Person, look_up, mine, send_code
from actions.applications.sentences import sentence
from actions.applications.state import Choices, Code, State
from actions.applications.trouble import closed, locked, trouble
from actions.applications.wording import several, tell
from actions.portal.absent import can_look
from actions.portal.access import LastFour, OneTimeCode, SignedIn
from actions.portal.application import Application, plausible_number
from actions.portal.errors import (
    AccessExpired,
    CodeExpired,
    NotMatched,
    NotOffered,
    PortalError,
    TimedOut,
    TooManyAttempts,
)
from actions.portal.portal import Operation
from actions.surroundings import Surroundings
from foundation import sign_ins
from foundation.errors import VaultError
from foundation.masking import CODE
from knowledge_base.answering.answer import Answer
from knowledge_base.answering.occasion import Occasion
from knowledge_base.search.snapshot import Snapshot

FORM_ID = "status"
WEB = "web"
"""The channel that shows its own button for signing in."""
MOST_FAILURES = 3


class Step(NamedTuple):
    """What a message led to. `answer` is None where the next thing is simply asked for."""

    state: State
    answer: Answer | None = None
    over: bool = False


@dataclass(frozen=True)
class Dialogue:
    """The circumstances of one message."""

    here: Surroundings
    who: Person
    snapshot: Snapshot
    occasion: Occasion

    async def begin(self, heard: Heard, asked_for: Literal["status", "mine"]) -> Step:
        """The citizen wants to know where an application stands, or all of theirs."""
        if not can_look(self.here.portal):
            return self._nowhere()
        if heard.number is None:
            person = await self._signed_in()
            if person is not None and self.here.portal.offers("mine"):
                return await self._list(person)
            if asked_for == "mine" and (link := self._sign_in()):
                return Step(State(), link)
        return await self.go_on(State(), replace(heard, tries=False))

    async def go_on(self, state: State, heard: Heard) -> Step:
        """The citizen says something to the form."""
        if heard.leaves:
            return Step(State(), self._say("left", kind="smalltalk"), over=True)
        if not can_look(self.here.portal):  # there was one when the form began
            return self._nowhere()
        numbers = self._unsealed(state.choices) if heard.choice is not None and state.choices is not None else []
        if heard.choice is not None and numbers:
            return await self._chosen(numbers[heard.choice])
        if heard.wants and state.code is None:
            state = replace(state, code=Code())
        if heard.number is not None:
            wanted = Code() if state.code and (state.number is None or heard.wants) else None
            state = replace(state, number=heard.number, code=wanted, choices=None)
        if state.number is None:
            return await self._without_number(state, heard)
        return await self._with_number(state, state.number, heard)

    def _nowhere(self) -> Step:
        return Step(State(), self._say("no_portal", kind="fallback"), over=True)

    async def _without_number(self, state: State, heard: Heard) -> Step:
        if heard.proof is not None:
            proof = heard.proof
            kept = await self.here.write(
                lambda tx: proofs.keep(tx, self.here.secrets, proof, self.who.conversation, self.here.clock.now())
            )
            return Step(replace(state, proof=kept))
        if heard.tries:
            again = "no_such_application" if state.choices else "ask_again_number"
            return self._failed(state, self._say(again))
        return Step(state)

    async def _with_number(self, state: State, written: str, heard: Heard) -> Step:
        number = await self._number(written)
        if number is None or not plausible_number(number):
            return self._failed(replace(state, number=None), self._say("ask_again_number"))
        token = heard.proof or state.proof
        state = replace(state, proof=None)
        if heard.number is not None:
            person = await self._signed_in()
            if person is not None and self.here.portal.offers("signed_in"):
                found = await self._of_person(number, person)
                if found is not None:
                    return found
        if token is not None:
            return await self._prove(state, number, token)
        if heard.wants or (heard.number is not None and state.code is not None):
            return await self._send(state, number)
        if state.awaits == "proof" and (until := await self._closed_until()):
            return self._closed(state, until)
        if heard.tries:
            return self._failed(state, self._say(f"ask_again_{state.awaits}"))
        return Step(state)

    async def _closed_until(self) -> datetime | None:
        """When an ID card's last four may be asked for again; None where they may now, or never."""
        if not self.here.portal.offers("with_last_four"):
            return None
        return await self.here.read(lambda tx: attempts.closed_until(tx, self.here.clock.now()))

    def _closed(self, state: State, until: datetime) -> Step:
        """The last four open nothing for now, whoever asks: what else does. Where nothing does, the form ends."""
        codes, sign_in = self.here.portal.offers("send_code"), self._sign_in("closed.sign_in")
        answer = closed(until, self.occasion, codes=codes, sign_in=sign_in.text if sign_in else "")
        return Step(state, self._form(answer)) if codes or sign_in else Step(State(), answer, over=True)

    async def _number(self, written: str) -> str | None:
        """The number that was written, or that a token stands for; None where it is not in the vault any more."""
        if not written.startswith("⟦"):
            return written
        try:
            return await self.here.read(
                lambda tx: self.here.secrets.resolve(tx, written, self.who.conversation, self.here.clock.now())
            )
        except VaultError:
            return None

    async def _prove(self, state: State, number: str, token: str) -> Step:
        """Look up with what the citizen gave as proof."""
        value = await self.here.write(
            lambda tx: proofs.take(tx, self.here.secrets, token, self.who.conversation, self.here.clock.now())
        )
        request = state.code.request if state.code else None
        if value is None or (request is None and token.startswith(f"⟦{CODE}:")):
            return self._failed(state, self._say(f"ask_again_{state.awaits}"))
        by_code = request is not None and value.isdigit()
        if not by_code and not self.here.portal.offers("with_last_four"):
            return self._failed(state, self._say("ask_proof_by_code"))
        proof = OneTimeCode(request, value) if by_code and request is not None else LastFour(value)
        during: Operation = "with_code" if by_code else "with_last_four"
        try:
            return await self._told(await look_up(self.here, number, proof, self.who))
        except NotMatched as error:
            return self._failed(state, self._form(self._trouble(error, during)))
        except Closed as error:
            return self._closed(state, error.until)
        except CodeExpired as error:
            return Step(replace(state, code=Code()), self._form(self._trouble(error, during)))
        except PortalError as error:
            return Step(State(), self._trouble(error, during), over=True)

    async def _send(self, state: State, number: str) -> Step:
        """Have a one-time code sent, unless one was just now."""
        if not self.here.portal.offers("send_code"):
            return Step(replace(state, code=None), self._say("code_not_offered"))
        now = self.here.clock.now().timestamp()
        if state.code is not None and state.code.again_at > now:
            return Step(state, self._say("resend_wait", seconds=round(state.code.again_at - now)))
        try:
            sent = await send_code(self.here, number, self.who)
        except (TooManyAttempts, TimedOut, NotOffered) as error:
            return Step(state, self._form(self._trouble(error, "send_code")))
        except PortalError as error:
            return Step(State(), self._trouble(error, "send_code"), over=True)
        code = Code(sent.request_id, now + sent.resend_after)
        minutes = max(1, sent.expires_in // 60)
        return Step(replace(state, code=code), self._say("code_sent", minutes=minutes, seconds=sent.resend_after))

    async def _signed_in(self) -> SignedIn | None:
        if self.here.settings.signin_issuer is None:
            return None
        now, conversation = self.here.clock.now(), self.who.conversation
        access = await self.here.read(lambda tx: sign_ins.access_of(tx, self.here.cipher, conversation, now))
        return None if access is None else SignedIn(access)

    def _sign_in(self, name: str = "sign_in") -> Answer | None:
        link = sign_ins.link(self.here.settings, self.here.cipher, self.who.conversation, self.here.clock.now())
        if link is None:
            return None
        return self._say(f"{name}_here") if self.who.channel == WEB else self._say(name, link=link)

    async def _list(self, person: SignedIn) -> Step:
        """A signed-in person's applications: the only one, or which."""
        try:
            found = await mine(self.here, person, self.who)
        except AccessExpired as error:
            return await self._signed_out(error)
        except PortalError as error:
            return Step(State(), self._trouble(error, "mine"), over=True)
        if len(found) == 1:
            return await self._of_person(found[0].number, person) or Step(State())
        answer = several(found, self.snapshot, self.occasion)
        if not found:
            return Step(State(), self._form(answer))
        titles = tuple(option.title for option in answer.options)
        sealed = self._sealed([one.number for one in found[: len(titles)]])
        return Step(State(choices=Choices(titles, sealed)), answer)

    async def _chosen(self, number: str) -> Step:
        person = await self._signed_in()
        if person is None:
            return await self._signed_out(AccessExpired("the sign-in has expired"))
        found = await self._of_person(number, person)
        return found or Step(State(), self._form(self._trouble(NotMatched("not the person's any more"), "signed_in")))

    async def _of_person(self, number: str, person: SignedIn) -> Step | None:
        """Look up as a signed-in person; None where the application is not theirs: then it needs a proof."""
        try:
            return await self._told(await look_up(self.here, number, person, self.who))
        except NotMatched:
            return None
        except AccessExpired as error:
            return await self._signed_out(error)
        except PortalError as error:
            return Step(State(), self._trouble(error, "signed_in"), over=True)

    async def _signed_out(self, error: AccessExpired) -> Step:
        await self.here.write(lambda tx: sign_ins.sign_out(tx, self.who.conversation))
        return Step(State(), self._form(self._trouble(error, "mine")))

    async def _told(self, application: Application) -> Step:
        can_remind = await self.here.write(
            lambda tx: reminders.offer(tx, *self.who, application, self.here.clock.now())
        )
        answer = tell(application.without_secrets(), self.snapshot, self.occasion, can_remind=can_remind)
        return Step(State(), answer, over=True)

    def _failed(self, state: State, answer: Answer) -> Step:
        state = replace(state, failures=state.failures + 1)
        if state.failures < MOST_FAILURES:
            return Step(state, answer)
        return Step(State(), self._say("three_failures", kind="fallback"), over=True)

    def _trouble(self, error: PortalError, during: Operation) -> Answer:
        if isinstance(error, Locked):
            return locked(error.until, self.occasion)
        return trouble(error, self.occasion, during=during, codes=self.here.portal.offers("send_code"))

    def _say(self, name: str, kind: str = "form", **values: object) -> Answer:
        answer = Answer(kind, sentence(name, **self.occasion.fill(), **values), confidence=1.0)
        return self._form(answer) if kind == "form" else answer

    def _form(self, answer: Answer) -> Answer:
        """The same words, while the form goes on."""
        return replace(answer, kind="form", id=FORM_ID)

    def _sealed(self, numbers: Sequence[str]) -> str:
        return b64encode(self.here.cipher.encrypt(json.dumps(numbers), self._context)).decode()

    def _unsealed(self, choices: Choices) -> list[str]:
        """Nothing where the key is another one by now: the number is asked for then."""
        try:
            numbers: list[str] = json.loads(self.here.cipher.decrypt(b64decode(choices.sealed), self._context))
        except VaultError:
            return []
        return numbers

    @property
    def _context(self) -> str:
        return f"applications:{self.who.conversation}"
