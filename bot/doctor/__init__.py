"""What may be wrong with an installation, each with its cure. Checks change nothing.

A check is a function of a module here (`finding.Check`) and a line of `CHECKS`.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.doctor import calendar, database, disk, examining, fitness, installation, limits, models, portal, ports
from bot.doctor.finding import Check, Finding
from foundation.errors import ConfigError
from foundation.settings import Settings

__all__ = ["CHECKS", "Finding", "examine", "unreadable"]

CHECKS: dict[str, Check] = {
    "python": installation.python,
    "packages": installation.packages,
    ".env": installation.settings_file,
    "key": installation.key,
    "database": database.answers,
    "schema": database.schema,
    "content": database.published,
    "redis": limits.counting,
    "encoder": models.encoder,
    "models": models.trained,
    "ports": ports.ports,
    "portal": portal.portal,
    "disk": disk.disk,
    "calendar": calendar.calendar,
    "production": fitness.fit_for_production,
}
NEEDS = {"schema": "database", "content": "schema"}
"""Checks that tell nothing new while another one fails."""


def examine(settings: Settings) -> Iterator[Finding]:
    """Run every check; the findings come in their order."""
    return examining.run(CHECKS, NEEDS, settings)


def unreadable(error: ConfigError) -> Finding:
    """The settings themselves are wrong; nothing else can be looked at."""
    return Finding("settings", False, str(error))
