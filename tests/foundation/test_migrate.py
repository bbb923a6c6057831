from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from foundation.database import Database, metadata
from foundation.errors import ConfigError
from foundation.migrate import MIGRATIONS, downgrade, is_ours, table_modules, upgrade
from foundation.schema import is_current, known, newest, present
from foundation.settings import ROOT


def test_migrations_make_exactly_the_tables_of_all_packages(database: Database) -> None:
    for module in table_modules():
        importlib.import_module(module)
    with database.read() as tx:
        context = MigrationContext.configure(tx, opts={"compare_type": True, "include_name": is_ours})
        differences = compare_metadata(context, metadata)
    assert not differences, "the tables have changed since the last migration: run foundation.migrate.revise"


def test_table_modules_are_found() -> None:
    assert {"foundation.inbox", "foundation.outbox", "foundation.vault"} <= set(table_modules())


def test_a_fresh_database_is_not_current_until_upgraded(database_url: str) -> None:
    database = Database(database_url)
    assert not is_current(database)
    upgrade(database_url)
    assert is_current(database)
    database.close()


def test_a_database_of_a_newer_program_is_not_current(database: Database) -> None:
    with database.write() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert not is_current(database)


def test_what_the_names_of_the_files_say_is_what_alembic_goes_by() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    assert [script.revision for script in scripts.walk_revisions()] == [*reversed(known())]
    assert scripts.get_heads() == [newest()]


def test_upgrading_again_changes_nothing(database: Database, database_url: str) -> None:
    with database.write() as tx:
        tx.execute(text("INSERT INTO heartbeats VALUES ('w', 'worker', '{}', '2026-11-23 00:00:00')"))
    upgrade(database_url)
    with database.read() as tx:
        assert tx.execute(text("SELECT count(*) FROM heartbeats")).scalar_one() == 1


FIRST_INSTALLED = "0006"
"""The schema of the first release that offices could install as an archive: back to it every migration is undone."""


def test_migrations_are_undone_and_done_again_and_rows_stay(database: Database, database_url: str) -> None:
    with database.write() as tx:
        tx.execute(text("INSERT INTO heartbeats VALUES ('w', 'worker', '{}', '2026-11-23 00:00:00')"))
    downgrade(database_url, FIRST_INSTALLED)
    assert present(database) == FIRST_INSTALLED
    upgrade(database_url)
    assert present(database) == newest() and is_current(database)
    test_migrations_make_exactly_the_tables_of_all_packages(database)
    with database.read() as tx:
        assert tx.execute(text("SELECT count(*) FROM heartbeats")).scalar_one() == 1


def test_a_migration_that_nobody_knows_is_not_gone_back_to(database: Database, database_url: str) -> None:
    with pytest.raises(ConfigError, match=newest()):
        downgrade(database_url, "9999")
    assert is_current(database)


def test_several_processes_may_upgrade_at_once(database_url: str) -> None:
    program = "import sys; from foundation.migrate import upgrade; upgrade(sys.argv[1])"
    processes = [
        subprocess.Popen([sys.executable, "-c", program, database_url], cwd=ROOT, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    outcomes = [(process.communicate(timeout=60)[1], process.returncode) for process in processes]
    assert [code for _, code in outcomes] == [0] * 4, outcomes
    database = Database(database_url)
    assert is_current(database)
    database.close()


def test_upgrade_names_a_server_that_does_not_answer() -> None:
    with pytest.raises(ConfigError, match="ZHENGWU_DATABASE_URL"):
        upgrade("postgresql+psycopg2://nobody@127.0.0.1:9/none")


def test_foreign_keys_are_enforced_after_an_upgrade(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    upgrade(url)
    database = Database(url)
    with database.read() as tx:
        assert tx.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
    database.close()
