"""Connections that never come to the point are closed. Sanic's own clock begins anew with every byte that comes in, and
after it has run out the rest of the body is still waited for.

Whoever opens many and sends a byte now and then would otherwise hold them for ever.
"""

from __future__ import annotations

from sanic.http import Stage
from sanic.server.protocols.websocket_protocol import WebSocketProtocol

GRACE = 2.0
"""Seconds in which a client may read that it was too slow."""


class Impatient(WebSocketProtocol):
    """Sanic's protocol, in which a request's clock runs from its first byte: REQUEST_TIMEOUT for its head, and
    RESPONSE_TIMEOUT until the answer, however slowly its body comes in."""

    def data_received(self, data: bytes) -> None:
        http = getattr(self, "_http", None)  # not there before the connection's task has begun
        begun = self.websocket is None and http is not None and http.stage is not Stage.IDLE
        since: float = self._time if begun else 0.0  # type: ignore[has-type]
        super().data_received(data)
        if begun:
            self._time = since

    def check_timeouts(self) -> None:
        super().check_timeouts()
        if getattr(self._http, "exception", None) is not None:  # the clock has run out
            self.loop.call_later(GRACE, self._cut)

    def _cut(self) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.abort()
