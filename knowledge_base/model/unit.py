"""What every unit of knowledge carries: identity, provenance, validity, ownership."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, ClassVar, Literal, NamedTuple

from pydantic import Field, root_validator, validator

from knowledge_base.model.values import Value

Kind = Literal["item", "faq", "referral", "package", "office"]
KINDS: tuple[Kind, ...] = ("item", "faq", "referral", "package", "office")
"""What citizens are answered from."""
GOVERNED: tuple[str, ...] = (*KINDS, "synonym")
"""What is written, reviewed and released: synonyms, too, which only help to understand a question."""
ID = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
FILE_NAME = r"^(?![\s.])[^/\\\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]{1,100}\.(pdf|docx?|xlsx?|jpg|png)\Z"
"""No folders, nothing hidden, nothing that turns the letters around to show another ending."""


class UnitKey(NamedTuple):
    """Names a unit: ids are unique per kind."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


class Source(Value):
    """The rule a statement rests on."""

    title: str = Field(min_length=1)
    number: str | None = None
    """Document number, as 国务院令第804号."""
    article: str | None = None
    issuer: str | None = None
    url: str | None = None
    date: date | None = None
    """The day the cited version took effect or was issued."""
    verified: bool = True
    """False where only an imported file vouches for the statement."""


class Attachment(Value):
    """A file that is given along with the unit's answers: a blank form 空白表, a filled-in sample 样表."""

    title: str = Field(min_length=1)
    digest: str = Field(regex=r"^[0-9a-f]{64}$")
    """The SHA-256 of its content, which is kept once (knowledge_base/editing/attachments.py)."""
    name: str = Field(regex=FILE_NAME)
    """What the file is called when it is saved."""


class Owner(Value):
    person: str | None = None
    department: str | None = None


class Unit(Value):
    """Base of all units. Regions are codes of the administrative division (GB/T 2260); None holds everywhere."""

    kind: ClassVar[str]

    id: str
    region: str | None = Field(default=None, regex=r"^\d{6}(\d{3}|\d{6})?$")
    department: str | None = None
    category: str | None = None
    owner: Owner = Owner()
    sources: tuple[Source, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    effective_from: date | None = None
    effective_to: date | None = None
    """The last day on which the unit holds."""
    successor: str | None = None
    """The id of the unit, of the same kind, that replaces this one when it has expired."""
    verified_on: date | None = None
    review_by: date | None = None

    @validator("id")
    def _id(cls, value: str) -> str:
        if not ID.fullmatch(value):
            raise ValueError("an id is 1 to 128 characters of A-Z a-z 0-9 _ . : -")
        return value

    @root_validator(skip_on_failure=True)
    def _period(cls, values: dict[str, Any]) -> dict[str, Any]:
        begin, end = values.get("effective_from"), values.get("effective_to")
        if begin and end and end < begin:
            raise ValueError("effective_to lies before effective_from")
        return values

    @property
    def key(self) -> UnitKey:
        return UnitKey(self.kind, self.id)

    @property
    def title(self) -> str:
        """What a citizen reads as the heading of this unit's answers."""
        raise TypeError(f"{type(self).__name__} does not say what its title is")

    def names(self) -> tuple[str, ...]:
        """What the unit itself is called, official name first."""
        return (self.title,)

    def questions(self) -> tuple[str, ...]:
        """Sentences a citizen might type that this unit answers."""
        return ()

    def in_force(self, day: date) -> bool:
        return (self.effective_from is None or self.effective_from <= day) and (
            self.effective_to is None or day <= self.effective_to
        )
