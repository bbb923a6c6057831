from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, delete, text
from sqlalchemy.engine import make_url

from bot.cli.serve import check_database
from bot.doctor import database as checks
from bot.doctor.finding import look
from foundation import audit
from foundation.audit_chain import audit_head, seal
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.errors import ConfigError
from foundation.settings import Settings

SERVER = os.environ.get("ZHENGWU_TEST_DATABASE_URL")
needs_postgresql = pytest.mark.skipif(SERVER is None, reason="ZHENGWU_TEST_DATABASE_URL names no PostgreSQL server")
MOUNTS = """\
20 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
41 20 0:38 / {folder} rw,relatime shared:9 - {kind} files:/zhengwu rw,vers=4.2
"""


@pytest.fixture
def claims() -> Iterator[str]:
    """A database whose server calls itself as the test says."""
    name = f"zhengwu_test_{os.getpid()}_version"
    server = create_engine(str(SERVER), isolation_level="AUTOCOMMIT", future=True)
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield make_url(str(SERVER)).set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        server.dispose()


def call_yourself(url: str, version: str) -> None:
    server = create_engine(url, isolation_level="AUTOCOMMIT", future=True)
    with server.connect() as connection:
        connection.exec_driver_sql("SET allow_system_table_mods = on")
        connection.exec_driver_sql(
            "CREATE OR REPLACE FUNCTION pg_catalog.version() RETURNS text LANGUAGE sql STABLE AS "
            f"$$ SELECT '{version}'::text $$"
        )
    server.dispose()


@needs_postgresql
def test_a_server_that_is_too_old(settings: Settings, claims: str) -> None:
    call_yourself(claims, "PostgreSQL 9.6.24 on aarch64-unknown-linux-gnu, compiled by gcc")
    found = look("database", checks.answers, settings.copy(update={"database_url": claims}))
    assert not found.good and "PostgreSQL 9.6.24 is too old" in found.seen
    assert "docs/platforms.md" in found.cure


@needs_postgresql
def test_a_server_that_does_not_call_itself_postgresql(settings: Settings, claims: str) -> None:
    call_yourself(claims, "(openGauss 5.0.0 build a07d57c3) compiled at 2023-03-29 03:07:56 commit 0 last mr")
    found = look("database", checks.answers, settings.copy(update={"database_url": claims}))
    assert not found.good and "openGauss 5.0.0" in found.seen and "docs/platforms.md" in found.cure


@needs_postgresql
def test_a_server_that_will_do(settings: Settings) -> None:
    found = look("database", checks.answers, settings.copy(update={"database_url": SERVER}))
    assert found.good and ", PostgreSQL 1" in found.seen and "connect_timeout" not in found.seen


def test_an_sqlite_that_is_too_old(settings: Settings, upgraded_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = settings.copy(update={"database_url": f"sqlite:///{upgraded_file}"})
    assert look("database", checks.answers, there).good
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 7, 17))
    found = look("database", checks.answers, there)
    assert not found.good and "SQLite 3.7.17 is too old" in found.seen


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs", "9p"])
def test_sqlite_on_a_file_system_over_the_network(
    settings: Settings, upgraded_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    there = settings.copy(update={"database_url": f"sqlite:///{upgraded_file}"})
    mounts = tmp_path / "mountinfo"
    monkeypatch.setattr(checks, "MOUNTS", mounts)
    mounts.write_text(MOUNTS.format(folder=upgraded_file.parent, kind=kind))
    found = look("database", checks.answers, there)
    assert not found.good and kind in found.seen and "PostgreSQL" in found.cure
    mounts.write_text(MOUNTS.format(folder="/elsewhere", kind=kind))
    assert checks.file_system(upgraded_file) == "ext4"
    assert look("database", checks.answers, there).good
    mounts.unlink()
    assert look("database", checks.answers, there).good


def test_a_schema_that_is_not_this_programs(settings: Settings, database: Database, database_url: str) -> None:
    there = settings.copy(update={"database_url": database_url})
    assert look("schema", checks.schema, there).good
    cures = []
    for revision in ("0001", "9999"):
        with database.write() as tx:
            tx.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})
        found = look("schema", checks.schema, there)
        assert not found.good
        cures.append(found.cure)
        with pytest.raises(ConfigError) as refused:
            check_database(there)
        assert ("db upgrade" in str(refused.value)) == (revision == "0001")
    behind, ahead = cures
    assert "zhengwu db upgrade" in behind and "later version" in ahead and "db upgrade" not in ahead
    with database.write() as tx:
        tx.execute(text("DROP TABLE alembic_version"))
    assert "make setup" in look("schema", checks.schema, there).cure


def test_an_audit_log_that_is_not_sealed_any_more(
    settings: Settings, database: Database, database_url: str, clock: FixedClock
) -> None:
    there = settings.copy(update={"database_url": database_url})
    assert look("audit log", checks.sealed, there).good
    with database.write() as tx:
        audit.record(tx, "operator", "kb.publish", "release:1", None, clock.now())
        seal(tx)
    assert look("audit log", checks.sealed, there).seen == "1 entries are sealed"
    with database.write() as tx:
        tx.execute(delete(audit_head))
    found = look("audit log", checks.sealed, there)
    assert not found.good and "zhengwu audit verify" in found.cure
