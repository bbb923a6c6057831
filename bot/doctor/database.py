"""Does the database answer, is it one that the program can work with, is its schema ours, is anything published,
is the audit log sealed?"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError

from bot.doctor.finding import SETUP, Sick
from foundation import audit_chain
from foundation.database import Database, damaged
from foundation.schema import standing
from foundation.settings import Settings
from knowledge_base.store import releases

CONNECT = 5
"""Seconds."""
POSTGRESQL, SQLITE = (11,), (3, 35)
"""The oldest that have what we ask for: `hashtextextended`; `RETURNING` and `DROP COLUMN` of the migrations."""
MOUNTS = Path("/proc/self/mountinfo")
OVER_THE_NETWORK = ("nfs", "cifs", "smb", "9p", "fuse.", "ceph", "gluster", "lustre", "afs", "ocfs2", "gpfs", "beegfs")
STANDINGS = {
    "empty": ("there are no tables yet", f"{SETUP}, or `zhengwu db upgrade`"),
    "behind": ("the schema is of an earlier version of the program", "make a backup, then run `zhengwu db upgrade`"),
    "restoring": (
        "a restore was cut short, and people who were erased may be back",
        "run `zhengwu restore` again: docs/operations.md, Backup and restore",
    ),
    "ahead": (
        "the schema is of a later version of the program",
        "bring this machine to the later version (docs/operations.md, Upgrade), or restore the backup from before it",
    ),
}


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """The database, if it answers; a missing SQLite file is not made by looking for it."""
    file = _file(settings)
    if file is not None and not file.exists():
        raise Sick(f"there is no database at {file} yet", f"{SETUP}, or `zhengwu db upgrade`")
    database = Database(_impatient(settings.database_url))
    try:
        database.check()
        yield database
    except AssertionError as error:  # SQLAlchemy's, of a server that does not call itself PostgreSQL
        seen = " ".join(str(error).split())
        if "Could not determine version" not in seen:
            raise
        raise Sick(
            f"the driver does not know this server: {seen.partition('string ')[2][:120]}",
            "a server that answers `SELECT version()` as PostgreSQL does; docs/platforms.md",
        ) from error
    finally:
        database.close()


def answers(settings: Settings) -> str:
    with opened(settings) as database:
        if database.is_sqlite:
            _read_through(database)
        shown = str(
            database.engine.url.difference_update_query(["connect_timeout"]).render_as_string(hide_password=True)
        )
        version = sqlite3.sqlite_version_info if database.is_sqlite else database.engine.dialect.server_version_info
    name, oldest = ("SQLite", SQLITE) if database.is_sqlite else ("PostgreSQL", POSTGRESQL)
    said = ".".join(map(str, version))
    if version < oldest:
        raise Sick(
            f"{shown}: {name} {said} is too old",
            f"{'.'.join(map(str, oldest))} or later; docs/platforms.md names those tried",
        )
    if (file := _file(settings)) is not None and (kind := file_system(file)).startswith(OVER_THE_NETWORK):
        raise Sick(
            f"{file} lies on a file system over the network ({kind}), where SQLite's locks do not hold",
            "put it on a disk of this machine (ZHENGWU_VAR_DIR), or use PostgreSQL",
        )
    return f"{shown}, {name} {said}"


def schema(settings: Settings) -> str:
    with opened(settings) as database:
        found = standing(database)
    if found != "current":
        raise Sick(*STANDINGS[found])
    return "this program's"


def published(settings: Settings) -> str:
    with opened(settings) as database, database.read() as tx:
        release = releases.current(tx)
        if not release:
            raise Sick(
                "nothing is published: every question is answered with 不知道", "`zhengwu kb import`, `kb publish`"
            )
        return f"release {release}"


def sealed(settings: Settings) -> str:
    with opened(settings) as database, database.read() as tx:
        try:
            head = audit_chain.head(tx)
        except audit_chain.HeadAltered:
            raise Sick(
                "its head was altered or taken away, or entries were put behind its end: nothing is sealed any more",
                "`zhengwu audit verify`; docs/operations.md, The audit log",
            ) from None
    return f"{head.count} entries are sealed" if head else "nothing is sealed yet"


def _read_through(database: Database) -> None:
    """Raise ConfigError where SQLite finds a page that is not as it must be. Reads the whole file."""
    try:
        with database.read() as tx:
            found = str(tx.exec_driver_sql("PRAGMA quick_check(1)").scalar_one())
    except DatabaseError as error:
        found = str(error.orig)
    if found != "ok":
        raise damaged(database, " ".join(found.split()))


def file_system(file: Path) -> str:
    """Its kind, such as ext4 or nfs4; "" where the system does not tell. See proc(5), /proc/pid/mountinfo."""
    try:
        lines = MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    mounts = {line.split()[4].replace("\\040", " "): line.partition(" - ")[2].split()[0] for line in lines}
    return next((mounts[str(one)] for one in file.resolve().parents if str(one) in mounts), "")


def _file(settings: Settings) -> Path | None:
    file = settings.database_url.removeprefix("sqlite:///")
    return None if file == settings.database_url else Path(file)


def _impatient(url: str) -> str:
    """With a limit to connecting: a server behind a closed firewall is not waited for until the system gives up."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        return url
    if parsed.get_backend_name() != "postgresql" or "connect_timeout" in parsed.query:
        return url
    return parsed.update_query_dict({"connect_timeout": str(CONNECT)}).render_as_string(hide_password=False)
