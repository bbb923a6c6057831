"""What may be wrong with an installation, each with its cure. Checks change nothing."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from redis import Redis
from redis.exceptions import RedisError

from actions.portal.client import Client
from actions.portal.errors import NotOffered, Unavailable
from actions.portal.reply import ClockSkew
from bot import production, training
from bot.requirements import missing
from bot.services import SERVICES, health, port_problem
from foundation.calendar import WorkCalendar
from foundation.clock import SystemClock, local_today
from foundation.database import Database
from foundation.errors import ConfigError, ZhengwuError
from foundation.migrate import is_current
from foundation.settings import ROOT, Settings
from knowledge_base.search.encoders import open_encoder
from knowledge_base.store import releases

SPACE = 1024**3
"""Bytes that must be free for logs, vectors and a new model."""
REDIS_SECONDS = 2
SETUP = "run `make setup`"
ENCODERS = "docs/operations.md, The sentence encoder; `none` in ZHENGWU_ENCODER says that it is meant so"


class Finding(NamedTuple):
    """One check: what was looked at, whether it is as it should be, what was seen; the cure where `seen` lacks it."""

    subject: str
    good: bool
    seen: str
    cure: str = ""


class Sick(Exception):
    """A check failed: what was seen, and the cure."""

    def __init__(self, seen: str, cure: str) -> None:
        self.seen, self.cure = seen, cure
        super().__init__(seen)


def examine(settings: Settings) -> Iterator[Finding]:
    """Run every check, one after the other."""
    sick = set()
    for subject, check in CHECKS.items():
        first = NEEDS.get(subject)
        if first in sick:
            finding = Finding(subject, False, f"not looked at while {first} is wrong", f"mend {first} first")
        else:
            finding = look(subject, check, settings)
        if not finding.good:
            sick.add(subject)
        yield finding


def look(subject: str, check: Callable[[Settings], str], settings: Settings) -> Finding:
    try:
        return Finding(subject, True, check(settings))
    except Sick as sick:
        return Finding(subject, False, sick.seen, sick.cure)
    except ZhengwuError as error:  # its text names the cure
        return Finding(subject, False, " ".join(str(error).split()))
    except Exception as error:  # whatever it is, the other checks still tell something
        return Finding(subject, False, f"{type(error).__name__}: {error}", "a fault of the program: report this line")


def python(settings: Settings) -> str:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] != (3, 10):
        raise Sick(f"this is Python {version}; Rasa needs 3.10", SETUP)
    return f"{version}, {sys.executable}"


def packages(settings: Settings) -> str:
    absent = missing(ROOT / "requirements.lock")
    if absent:
        more = f" and {len(absent) - 3} more" if len(absent) > 3 else ""
        raise Sick(f"not as requirements.lock says: {', '.join(absent[:3])}{more}", SETUP)
    return "all as requirements.lock says"


def settings_file(settings: Settings) -> str:
    file = ROOT / ".env"
    if not file.exists():
        return "there is none; the environment and the defaults hold"
    if file.stat().st_mode & 0o077:
        raise Sick(f"{file} holds secrets and others may read it", f"chmod 600 {file}")
    if not os.access(file, os.R_OK):
        raise Sick(f"{file} cannot be read by this user", f"give it to the user that runs the services: chown … {file}")
    return str(file)


def key(settings: Settings) -> str:
    settings.key()
    return "64 hexadecimal digits"


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """The database, if it answers; a missing SQLite file is not made by looking for it."""
    file = settings.database_url.removeprefix("sqlite:///")
    if file != settings.database_url and not Path(file).exists():
        raise Sick(f"there is no database at {file} yet", f"{SETUP}, or `zhengwu db upgrade`")
    database = Database(settings.database_url)
    try:
        database.check()
        yield database
    finally:
        database.close()


def database_answers(settings: Settings) -> str:
    with opened(settings) as database:
        return str(database.engine.url.render_as_string(hide_password=True))


def database_schema(settings: Settings) -> str:
    with opened(settings) as database:
        if not is_current(database):
            raise Sick("the schema is not this program's", "run `zhengwu db upgrade`")
    return "present"


def published(settings: Settings) -> str:
    with opened(settings) as database, database.read() as tx:
        release = releases.current(tx)
        if not release:
            raise Sick(
                "nothing is published: every question is answered with 不知道", "`zhengwu kb import`, `kb publish`"
            )
        return f"release {release}"


def encoder(settings: Settings) -> str:
    opened = open_encoder(settings.encoder, settings.model_dir)
    if opened.lacks is not None:
        raise Sick(opened.lacks, ENCODERS)
    if (model := opened.encoder) is None:
        return "switched off: search goes by words alone, and more questions are refused"
    file = settings.var_dir / "vectors" / f"{model.name}.vectors"
    if not file.exists():
        raise Sick(f"{model.name} loads; no vectors in {file.parent}: the first start is slow", "run `zhengwu prepare`")
    return f"{model.name}, {file.stat().st_size >> 10} KB of vectors"


def models(settings: Settings) -> str:
    if not training.present(settings):
        raise Sick(f"there are no trained models in {settings.model_dir}", f"{SETUP}, or `zhengwu train`")
    if not training.is_current(settings):
        raise Sick("the training data has changed since the models were trained", "run `zhengwu train`, then restart")
    return str(settings.model_dir)


def ports(settings: Settings) -> str:
    said = []
    for service, how in SERVICES.items():
        if how.port is None or not how.count(settings):
            continue
        port, name = getattr(settings, how.port), f"ZHENGWU_{how.port.upper()}"
        problem = port_problem(settings.host, port)
        if problem == errno.EADDRINUSE and health(settings) is not None:
            said.append(f"{port} {service} (running)")
        elif problem:
            cure = f"`ss -ltnp` tells who has it; stop that or set {name}"
            raise Sick(f"{settings.host}:{port} ({name}): {os.strerror(problem)}", cure)
        else:
            said.append(f"{port} {service} (free)")
    return ", ".join(said)


def disk(settings: Settings) -> str:
    folders = dict.fromkeys(nearest(folder) for folder in (settings.var_dir, settings.model_dir))
    least = min(folders, key=lambda folder: shutil.disk_usage(folder).free)
    free = shutil.disk_usage(least).free
    if free < SPACE:
        raise Sick(f"{free >> 20} MB are free at {least}", f"make room: {SPACE >> 20} MB at least")
    if not all(os.access(folder, os.W_OK) for folder in folders):
        raise Sick(
            f"{' or '.join(map(str, folders))} cannot be written to", "give it to the user that runs the services"
        )
    return f"{free >> 30} GB are free"


def nearest(folder: Path) -> Path:
    """The folder, or the first above it that exists."""
    return next(one for one in (folder, *folder.parents) if one.exists())


def calendar(settings: Settings) -> str:
    today = local_today(SystemClock())
    if WorkCalendar(settings.calendar_file).is_workday(today) is None:
        raise Sick(
            f"the holidays of {today.year} are not known: opening hours are told with 以通知为准",
            "write the announced holidays into a YAML file and name it in ZHENGWU_CALENDAR_FILE",
        )
    return f"{today.year} is known"


def portal(settings: Settings) -> str:
    address = settings.portal_url.rpartition("@")[2]
    if settings.portal_is_sandbox and settings.production:
        raise Sick("no portal is named: nobody can ask for an application", "ZHENGWU_PORTAL_URL; docs/portal.md")
    if settings.portal_is_sandbox and port_problem("127.0.0.1", settings.portal_port) is None:
        if health(settings) is None:
            return "the sandbox; `zhengwu serve` starts it"
        raise Sick("the services run without the portal's sandbox", "restart them; docs/operations.md, Processes")
    client = Client.of_settings(settings, SystemClock())
    try:
        asyncio.run(client.health())
    except NotOffered:
        return f"{address}; not asked, as its mapping has no operation `health`"
    except ClockSkew as error:
        seen = str(error)
        if error.theirs is not None:
            seen += f", {abs((error.theirs - SystemClock().now()).total_seconds()):.0f} s apart"
        raise Sick(seen, "have both clocks set over the network (NTP; `timedatectl` tells)") from error
    except Unavailable as error:
        raise Sick(f"{address}: {error}", "is ZHENGWU_PORTAL_URL right, and does this machine reach it?") from error
    finally:
        client.close()
    return f"{address} answers, and takes our signature and our time"


def counting(settings: Settings) -> str:
    if settings.redis_url is None:
        return "none is named: each gateway counts a citizen's messages by itself"
    address = settings.redis_url.rpartition("@")[2].removeprefix("redis://")
    try:
        Redis.from_url(settings.redis_url, socket_timeout=REDIS_SECONDS).ping()
    except ValueError as error:
        raise ConfigError("ZHENGWU_REDIS_URL: write it as redis://127.0.0.1:6379/0") from error
    except RedisError as error:
        seen = f"{address} does not answer ({type(error).__name__}): each gateway counts by itself"
        raise Sick(seen, "start it, or correct ZHENGWU_REDIS_URL") from error
    return f"{address} answers"


def fit_for_production(settings: Settings) -> str:
    try:
        with opened(settings) as database, database.read() as tx:
            found = production.problems(settings, tx if is_current(database) else None)
    except (Sick, ConfigError):  # said by another check
        found = production.problems(settings, None)
    if not settings.production:
        return f"ZHENGWU_ENV is development; production would refuse {len(found)} things" if found else "ready for it"
    if found:
        raise Sick(f"{len(found)} things that the services refuse", "\n            → ".join(found))
    return "nothing that the services would refuse"


CHECKS: dict[str, Callable[[Settings], str]] = {
    "python": python,
    "packages": packages,
    ".env": settings_file,
    "key": key,
    "database": database_answers,
    "schema": database_schema,
    "content": published,
    "redis": counting,
    "encoder": encoder,
    "models": models,
    "ports": ports,
    "portal": portal,
    "disk": disk,
    "calendar": calendar,
    "production": fit_for_production,
}
NEEDS = {"schema": "database", "content": "schema"}
"""Checks that tell nothing new while another one fails."""


def unreadable(error: ConfigError) -> Finding:
    """The settings themselves are wrong; nothing else can be looked at."""
    return Finding("settings", False, str(error))
