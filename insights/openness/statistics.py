"""The tables of one month, small counts withheld. Every table of questions adds up to the month's questions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy.engine import Connection

from foundation.words import Words
from insights import figures
from insights.counting import Count
from insights.figures import Scope
from insights.months import Month
from insights.naming import NO_UNIT, Names
from insights.openness.suppression import LEAST, WITHHELD, Cell, alone, lumped, suppress

WORDS = Words(Path(__file__).with_name("words.yml"))


@dataclass(frozen=True)
class Waits:
    """How long people waited for a person; times in seconds of open desk."""

    handovers: int = 0
    taken: int = 0
    left: int = 0
    wait_median: float | None = None
    first_reply_median: float | None = None


@dataclass(frozen=True)
class Table:
    """One file: `name` without its ending."""

    name: str
    head: tuple[str, ...]
    rows: list[tuple[Cell | float, ...]]


def tables(tx: Connection, month: Month, waits: Waits, names: Names) -> list[Table]:
    """All tables of a month, as they may be published."""
    scope = Scope(month.first, month.last)
    total = figures.total(tx, scope)
    days = figures.by_day(tx, scope)
    every_day = [month.first + timedelta(days=n) for n in range((month.last - month.first).days + 1)]
    by_day = {str(day): days.get(day, Count()).questions for day in every_day}
    by_channel = _questions(figures.by_channel(tx, scope), names.channel)
    by_region = _questions(figures.by_region(tx, scope), names.region)
    decisions = {name: getattr(total, name) for name in ("answered", "options", "refused")}
    return [
        _table(month, "questions_by_day", suppress(by_day)),
        _table(month, "questions_by_topic", suppress(_topics(tx, scope, total.questions, names))),
        _table(month, "questions_by_channel", suppress(by_channel)),
        _table(month, "questions_by_region", suppress(by_region)),
        _table(month, "decisions", suppress(_worded("decisions", decisions))),
        _satisfaction(month, total),
        _waits(month, waits),
        _table(month, "totals", {str(WORDS.entry("total")): alone(total.questions)}),
    ]


def _questions(counts: Mapping[str, Count], name_of: Callable[[str], str]) -> dict[str, int]:
    """Questions by name; of several that are called the same, as districts are, each has its code behind it."""
    asked = {code: count.questions for code, count in counts.items() if count.questions}
    names = {code: name_of(code) for code in asked}
    shared = Counter(names.values())
    told = {name if shared[name] == 1 else f"{name}（{code}）": asked[code] for code, name in names.items()}
    return dict(sorted(told.items()))


def _topics(tx: Connection, scope: Scope, total: int, names: Names) -> dict[str, int]:
    """By what was spoken of; what few ask about is one row, so that nothing tells that somebody did."""
    counts = {key: count.questions for key, count in figures.by_unit(tx, scope).items()}
    titles = names.units([key for key, count in counts.items() if count >= LEAST])
    named: Counter[str] = Counter({names.units([NO_UNIT])[NO_UNIT]: total - sum(counts.values())})
    rest = str(WORDS.entry("rest"))
    for key, count in counts.items():
        named[titles.get(key, rest)] += count
    told = lumped(named, rest)
    # In the order of their names: that of their counts would tell of those withheld.
    return {name: told[name] for name in sorted(told, key=lambda name: (name == rest, name))}


def _satisfaction(month: Month, total: Count) -> Table:
    told = suppress(_worded("satisfaction", {"good": total.rated - total.bad, "bad": total.bad}))
    rows: dict[str, Cell | float] = {**told, str(WORDS.entry("rated")): alone(total.rated)}
    mean = total.mean_score
    # A mean would tell of the counts behind it where these are withheld.
    open_ = mean is not None and all(isinstance(cell, int) for cell in told.values())
    rows[str(WORDS.entry("mean"))] = round(mean, 1) if open_ and mean is not None else WITHHELD
    return _table(month, "satisfaction", rows)


def _waits(month: Month, waits: Waits) -> Table:
    parts = {"taken": waits.taken, "left": waits.left, "unfinished": waits.handovers - waits.taken - waits.left}
    rows: dict[str, Cell | float] = {**suppress(_worded("waits", parts))}
    rows[str(WORDS.entry("handovers"))] = alone(waits.handovers)
    for name, seconds in (("wait_median", waits.wait_median), ("first_reply_median", waits.first_reply_median)):
        many = waits.taken >= LEAST and seconds is not None
        rows[str(WORDS.entry(name))] = round((seconds or 0) / 60, 1) if many else WITHHELD
    return _table(month, "waits", rows)


def _worded(group: str, counts: Mapping[str, int]) -> dict[str, int]:
    return {str(WORDS.entry(f"{group}.{name}")): count for name, count in counts.items()}


def _table(month: Month, name: str, cells: Mapping[str, Cell | float]) -> Table:
    head = tuple(WORDS.entry(f"files.{name}.head"))
    return Table(name, head, [(str(month), key, cell) for key, cell in cells.items()])
