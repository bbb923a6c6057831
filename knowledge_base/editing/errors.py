"""What editing refuses. The text is for the member of staff who tried: what happened, and what to do (errors.yml).

EditingError
├── Missing      there is no such unit, draft or change order
├── Forbidden    it is another department's, or one's own, which somebody else must review
├── Overtaken    somebody saved meanwhile; nothing was overwritten
├── WrongState   it is not, or no longer, in a state from which that is possible
└── Unfit        what was typed into a form
"""

from __future__ import annotations

from pathlib import Path

from foundation.errors import KnowledgeError
from foundation.words import Words

_words = Words(Path(__file__).with_name("errors.yml"))


class EditingError(KnowledgeError):
    """`key` is the sentence's in errors.yml; `values` fill it in."""

    def __init__(self, key: str, /, **values: object) -> None:
        super().__init__(_words.say(key, **values))
        self.key = key
        self.values = values


class Missing(EditingError):
    pass


class Forbidden(EditingError):
    pass


class Overtaken(EditingError):
    pass


class WrongState(EditingError):
    pass


class Unfit(EditingError):
    pass
