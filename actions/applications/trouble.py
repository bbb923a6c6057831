"""What is said when a look-up fails: a sentence for each thing that can be wrong, with a phone and a person."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil, isfinite

from actions.applications.sentences import in_words, sentence
from actions.portal.errors import (
    AccessExpired,
    Busy,
    CodeExpired,
    Malformed,
    Misconfigured,
    NotMatched,
    NotOffered,
    Paused,
    PortalError,
    TimedOut,
    TooManyAttempts,
)
from actions.portal.portal import Operation
from foundation.clock import CHINA
from knowledge_base.answering.answer import Answer
from knowledge_base.answering.occasion import Occasion

MINUTE, HOUR = 60, 3600


def trouble(error: PortalError, occasion: Occasion, *, during: Operation, codes: bool = True) -> Answer:
    """What went wrong, and what to do instead. Unknown numbers and wrong proofs read the same.

    Args:
        during: what the portal was asked.
        codes: whether a one-time code may be offered instead of the ID card's last four.
    """
    values = occasion.fill()
    if isinstance(error, TooManyAttempts):
        values["wait"] = wait(error.retry_after)
    name = named(error, during, codes)
    return Answer("fallback", sentence(name, **values))


def named(error: PortalError, during: Operation, codes: bool) -> str:
    """Which sentence it is."""
    sending = during == "send_code"
    match error:
        case NotMatched():
            plain = "with_last_four" if codes else "with_last_four_only"
            return f"trouble.{during if during in ('with_code', 'signed_in') else plain}"
        case TooManyAttempts():
            return "trouble.code_limited" if sending else "trouble.limited"
        case CodeExpired():
            return "trouble.code_expired"
        case AccessExpired():
            return "trouble.watch_expired" if during == "watched" else "trouble.sign_in_expired"
        case NotOffered() if during in ("send_code", "with_code"):
            return "code_not_offered"
        case Misconfigured():
            return "trouble.misconfigured"
        case Busy():
            return "trouble.busy"
        case Paused():
            return "trouble.unavailable"
        case _ if sending:
            return "trouble.code_unsent"  # the portal was asked, and nobody knows what it did
        case TimedOut():
            return "trouble.slow"
        case Malformed():
            return "trouble.malformed"
    return "trouble.unavailable"


def locked(until: datetime, occasion: Occasion) -> Answer:
    """What is said to a person who has tried too often for now.

    Args:
        until: aware; said to the minute, rounded up.
    """
    return Answer("fallback", sentence("locked", until=clock(until, occasion), **occasion.fill()))


def closed(until: datetime, occasion: Occasion, *, codes: bool, sign_in: str) -> Answer:
    """What is said while the last four open nothing for anybody.

    Args:
        until: aware; said to the minute, rounded up.
        codes: whether a one-time code may be offered.
        sign_in: how to sign in, in words; empty where nobody can.
    """
    lines = [
        sentence("closed.last_four", until=clock(until, occasion)),
        sentence("closed.code") if codes else "",
        sign_in,
        sentence("closed.otherwise", **occasion.fill()),
    ]
    return Answer("fallback", "\n".join(filter(None, lines)))


def clock(at: datetime, occasion: Occasion) -> str:
    """今天（11月26日）14:30; to the minute, rounded up."""
    local = (at + timedelta(seconds=59)).astimezone(CHINA)
    return sentence("day.clock", day=in_words(local.date(), occasion.day), time=f"{local:%H:%M}")


def wait(seconds: float | None) -> str:
    """5分钟, 2小时, or 一会儿 where it is not told."""
    if seconds is None or not isfinite(seconds) or seconds <= 0:
        return sentence("wait.a_while")
    if seconds <= HOUR:
        return sentence("wait.minutes", count=ceil(seconds / MINUTE))
    return sentence("wait.hours", count=ceil(seconds / HOUR))
