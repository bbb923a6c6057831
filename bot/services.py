"""The services of an installation: one line each in `SERVICES`."""

from __future__ import annotations

import errno
import http.client
import json
import os
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass

from foundation.errors import ConfigError
from foundation.settings import Settings


def run_gateway(settings: Settings, name: str) -> None:
    import bot.erasing  # noqa: F401  # a citizen who unsubscribes is erased everywhere
    from channels.server import serve

    serve(settings)


def prepare_gateway() -> None:
    import bot.erasing  # noqa: F401
    import channels.server  # noqa: F401


def run_worker(settings: Settings, name: str) -> None:
    from bot.worker_process import run

    run(settings, name)


def prepare_worker() -> None:
    import bot.components.understanding
    import bot.worker_process  # noqa: F401
    from bot.in_process_actions import modules
    from knowledge_base import library

    modules("actions")
    library.prepare()


def run_portal_sandbox(settings: Settings, name: str) -> None:
    from actions.portal.sandbox import serve

    serve(settings)


def run_console(settings: Settings, name: str) -> None:
    """Become the console's process: it stands above this floor, which does not import it."""
    os.execv(sys.executable, [sys.executable, "-m", "console"])


def run_wechat_simulator(settings: Settings, name: str) -> None:
    from channels.wechat.simulator import serve

    serve(settings)


@dataclass(frozen=True)
class Service:
    """How to run a service: `run(settings, name)` returns when it was told to stop."""

    run: Callable[[Settings, str], None]
    port: str | None = None
    """The setting that holds the port it listens on."""
    count: Callable[[Settings], int] = lambda settings: 1
    """How many processes of it `zhengwu serve` starts; none of what is started with --only alone."""
    prepare: Callable[[], None] | None = None
    """Imports what its processes need, without a thread or a connection: they are then forked. None: they are not."""


SERVICES = {
    "gateway": Service(run_gateway, port="bot_port", prepare=prepare_gateway),
    "worker": Service(run_worker, count=lambda settings: settings.workers, prepare=prepare_worker),
    "console": Service(run_console, port="console_port"),
    "portal-sandbox": Service(
        run_portal_sandbox,
        port="portal_port",
        count=lambda settings: int(settings.portal_is_sandbox and not settings.production),
    ),
    "wechat-simulator": Service(run_wechat_simulator, port="simulator_port", count=lambda settings: 0),
}


def processes(settings: Settings) -> dict[str, str]:
    """Name of each process → its service: gateway, worker-1, worker-2 … portal-sandbox."""
    found = {}
    for service, how in SERVICES.items():
        count = how.count(settings)
        names = [service] if count == 1 and how.port else [f"{service}-{number + 1}" for number in range(count)]
        found.update(dict.fromkeys(names, service))
    return found


def require_port(service: str, settings: Settings) -> None:
    """Raise ConfigError when the service's port cannot be had."""
    setting = SERVICES[service].port
    if setting is None:
        return
    port, name = getattr(settings, setting), f"ZHENGWU_{setting.upper()}"
    problem = port_problem(settings.host, port)
    if problem == errno.EADDRINUSE:
        raise ConfigError(
            f"port {port} ({name}) is in use, perhaps by another `make run`: stop that (`ss -ltnp` tells who it is) "
            f"or set {name} to a free port"
        )
    if problem == errno.EACCES:
        raise ConfigError(f"port {port} ({name}) is reserved for the administrator: set {name} to one above 1023")
    if problem:
        raise ConfigError(f"this machine has no address {settings.host}: correct ZHENGWU_HOST (127.0.0.1 is itself)")


def port_problem(host: str, port: int) -> int | None:
    """Why nobody could listen there now (an errno); None when somebody could."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror:
        return errno.EADDRNOTAVAIL
    with socket.socket(family, kind, protocol) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(address)
        except OSError as error:
            return error.errno
    return None


def health(settings: Settings, port: str = "bot_port") -> tuple[bool, str] | None:
    """What our gateway, or another service of ours, says of itself: ready or not, and why not.

    None where nothing of ours answers at that port, which is the setting's name.
    """
    here = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(settings.host, settings.host)
    connection = http.client.HTTPConnection(here, getattr(settings, port), timeout=2)
    try:
        connection.request("GET", "/health")
        said = json.loads(connection.getresponse().read())
        return said["status"] == "ok", str(said.get("reason") or "")
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return None
    finally:
        connection.close()
