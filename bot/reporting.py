"""The monthly report and the published statistics, put together from what turns, desk and content each know.

No Rasa here: the console asks it, too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.engine import Connection

from desk import figures as desk_figures
from desk import satisfaction
from desk.figures import Summary
from desk.hours import Hours, desk_hours
from desk.satisfaction import LookedInto, Scores
from foundation.settings import Settings
from insights.missed import missed
from insights.months import Month
from insights.naming import Names, Unit
from insights.openness.statistics import Table, Waits, tables
from insights.report.gathering import PERIODS, Beside, Figures, Missed, Report, gather
from insights.report.keeping import final
from knowledge_base.learning.clusters import clusters
from knowledge_base.learning.questions import Question, plain
from knowledge_base.model import KINDS, UnitKey
from knowledge_base.regions import open_regions
from knowledge_base.store import drafts
from knowledge_base.store.revisions import read
from knowledge_base.store.tables import releases

CONTENT = ("added", "changed", "removed")


def report(tx: Connection, month: Month, settings: Settings, now: datetime) -> tuple[Report, bool]:
    """A month's report, and whether it is the final one: that is as it was, whatever has changed since."""
    kept = final(tx, month)
    if kept is not None:
        return kept.report, True
    return gather(tx, month, beside(tx, month, settings, now), names(tx), settings.office_name, now), False


def statistics(tx: Connection, month: Month, settings: Settings) -> list[Table]:
    """A month's statistics as they may be published."""
    desk = desk_figures.overall(tx, month.since, month.until, desk_hours(tx, settings))
    waits = Waits(desk.handovers, desk.taken, desk.left, desk.wait_median, desk.first_reply_median)
    return tables(tx, month, waits, names(tx))


def names(tx: Connection) -> Names:
    """Regions by their table, units by what is published."""

    def titles(keys: Collection[Unit]) -> Mapping[Unit, str]:
        wanted = [UnitKey(*key) for key in keys if key[0] in KINDS]
        held = read(tx, drafts.published(tx, wanted).values())
        return {(one.unit.key.kind, one.unit.key.id): one.unit.title for one in held}

    return Names(open_regions().names, titles)


def beside(tx: Connection, month: Month, settings: Settings, now: datetime) -> Beside:
    """What desk and knowledge base tell of a month, the one before and that of the year before."""
    hours = desk_hours(tx, settings)
    months = dict(zip(PERIODS, (month, month.before, month.year_before), strict=True))
    figures = {name: _figures(tx, one, hours, now) for name, one in months.items()}
    return Beside(figures, _missed(tx, month, now))


def _figures(tx: Connection, month: Month, hours: Hours, now: datetime) -> Figures:
    since, until = month.since, month.until
    desk: Summary = desk_figures.overall(tx, since, until, hours)
    scores: Scores = satisfaction.overall(tx, since, until)
    looked = list(satisfaction.looked_into(tx, since, until, now).values())
    return {
        "desk_handovers": desk.handovers,
        "taken": desk.taken,
        "left": desk.left,
        "wait_median": desk.wait_median,
        "first_reply_median": desk.first_reply_median,
        "handling_mean": desk.handling_mean,
        "agents_rated": scores.rated,
        "agents_mean": scores.mean,
        "agents_bad": scores.bad,
        **{f"looked_{name}": sum(getattr(one, name) for one in looked) for name in vars(LookedInto())},
        **_content(tx, since, until),
    }


def _content(tx: Connection, since: datetime, until: datetime) -> Figures:
    """How often was published, and how many units that added, changed and took out."""
    period = (releases.c.created_at >= since) & (releases.c.created_at < until)
    details = tx.execute(select(releases.c.detail).where(period)).scalars().all()
    return {"releases": len(details), **{name: sum(int(one.get(name, 0)) for one in details) for name in CONTENT}}


def _missed(tx: Connection, month: Month, now: datetime) -> tuple[Missed, ...]:
    """What was not answered well in a month, put together by what it means."""
    said = [
        Question(
            one.question,
            one.at,
            one.conversation,
            one.channel,
            one.region,
            one.why,
            [(UnitKey(*unit), sure) for unit, sure in one.candidates],
        )
        for one in missed(tx, month.since, min(now, month.until), until=month.until)
    ]
    return tuple(Missed(plain(one.title), one.count, one.people) for one in clusters(said).found)
