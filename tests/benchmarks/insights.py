"""How fast the figures of a city's year are, and what the roll-ups take.

    python -m tests.benchmarks.insights sqlite:////path/to/empty.db [--turns 10000000] [--days 365]
    python -m tests.benchmarks.insights postgresql+psycopg2://user@host/empty

The database must be new; it stays. A synthetic city (tests/insights/synthetic_city.py) is written to it, rolled up day
by day, and asked for every figure of the dashboard: of the whole time, narrowed in each way, and of a month. Times are
wall clock, on connections that are open; those of the page are of all figures together, one after another. Where other
work is done on the machine, look at the processor's time (of this process: with PostgreSQL the server's is not in it)
and the load.
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.engine import Connection, make_url

from foundation.clock import CHINA
from foundation.database import Database
from foundation.migrate import upgrade
from insights import figures, rolling
from insights.figures import Scope
from insights.rollups import rollups
from insights.turns import turns as table
from tests.insights.synthetic_city import City, store

FIRST = date(2026, 1, 1)
PAGE: tuple[Callable[[Connection, Scope], Any], ...] = (
    figures.total, figures.by_day, figures.by_hour, figures.by_channel, figures.by_region, figures.by_department,
    figures.by_unit, figures.by_aspect,
)  # fmt: skip


def ask(database: Database, city: City, scopes: dict[str, Scope]) -> None:
    for name, scope in scopes.items():
        times = {}
        began, worked = time.perf_counter(), time.process_time()
        for figure in PAGE:
            since = time.perf_counter()
            with database.read() as tx:
                figure(tx, scope)
            times[figure.__name__] = time.perf_counter() - since
        page, worked = time.perf_counter() - began, time.process_time() - worked
        print(
            f"{name:<28} page {page:6.3f} s (processor {worked:.3f})  "
            + "  ".join(f"{key} {took:.3f}" for key, took in times.items())
        )


def drill(database: Database, city: City, scope: Scope) -> None:
    """From figures to questions: what is asked all the time, and what hardly ever."""
    common, rare = city.units[0], city.units[-1]
    kinds: dict[str, dict[str, Any]] = {
        "all": {},
        "refused": {"decision": "refused"},
        "bad scores": {"bad": True},
        "distressed": {"mood": "distressed"},
        "hour 3": {"hour": 3},
        "the busiest unit": {"unit": common},
        "the quietest unit": {"unit": rare},
        "the quietest unit, options": {"unit": rare, "decision": "options"},
        "aspect basis, at 4": {"aspect": "basis", "hour": 4},
        "bad scores, at 4": {"bad": True, "hour": 4},
    }
    for name, narrowed in kinds.items():
        since = time.perf_counter()
        with database.read() as tx:
            found = figures.questions(tx, scope, **narrowed)
        print(f"questions: {name:<28} {len(found):3} in {time.perf_counter() - since:.3f} s")


def size(database: Database, table: str | None = None) -> float:
    """Megabytes; on SQLite of the whole file."""
    if database.is_sqlite:
        return Path(str(database.engine.url.database)).stat().st_size / 1e6
    with database.read() as tx:
        return float(tx.execute(text("SELECT pg_total_relation_size(:one)"), {"one": table}).scalar_one()) / 1e6


def write(database: Database, city: City, days: int, turns: int) -> None:
    began, written = time.perf_counter(), 0
    with database.write() as tx:
        for index in table.indexes:  # a year at once is written sooner without them
            index.drop(tx)
    for rows in city.days(FIRST, days, turns):
        store(database, rows)
        written += len(rows)
    with database.write() as tx:
        for index in table.indexes:
            index.create(tx)
    spent = time.perf_counter() - began
    print(f"{written} turns of {days} days written in {spent:.0f} s, {size(database, 'turns'):.0f} MB", flush=True)


def roll_up(database: Database, now: datetime) -> None:
    """All days but the last, which is as today is."""
    counting, keeping, before, worked = [], [], size(database, "turns"), time.process_time()
    with database.read() as tx:
        days = rolling.due(tx, now)
    for day in days[:-1]:
        since = time.perf_counter()
        with database.read() as tx:
            counted = rolling.count(tx, day)
        between = time.perf_counter()
        with database.write() as tx:
            rolling.keep(tx, counted, now)
        counting.append(between - since)
        keeping.append(time.perf_counter() - between)
    worked = time.process_time() - worked
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))  # as the server does by itself
    with database.read() as tx:
        kept = tx.execute(select(func.count()).select_from(rollups)).scalar_one()
    more = size(database) - before if database.is_sqlite else size(database, "rollups")
    print(
        f"rolled up {len(counting)} days of {len(days)}: {sum(counting) + sum(keeping):.0f} s "
        f"(processor {worked:.0f} s), {kept} rows, {more:.0f} MB; a day: counted in {median(counting):.2f} s "
        f"(at most {max(counting):.2f}), kept in {median(keeping):.2f} s (at most {max(keeping):.2f})",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--turns", type=int, default=10_000_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--ask", action="store_true", help="the database has been written before: only ask")
    chosen = parser.parse_args()
    last = FIRST + timedelta(days=chosen.days - 1)
    now = datetime.combine(last + timedelta(days=1), datetime.min.time(), CHINA) + timedelta(hours=2)
    upgrade(chosen.url)
    database, city = Database(chosen.url), City()

    print(make_url(chosen.url).get_backend_name())
    if not chosen.ask:
        write(database, city, chosen.days, chosen.turns)
        roll_up(database, now)

    year = Scope(FIRST, last)
    scopes = {
        "all": year,
        "all again": year,
        "web": Scope(FIRST, last, channel="web"),
        "a district": Scope(FIRST, last, region="990102"),
        "a department": Scope(FIRST, last, department="第2局"),
        "web, district": Scope(FIRST, last, "web", "990102"),
        "district, department": Scope(FIRST, last, None, "990102", "第2局"),
        "web, district, department": Scope(FIRST, last, "web", "990102", "第2局"),
        "the last 30 days": Scope(last - timedelta(days=29), last),
        "the last day, not rolled up": Scope(last, last),
    }
    ask(database, city, scopes)
    drill(database, city, year)
    print(f"load of the machine: {os.getloadavg()}")
    print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    database.close()


if __name__ == "__main__":
    main()
