"""A call of one operation: built, signed, sent, judged; repeated where that is harmless and there is time for it."""

from __future__ import annotations

import logging
import random
import secrets
import time
from collections.abc import Mapping as Mapped
from typing import Any

from actions.portal.breaker import Breaker
from actions.portal.errors import NotOffered, Unavailable
from actions.portal.mapping import Call, Mapping
from actions.portal.places import at
from actions.portal.portal import Operation
from actions.portal.reply import ClockSkew, content
from actions.portal.request import Credentials, build
from actions.portal.transport import Transport
from foundation.clock import Clock

log = logging.getLogger(__name__)

ATTEMPTS = 3
PAUSES = (0.05, 0.2), (0.2, 0.5)
"""Seconds before the second and third attempt: a random span between, so that callers do not come back together."""
WORTH_WHILE = 0.3
"""Seconds that must be left for another attempt."""


class Caller:
    """Blocking; may be used by several threads."""

    def __init__(
        self, mapping: Mapping, transport: Transport, credentials: Credentials, clock: Clock, breaker: Breaker
    ) -> None:
        self.mapping = mapping
        self._transport, self._credentials, self._clock, self._breaker = transport, credentials, clock, breaker
        self._skew_told = False

    def call(self, operation: Operation, values: Mapped[str, str], until: float) -> Any:
        """The part of the answer in which the operation's result lies.

        Args:
            values: what the operation sends; never in an error's text.
            until: the deadline, an instant of `time.monotonic`.

        Raises:
            PortalError: of any kind.
        """
        call = self.mapping.operations.get(operation)
        if call is None:
            raise NotOffered(f"the portal's mapping {self.mapping.name} has no operation {operation}")
        era = self._breaker.enter()
        answered = True
        try:
            found = self._until_answered(call, values, until)
        except Unavailable:
            answered = False
            raise
        finally:
            self._breaker.leave(era, answered=answered)
        return at(found, call.root)

    def _until_answered(self, call: Call, values: Mapped[str, str], until: float) -> Any:
        for pause in PAUSES if call.repeatable else ():
            try:
                return self._once(call, values, until)
            except Unavailable as error:
                wait = max(random.uniform(*pause), error.retry_after or 0)
                if time.monotonic() + wait + WORTH_WHILE > until:
                    raise
            time.sleep(wait)
        return self._once(call, values, until)

    def _once(self, call: Call, values: Mapped[str, str], until: float) -> Any:
        request = build(
            self.mapping, call, values, self._credentials, self._clock.now(), secrets.token_urlsafe(16),
            prefix=self._transport.prefix,
        )  # fmt: skip
        reply = self._transport.send(request, until, fresh=not call.repeatable)
        try:
            found = content(self.mapping, call, reply, values.values())
        except ClockSkew as error:
            self._tell_skew(error)
            raise
        self._skew_told = False
        return found

    def _tell_skew(self, error: ClockSkew) -> None:
        """Once, by how much the clocks differ; not again before the portal has taken our time."""
        if self._skew_told:
            return
        self._skew_told = True
        if error.theirs is None:
            log.error("the portal refuses our clock and does not say what time it is there")
            return
        behind = round((error.theirs - self._clock.now()).total_seconds())
        log.error("the portal refuses our clock; see that both keep time", extra={"ours_is_behind_by_seconds": behind})
