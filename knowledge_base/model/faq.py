"""A frequent question with its approved answer."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from knowledge_base.model.unit import Unit


class Faq(Unit):
    kind: ClassVar[str] = "faq"

    question: str = Field(min_length=1)
    similar_questions: tuple[str, ...] = ()
    answer: str = Field(min_length=1)
    item: str | None = None
    """The id of the service item it belongs to."""

    @property
    def title(self) -> str:
        return self.question

    def questions(self) -> tuple[str, ...]:
        return (self.question, *self.similar_questions)
