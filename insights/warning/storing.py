"""The baseline between two nights: learned from the counted hours, kept in one row, read by whoever judges or shows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO

import numpy as np
from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Connection

from foundation.calendar import WorkCalendar
from foundation.clock import CHINA
from insights.local_time import begin as begin_of
from insights.warning.baseline import FEWEST_DAYS, HABIT_HALVES, HOURS, WEEKS, Baseline, learn
from insights.warning.counting import ASKED, MEASURES
from insights.warning.series import EVERYTHING, Series, closed
from insights.warning.shares import Shares, watched
from insights.warning.tables import warning_baselines, warning_hours

AT_MOST = 6000
"""Series; of more, the least asked about within one region are left out."""


@dataclass(frozen=True)
class Learned:
    baseline: Baseline
    shares: Shares
    at: datetime


def due(tx: Connection, now: datetime) -> date | None:
    """The day for which it is to be learned now; None: it was, or there are too few days yet."""
    today = now.astimezone(CHINA).date()
    if tx.execute(select(warning_baselines.c.day).where(warning_baselines.c.day >= today)).first():
        return None
    begun = tx.execute(select(warning_hours.c.hour).order_by(warning_hours.c.hour).limit(1)).scalar()
    if begun is None or (today - begun.astimezone(CHINA).date()).days < FEWEST_DAYS:
        return None
    counted = begin_of(today) - timedelta(hours=1)
    return today if tx.execute(select(warning_hours.c.hour).where(warning_hours.c.hour >= counted)).first() else None


def forget_to_come(tx: Connection, now: datetime) -> None:
    """Forget what was learned for days to come: a clock was ahead."""
    tx.execute(delete(warning_baselines).where(warning_baselines.c.day > now.astimezone(CHINA).date()))


def study(tx: Connection, today: date, now: datetime, calendar: WorkCalendar) -> Learned:
    """Learn from the hours that were counted before a day."""
    first = today - timedelta(weeks=WEEKS)
    begin, end = begin_of(first), begin_of(today)
    mine = (warning_hours.c.hour >= begin) & (warning_hours.c.hour < end)
    rows = tx.execute(select(warning_hours).where(mine).order_by(warning_hours.c.hour)).all()
    first = rows[0].hour.astimezone(CHINA).date()
    days = (today - first).days
    parsed = [{Series.parse(name): count for name, count in row.counts[ASKED].items()} for row in rows]
    chosen = _chosen(parsed)
    place = {one: at for at, one in enumerate(chosen)}
    counts, observed = np.zeros((len(chosen), days, HOURS)), np.zeros((days, HOURS))
    sums: dict[str, dict[Series, float]] = {name: {} for name in MEASURES}
    for row, counted in zip(rows, parsed):
        local = row.hour.astimezone(CHINA)
        day = (local.date() - first).days
        observed[day, local.hour] = 1
        for one, count in counted.items():
            if one in place:
                counts[place[one], day, local.hour] = count
        _add(sums, row.counts, 0.5 ** ((days - day) / HABIT_HALVES))
    return Learned(learn(chosen, counts, observed, first, calendar), Shares(sums), now)


def write(tx: Connection, learned: Learned) -> None:
    """Keep it in place of those of earlier days."""
    kept = learned.baseline
    by_name = learned.shares.found.items()
    shares = {name: {str(one): round(had, 3) for one, had in found.items()} for name, found in by_name}
    about = {"days": kept.days, "series": [str(one) for one in kept.series], "shares": shares}
    buffer = BytesIO()
    words = np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)
    rates, spread = kept.rates.astype(np.float32), kept.spread.astype(np.float32)
    np.savez_compressed(buffer, about=words, rates=rates, spread=spread, seen=kept.seen)
    tx.execute(delete(warning_baselines).where(warning_baselines.c.day <= kept.day))
    tx.execute(insert(warning_baselines).values(day=kept.day, at=learned.at, content=buffer.getvalue()))


def learned_at(tx: Connection) -> datetime | None:
    """When the one that holds was learned."""
    query = select(warning_baselines.c.at).order_by(warning_baselines.c.day.desc()).limit(1)
    found: datetime | None = tx.execute(query).scalar()
    return found


def load(tx: Connection) -> Learned | None:
    """The one that holds; None: too few days have been counted yet."""
    row = tx.execute(select(warning_baselines).order_by(warning_baselines.c.day.desc()).limit(1)).first()
    if row is None:
        return None
    with np.load(BytesIO(row.content), allow_pickle=False) as arrays:
        about = json.loads(arrays["about"].tobytes())
        rates, spread, seen = (arrays[name].astype(np.float64) for name in ("rates", "spread", "seen"))
    series = [Series.parse(name) for name in about["series"]]
    shares = {
        name: {Series.parse(one): float(had) for one, had in found.items()} for name, found in about["shares"].items()
    }
    return Learned(Baseline(row.day, about["days"], series, rates, spread, seen), Shares(shares), row.at)


def _chosen(parsed: Iterable[Mapping[Series, int]]) -> list[Series]:
    """What was ever asked about, parents first; of more than AT_MOST the most asked about."""
    totals: dict[Series, int] = {EVERYTHING: 0}
    for counted in parsed:
        for series, count in counted.items():
            totals[series] = totals.get(series, 0) + count
    return closed(sorted(totals, key=lambda one: (bool(one.region), -totals[one]))[:AT_MOST])


def _add(sums: dict[str, dict[Series, float]], counts: dict[str, dict[str, int]], weight: float) -> None:
    for measure, found in counts.items():
        for name, count in found.items():
            one = Series.parse(name)
            if watched(one):
                sums[measure][one] = sums[measure].get(one, 0.0) + weight * count
