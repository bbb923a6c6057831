"""A conversation with the complaint form without Rasa: what is said goes through the vault, what is filed is filed."""

from __future__ import annotations

from sample_applications import MONDAY, city, on

from actions.complaints.dialogue import Dialogue, Step
from actions.complaints.draft import Draft
from actions.surroundings import Surroundings
from desk import cases
from desk.cases import Case
from knowledge_base.answering.context import Context

CONVERSATION, CHANNEL = "web:citizen", "web"


class Talk:
    def __init__(self, here: Surroundings, conversation: str = CONVERSATION) -> None:
        self.here, self.conversation = here, conversation
        self.draft: Draft | None = None
        self.over = True
        self.step: Step | None = None
        self.slots: list[object] = []
        """The slot after each turn."""
        self.filed: list[Case] = []

    def dialogue(self) -> Dialogue:
        return Dialogue(self.here, self.conversation, city(), on(MONDAY))

    async def say(self, text: str, place: str | None = None, context: Context = Context()) -> str:
        """One turn; returns what is replied."""
        here, text = self.here, text.replace("\x00", "")  # the gateway stores none (channels/refused.py)
        with here.database.write() as tx:
            masked = here.secrets.hide(tx, text, self.conversation, here.clock.now())
        if self.over or self.draft is None:
            step = self.dialogue().begin(masked, self.draft, context)
        else:
            step = await self.dialogue().go_on(self.draft, masked, place)
        self.keep(step)
        return step.answer.text

    async def tell(self, *texts: str) -> str:
        """Several turns; returns the last reply."""
        return [await self.say(text) for text in texts][-1]

    def keep(self, step: Step) -> None:
        """What the turn leaves behind, as Rasa and the worker would have it."""
        self.step, self.over = step, step.over
        slots = step.draft.to_slots() if step.draft is not None else {}
        self.slots.append(slots)
        self.draft = Draft.of_slots(slots)
        assert self.draft == step.draft
        for effect in step.effects:
            with self.here.database.write() as tx:
                now = self.here.clock.now()
                self.filed.append(cases.file_case(tx, self.here.cipher, self.conversation, CHANNEL, effect, now))
