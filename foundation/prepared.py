"""Statements that go with every message, made ready once.

SQLite answers most of them in some microseconds, and SQLAlchemy takes ten times as long to have it do so. So there they
go to the driver as they were compiled, with SQLAlchemy's own conversions of what goes in and comes out. On
other databases they are executed as any other.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ClauseElement

Values = Mapping[str, Any]
Convert = Callable[[Any], Any]


class Compiled(NamedTuple):
    text: str
    values: list[tuple[str, bool, Any, Convert | None]]
    """In the order of the text: name, whether it must be given, what it is otherwise, how it is converted."""
    columns: list[Convert | None]
    """How each column of a row is converted."""

    def bound(self, values: Values) -> list[Any]:
        return [
            given if convert is None else convert(given)
            for name, must, otherwise, convert in self.values
            for given in (values[name] if must else values.get(name, otherwise),)
        ]


class Prepared:
    """A statement whose every value is given: columns' defaults of Python are not filled in, and a list of values for
    IN, whose length is part of the text, cannot be.

    Raises, in each of its methods, DBAPIError as executing does; KeyError where a value is not given.
    """

    def __init__(self, statement: Any) -> None:
        self._statement = statement
        self._compiled: dict[tuple[str, ...], Compiled] = {}

    def rows(self, tx: Connection, values: Values = {}) -> Sequence[Any]:  # noqa: B006  # never changed
        """The rows of a query, tuples."""
        if tx.dialect.name != "sqlite":
            return tx.execute(self._statement, values).all()
        compiled = self._of(tx, ())
        found: list[Any] = self._run(tx, compiled.text, compiled.bound(values), fetch=True)
        if not any(compiled.columns):
            return found
        return [tuple(one if to is None else to(one) for one, to in zip(row, compiled.columns)) for row in found]

    def change(self, tx: Connection, values: Values) -> int:
        """How many rows an update or a deletion was about. Those of `values` that it does not name are set."""
        if tx.dialect.name != "sqlite":
            return int(tx.execute(self._statement, values).rowcount)
        compiled = self._of(tx, tuple(values))
        return int(self._run(tx, compiled.text, compiled.bound(values)).rowcount)

    def insert(self, tx: Connection, values: Values) -> int:
        """Insert one row; its number."""
        if tx.dialect.name != "sqlite":
            return int(tx.execute(self._statement, values).inserted_primary_key[0])
        compiled = self._of(tx, tuple(values))
        return self._run(tx, compiled.text, compiled.bound(values)).lastrowid or 0

    def insert_all(self, tx: Connection, rows: Sequence[Values]) -> None:
        """Insert rows, in order; each has the same columns."""
        if not rows:
            return
        if tx.dialect.name != "sqlite":
            tx.execute(self._statement, list(rows))
            return
        compiled = self._of(tx, tuple(rows[0]))
        self._run(tx, compiled.text, [compiled.bound(row) for row in rows], many=True)

    def _of(self, tx: Connection, names: tuple[str, ...]) -> Compiled:
        known = self._compiled.get(names)
        if known is None:
            known = self._compiled[names] = compiled(self._statement, tx.dialect, names)
        return known

    @staticmethod
    def _run(tx: Connection, text: str, values: list[Any], many: bool = False, fetch: bool = False) -> Any:
        """The cursor; or the rows, where they are to be fetched: SQLite finds some errors only then."""
        if not tx.in_transaction():
            tx.begin()  # executing would do so at its first statement
        cursor: sqlite3.Cursor = tx.connection.cursor()
        try:
            if many:
                return cursor.executemany(text, values)
            return cursor.execute(text, values).fetchall() if fetch else cursor.execute(text, values)
        except sqlite3.Error as error:  # without the values, which may reach a log
            raise DBAPIError.instance(text, None, error, sqlite3.Error, True, dialect=tx.dialect) from error


def compiled(statement: ClauseElement, dialect: Any, names: Sequence[str]) -> Compiled:
    """A statement with these columns given, as SQLAlchemy 1.4 would send it."""
    made: Any = statement.compile(dialect=dialect, column_keys=list(names) or None)
    if made.insert_prefetch or made.update_prefetch or made.post_compile_params or made.literal_execute_params:
        raise ValueError(f"a statement leaves values to be found when it is executed: {made}")
    given = {name: bind.required or name in names for name, bind in made.binds.items()}
    values = [
        (name, given[name], None if given[name] else made.params[name], made._bind_processors.get(name))
        for name in made.positiontup
    ]
    columns = [one[3]._cached_result_processor(dialect, None) for one in made._result_columns]
    return Compiled(str(made), values, columns)
