"""Redis, in which the gateways count a citizen's messages together."""

from __future__ import annotations

from redis import Redis
from redis.exceptions import RedisError

from bot.doctor.finding import Sick
from foundation.errors import ConfigError
from foundation.settings import Settings

SECONDS = 2


def counting(settings: Settings) -> str:
    if settings.redis_url is None:
        return "none is named: each gateway counts a citizen's messages by itself"
    address = settings.redis_url.rpartition("@")[2].removeprefix("redis://")
    try:
        Redis.from_url(settings.redis_url, socket_timeout=SECONDS).ping()
    except ValueError as error:
        raise ConfigError("ZHENGWU_REDIS_URL: write it as redis://127.0.0.1:6379/0") from error
    except RedisError as error:
        seen = f"{address} does not answer ({type(error).__name__}): each gateway counts by itself"
        raise Sick(seen, "start it, or correct ZHENGWU_REDIS_URL") from error
    return f"{address} answers"
