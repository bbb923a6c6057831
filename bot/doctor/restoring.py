"""Could a backup of the database be made from here, and brought back? PostgreSQL's own tools and rights are needed."""

from __future__ import annotations

import re
import subprocess

from bot.doctor.database import opened
from bot.doctor.finding import Doubtful, Sick
from foundation.settings import Settings

TOOLS = ("pg_dump", "pg_restore", "psql")
SECONDS = 5.0
# To `pg_has_role` the database's owner is one of `pg_database_owner`, whose `public` is in PostgreSQL 15 and later.
OWNER = """
    SELECT current_user, current_database(), pg_has_role(nspowner, 'USAGE')
      FROM pg_namespace WHERE nspname = 'public'"""


def restorable(settings: Settings) -> str:
    with opened(settings) as database:
        if database.is_sqlite:
            return "backups of SQLite need no other program"
        with database.read() as tx:
            found = tx.exec_driver_sql(OWNER).first()
            server = tx.dialect.server_version_info[0]
    if found is not None and not found[2]:
        user, name, _ = found
        raise Sick(
            "the schema `public` is another's: a backup could not be restored, as nobody else may replace it",
            f"as administrator of PostgreSQL: psql -d {name} -c 'ALTER SCHEMA public OWNER TO \"{user}\"'",
        )
    for tool in TOOLS:
        version = version_of(tool)
        if version is None or version < server:
            seen = "is not installed" if version is None else f"is of PostgreSQL {version}, the server of {server}"
            raise Doubtful(
                f"{tool} {seen}: no backup is made or restored from here",
                f"where that is done, install postgresql-client (on Debian: postgresql-client-{server})",
            )
    return f"{', '.join(TOOLS)} are there, and the schema is ours to replace"


def version_of(tool: str) -> int | None:
    """The first number of what a tool of PostgreSQL's calls its version; None where there is none that says one."""
    try:
        done = subprocess.run([tool, "--version"], capture_output=True, text=True, timeout=SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return None
    said = re.search(r"\(PostgreSQL\) (\d+)", done.stdout)
    return int(said[1]) if said else None
