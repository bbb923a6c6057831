"""A prepared statement does what executing it does, to the byte."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    bindparam,
    column,
    insert,
    select,
    update,
)
from sqlalchemy import text as sql
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, StatementError

from foundation.clock import CHINA
from foundation.database import Database, Instant, Json
from foundation.prepared import Prepared

NOW = datetime(2026, 11, 28, 15, 30, 0, 123456, timezone.utc)
things = Table(
    "things",
    MetaData(),
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("name", String(20), nullable=False, unique=True),
    Column("at", Instant),
    Column("body", Json),
    Column("raw", LargeBinary),
    Column("share", Float),
    Column("on", Boolean),
)
ROWS: list[dict[str, Any]] = [
    {"name": "一", "at": NOW, "body": {"甲": [1, 2.5, None, "😀"]}, "raw": b"\x00\xff", "share": 0.1, "on": True},
    {"name": "b", "at": NOW.astimezone(CHINA), "body": [], "raw": b"", "share": 1e300, "on": False},
    {"name": "c", "at": None, "body": None, "raw": None, "share": None, "on": None},
]  # fmt: skip
ALL = select(things).order_by(things.c.id)
ADD = Prepared(insert(things))


@pytest.fixture
def store(database: Database) -> Iterator[Database]:
    things.metadata.create_all(database.engine)
    yield database
    things.metadata.drop_all(database.engine)


def test_what_is_inserted_and_read_is_the_same(store: Database) -> None:
    with store.write() as tx:
        tx.execute(insert(things), ROWS)
        expected = [tuple(row)[1:] for row in tx.execute(ALL)]
        raw = tx.execute(sql('SELECT name, at, body, raw, share, "on" FROM things ORDER BY id')).all()
        tx.execute(things.delete())
        assert ADD.insert(tx, ROWS[0]) > 0
        ADD.insert_all(tx, ROWS[1:])
        ADD.insert_all(tx, [])
        assert tx.execute(sql('SELECT name, at, body, raw, share, "on" FROM things ORDER BY id')).all() == raw
        assert [tuple(row)[1:] for row in Prepared(ALL).rows(tx)] == expected


def test_columns_that_are_not_given_are_null_and_each_set_of_columns_is_its_own(store: Database) -> None:
    with store.write() as tx:
        first, second = ADD.insert(tx, {"name": "a"}), ADD.insert(tx, {"name": "b", "share": 2.0})
        assert second == first + 1
        share = select(things.c.name, things.c.share).order_by(things.c.id)
        assert [tuple(row) for row in Prepared(share).rows(tx)] == [("a", None), ("b", 2.0)]


def test_changing_tells_how_many(store: Database) -> None:
    change = Prepared(update(things).where(things.c.name == bindparam("who"), things.c.on.is_(True)))
    with store.write() as tx:
        ADD.insert_all(tx, ROWS)
        assert change.change(tx, {"who": "一", "share": 0.5, "at": NOW}) == 1
        assert change.change(tx, {"who": "b", "share": 0.5}) == 0
        assert tx.execute(select(things.c.share, things.c.at).order_by(things.c.id)).first() == (0.5, NOW)


def test_a_reader_sees_one_state_from_its_first_statement_on(store: Database) -> None:
    names = Prepared(select(things.c.name))
    with store.read() as tx:
        assert names.rows(tx) == []
        with store.write() as other:
            ADD.insert(other, ROWS[0])
        assert names.rows(tx) == [] and tx.execute(ALL).all() == []
    with store.read() as tx:
        assert [tuple(row) for row in names.rows(tx)] == [("一",)]


def test_what_fails_is_rolled_back_and_told_as_ever(store: Database) -> None:
    with pytest.raises(IntegrityError) as told, store.write() as tx:
        ADD.insert(tx, ROWS[0])
        ADD.insert(tx, ROWS[0])
    assert "2.5" not in str(told.value), "what was to be written may be personal"
    with store.read() as tx:
        assert tx.execute(ALL).all() == []
    things.metadata.drop_all(store.engine)
    with pytest.raises(DBAPIError) as told, store.read() as tx:
        Prepared(ALL).rows(tx)
    assert not store.is_sqlite or isinstance(told.value, OperationalError)


def test_a_row_that_cannot_be_read_is_told_as_ever(tmp_path: Path) -> None:
    """By SQLite, which looks at a row when it is fetched."""
    both = Prepared(sql("SELECT 'whole' UNION ALL SELECT CAST(X'ff' AS TEXT)").columns(column("text", String)))
    with (
        closing(Database(f"sqlite:///{tmp_path}/any.db")) as store,
        pytest.raises(OperationalError),
        store.read() as tx,
    ):
        both.rows(tx)


def test_a_value_that_is_missing_is_told(store: Database) -> None:
    named = Prepared(select(things.c.id).where(things.c.name == bindparam("who")))
    with pytest.raises((KeyError, StatementError)), store.read() as tx:
        named.rows(tx, {"whom": "a"})


def test_a_statement_that_leaves_values_open_is_refused(tmp_path: Path) -> None:
    """On SQLite; elsewhere it is executed as any other."""
    columns = Column("id", Integer, primary_key=True), Column("n", Integer, default=5)
    defaulting = Table("defaulting", MetaData(), *columns)
    listed = select(things).where(things.c.name.in_(bindparam("names", expanding=True)))
    with closing(Database(f"sqlite:///{tmp_path}/any.db")) as store, store.read() as tx:
        with pytest.raises(ValueError, match="leaves values"):
            Prepared(insert(defaulting)).insert(tx, {"id": 1})
        with pytest.raises(ValueError, match="leaves values"):
            Prepared(listed).rows(tx, {"names": ["a"]})
