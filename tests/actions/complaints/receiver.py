"""The outside system: a real HTTP server that checks signatures, counts what is new by its key, and can misbehave."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

SECRET = "a secret of sixteen or more"


class Receiver:
    def __init__(self) -> None:
        self.taken: dict[str, dict[str, Any]] = {}
        """Idempotency key → message, in the order in which they came."""
        self.posts = 0
        self.answers: list[int | str] = []
        """What the next requests get: a status; `slow`, an answer too late; `lost`, taken and not answered."""
        self.bodies: list[bytes] = []
        self.address = ""

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.posts += 1
        body = await request.read()
        self.bodies.append(body)
        timestamp, signed = request.headers["X-Zhengwu-Timestamp"], request.headers["X-Zhengwu-Signature"]
        expected = hmac.new(SECRET.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
        if signed != f"v1={expected}" or abs(time.time() - int(timestamp)) > 300:
            return web.json_response({"error": "signature"}, status=401)
        answer = self.answers.pop(0) if self.answers else 200
        if answer == "slow":
            await asyncio.sleep(30)
        if isinstance(answer, int) and answer >= 300:
            return web.json_response({}, status=answer, headers={"Location": "/elsewhere"} if answer < 400 else {})
        self.taken.setdefault(request.headers["Idempotency-Key"], json.loads(body))
        if answer == "lost":
            assert request.transport is not None
            request.transport.close()
        return web.json_response({"ok": True})

    def numbers(self) -> list[str]:
        return [one["case"]["number"] for one in self.taken.values()]


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver, app = Receiver(), web.Application()
    app.router.add_post("/cases", receiver.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.address = f"http://127.0.0.1:{runner.addresses[0][1]}/cases"
    try:
        yield receiver
    finally:
        await runner.cleanup()
