"""The structured values inside a service item: lines, materials, durations, fees, dated values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, Extra, Field, validator
from pydantic.generics import GenericModel

Choices = Mapping[str, str]
"""What a citizen's situation is known to be: situation id → option id."""
MOST_DIGITS = 30
"""Of an amount, before the point and behind it."""


class Value(BaseModel):
    """A frozen value that refuses fields it does not know, so that a typing error in content is found."""

    class Config:
        allow_mutation = False
        extra = Extra.forbid
        anystr_strip_whitespace = True


class Conditional(Value):
    """A value that may hold only in some situations: `when: {household: local}` or `{household: [a, b]}`."""

    when: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    @validator("when", pre=True)
    def _lists(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return {key: (options,) if isinstance(options, str) else tuple(options) for key, options in value.items()}

    def applies(self, choices: Choices) -> bool:
        """True unless a known answer of the citizen rules this value out."""
        return all(key not in choices or choices[key] in options for key, options in self.when.items())


class Line(Conditional):
    """One sentence of a condition, a step, a place; a bare string in YAML."""

    text: str = Field(min_length=1)
    office: str | None = None
    """For a place: the id of the office 办事大厅 it names."""


class Material(Conditional):
    """One document to bring. The flags are those of the national service guide standard (办事指南)."""

    name: str = Field(min_length=1)
    form: str | None = None
    """原件 / 复印件 / 原件及复印件 / 电子 …"""
    count: int | None = Field(default=None, ge=0)
    issuer: str | None = None
    required: bool = True  # 必要
    deferrable: bool = False  # 容缺后补
    pledge: bool = False  # 告知承诺
    shared: bool = False  # 数据共享免提交
    e_licence: bool = False  # 电子证照可用
    note: str | None = None


class Span(Value):
    """A number of days. A legal deadline in working days is not the same promise as one in natural days."""

    days: int = Field(ge=0)
    unit: Literal["工作日", "自然日"]


class Duration(Conditional):
    name: str | None = None
    legal: Span | None = None
    promised: Span | None = None
    counts_from: str | None = None
    text: str | None = None
    """What the numbers do not say, or the whole statement where there is no number."""


class Fee(Conditional):
    name: str | None = None
    amount: Decimal | None = Field(default=None, ge=0)
    """In yuan; 0 is free of charge; None where `text` says it."""
    per: str | None = None
    basis: str | None = None
    text: str | None = None

    @validator("amount", pre=True)
    def _short(cls, amount: Any) -> Any:
        """1e999999 is written out with all its zeros wherever it is told."""
        try:
            number = Decimal(str(amount))
        except ArithmeticError:  # what is no number is told by the type
            return amount
        if number.is_finite() and max(-int(number.as_tuple().exponent), number.adjusted()) > MOST_DIGITS:
            raise ValueError(f"has more than {MOST_DIGITS} digits")
        return amount


class Online(Conditional):
    available: bool | None = None
    text: str | None = None


class Proxy(Conditional):
    allowed: bool | None = None
    text: str | None = None


class Contact(Value):
    phone: str | None = None
    complaint_phone: str | None = None
    text: str | None = None


T = TypeVar("T")


class Change(GenericModel, Generic[T]):
    """A value and the day it begins to hold (None: from the beginning)."""

    since: date | None = None
    value: T

    class Config:
        allow_mutation = False
        extra = Extra.forbid


class Dated(GenericModel, Generic[T]):
    """A value that changes on known days: `{dated: [{value: …}, {since: 2027-01-01, value: …}]}`.

    A plain value in YAML stands for one that never changes.
    """

    dated: tuple[Change[T], ...]

    class Config:
        allow_mutation = False
        extra = Extra.forbid

    @validator("dated")
    def _ordered(cls, changes: tuple[Change[T], ...]) -> tuple[Change[T], ...]:
        if not changes:
            raise ValueError("a dated value needs at least one value")
        days = [change.since or date.min for change in changes]
        if any(later <= earlier for earlier, later in pairwise(days)):
            raise ValueError("the days of a dated value must rise, each given once")
        return changes

    def on(self, day: date) -> T | None:
        """The value that holds on `day`; None before the first one begins."""
        held = [change.value for change in self.dated if change.since is None or change.since <= day]
        return held[-1] if held else None

    def next_after(self, day: date) -> Change[T] | None:
        """The first change that begins after `day`."""
        coming = (change for change in self.dated if change.since is not None and change.since > day)
        return next(coming, None)


def as_dated(value: Any) -> Any:
    """Wrap a plain YAML value so that `Dated` accepts it; leaves a dated one alone."""
    if isinstance(value, Mapping) and "dated" in value:
        return value
    if isinstance(value, Dated):
        return value
    return {"dated": [{"value": value}]}


def as_entries(value: Any, text_key: str = "text") -> Any:
    """Accept `"a sentence"`, `{…}` or a list of either where a list of mappings is meant."""
    if value is None:
        return ()
    if isinstance(value, (str, Mapping, BaseModel)):
        value = [value]
    if not isinstance(value, Iterable):
        return value
    return [{text_key: entry} if isinstance(entry, str) else entry for entry in value]
