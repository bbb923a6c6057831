"""What an answer means: its content, or one of our errors."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Collection
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any

from actions.portal.errors import (
    AccessExpired,
    CodeExpired,
    Malformed,
    Misconfigured,
    NotMatched,
    PortalError,
    TooManyAttempts,
    Unavailable,
)
from actions.portal.mapping import Call, Mapping, Problem
from actions.portal.mapping_checks import Word
from actions.portal.places import at, word
from actions.portal.transport import Reply

LONGEST_WAIT = 86400.0
"""Seconds; a portal that says more says this."""
_CHARSET = re.compile(r"charset=[\"']?([\w.:-]{1,40})", re.I | re.ASCII)
_HARMLESS = re.compile(r"[\w.:-]{1,40}", re.ASCII)
_NOTHING = object()


class ClockSkew(Misconfigured):
    """The portal finds our clock wrong."""

    def __init__(self, theirs: datetime | None) -> None:
        super().__init__("the portal refuses our timestamp: this machine's clock is wrong, or the portal's")
        self.theirs = theirs
        """What time it is there."""


def content(mapping: Mapping, call: Call, reply: Reply, sent: Collection[str]) -> Any:
    """The JSON of an answer that is no error.

    Args:
        sent: what must not be repeated in an error's text: number, proof, token.

    Raises:
        PortalError: it is one.
    """
    found = _json(reply)
    good = 200 <= reply.status < 300
    success = mapping.success
    code = None if success is None else word(at(found, success.path))
    if good and success is not None and code in success.values:
        return found
    if problem := _problem(mapping, call, reply.status, found):
        raise _error(problem, _wait(mapping, call, reply, found), reply)
    if not good:
        raise _by_status(reply, _wait(mapping, call, reply, found))
    if found is _NOTHING:
        raise Malformed("the portal's answer is no JSON")
    if success is not None:
        raise Malformed(f"the mapping does not know the portal's code {_quoted(code, sent)} in {success.path}")
    return found


def _json(reply: Reply) -> Any:
    declared = _CHARSET.search(reply.headers.get("Content-Type", ""))
    try:
        charset = codecs.lookup(declared[1] if declared else "utf-8").name
        text = reply.body.decode("utf-8-sig" if charset == "utf-8" else charset)
        return json.loads(text, parse_constant=_refuse)
    except (LookupError, ValueError, TypeError, RecursionError):
        return _NOTHING


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _problem(mapping: Mapping, call: Call, status: int, found: Any) -> Problem | None:
    for errors in (call.errors, mapping.errors):
        if errors.body is not None:
            said = word(at(found, errors.body.path))
            if said is not None and (problem := errors.body.values.get(Word(said))):
                return problem
        if status in errors.status:
            return errors.status[status]
    return None


def _error(problem: Problem, wait: float | None, reply: Reply) -> PortalError:
    if problem == "not-matched":
        return NotMatched("the portal knows no such number with this proof")
    if problem == "too-many-attempts":
        return TooManyAttempts("the portal takes no more attempts for now", wait)
    if problem == "code-expired":
        return CodeExpired("the one-time code cannot be used any more")
    if problem == "access-expired":
        return AccessExpired("the portal does not take this token any more")
    if problem == "unavailable":
        return Unavailable("the portal says that it is not available", wait)
    if problem == "clock-skew":
        return ClockSkew(_date(reply))
    if problem == "signature":
        return Misconfigured(
            "the portal refuses our signature: check ZHENGWU_PORTAL_KEY_ID and ZHENGWU_PORTAL_SECRET, and the "
            "mapping's section signature"
        )
    return Misconfigured("the portal does not understand our request: it or the mapping is of another version")


def _by_status(reply: Reply, wait: float | None) -> PortalError:
    status = reply.status
    if status == 429:
        return TooManyAttempts("the portal takes no more calls for now (HTTP 429)", wait)
    if status >= 500 or status in (408, 425):
        return Unavailable(f"the portal failed (HTTP {status})", wait)
    if 300 <= status < 400:
        return Misconfigured(f"the portal redirects (HTTP {status}): ZHENGWU_PORTAL_URL must be its final address")
    if status in (401, 403):
        return Misconfigured(
            f"the portal refuses us (HTTP {status}): check key, secret, and who may call it from where"
        )
    return Misconfigured(
        f"the portal does not know the address or the request (HTTP {status}): check ZHENGWU_PORTAL_URL and the mapping"
    )


def _wait(mapping: Mapping, call: Call, reply: Reply, found: Any) -> float | None:
    """Seconds to wait, as the body or `Retry-After` says it (RFC 9110, 10.2.3)."""
    place = call.errors.retry_after or mapping.errors.retry_after
    said = (word(at(found, place)) if place else None) or reply.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,9}", said, re.ASCII):
        return min(LONGEST_WAIT, float(said))
    try:
        until = parsedate_to_datetime(said)
    except (TypeError, ValueError):
        return None
    now = _date(reply) or datetime.now(timezone.utc)
    return min(LONGEST_WAIT, max(0.0, (_aware(until) - now).total_seconds()))


def _date(reply: Reply) -> datetime | None:
    try:
        return _aware(parsedate_to_datetime(reply.headers.get("Date", "")))
    except (TypeError, ValueError):
        return None


def _aware(instant: datetime) -> datetime:
    return instant if instant.tzinfo else instant.replace(tzinfo=timezone.utc)


def _quoted(code: str | None, sent: Collection[str]) -> str:
    """A portal's code for an operator, unless a citizen's data might stand in it."""
    if code is None:
        return "(none)"
    held = any(value and (value in code or code in value) for value in sent)
    return code if _HARMLESS.fullmatch(code) and not held else "(not shown)"
