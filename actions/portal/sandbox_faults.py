"""Faults on demand: the next calls of the sandbox come late, are refused, or are answered with nonsense."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from starlette.responses import HTMLResponse, Response, StreamingResponse

KINDS = (
    "slow", "hang", "drip", "cut", "500", "503", "malformed", "html", "wrong_signature", "clock_skew", "rate_limit",
    "token_expired", "none",
)  # fmt: skip
SECONDS: dict[str, float] = {"slow": 1, "hang": 30, "drip": 30, "clock_skew": 600, "rate_limit": 60, "503": 5}
"""Where the demand does not say how long."""


@dataclass(frozen=True)
class Fault:
    kind: str = "none"
    seconds: float = 0
    """By how much: to wait (slow, hang), to drip over, the clock's advance, what Retry-After says (503, rate_limit)."""
    times: int | None = None
    """Calls until it is over; None until it is taken back."""
    operation: str | None = None
    """Of the contract's operations; None is all of them."""

    async def wait(self) -> None:
        if self.kind in ("slow", "hang"):
            await asyncio.sleep(self.seconds)

    @property
    def clock_ahead(self) -> float:
        """Seconds by which the sandbox's clock is wrong."""
        return self.seconds if self.kind == "clock_skew" else 0

    def nonsense(self) -> Response | None:
        """What is answered instead of anything that was agreed; None where it is not this kind of fault."""
        if self.kind == "500":
            return Response("Internal Server Error", 500, media_type="text/plain")
        if self.kind == "malformed":
            return Response('{"number": "SLS2026-', media_type="application/json")
        if self.kind == "html":
            return HTMLResponse("<!DOCTYPE html><title>登录</title><p>请先登录办公网。</p>")
        return None

    def slowed(self, answer: Response) -> Response:
        """The answer, byte by byte if it is to drip; half of it if the connection is to be cut."""
        if self.kind not in ("drip", "cut"):
            return answer
        body = bytes(answer.body)
        if self.kind == "cut":  # the headers promise the whole: the server hangs up
            return StreamingResponse(iter([body[: len(body) // 2]]), answer.status_code, dict(answer.headers))
        pause = self.seconds / max(1, len(body))

        async def drops() -> AsyncIterator[bytes]:
            for place in range(len(body)):
                await asyncio.sleep(pause)
                yield body[place : place + 1]

        return StreamingResponse(drops(), answer.status_code, dict(answer.headers))


NONE = Fault()


class Faults:
    """Those in force: one for each operation, and one for all the others."""

    def __init__(self) -> None:
        self._waiting: dict[str | None, Fault] = {}

    def set(self, fault: Fault) -> None:
        """`none` takes back the operation's; without an operation, all of them."""
        if fault.kind != "none":
            self._waiting[fault.operation] = fault
        elif fault.operation is None:
            self._waiting.clear()
        else:
            self._waiting.pop(fault.operation, None)

    def all(self) -> list[Fault]:
        return list(self._waiting.values())

    def next(self, operation: str) -> Fault:
        """What is to happen to a call of this operation; counts it."""
        key = operation if operation in self._waiting else None
        fault = self._waiting.get(key, NONE)
        if fault.times is not None:
            if fault.times > 1:
                self._waiting[key] = replace(fault, times=fault.times - 1)
            else:
                del self._waiting[key]
        return fault
