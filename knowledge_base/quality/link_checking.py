"""Trying whether addresses open, without letting an address lead into the office's own network.

An address is content that somebody typed or imported, so a name is followed only to public addresses, at every
redirect anew, and what the connection really reached is looked at before anything is sent (a name may resolve to
another address the second time).
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Collection, Sequence
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from foundation.executor import Executor

AT_ONCE = 8
WAIT = (5.0, 10.0)
"""Seconds for the connection, and for the answer's beginning."""
DEADLINE = 30.0
"""Seconds for one address with all its redirects."""
REDIRECTS = 5
GONE = (404, 410)
"""Other refusals come from sites that want no programs to look; people may see the page."""
AGENT = "Mozilla/5.0 (compatible; Zhengwu link check)"
TUNNELS = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")))
"""IPv6 that carries an IPv4 address, which may be anyone's."""
Progress = Callable[[int], object]


class NotPublic(OSError):
    """A name leads to an address that is not of the public internet."""


async def check(urls: Sequence[str], allowed: Collection[str] = (), progress: Progress = id) -> dict[str, str | None]:
    """Try addresses, a few at a time.

    Args:
        allowed: host names that may lie in the office's own network.
        progress: called with the number of addresses done.

    Returns:
        Address → None where it opens, or one of `outcomes` in findings.yml: gone, no_host, inside (not of the public
        internet), silent (no answer in time, connection refused), unsafe (its certificate is not in order).
    """
    executor, places = Executor("links", AT_ONCE), asyncio.Semaphore(AT_ONCE)
    found: dict[str, str | None] = {}

    async def one(url: str) -> None:
        async with places:
            try:
                found[url] = await asyncio.wait_for(executor.run(lambda: attempt(url, allowed)), DEADLINE)
            except asyncio.TimeoutError:
                found[url] = "silent"
            progress(len(found))

    try:
        await asyncio.gather(*map(one, dict.fromkeys(urls)))
    finally:
        executor.close()
    return found


def attempt(url: str, allowed: Collection[str] = ()) -> str | None:
    """Try one address; as `check`."""
    with requests.Session() as session:
        session.trust_env = False  # a proxy would reach what we may not
        session.headers["User-Agent"] = AGENT
        for _ in range(REDIRECTS + 1):
            try:
                host = (urlsplit(url).hostname or "").rstrip(".").lower()
                if urlsplit(url).scheme not in ("http", "https") or not host:
                    return "gone"
                adapter = HTTPAdapter() if host in allowed else _Outside()
                session.mount("http://", adapter)
                session.mount("https://", adapter)
                with session.get(url, stream=True, allow_redirects=False, timeout=WAIT) as answer:
                    if not answer.is_redirect:
                        return "gone" if answer.status_code in GONE else None
                    url = urljoin(url, answer.headers["location"])
            except requests.exceptions.SSLError:
                return "unsafe"
            except (requests.RequestException, ValueError) as error:
                return _reason(error)
    return "silent"


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    ip = getattr(ip, "ipv4_mapped", None) or ip
    tunnelled = any(ip in network for network in TUNNELS if network.version == ip.version)
    return ip.is_global and not ip.is_multicast and not tunnelled


def _reason(error: BaseException) -> str:
    """What was behind an error of requests."""
    seen: set[int] = set()
    todo: list[BaseException] = [error]
    while todo:
        one = todo.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, NotPublic):
            return "inside"
        if isinstance(one, socket.gaierror) or type(one).__name__ == "NameResolutionError":
            return "no_host"
        behind = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
        todo += [part for part in behind if isinstance(part, BaseException)]
    return "silent"


def _require_public(connection: Any) -> Any:
    """The connection's socket, made only where all that its name stands for is public."""
    for *_, place in socket.getaddrinfo(connection._dns_host, connection.port, type=socket.SOCK_STREAM):
        if not is_public(str(place[0])):
            raise NotPublic(connection.host)


def _checked(sock: socket.socket) -> socket.socket:
    if is_public(str(sock.getpeername()[0])):
        return sock
    sock.close()
    raise NotPublic("the name led elsewhere the second time")


class _PlainConnection(HTTPConnection):
    def _new_conn(self) -> Any:
        _require_public(self)
        return _checked(super()._new_conn())


class _SafeConnection(HTTPSConnection):
    def _new_conn(self) -> Any:
        _require_public(self)
        return _checked(super()._new_conn())


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _SafePool(HTTPSConnectionPool):
    ConnectionCls = _SafeConnection


class _Outside(HTTPAdapter):
    """Speaks to public addresses alone."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SafePool}
