"""One-time codes, as a portal sends them to the phone on file; these are only listed, at /sandbox/codes.

A number that does not exist gets a request like any other, and the same limits, but no code that could be right.
"""

from __future__ import annotations

import hmac
import secrets
from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from foundation.clock import Clock

LIFE = timedelta(minutes=5)
TRIES = 5
PAUSE = timedelta(seconds=60)
HOUR = timedelta(hours=1)
PER_HOUR = 5
KEPT = 200
"""Codes that can be looked at."""


class TooMany(Exception):
    """Not now; `retry_after` in seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__()
        self.retry_after = max(1, round(retry_after))


class Spent(Exception):
    """The request is too old, used, tried too often, or was never made: a new one is needed."""


@dataclass
class Request:
    number: str
    code: str | None = field(repr=False)
    expires: datetime
    tries: int = 0


@dataclass(frozen=True)
class Sent:
    number: str
    phone: str
    code: str = field(repr=False)
    at: datetime


class Rate:
    """At most `most` times an hour for each key, and not before `pause` is over."""

    def __init__(self, clock: Clock, most: int, pause: timedelta = timedelta(0)) -> None:
        self._clock, self._most, self._pause = clock, most, pause
        self._times: defaultdict[str, deque[datetime]] = defaultdict(deque)

    def check(self, key: str) -> None:
        """Raises TooMany."""
        now = self._clock.now()
        for old in [one for one, times in self._times.items() if not times or times[-1] <= now - HOUR]:
            del self._times[old]
        times = self._times.get(key, deque())
        while times and times[0] <= now - HOUR:
            times.popleft()
        if times and now < times[-1] + self._pause:
            raise TooMany((times[-1] + self._pause - now).total_seconds())
        if len(times) >= self._most:
            raise TooMany((times[0] + HOUR - now).total_seconds())

    def count(self, key: str) -> None:
        self._times[key].append(self._clock.now())


class Codes:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._requests: dict[str, Request] = {}
        self._rate = Rate(clock, PER_HOUR, PAUSE)
        self.sent: deque[Sent] = deque(maxlen=KEPT)
        """Oldest first."""

    def send(self, number: str, phone: str | None) -> str:
        """Send a code and return the request's id.

        Args:
            phone: None where the number does not exist.

        Raises:
            TooMany: within 60 seconds of the last one, or for the sixth time in an hour.
        """
        self._rate.check(number)
        self._rate.count(number)
        now = self._clock.now()
        self._requests = {key: one for key, one in self._requests.items() if one.expires > now - HOUR}
        code = f"{secrets.randbelow(10**6):06}"
        if phone:
            self.sent.append(Sent(number, phone, code, now))
        request_id = secrets.token_urlsafe(12)
        self._requests[request_id] = Request(number, code if phone else None, now + LIFE)
        return request_id

    def right(self, request_id: str, number: str, value: str) -> bool:
        """Whether this is the code that was sent for this number; a right one is used up.

        Raises:
            Spent: whether the number exists or not.
        """
        request = self._requests.get(request_id)
        if request is None or request.tries >= TRIES or request.expires <= self._clock.now():
            raise Spent
        request.tries += 1
        same = hmac.compare_digest(value.encode(), (request.code or "-" * 6).encode())
        if not same or request.code is None or request.number != number:
            return False
        request.tries = TRIES
        return True
