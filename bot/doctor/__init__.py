"""What may be wrong with an installation, each with its cure. Checks change nothing.

A check is a function of a module here (`finding.Check`) and a line of `CHECKS`.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.doctor import (
    broker,
    calendar,
    callbacks,
    clock,
    database,
    disk,
    examining,
    fitness,
    installation,
    limits,
    models,
    platforms,
    portal,
    ports,
    proxy,
    restoring,
    settings,
)
from bot.doctor.finding import Check, Finding

__all__ = ["CHECKS", "Finding", "examine"]

CHECKS: dict[str, Check] = {
    "python": installation.python,
    "packages": installation.packages,
    ".env": settings.settings_file,
    "key": installation.key,
    "database": database.answers,
    "schema": database.schema,
    "content": database.published,
    "audit log": database.sealed,
    "restore": restoring.restorable,
    "redis": limits.counting,
    "broker": broker.sending,
    "encoder": models.encoder,
    "models": models.trained,
    "ports": ports.ports,
    "proxy": proxy.proxy,
    "portal": portal.portal,
    "wechat": platforms.wechat,
    "miniprogram": platforms.miniprogram,
    "wecom": platforms.wecom,
    "callback": callbacks.callback,
    "clock": clock.clock,
    "disk": disk.disk,
    "calendar": calendar.calendar,
    "production": fitness.fit_for_production,
}
NEEDS = {"schema": "database", "content": "schema", "audit log": "schema", "restore": "database"}
"""Checks that tell nothing new while another one fails."""


def examine() -> Iterator[Finding]:
    """What is wrong with the settings, then the findings of every check in their order."""
    read, wrong = settings.read()
    yield from wrong
    yield from examining.run(CHECKS, NEEDS, read)
