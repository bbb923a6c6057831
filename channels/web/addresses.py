"""How much one address may do in the web chat: new conversations without end have one limit together.

Many citizens may share an address (a hall, a mobile network), so it is far above what one of them needs. Where the
address cannot be told, as behind a web server that does not pass it on, there is none. Counted in this process.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from math import ceil

from sanic.request import Request

from channels.limits import TokenBuckets
from channels.messages import sentence
from channels.refused import Refused
from foundation.settings import Settings

NEWCOMERS, MESSAGES = 2, 20
"""New conversations and messages a minute from one address, as multiples of what one citizen may send."""
OURS = ("127.0.0.1", "::1")
EVERYBODY = "*"
"""In place of the proxies' addresses, where nobody else can connect, as among containers; to the console likewise."""


class Addresses:
    def __init__(self, settings: Settings) -> None:
        self._proxies = networks(settings.console_proxies)
        self._all_proxies = settings.console_proxies == EVERYBODY
        self._newcomers = TokenBuckets(settings.rate_limit * NEWCOMERS)
        self._messages = TokenBuckets(settings.rate_limit * MESSAGES)

    def of(self, request: Request) -> str | None:
        """Where a request comes from; a proxy's word is taken where it is one of ours. None where nobody can tell."""
        address = request.ip
        if self._all_proxies or self._is_proxy(address):
            named = request.headers.getall("x-forwarded-for", [])
            address = ",".join(named).rpartition(",")[2].strip()
        return address if address and address not in OURS else None

    def _is_proxy(self, address: str) -> bool:
        try:
            here = ip_address(address)
        except ValueError:
            return False
        return any(here in network for network in self._proxies)

    def newcomer(self, address: str | None) -> None:
        """Count a new conversation. Raises Refused: too many."""
        _take(self._newcomers.take, address)

    def message(self, address: str | None) -> None:
        """Count a message. Raises Refused: too many."""
        _take(self._messages.take, address)


def networks(written: str) -> list[IPv4Network | IPv6Network]:
    """Addresses and networks (10.0.0.0/8) with commas between them; what is neither is nobody's."""
    found = []
    for one in written.split(","):
        with suppress(ValueError):
            found.append(ip_network(one.strip(), strict=False))
    return found


def _take(take: Callable[[str], float], address: str | None) -> None:
    wait = take(address) if address is not None else 0.0
    if wait:
        raise Refused(429, sentence("refused.too_fast", seconds=ceil(wait)), wait)
