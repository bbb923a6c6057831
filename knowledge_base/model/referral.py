"""A referral 转介: what this office does not do, and who does."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from knowledge_base.model.unit import Unit


class Referral(Unit):
    kind: ClassVar[str] = "referral"

    name: str = Field(min_length=1)
    """The topic: 拖欠工资, 电信诈骗, 噪声扰民."""
    aliases: tuple[str, ...] = ()
    similar_questions: tuple[str, ...] = ()
    body: str = Field(min_length=1)
    """The body in charge."""
    phone: str | None = None
    hours: str | None = None
    channel: str | None = None
    """The legal channel: where and how to turn to that body."""
    text: str | None = None
    """One or two sentences that help at once; no procedure is invented."""

    @property
    def title(self) -> str:
        return self.name

    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)

    def questions(self) -> tuple[str, ...]:
        return self.similar_questions
