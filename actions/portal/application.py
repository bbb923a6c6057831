"""An application (办件) as a portal tells of it, whatever that portal calls things.

The states and their order are those of 行政许可法 arts. 32, 38, 42–45. Services that are no licence (确认, 给付,
公共服务) go the same way and have their own words for the outcome (`outcome_text`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import Enum
from typing import Literal


class State(str, Enum):
    SUBMITTED = "submitted"
    """已提交: not yet looked at."""
    CORRECTION = "correction"
    """补正告知: something is missing, before acceptance (art. 32)."""
    ACCEPTED = "accepted"
    """已受理: the promised time counts from the next day."""
    NOT_ACCEPTED = "not_accepted"
    """不予受理."""
    REVIEW = "review"
    """审查中."""
    SPECIAL = "special_procedure"
    """特别程序: hearing, inspection, appraisal; the clock stands still (art. 45)."""
    GRANTED = "granted"
    """准予: decided in the applicant's favour."""
    REFUSED = "refused"
    """不予: with reason and remedies."""
    PRODUCING = "producing"
    """制证."""
    READY = "ready"
    """The document lies at the window."""
    POSTED = "posted"
    """The document is on its way."""
    DELIVERED = "delivered"
    """送达."""
    WITHDRAWN = "withdrawn"
    """撤回, by the applicant."""
    RETURNED = "returned"
    """退件, by the office, without a decision."""
    UNKNOWN = "unknown"
    """The portal has a state that the mapping does not know; its own word is in `state_text`."""

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self in OVER


OVER = frozenset({State.NOT_ACCEPTED, State.REFUSED, State.DELIVERED, State.WITHDRAWN, State.RETURNED})

Unit = Literal["working_days", "natural_days"]


@dataclass(frozen=True)
class Span:
    """A duration, with its unit: 15 working days."""

    days: int
    unit: Unit


@dataclass(frozen=True)
class Event:
    """Something that happened, in the portal's words for citizens."""

    at: datetime
    text: str


@dataclass(frozen=True)
class Missing:
    """A document asked for in a 补正告知."""

    name: str
    note: str | None = None


@dataclass(frozen=True)
class Delivery:
    """How the document comes: `way` is window or post."""

    way: Literal["window", "post"]
    place: str | None = None
    carrier: str | None = None
    tracking_number: str | None = None


@dataclass(frozen=True)
class Application:
    """What the portal tells about one application. Instants are aware; what it does not tell is None or empty."""

    number: str = field(repr=False)
    state: State
    item_name: str
    item_id: str | None = None
    """The service item's id or code, as the portal has it."""
    state_text: str | None = None
    """The portal's own word for the state."""
    outcome_text: str | None = None
    """What was decided, in its own words: 符合条件, 认定为工伤 …"""
    department: str | None = None
    phone: str | None = None
    """The handling office's; never a citizen's."""
    submitted_at: datetime | None = None
    accepted_at: datetime | None = None
    decided_at: datetime | None = None
    legal: Span | None = None
    promised: Span | None = None
    expected_on: date | None = None
    """The day by which the portal itself expects the decision."""
    missing: tuple[Missing, ...] = ()
    correct_until: date | None = None
    special_name: str | None = None
    """听证, 检验 …"""
    special_from: date | None = None
    reason: str | None = None
    remedies: str | None = None
    delivery: Delivery | None = None
    events: tuple[Event, ...] = ()
    """Oldest first."""
    watch_token: str | None = field(default=None, repr=False)
    """With it this one application can be asked for again; a secret."""

    @property
    def masked_number(self) -> str:
        return mask_number(self.number)

    def without_secrets(self) -> Application:
        return replace(self, watch_token=None)


@dataclass(frozen=True)
class Summary:
    """One of a signed-in person's applications."""

    number: str = field(repr=False)
    state: State
    item_name: str
    state_text: str | None = None
    submitted_at: datetime | None = None


@dataclass(frozen=True)
class CodeRequest:
    """A one-time code was sent, if the number is known; that it was not is never told."""

    request_id: str
    expires_in: int
    """Seconds."""
    resend_after: int = 60


_PLAUSIBLE = re.compile(r"(?=.*[0-9A-Za-z㐀-鿿])[0-9A-Za-z㐀-鿿〇_.()（）\[\]【】〔〕-]{1,64}")


def plausible_number(number: str) -> bool:
    """Whether this may be a 办件编号 at all. What is not never reaches a portal.

    At most 64 letters, digits, Chinese characters, dashes, dots and brackets: nothing that means anything in an
    address, a header or a query.
    """
    return _PLAUSIBLE.fullmatch(number) is not None


def mask_number(number: str) -> str:
    """A number as it may be shown: the first and last four characters, of a short one less."""
    shown = min(4, len(number) // 4)
    return f"{number[:shown]}{'*' * max(4, len(number) - 2 * shown)}{number[len(number) - shown :]}"
