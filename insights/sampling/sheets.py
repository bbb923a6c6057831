"""Samples: drawn by a supervisor, scored line by line, and closed, after which nothing changes any more."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.engine import Connection

from foundation import audit
from foundation.clock import CHINA
from foundation.errors import ZhengwuError
from insights.local_time import begin, end
from insights.recording import UNTOLD
from insights.sampling.drawing import Candidate, Proof, Speaker, Stratum, draw, prove
from insights.sampling.results import VERDICTS, Scored, Verdict
from insights.sampling.tables import quality_sample_lines as line_rows
from insights.sampling.tables import quality_samples as samples
from insights.turns import turns

LONGEST_REMARK = 500
ABOUT = timedelta(minutes=10)
"""Within this of its record lies a turn."""
JUDGED = ("answered", "options", "refused")
"""What of the robot's is drawn: its answers to questions, asking back and not knowing among them."""
LEFT_OUT = UNTOLD | {"smalltalk"}
"""Kinds of answers that are not drawn: there is nothing to judge, or nothing that a reviewer may see."""


class SampleError(ZhengwuError):
    """What cannot be done with a sample; `key` names the sentence for whoever asked."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True)
class Sample:
    id: int
    since: date
    until: date
    seed: str
    strata: tuple[Stratum, ...]
    drawn_by: str
    drawn_at: datetime
    closed_by: str | None
    closed_at: datetime | None


@dataclass(frozen=True)
class Line:
    id: int
    sample: int
    place: int
    speaker: Speaker
    department: str
    record: str
    said_by: str | None
    verdict: Verdict | None
    remark: str
    scored_by: str | None
    scored_at: datetime | None

    def may_be_scored_by(self, account: str) -> bool:
        """Nobody scores an own reply, nor changes what another has said of one."""
        return self.said_by != account and self.scored_by in (None, account)


def of_robot(tx: Connection, since: date, until: date) -> Iterator[Candidate]:
    """The robot's answers of these days that may be drawn, each by its record number."""
    period = (turns.c.at >= begin(since)) & (turns.c.at < end(until))
    answers = turns.c.record.is_not(None) & turns.c.decision.in_(JUDGED) & turns.c.kind.not_in(LEFT_OUT)
    query = select(turns.c.record, turns.c.department).where(period, answers)
    for record, department in tx.execute(query.execution_options(yield_per=5000)):
        yield Candidate(record, "robot", department or "")


def question_of(tx: Connection, record: str, at: datetime) -> str | None:
    """What the robot was asked, masked; None where that was erased or its time is over. `at`: of the record."""
    about = (turns.c.at >= at - ABOUT) & (turns.c.at <= at + ABOUT)
    found: str | None = tx.execute(select(turns.c.question).where(about, turns.c.record == record)).scalar()
    return found


def make(
    tx: Connection,
    population: Iterable[Candidate],
    sizes: Mapping[Speaker, int],
    since: date,
    until: date,
    account: str,
    now: datetime,
    seed: str | None = None,
) -> Sample:
    """Draw a sample of a period that is over, and keep it with its seed, which is a fresh one by default.

    Raises:
        SampleError: `days`, the period is not over or goes backwards; `nothing`, there is nothing to be drawn.
    """
    if not since <= until < now.astimezone(CHINA).date():
        raise SampleError("days")
    seed = seed or secrets.token_hex(16)
    drawn = draw(population, sizes, seed)
    if not drawn.lines:
        raise SampleError("nothing")
    values = {"since": since, "until": until, "seed": seed, "strata": [asdict(one) for one in drawn.strata]}
    made = tx.execute(insert(samples).values(**values, drawn_by=account, drawn_at=now))
    id = int(made.inserted_primary_key[0])
    rows = [{**asdict(one), "sample": id, "place": place, "remark": ""} for place, one in enumerate(drawn.lines, 1)]
    tx.execute(insert(line_rows), rows)
    detail = {"since": str(since), "until": str(until), "seed": seed, "lines": len(rows)}
    audit.record(tx, account, "sample.draw", f"sample:{id}", detail, now)
    return get(tx, id)


def get(tx: Connection, id: int) -> Sample:
    """Raises SampleError `unknown`."""
    row = tx.execute(select(samples).where(samples.c.id == id)).mappings().first()
    if row is None:
        raise SampleError("unknown")
    return Sample(**{**row, "strata": tuple(Stratum(**one) for one in row["strata"])})


