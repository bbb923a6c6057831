"""A report in words, section by section, so that the page and the PDF say the same: tables of texts, and bars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from foundation.words import Words
from insights.months import Month
from insights.report.gathering import FEW, PERIODS, Report, Row

WORDS = Words(Path(__file__).with_name("words.yml"))
NOTHING = "—"
Bars = Sequence[float]
"""Of each row, from 0 to 1."""


@dataclass(frozen=True)
class Sheet:
    """A table. `left` columns are texts, the others numbers."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    left: int = 1
    bars: Bars = ()
    empty: str = ""
    """What is said instead of a table without rows."""


@dataclass(frozen=True)
class Section:
    title: str
    sheet: Sheet | None = None
    note: str = ""
    columns: Sequence[tuple[str, int]] = ()
    """What is drawn as columns beside each other: name and height."""


@dataclass(frozen=True)
class Laid:
    title: str
    office: str
    under: str
    """Of which days, and made when."""
    draft: str
    """What is said of one that may change yet; empty of a final one."""
    sections: Sequence[Section]


def lay_out(report: Report, final: bool) -> Laid:
    month, made = Month.parse(report.month), report.made_at.replace("T", " ")[:16]
    days = {"first": chinese(month.first), "last": chinese(month.last)}
    draft = "" if final else say("draft" if report.whole else "going_on")
    sections = [
        _overview(report),
        Section(say("days.title"), note=say("days.note"), columns=report.days),
        *(_parts(report, name) for name in ("channels", "regions", "departments")),
        _items(report),
        _missed(report),
        _figures(report, "desk"),
        _figures(report, "content"),
        _sampling(report),
        Section(say("how.title"), note=say("how.note", few=FEW)),
    ]
    title = say("title", year=month.year, month=month.number)
    return Laid(title, report.office, say("under", made=made, **days), draft, sections)


def chinese(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def say(name: str, **values: object) -> str:
    return WORDS.say(name, **values)


def count(value: float | None) -> str:
    return NOTHING if value is None else f"{value:,.0f}"


def share(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.1%}"


def score(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.2f}"


def minutes(value: float | None) -> str:
    return NOTHING if value is None else f"{value / 60:.1f}"


FORMS: dict[str, Callable[[float | None], str]] = {"count": count, "share": share, "score": score, "minutes": minutes}


def change(now: float | None, then: float | None, form: str) -> str:
    """How a figure has changed: counts by so many percent, shares by so many points, others by so much."""
    if now is None or then is None:
        return NOTHING
    if form == "count":
        return NOTHING if not then else f"{(now - then) / then:+.1%}"
    if form == "share":
        return say("points", number=f"{(now - then) * 100:+.1f}")
    if form == "minutes":
        return f"{(now - then) / 60:+.1f}"
    return f"{now - then:+.2f}"


def _overview(report: Report) -> Section:
    return _figures(report, "overview")


def _figures(report: Report, group: str) -> Section:
    """The figures of a group, in the three months, as words.yml lists them."""
    named: dict[str, Any] = WORDS.entry(f"{group}.figures")
    rows = []
    for name, how in named.items():
        now, before, year_before = (report.figures[period].get(name) for period in PERIODS)
        form = FORMS[how["form"]]
        changed = [change(now, then, how["form"]) for then in (before, year_before)]
        rows.append([how["title"], form(now), form(before), changed[0], form(year_before), changed[1]])
    return Section(say(f"{group}.title"), Sheet(WORDS.entry("compared"), rows), say(f"{group}.note"))


def _parts(report: Report, name: str) -> Section:
    rows: list[Row] = getattr(report, name)
    all_ = sum(row.now for row in rows)
    shown = [
        [row.name, count(row.now), share(row.now / all_ if all_ else None), count(row.before),
         change(row.now, row.before, "count"), count(row.year_before), change(row.now, row.year_before, "count"),
         share(row.answered)]
        for row in rows
    ]  # fmt: skip
    head = [say(f"{name}.column"), *WORDS.entry("parts")]
    sheet = Sheet(head, shown, bars=_bars([row.now for row in rows]), empty=say("nothing"))
    return Section(say(f"{name}.title"), sheet, say(f"{name}.note"))


def _items(report: Report) -> Section:
    shown = [
        [row.name, row.kind, count(row.now), count(row.before), change(row.now, row.before, "count"),
         count(row.year_before), share(row.answered), count(row.bad)]
        for row in report.items
    ]  # fmt: skip
    bars = _bars([row.now for row in report.items])
    sheet = Sheet(WORDS.entry("items.head"), shown, 2, bars, say("nothing"))
    return Section(say("items.title"), sheet, say("items.note"))


def _missed(report: Report) -> Section:
    shown = [[one.text, count(one.count), count(one.people)] for one in report.missed]
    bars = _bars([one.count for one in report.missed])
    sheet = Sheet(WORDS.entry("missed.head"), shown, bars=bars, empty=say("missed.nothing", few=FEW))
    return Section(say("missed.title"), sheet, say("missed.note", few=FEW))


def _sampling(report: Report) -> Section:
    shown = []
    for one in report.sampling:
        between = NOTHING if one["low"] is None else f"{share(one['low'])} – {share(one['high'])}"
        part = say("sampling.all") if one["department"] is None else one["department"] or say("sampling.none")
        verdicts = [count(one["verdicts"].get(name, 0)) for name in ("right", "partly", "wrong", "improper", "unclear")]
        who = say(f"sampling.speakers.{one['speaker']}")
        shown.append([who, part, count(one["drawn"]), *verdicts, share(one["right"]), between])
    sheet = Sheet(WORDS.entry("sampling.head"), shown, 2, empty=say("sampling.nothing"))
    return Section(say("sampling.title"), sheet, say("sampling.note") if shown else "")


def _bars(counts: Sequence[int]) -> Bars:
    most = max(counts, default=0)
    return [number / most if most else 0.0 for number in counts]
