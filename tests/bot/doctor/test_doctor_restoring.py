from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from bot.doctor import restoring
from bot.doctor.finding import look
from foundation.settings import Settings
from tests.postgresql import SERVER, a_database, address

needs_postgresql = pytest.mark.skipif(SERVER is None, reason="ZHENGWU_TEST_DATABASE_URL names no PostgreSQL server")
USER = f"zhengwu_test_{os.getpid()}"


@pytest.fixture
def owned() -> Iterator[str]:
    """A database of a user who is no administrator, as docs/operations.md has it made."""
    with a_database() as name:
        run(name, f"CREATE ROLE {USER} LOGIN PASSWORD 'x'", f"ALTER DATABASE {name} OWNER TO {USER}")
        try:
            yield name
        finally:
            run(name, f"REASSIGN OWNED BY {USER} TO CURRENT_USER", f"DROP OWNED BY {USER}", f"DROP ROLE {USER}")


def run(name: str, *statements: str) -> None:
    server = create_engine(address(name), isolation_level="AUTOCOMMIT", future=True)
    with server.connect() as connection:
        for one in statements:
            connection.exec_driver_sql(one)
    server.dispose()


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of programs that say that they are of version 99, and nothing else on the path."""
    for tool in restoring.TOOLS:
        say_version(tmp_path / tool, "99.1 (Debian 99.1-1)")
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def say_version(tool: Path, version: str) -> None:
    tool.write_text(f"#!/bin/sh\necho '{tool.name} (PostgreSQL) {version}'\n")
    tool.chmod(0o755)


def as_its_user(settings: Settings, name: str) -> Settings:
    url = make_url(address(name)).set(username=USER, password="x")
    return settings.copy(update={"database_url": url.render_as_string(hide_password=False)})


def test_sqlite_needs_nothing(settings: Settings, upgraded_file: Path, tools: Path) -> None:
    there = settings.copy(update={"database_url": f"sqlite:///{upgraded_file}"})
    found = look("restore", restoring.restorable, there)
    assert found.good and not found.cure


@needs_postgresql
def test_the_schema_is_anothers(settings: Settings, owned: str, tools: Path) -> None:
    """As before PostgreSQL 15, and in clusters that were brought to it from there."""
    run(owned, "ALTER SCHEMA public OWNER TO CURRENT_USER")
    found = look("restore", restoring.restorable, as_its_user(settings, owned))
    assert not found.good and "public" in found.seen
    assert f"psql -d {owned} -c 'ALTER SCHEMA public OWNER TO \"{USER}\"'" in found.cure
    run(owned, f'ALTER SCHEMA public OWNER TO "{USER}"')
    found = look("restore", restoring.restorable, as_its_user(settings, owned))
    assert found.good and not found.cure


@needs_postgresql
def test_a_tool_that_is_missing_or_older_than_the_server(settings: Settings, owned: str, tools: Path) -> None:
    run(owned, f"ALTER SCHEMA public OWNER TO {USER}")
    there = as_its_user(settings, owned)
    say_version(tools / "pg_dump", "9.6.24")
    found = look("restore", restoring.restorable, there)
    assert found.good and "pg_dump is of PostgreSQL 9" in found.seen and "postgresql-client" in found.cure
    (tools / "pg_dump").unlink()
    found = look("restore", restoring.restorable, there)
    assert found.good and "pg_dump is not installed" in found.seen and "postgresql-client" in found.cure
