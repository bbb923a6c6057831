"""A city that asks: turns of any number of days, the same for the same seed, with what a test plants in them.

    city = City(seed=1, planted=[Planted(("item", "item-7"), "990102", begin, hours=6, factor=8.0)])
    for rows in city.days(date(2026, 10, 1), 31, turns=300_000):   # a pandas frame a day, columns as in `turns`
        store(database, rows)

Working days ask more than days off and Mondays most; mornings and afternoons more than noon, evenings a little, nights
hardly. Some hundred units are asked for with a long tail; each belongs to a department. A day as a whole is busier or
quieter by chance. `expected` tells the mean of what is asked of a unit in a region at an hour, before anything is
planted, so that a test can plant what ought to be seen.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from foundation.calendar import work_calendar
from foundation.clock import CHINA
from foundation.database import Database
from insights.turns import turns as table

CHANNELS = {"wechat": 0.42, "web": 0.27, "miniprogram": 0.16, "wecom": 0.09, "rest": 0.06}
DISTRICTS = [f"9901{number:02d}" for number in range(1, 13)]
UNKNOWN = 0.12
"""Of so many turns the region is not known."""
ASPECTS = {
    "materials": 0.22, "process": 0.16, "overview": 0.12, "conditions": 0.1, "fee": 0.08, "duration": 0.08,
    "place": 0.07, "hours": 0.05, "online": 0.05, "contact": 0.03, "proxy": 0.02, "validity": 0.015, "basis": 0.005,
}  # fmt: skip
ASKED = (
    "带什么材料", "怎么办", "是什么", "谁能办", "多少钱", "要多久", "在哪办", "几点开门", "能网上办吗", "电话多少",
    "能代办吗", "有效期多久", "有什么依据",
)  # fmt: skip
"""In the order of the aspects."""
SORTS = {
    "unit": 0.62, "options": 0.05, "situation": 0.04, "refused": 0.08, "handover": 0.03, "smalltalk": 0.08,
    "rating": 0.03, "form": 0.05, "status": 0.02,
}  # fmt: skip
"""What becomes of turns. `options` offers several units, `situation` asks back about one."""
MOODS = {"calm": 0.88, "annoyed": 0.06, "distressed": 0.02, "pleased": 0.04}
SCORES = (0.06, 0.05, 0.12, 0.27, 0.5)
WORKING = (1, 1, 0, 0, 0, 1, 3, 12, 60, 95, 90, 55, 25, 40, 80, 85, 70, 45, 22, 22, 20, 14, 7, 3)
OFF = (2, 1, 1, 0, 0, 1, 3, 8, 22, 34, 36, 28, 20, 22, 28, 30, 28, 24, 22, 24, 24, 18, 9, 4)
WEEKDAYS = (1.2, 1.08, 1.0, 0.98, 0.92, 0.42, 0.36)
TURNS_A_TALK = 2.4
COLUMNS = [column.name for column in table.c if column.name != "id"]


class Planted(NamedTuple):
    """From `start` on, for so many hours, this unit is asked for in this region `factor` times as often as usual; by
    people of their own. A factor below 1 is a silence, 0 a complete one."""

    unit: tuple[str, str]
    region: str
    start: datetime
    hours: int
    factor: float


class City:
    def __init__(self, seed: int = 1, units: int = 300, planted: Sequence[Planted] = ()) -> None:
        self.seed, self.planted = seed, planted
        rng = np.random.default_rng(seed)
        kinds = np.array(["item", "item", "faq", "item", "faq", "referral"])
        self.units = [(str(kinds[n % len(kinds)]), f"{kinds[n % len(kinds)]}-{n}") for n in range(units)]
        """The most asked first."""
        tail = 1 / np.arange(1, units + 1) ** 1.05
        self._asked = tail / tail.sum()
        departments = [f"第{n}局" for n in range(1, 25)]
        weights = 1 / np.arange(1, 25)
        self._departments = rng.choice(departments, units, p=weights / weights.sum()).astype(object)
        districts = 1 / np.arange(1, len(DISTRICTS) + 1) ** 0.7
        self._districts = (1 - UNKNOWN) * districts / districts.sum()
        texts = [[f"{id}{words}" for words in ASKED] for _, id in self.units]
        self._texts = np.array(texts, dtype=object)
        self._candidates = np.array(
            [f'[{{"kind": "{kind}", "id": "{id}", "confidence": 0.8}}]' for kind, id in self.units], dtype=object
        )

    def department(self, unit: tuple[str, str]) -> str:
        return str(self._departments[self.units.index(unit)])

    def expected(self, unit: tuple[str, str], region: str, hour: datetime, turns: float) -> float:
        """How many turns are about a unit in a region in this hour, on average, on a day of so many turns."""
        local = hour.astimezone(CHINA)
        usual = _hours(local.date())[local.hour] * turns
        share = SORTS["unit"] + SORTS["situation"]
        return float(usual * share * self._asked[self.units.index(unit)] * self._districts[DISTRICTS.index(region)])

    def days(self, first: date, number: int, turns: int) -> Iterator[pd.DataFrame]:
        """A frame a day, of about `turns` turns altogether (exactly, before anything is planted), oldest first."""
        days = [first + timedelta(days=n) for n in range(number)]
        rng = np.random.default_rng([self.seed, first.toordinal(), number])
        weights = np.array([_bustle(day) for day in days]) * rng.lognormal(0, 0.05, number)
        for day, size in zip(days, rng.multinomial(turns, weights / weights.sum())):
            yield self.day(day, int(size))

    def day(self, day: date, size: int) -> pd.DataFrame:
        """The turns of a day, in their order."""
        rng = np.random.default_rng([self.seed, day.toordinal(), size])
        frame = self._usual(rng, day, size)
        for number, one in enumerate(self.planted):
            frame = self._plant(rng, frame, one, day, size, number)
        return frame.sort_values("at", kind="stable", ignore_index=True)

    def _usual(self, rng: Any, day: date, size: int) -> pd.DataFrame:
        talks = max(1, round(size / TURNS_A_TALK))
        talk = np.sort(rng.integers(0, talks, size))
        hours = rng.choice(24, talks, p=_hours(day))
        began = (hours * 3600 + rng.uniform(0, 3600, talks))[talk]
        place = np.arange(size) - np.searchsorted(talk, talk)
        second = np.minimum(began + place * rng.uniform(20, 90, size), 86_399.9)
        channel = _drawn(rng, CHANNELS, talks)[talk]
        regions = np.array([None, *DISTRICTS], dtype=object)
        region = regions[rng.choice(len(regions), talks, p=[UNKNOWN, *self._districts])[talk]]
        names = np.array([f"{day:%y%m%d}-{n}" for n in range(talks)], dtype=object)[talk]
        unit = rng.choice(len(self.units), size, p=self._asked)
        return self._rows(rng, day, second, channel + ":" + names, channel, region, unit, _drawn(rng, SORTS, size))

    def _rows(
        self, rng: Any, day: date, second: Any, conversation: Any, channel: Any, region: Any, unit: Any, sort: Any
    ) -> pd.DataFrame:
        size = len(unit)
        about = np.isin(sort, ("unit", "situation"))
        asked = np.isin(sort, ("unit", "options", "situation", "refused"))
        kinds, ids = (np.array(part, dtype=object)[unit] for part in zip(*self.units))
        kind = np.select(
            [sort == "unit", np.isin(sort, ("options", "situation")), sort == "refused", sort == "rating"],
            [kinds, "options", "fallback", "smalltalk"],
            sort,
        )
        decision = np.select(
            [np.isin(sort, ("unit", "smalltalk", "status", "rating")), kind == "options", sort == "refused"],
            ["answered", "options", "refused"],
            "other",
        ).astype(object)
        aspects = list(ASPECTS)
        aspect = rng.choice(len(aspects), size, p=_weights(ASPECTS))
        understood = asked & (rng.random(size) < 0.8)
        begin = np.datetime64(datetime(day.year, day.month, day.day) - timedelta(hours=8), "us")
        text = np.where(sort == "refused", "请问" + self._texts[unit, aspect], self._texts[unit, aspect])
        text = np.where(rng.random(size) < 0.02, text + "，我的证是⟦id:7f3a⟧", text)
        spoken = np.select([asked, sort == "handover"], [text, "转人工"], None)
        record = np.char.mod("%08X", rng.integers(0, 16**8, size, dtype=np.int64))
        numbers = np.array([f"{one[:4]}-{one[4:]}" for one in record.tolist()], dtype=object)
        return pd.DataFrame(
            {
                "at": begin + (second * 1e6).astype("timedelta64[us]"),
                "conversation": conversation,
                "channel": channel,
                "region": region,
                "question": spoken,
                "kind": kind,
                "unit_kind": np.where(about, kinds, None),
                "unit_id": np.where(about, ids, None),
                "department": np.where(about, self._departments[unit], None),
                "aspect": np.where(understood, np.array(aspects, dtype=object)[aspect], None),
                "confidence": np.where(asked, np.round(rng.beta(6, 2, size), 4), np.nan),
                "decision": decision,
                "release": 3,
                "record": np.where(asked, numbers, None),
                "candidates": np.where(asked, self._candidates[unit], "[]"),
                "mood": _drawn(rng, MOODS, size),
                "handover": sort == "handover",
                "rating": np.where(sort == "rating", rng.choice(5, size, p=SCORES) + 1.0, np.nan),
                "milliseconds": np.where(rng.random(size) < 0.99, np.round(rng.lognormal(3.7, 0.5, size)), np.nan),
            },
            columns=COLUMNS,
        )

    def _plant(self, rng: Any, frame: pd.DataFrame, one: Planted, day: date, size: int, number: int) -> pd.DataFrame:
        """With what was planted, as far as it falls on this day. People who come for it are nobody's usual ones."""
        start = one.start.astimezone(CHINA).replace(minute=0, second=0, microsecond=0)
        hours = [start + timedelta(hours=n) for n in range(one.hours)]
        mine = [hour for hour in hours if hour.date() == day]
        begin = pd.Timestamp(datetime(day.year, day.month, day.day) - timedelta(hours=8))
        within = (frame["at"] - begin).dt.total_seconds() // 3600
        for hour in mine:
            if one.factor < 1:
                theirs = (frame["unit_id"] == one.unit[1]) & (frame["region"] == one.region) & (within == hour.hour)
                gone = theirs & (rng.random(len(frame)) >= one.factor)
                frame, within = frame[~gone], within[~gone]
                continue
            extra = int(rng.poisson((one.factor - 1) * self.expected(one.unit, one.region, hour, size)))
            second = hour.hour * 3600 + rng.uniform(0, 3600, extra)
            channel = _drawn(rng, CHANNELS, extra)
            names = np.array([f"{day:%y%m%d}-p{number}-{hour.hour}-{n}" for n in range(extra)], dtype=object)
            region = np.full(extra, one.region, dtype=object)
            unit, sort = np.full(extra, self.units.index(one.unit)), np.full(extra, "unit", dtype=object)
            rows = self._rows(rng, day, second, channel + ":" + names, channel, region, unit, sort)
            frame = pd.concat([frame, rows], ignore_index=True)
            within = (frame["at"] - begin).dt.total_seconds() // 3600
        return frame