def listing(tx: Connection, most: int = 100) -> list[tuple[Sample, int, int]]:
    """Samples, newest first, each with how many lines it has and how many are scored."""
    query = select(line_rows.c.sample, func.count(), func.count(line_rows.c.verdict)).group_by(line_rows.c.sample)
    counts = {sample: (lines, scored) for sample, lines, scored in tx.execute(query)}
    ids = tx.execute(select(samples.c.id).order_by(samples.c.id.desc()).limit(most)).scalars().all()
    return [(get(tx, id), *counts.get(id, (0, 0))) for id in ids]


def lines(tx: Connection, sample: int) -> list[Line]:
    query = select(line_rows).where(line_rows.c.sample == sample).order_by(line_rows.c.place)
    return [Line(**row) for row in tx.execute(query).mappings()]


def line(tx: Connection, sample: int, place: int) -> Line:
    """Raises SampleError `unknown`."""
    mine = (line_rows.c.sample == sample) & (line_rows.c.place == place)
    row = tx.execute(select(line_rows).where(mine)).mappings().first()
    if row is None:
        raise SampleError("unknown")
    return Line(**row)


def next_for(tx: Connection, sample: int, account: str, after: int = 0) -> int | None:
    """The place of the next line that an account may score and nobody has; from the beginning again at the end."""
    waiting = [one.place for one in lines(tx, sample) if one.verdict is None and one.may_be_scored_by(account)]
    return next((place for place in waiting if place > after), waiting[0] if waiting else None)


def score(tx: Connection, sample: int, place: int, verdict: str, remark: str, account: str, now: datetime) -> None:
    """Say what an answer was; one's own verdict may be changed until the sample is closed. `remark` is masked.

    Raises:
        SampleError: `verdict`, there is none such; `remark`, it is too long; `own`, it is the account's own reply;
            `scored`, another was first; `closed`; `unknown`.
    """
    if verdict not in VERDICTS:
        raise SampleError("verdict")
    if len(remark) > LONGEST_REMARK:
        raise SampleError("remark")
    _require_open(tx, sample)
    found = line(tx, sample, place)
    if found.said_by == account:
        raise SampleError("own")
    mine = or_(line_rows.c.scored_by.is_(None), line_rows.c.scored_by == account)
    values = {"verdict": verdict, "remark": remark, "scored_by": account, "scored_at": now}
    changed = tx.execute(update(line_rows).where(line_rows.c.id == found.id, mine).values(values))
    if not changed.rowcount:
        raise SampleError("scored")
    audit.record(tx, account, "sample.score", f"sample:{sample}", {"place": place, "verdict": verdict}, now)


def close(tx: Connection, sample: int, account: str, now: datetime) -> None:
    """The result stands: nothing is scored any more. Raises SampleError `closed`, `unknown` or `unscored`."""
    _require_open(tx, sample)
    if all(one.verdict is None for one in lines(tx, sample)):
        raise SampleError("unscored")
    tx.execute(update(samples).where(samples.c.id == sample).values(closed_by=account, closed_at=now))
    audit.record(tx, account, "sample.close", f"sample:{sample}", None, now)


def check(tx: Connection, sample: Sample, population: Iterable[Candidate]) -> Proof:
    """Do the draw again: whether the sample is what its seed draws."""
    return prove(population, sample.strata, [one.record for one in lines(tx, sample.id)], sample.seed)


def scored_of_month(tx: Connection, since: date, until: date) -> list[Scored]:
    """The lines of samples whose period ends within these days: what a month's report tells."""
    period = (samples.c.until >= since) & (samples.c.until <= until)
    joined = line_rows.join(samples, samples.c.id == line_rows.c.sample)
    query = select(line_rows.c.speaker, line_rows.c.department, line_rows.c.verdict).select_from(joined).where(period)
    return [Scored(*row) for row in tx.execute(query)]


def _require_open(tx: Connection, sample: int) -> None:
    """Lock a sample that is not closed."""
    query = select(samples.c.closed_at).where(samples.c.id == sample).with_for_update(read=True)
    row = tx.execute(query).first()
    if row is None:
        raise SampleError("unknown")
    if row.closed_at is not None:
        raise SampleError("closed")
