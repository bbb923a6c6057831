"""How fast one sender may send to all gateways together: counted in Redis, where there is one.

It is never the only copy of anything: while it does not answer, each gateway counts by itself, as it does without one.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import redis.asyncio
from redis.exceptions import RedisError

from channels.limits import TokenBuckets
from foundation.errors import ConfigError

log = logging.getLogger(__name__)

PATIENCE = 0.1
"""Seconds that a message may wait for Redis."""
REST = 2.0
"""Seconds for which Redis is left alone after it has failed."""

# A bucket as one number, the moment at which it is full again (the "theoretical arrival time" of ITU-T I.371's generic
# cell rate algorithm): by Redis' own clock, so that those of the gateways need not agree.
# A bucket takes size * every to fill: one that would take longer was counted while that clock was ahead.
TAKE = """
local at = redis.call('TIME')
local now = at[1] + at[2] / 1000000
local every, size = tonumber(ARGV[1]), tonumber(ARGV[2])
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
if full > now + size * every + 1 then full = now end
local wait = full - now - (size - 1) * every
if wait > 0 then return tostring(wait) end
redis.call('SET', KEYS[1], string.format('%.6f', full + every), 'PX', math.ceil((full + every - now) * 1000))
return '0'
"""
GIVE_BACK = """
local full = tonumber(redis.call('GET', KEYS[1]) or '0')
if full > 0 then redis.call('SET', KEYS[1], string.format('%.6f', full - tonumber(ARGV[1])), 'KEEPTTL') end
return '0'
"""


class RateLimit(Protocol):
    async def take(self, sender: str) -> float:
        """Count one message of a sender; return 0, or the seconds to wait when it is too many."""

    async def give_back(self, sender: str) -> None:
        """The message that was counted last is no new one."""

    async def close(self) -> None:
        """Let go of connections."""


class OwnLimit:
    """What this gateway has counted by itself: with several, a sender gets at most so many times the limit."""

    def __init__(self, per_minute: int) -> None:
        self._buckets = TokenBuckets(per_minute)

    async def take(self, sender: str) -> float:
        return self._buckets.take(sender)

    async def give_back(self, sender: str) -> None:
        self._buckets.give_back(sender)

    async def close(self) -> None:
        pass


class SharedLimit:
    """At most `per_minute` messages a minute for each sender, in bursts of as many, over all gateways."""

    def __init__(self, url: str, per_minute: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Raises ConfigError: the address is none of a Redis server."""
        self._size, self._every = per_minute, 60 / per_minute if per_minute else 0.0
        self._own, self._now = OwnLimit(per_minute), monotonic
        try:
            self._redis = redis.asyncio.Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
        except ValueError as error:  # the address itself may hold a password
            raise ConfigError("ZHENGWU_REDIS_URL: write it as redis://127.0.0.1:6379/0") from error
        self._scripts = {text: self._redis.register_script(text) for text in (TAKE, GIVE_BACK)}
        self._until = 0.0
        """Until then Redis is not asked."""

    async def take(self, sender: str) -> float:
        if not self._size:
            return 0.0
        wait = await self._ask(TAKE, sender, self._every, self._size)
        return await self._own.take(sender) if wait is None else float(wait)

    async def give_back(self, sender: str) -> None:
        if self._size and await self._ask(GIVE_BACK, sender, self._every) is None:
            await self._own.give_back(sender)

    async def close(self) -> None:
        await self._redis.close()

    async def _ask(self, script: str, sender: str, *numbers: float) -> Any:
        """What Redis says; None: it does not answer."""
        if self._now() < self._until:
            return None
        try:
            said: Awaitable[Any] = self._scripts[script](keys=[key_of(sender)], args=list(numbers))
            answer = await asyncio.wait_for(said, 2 * PATIENCE)
        except (RedisError, OSError, asyncio.TimeoutError) as error:
            self._until = self._now() + REST
            log.warning("Redis does not answer (%s); the limit of messages is counted here", type(error).__name__)
            return None
        return answer


def key_of(sender: str) -> str:
    """Under which a sender is counted: it does not tell who that is."""
    return f"zhengwu:limit:{hashlib.sha256(sender.encode()).hexdigest()[:32]}"


def limit_of(redis_url: str | None, per_minute: int) -> RateLimit:
    """Over all gateways where there is a Redis, this gateway's own otherwise."""
    return SharedLimit(redis_url, per_minute) if redis_url else OwnLimit(per_minute)
