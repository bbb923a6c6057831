"""What a month's report tells, as plain data: it can be kept as JSON, and laid out years later as it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from foundation.clock import CHINA
from insights import figures
from insights.counting import Count
from insights.figures import Scope
from insights.months import Month
from insights.naming import Names
from insights.sampling import sheets
from insights.sampling.results import Share, results

PERIODS = ("now", "before", "year_before")
"""The month, the one before, and the same of the year before."""
MOST_ITEMS = 20
MOST_MISSED = 20
FEW = 3
"""A question that fewer people have asked is not told: it might tell of them."""
Figures = dict[str, "float | None"]
"""What of a month is one number, by name; None: there is nothing to work it out from."""
By = Callable[[Connection, Scope], Mapping[str, Count]]


@dataclass(frozen=True)
class Missed:
    """What was often asked and not answered well; `text` in somebody's words, nothing personal in it."""

    text: str
    count: int
    people: int


@dataclass(frozen=True)
class Beside:
    """What others know of the month: the desk and the knowledge base. `figures` by period, as PERIODS names them."""

    figures: Mapping[str, Figures] = field(default_factory=dict)
    missed: tuple[Missed, ...] = ()


@dataclass(frozen=True)
class Row:
    """A channel, a region, a department or a unit: its questions in the three months, and how they went in this one."""

    name: str
    now: int
    before: int
    year_before: int
    answered: float | None
    """The share of questions that were answered at once; None where there were none."""
    bad: int
    """Bad scores."""
    kind: str = ""


@dataclass(frozen=True)
class Report:
    month: str
    office: str
    made_at: str
    """ISO 8601, at the office."""
    whole: bool
    """Whether the month was over."""
    figures: dict[str, Figures]
    days: list[tuple[str, int]]
    channels: list[Row]
    regions: list[Row]
    departments: list[Row]
    items: list[Row]
    missed: list[Missed]
    sampling: list[dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> Report:
        rows = {name: [Row(**row) for row in kept[name]] for name in ("channels", "regions", "departments", "items")}
        days = [(day, count) for day, count in kept["days"]]
        return cls(**{**kept, **rows, "days": days, "missed": [Missed(**one) for one in kept["missed"]]})


def gather(tx: Connection, month: Month, beside: Beside, names: Names, office: str, now: datetime) -> Report:
    """Work a month's report out, from what there is at this moment."""
    months = dict(zip(PERIODS, (month, month.before, month.year_before), strict=True))
    scopes = {name: Scope(one.first, one.last) for name, one in months.items()}
    totals = {name: figures.total(tx, scope) for name, scope in scopes.items()}
    days = figures.by_day(tx, scopes["now"])
    return Report(
        month=str(month),
        office=office,
        made_at=now.astimezone(CHINA).isoformat(timespec="minutes"),
        whole=month.is_over(now),
        figures={name: {**_figures(totals[name]), **beside.figures.get(name, {})} for name in PERIODS},
        days=[(str(day), count.questions) for day, count in sorted(days.items())],
        channels=_rows(tx, scopes, figures.by_channel, names.channel),
        regions=_rows(tx, scopes, figures.by_region, names.region),
        departments=_rows(tx, scopes, figures.by_department, names.department),
        items=_items(tx, scopes, names),
        missed=[one for one in beside.missed if one.people >= FEW][:MOST_MISSED],
        sampling=[_share(one) for one in results(sheets.scored_of_month(tx, month.first, month.last))],
    )


def _figures(count: Count) -> Figures:
    return {
        "questions": count.questions,
        "answered": count.answered_share,
        "options": count.options_share,
        "refused": count.refused_share,
        "turns": count.turns,
        "handovers": count.handovers,
        "rated": count.rated,
        "mean_score": count.mean_score,
        "bad": count.bad,
    }


def _rows(tx: Connection, scopes: Mapping[str, Scope], by: By, name_of: Callable[[str], str]) -> list[Row]:
    """The most asked first."""
    found = {name: by(tx, scope) for name, scope in scopes.items()}
    keys = {key for counts in found.values() for key, count in counts.items() if count.questions}
    rows = [_row(name_of(key), [found[name].get(key, Count()) for name in PERIODS]) for key in keys]
    return sorted(rows, key=lambda row: (-row.now, row.name))


def _items(tx: Connection, scopes: Mapping[str, Scope], names: Names) -> list[Row]:
    found = {name: figures.by_unit(tx, scope) for name, scope in scopes.items()}
    most = sorted(found["now"], key=lambda key: (-found["now"][key].questions, key))[:MOST_ITEMS]
    titles = names.units(most)
    counts = {key: [found[name].get(key, Count()) for name in PERIODS] for key in most}
    return [_row(titles[key], counts[key], names.kind(key[0])) for key in most if counts[key][0].questions]


def _row(name: str, counts: list[Count], kind: str = "") -> Row:
    now, before, year_before = counts
    return Row(name, now.questions, before.questions, year_before.questions, now.answered_share, now.bad, kind)


def _share(one: Share) -> dict[str, Any]:
    interval = one.interval
    return {
        "speaker": one.speaker,
        "department": one.department,
        "drawn": one.drawn,
        "judged": one.judged,
        "verdicts": one.verdicts,
        "right": one.right,
        "low": None if interval is None else interval.low,
        "high": None if interval is None else interval.high,
    }
