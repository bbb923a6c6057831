"""What the desk refuses. The text is for the member of staff who tried: what happened, and what to do (errors.yml).

DeskError
├── NotFound     there is no such thing, or it was erased
├── Taken        somebody else was first; names who has it
├── NotYours     only whoever has it may do that; names who has it
├── WrongState   it is not, or no longer, in a state from which that is possible
├── Full         that agent has as many conversations as fit
├── Absent       that agent is not at the desk
├── Unskilled    it belongs to another department, somebody of which is present
└── Malformed    what was typed into a form
"""

from __future__ import annotations

from pathlib import Path

from foundation.errors import ZhengwuError
from foundation.words import Words

_words = Words(Path(__file__).with_name("errors.yml"))


class DeskError(ZhengwuError):
    """`key` is the sentence's in errors.yml; `values` fill it in."""

    def __init__(self, key: str, /, **values: object) -> None:
        super().__init__(_words.say(key, **values))
        self.key = key
        self.values = values


class NotFound(DeskError):
    pass


class Taken(DeskError):
    pass


class NotYours(DeskError):
    pass


class WrongState(DeskError):
    pass


class Full(DeskError):
    pass


class Absent(DeskError):
    pass


class Unskilled(DeskError):
    pass


class Malformed(DeskError):
    pass
