"""Where in a portal's answers our fields lie: the part of a mapping file that has places."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Extra, validator

from actions.portal.mapping_checks import Dotted


class Strict(BaseModel):
    class Config:
        extra = Extra.forbid
        allow_mutation = False


class SpanFields(Strict):
    """Without a unit's place, the text itself says it: 15个工作日."""

    days: Dotted
    unit: Dotted | None = None


class MissingFields(Strict):
    """The list, and the places in one of its entries; without a name's place the entries are texts."""

    path: Dotted
    name: Dotted | None = None
    note: Dotted | None = None


class EventFields(Strict):
    path: Dotted
    at: Dotted
    text: Dotted


class DeliveryFields(Strict):
    way: Dotted
    place: Dotted | None = None
    carrier: Dotted | None = None
    tracking_number: Dotted | None = None


class ApplicationFields(Strict):
    """Where the fields of actions.portal.application.Application lie."""

    number: Dotted | None = None
    state: list[Dotted]
    item_name: Dotted
    item_id: Dotted | None = None
    state_text: Dotted | None = None
    outcome_text: Dotted | None = None
    department: Dotted | None = None
    phone: Dotted | None = None
    submitted_at: Dotted | None = None
    accepted_at: Dotted | None = None
    decided_at: Dotted | None = None
    legal: SpanFields | None = None
    promised: SpanFields | None = None
    expected_on: Dotted | None = None
    missing: MissingFields | None = None
    correct_until: Dotted | None = None
    special_name: Dotted | None = None
    special_from: Dotted | None = None
    reason: Dotted | None = None
    remedies: Dotted | None = None
    delivery: DeliveryFields | None = None
    events: EventFields | None = None
    watch_token: Dotted | None = None

    @validator("state", pre=True)
    def _one_or_more(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value


class SummaryFields(Strict):
    """Where the fields of a list's entries lie."""

    number: Dotted
    state: list[Dotted]
    item_name: Dotted
    state_text: Dotted | None = None
    submitted_at: Dotted | None = None

    _state = validator("state", pre=True, allow_reuse=True)(lambda value: [value] if isinstance(value, str) else value)


class CodeFields(Strict):
    request_id: Dotted | None = None
    expires_in: int | Dotted = 300
    resend_after: int | Dotted = 60
