"""Can the services listen where they are told to?"""

from __future__ import annotations

import errno
import os

from bot.doctor.finding import Sick
from bot.services import SERVICES, health, port_problem
from foundation.settings import Settings


def ports(settings: Settings) -> str:
    said = []
    for service, how in SERVICES.items():
        if how.port is None or not how.count(settings):
            continue
        port, name = getattr(settings, how.port), f"ZHENGWU_{how.port.upper()}"
        problem = port_problem(settings.host, port)
        if problem == errno.EADDRINUSE and health(settings, how.port) is not None:
            said.append(f"{port} {service} (running)")
        elif problem:
            cure = f"`ss -ltnp` tells who has it; stop that or set {name}"
            raise Sick(f"{settings.host}:{port} ({name}): {os.strerror(problem)}", cure)
        else:
            said.append(f"{port} {service} (free)")
    return ", ".join(said)
