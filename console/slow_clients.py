"""Connections that never come to the point are closed: uvicorn itself waits for ever for the rest of a request.

Whoever opens many and sends a byte now and then would otherwise hold them all.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

HEAD_WITHIN, BODY_WITHIN = 20.0, 120.0
"""Seconds for a request's head, from the moment the connection is free for it, and for its body after that."""
LOOKS = 5.0
"""Seconds between two looks at a connection."""

Owed = tuple[str, Any]


class Impatient(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """uvicorn's protocol, with a clock for what the client owes."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._owed: Owed = ("head", None)
        self._since = self.loop.time()
        self._looking: asyncio.TimerHandle = self.loop.call_later(LOOKS, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        self._looking.cancel()
        super().connection_lost(exc)

    def _look(self) -> None:
        transport = self.transport
        if transport is None or transport.is_closing() or transport.get_protocol() is not self:
            return  # closed, or a web socket by now
        owed, within = self._owes()
        if owed[0] != self._owed[0] or owed[1] is not self._owed[1]:
            self._owed, self._since = owed, self.loop.time()
        elif within is not None and self.loop.time() - self._since > within:
            transport.abort()
            return
        self._looking = self.loop.call_later(LOOKS, self._look)

    def _owes(self) -> tuple[Owed, float | None]:
        """What the client still owes, after which request or of which, and how long it may take; None: we owe."""
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            return ("head", cycle), HEAD_WITHIN
        return (("body", cycle), BODY_WITHIN) if cycle.more_body else (("nothing", cycle), None)