def store(database: Database, rows: pd.DataFrame) -> None:
    """Put rows into `turns`, as fast as each database takes them."""
    plain = rows[COLUMNS].astype(object).where(rows[COLUMNS].notna(), None)
    plain["handover"] = rows["handover"].astype(int if database.is_sqlite else bool).tolist()
    at = np.char.replace(np.datetime_as_string(rows["at"].to_numpy("datetime64[us]"), "us"), "T", " ")
    plain["at"] = at if database.is_sqlite else np.char.add(at, "+00")
    for name in ("rating", "milliseconds", "release"):
        whole = rows[name].astype("Int64").astype(object)
        plain[name] = whole.where(whole.notna(), None)
    with database.write() as tx:
        cursor = tx.connection.cursor()
        if database.is_sqlite:
            marks = ", ".join("?" * len(COLUMNS))
            values = zip(*(plain[name].tolist() for name in COLUMNS))
            cursor.executemany(f"INSERT INTO turns ({', '.join(COLUMNS)}) VALUES ({marks})", values)
        else:
            file = io.StringIO()
            plain.to_csv(file, header=False, index=False, lineterminator="\n")
            file.seek(0)
            cursor.copy_expert(f"COPY turns ({', '.join(COLUMNS)}) FROM STDIN WITH (FORMAT csv)", file)


def _bustle(day: date) -> float:
    weekday = WEEKDAYS[day.weekday()]
    works = work_calendar().is_workday(day)
    if works is None:
        return weekday
    return max(weekday, 0.9) if works else min(weekday, 0.36)


def _hours(day: date) -> Any:
    weights = np.array(WORKING if _bustle(day) > 0.5 else OFF, dtype=float)
    return weights / weights.sum()


def _weights(shares: dict[str, float]) -> Any:
    weights = np.array(list(shares.values()))
    return weights / weights.sum()


def _drawn(rng: Any, shares: dict[str, float], size: int) -> Any:
    return np.array(list(shares), dtype=object)[rng.choice(len(shares), size, p=_weights(shares))]
