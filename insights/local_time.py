"""Day and hour at the office, in SQL: SQLite keeps instants as text in UTC, PostgreSQL knows time zones."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Date, Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from foundation.clock import CHINA


class local_day(FunctionElement):
    """The calendar day of a column of instants."""

    type = Date()
    inherit_cache = True


class local_hour(FunctionElement):
    """The hour of the day, 0 to 23, of a column of instants."""

    type = Integer()
    inherit_cache = True


@compiles(local_day, "sqlite")
def _day_on_sqlite(element: Any, compiler: Any, **more: Any) -> str:
    return f"date({compiler.process(element.clauses, **more)}, '+8 hours')"


@compiles(local_day, "postgresql")
def _day_on_postgresql(element: Any, compiler: Any, **more: Any) -> str:
    return f"CAST({_shifted(element, compiler, more)} AS DATE)"


@compiles(local_hour, "sqlite")
def _hour_on_sqlite(element: Any, compiler: Any, **more: Any) -> str:
    return f"CAST(strftime('%H', {compiler.process(element.clauses, **more)}, '+8 hours') AS INTEGER)"


@compiles(local_hour, "postgresql")
def _hour_on_postgresql(element: Any, compiler: Any, **more: Any) -> str:
    return f"CAST(EXTRACT(HOUR FROM {_shifted(element, compiler, more)}) AS INTEGER)"


def _shifted(element: Any, compiler: Any, more: Any) -> str:
    return f"(timezone('UTC', {compiler.process(element.clauses, **more)}) + INTERVAL '8 hours')"


def begin(day: date) -> datetime:
    """The first instant of a day at the office."""
    return datetime.combine(day, time(), CHINA)


def end(day: date) -> datetime:
    """The first instant after it."""
    return begin(day + timedelta(days=1))
