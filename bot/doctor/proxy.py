"""Is the way out a proxy? The services go by none: they ask other systems directly, and nothing that they say passes
through a machine that nobody named for it."""

from __future__ import annotations

import http.client
import os
import socket
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

from bot.doctor.finding import Doubtful, Sick
from bot.doctor.outside import SECONDS, Server, servers
from foundation.settings import Settings

CURE = (
    "have the firewall let this machine connect to {0.host}:{0.port}, or a web server at the edge pass it on and name "
    "that in {0.setting}: docs/operations.md, A way out through the edge"
)


def proxy(settings: Settings) -> str:
    named = {scheme: address for scheme, address in getproxies().items() if scheme in ("http", "https", "all")}
    if not named:
        return "none is named; the services ask other systems directly"
    address = named.get("https") or named.get("all") or named["http"]
    way = urlsplit(address if "://" in address else f"//{address}")
    shown = f"{way.hostname}:{way.port or 80}"
    for server in servers(settings):
        if not _reached(server):
            seen = f"{server.host}:{server.port} is not reached from here; the proxy {shown} {_through(way, server)}"
            raise Sick(f"{seen}, but the services go by no proxy", CURE.format(server))
    if not proxy_bypass("127.0.0.1"):
        raise Doubtful(
            f"{shown} is named; the services do not use it, but curl and others ask it even for this machine",
            f"NO_PROXY=127.0.0.1,localhost{',' + old if (old := os.environ.get('NO_PROXY')) else ''}",
        )
    return f"{shown} is named; the services do not use it and reach what they need without"


def _reached(server: Server) -> bool:
    try:
        socket.create_connection((server.host, server.port), SECONDS).close()
    except OSError:
        return False
    return True


def _through(way: SplitResult, server: Server) -> str:
    """What the proxy says when it is asked for a tunnel there."""
    try:
        connection = http.client.HTTPConnection(way.hostname or "", way.port or 80, timeout=SECONDS)
        try:
            connection.request("CONNECT", f"{server.host}:{server.port}")
            status = connection.getresponse().status
        finally:
            connection.close()
    except (OSError, http.client.HTTPException):
        return "does not answer either"
    return "would let it through" if status == 200 else f"refuses it (HTTP {status})"
