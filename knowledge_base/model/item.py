"""The service item 事项 and its aspects 要素."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field, root_validator, validator

from knowledge_base.model.unit import Unit
from knowledge_base.model.values import (
    Conditional,
    Contact,
    Dated,
    Duration,
    Fee,
    Line,
    Material,
    Online,
    Proxy,
    Value,
    as_dated,
    as_entries,
)

Aspect = Literal[
    "overview",
    "conditions",
    "materials",
    "process",
    "duration",
    "fee",
    "place",
    "hours",
    "online",
    "validity",
    "basis",
    "contact",
    "proxy",
]
ASPECTS: tuple[Aspect, ...] = Aspect.__args__  # type: ignore[attr-defined]


class SituationOption(Value):
    id: str
    title: str
    words: tuple[str, ...] = ()
    """What a citizen says that already answers the question: 外地户口, 外省 …"""


class Situation(Conditional):
    """One question of the item's situation tree 情形; asked only where its `when` holds."""

    id: str
    question: str
    options: tuple[SituationOption, ...]

    @validator("options")
    def _a_choice(cls, options: tuple[SituationOption, ...]) -> tuple[SituationOption, ...]:
        if len({option.id for option in options}) != len(options) or len(options) < 2:
            raise ValueError("a situation needs at least two options, each with an id of its own")
        return options


class Codes(Value):
    basic: str | None = None  # 基本编码
    implementing: str | None = None  # 实施编码


class Aspects(Value):
    """The content of a service guide. Every aspect may change on a date (`Dated`)."""

    overview: Dated[tuple[Line, ...]] | None = None
    conditions: Dated[tuple[Line, ...]] | None = None
    materials: Dated[tuple[Material, ...]] | None = None
    process: Dated[tuple[Line, ...]] | None = None
    duration: Dated[tuple[Duration, ...]] | None = None
    fee: Dated[tuple[Fee, ...]] | None = None
    place: Dated[tuple[Line, ...]] | None = None
    hours: Dated[tuple[Line, ...]] | None = None
    online: Dated[tuple[Online, ...]] | None = None
    validity: Dated[tuple[Line, ...]] | None = None
    basis: Dated[tuple[Line, ...]] | None = None
    contact: Dated[Contact] | None = None
    proxy: Dated[tuple[Proxy, ...]] | None = None

    @validator("*", pre=True)
    def _plain_values(cls, value: Any, field: Any) -> Any:
        if value is None:
            return None
        wrapped = as_dated(value)
        if isinstance(wrapped, Dated):
            return wrapped
        text_key = "name" if field.name == "materials" else "text"
        changes = []
        for change in wrapped["dated"]:
            if not isinstance(change, Mapping) or "value" not in change:
                raise ValueError("a dated value needs a value for each day")
            inner = change["value"]
            if field.name == "contact":
                inner = {"phone": inner} if isinstance(inner, str) else inner
            else:
                inner = as_entries(inner, text_key)
            changes.append({**change, "value": inner})
        return {"dated": changes}


class ServiceItem(Unit):
    kind: ClassVar[str] = "item"

    name: str = Field(min_length=1)
    aliases: tuple[str, ...] = ()
    """Other names of the item: 补办身份证, 身份证挂失补领."""
    similar_questions: tuple[str, ...] = ()
    """Sentences in which citizens ask for it without naming it: 钱包被偷了身份证没了怎么办."""
    audience: tuple[str, ...] = ()
    theme: str | None = None
    nature: str | None = None
    """行政许可, 行政确认, 行政给付, 公共服务 …"""
    codes: Codes = Codes()
    situations: tuple[Situation, ...] = ()
    aspects: Aspects = Aspects()
    handover: bool = False
    """True where a person must always answer (人工)."""

    @validator("audience", pre=True)
    def _one_audience(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @root_validator(skip_on_failure=True)
    def _situations_exist(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Every `when` names a situation of this item and options that it has."""
        options = {situation.id: {option.id for option in situation.options} for situation in values["situations"]}
        entries: list[Any] = list(values["situations"])
        for _, dated in values["aspects"]:
            for change in dated.dated if dated else ():
                entries += change.value if isinstance(change.value, tuple) else ()
        for entry in entries:
            for key, wanted in getattr(entry, "when", {}).items():
                if key not in options:
                    raise ValueError(f"when names the situation {key!r}, which this item does not have")
                if unknown := set(wanted) - options[key]:
                    raise ValueError(f"situation {key!r} has no option {sorted(unknown)[0]!r}")
        return values

    @property
    def title(self) -> str:
        return self.name

    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)

    def questions(self) -> tuple[str, ...]:
        return self.similar_questions

    def has(self, aspect: str) -> bool:
        return getattr(self.aspects, aspect, None) is not None
