"""The monthly report and the statistics, with what desk and content know: by the worker and by the command line."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.engine import Connection

from bot import statistics_keeping
from bot.cli.main import main
from bot.reporting import report, statistics
from bot.statistics_keeping import openness_dir, publish
from bot.statistics_keeping import statistics_keeping as keeping
from desk.tables import handover_spans, handovers, ratings, tasks
from foundation import audit
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.settings import ROOT, Settings, get_settings
from insights import recording
from insights.months import Month
from insights.openness import exporting, writing
from insights.recording import Turn
from insights.report import keeping as reports
from knowledge_base.model import ServiceItem
from knowledge_base.store import releases

OCTOBER = Month.parse("2026-10")
AT = datetime(2026, 10, 12, 2, tzinfo=timezone.utc)
"""A Monday, ten in the morning at the office."""


@pytest.fixture(autouse=True)
def _own_settings(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Regions and commands look at the process's settings."""
    monkeypatch.setenv("ZHENGWU_VAR_DIR", str(settings.var_dir))
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def ask(tx: Connection, times: int, **fields: Any) -> None:
    given: dict[str, Any] = {
        "at": AT, "channel": "web", "question": "护照多少钱", "kind": "item", "decision": "answered",
        "unit_kind": "item", "unit_id": "passport", "department": "出入境科", **fields,
    }  # fmt: skip
    for number in range(times):
        recording.write(tx, Turn(conversation=f"web:{fields.get('question')}:{number}", **given))


def talk(tx: Connection, waits: float, score: int | None = None) -> None:
    """A conversation with a person, who was there after so many seconds."""
    row: dict[str, Any] = dict.fromkeys(("region", "topic_kind", "contact", "withdrawn", "outcome", "topic"))
    row |= {"conversation": "web:x", "channel": "web", "state": "closed", "reason": "asked", "department": "户政科",
            "question": "", "mood": "calm", "misses": 0, "elderly": False, "urgent": False, "opened_at": AT,
            "assigned_to": "zhao", "assigned_at": AT, "first_reply_at": AT + timedelta(seconds=waits + 30),
            "last_citizen_at": AT, "seen_at": AT, "place_told_at": AT, "version": 1}  # fmt: skip
    id = tx.execute(insert(handovers).values(row)).inserted_primary_key[0]
    taken = AT + timedelta(seconds=waits)
    span = {"handover": id, "conversation": "web:x", "department": "户政科", "by": "zhao", "why": "taken"}
    for state, since, until in (("waiting", AT, taken), ("with_agent", taken, taken + timedelta(minutes=5))):
        tx.execute(insert(handover_spans).values(**span, state=state, account="zhao", since=since, until=until))
    if score is not None:
        rated = {"conversation": f"web:{id}", "channel": "web", "subject": f"handover:{id}", "handover": id,
                 "account": "zhao", "department": "户政科", "score": score, "comment": "", "forward": False,
                 "rated_at": AT, "changed_at": AT, "changes": 0}  # fmt: skip
        tx.execute(insert(ratings).values(rated))


@pytest.fixture
def filled(database: Database, clock: FixedClock) -> Database:
    with database.write() as tx:
        releases.save_drafts(tx, [ServiceItem(id="passport", name="普通护照签发", department="出入境科")], "e", AT)
        releases.publish(tx, "chief", "", AT)
        ask(tx, 30)
        for text in ("新生儿医保怎么网上办", "新生儿的医保网上怎么办"):
            ask(tx, 4, question=text, kind="fallback", decision="refused", unit_kind=None, unit_id=None, record="R")
        talk(tx, 60, score=5)
        talk(tx, 120, score=1)
        tx.execute(
            insert(tasks).values(
                kind="bad_rating", state="done", department="户政科", title="", detail={}, source="rating:1:0",
                opened_at=AT, opened_by="system", due_at=AT + timedelta(days=1), done_at=AT + timedelta(days=2),
                remark="",
            )
        )  # fmt: skip
    return database


def test_a_report_with_what_desk_and_content_know(filled: Database, settings: Settings, clock: FixedClock) -> None:
    with filled.read() as tx:
        found, final = report(tx, OCTOBER, settings, clock.now())
    now = found.figures["now"]
    assert not final and now["questions"] == 38
    told = {name: now[name] for name in ("desk_handovers", "taken", "wait_median", "first_reply_median", "agents_rated",
                                         "agents_mean", "agents_bad", "looked_opened", "looked_in_time", "looked_late",
                                         "looked_open", "releases", "added")}  # fmt: skip
    assert told == {
        "desk_handovers": 2, "taken": 2, "wait_median": 90.0, "first_reply_median": 120.0, "agents_rated": 2,
        "agents_mean": 3.0, "agents_bad": 1, "looked_opened": 1, "looked_in_time": 0, "looked_late": 1,
        "looked_open": 0, "releases": 1, "added": 1,
    }  # fmt: skip
    assert found.items[0].name == "普通护照签发"
    assert [(one.count, one.people) for one in found.missed] == [(8, 8)]


def test_a_final_report_is_what_it_was(filled: Database, settings: Settings, clock: FixedClock) -> None:
    with filled.write() as tx:
        before, _ = report(tx, OCTOBER, settings, clock.now())
        reports.finalise(tx, before, "chief", clock.now())
        ask(tx, 5)
        assert report(tx, OCTOBER, settings, clock.now()) == (before, True)


def test_statistics_by_the_workers_schedule(filled: Database, settings: Settings, clock: FixedClock) -> None:
    here: Any = SimpleNamespace(database=filled, clock=clock, settings=settings)
    statistics_keeping.publish_due(here)
    statistics_keeping.publish_due(here)
    directory = openness_dir(settings)
    assert directory == settings.var_dir / "openness" and writing.months(directory) == [OCTOBER]
    topics = writing.read(directory, OCTOBER)["questions_by_topic.csv"].decode("utf-8-sig")
    assert "普通护照签发" in topics and "新生儿" not in topics
    with filled.read() as tx:
        assert [one.account for one in audit.entries(tx, action="openness.export")] == ["system"]
        assert {one.name for one in statistics(tx, OCTOBER, settings)} >= {"waits", "satisfaction", "decisions"}


async def test_nothing_is_published_unless_an_office_wants_it(settings: Settings) -> None:
    here: Any = SimpleNamespace(settings=settings)  # it is asked for nothing else
    async with keeping(here):
        await asyncio.sleep(0)
    assert not openness_dir(settings).exists()


PUBLISH = """
import sys
from bot.statistics_keeping import publish
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.settings import load_settings
from insights.months import Month
from datetime import datetime, timezone
settings = load_settings(_env_file=None, secret_key="5a" * 32, var_dir=sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
clock = FixedClock(datetime(2026, 11, 23, 2, tzinfo=timezone.utc))
print(publish(Database(sys.argv[1]), settings, clock, Month.parse("2026-10")), flush=True)
"""


def test_two_processes_publish_a_month_once(
    filled: Database, database_url: str, settings: Settings, clock: FixedClock
) -> None:
    command = [sys.executable, "-c", PUBLISH, database_url, str(settings.var_dir)]
    both = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    for process in both:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in both:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.communicate(timeout=120)[0].strip() for process in both]
    place = openness_dir(settings) / "2026-10"
    assert sorted(said) == sorted([str(place), "None", "None"])
    assert len(list(place.iterdir())) == 10 and [one.name for one in place.parent.iterdir()] == ["2026-10"]
    with filled.read() as tx:
        assert len(audit.entries(tx, action="openness.export")) == 1
        assert len(exporting.exports(tx)) == 1


def test_the_commands(
    filled: Database, database_url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str], tmp_path: Path,
) -> None:  # fmt: skip
    monkeypatch.setenv("ZHENGWU_DATABASE_URL", database_url)
    monkeypatch.setenv("ZHENGWU_SECRET_KEY", "5a" * 32)
    get_settings.cache_clear()
    assert main(["insights", "report", "2026-10"]) == 0
    assert "咨询量（次）\t38\t0" in capsys.readouterr().out
    for ending, begins in ((".html", b"<!doctype html>"), (".pdf", b"%PDF-")):
        assert main(["insights", "report", "2026-10", "--output", str(tmp_path / f"r{ending}")]) == 0
        assert (tmp_path / f"r{ending}").read_bytes().startswith(begins)
    assert main(["insights", "report", "2026-10", "--output", str(tmp_path / "r.doc")]) == 2
    assert main(["insights", "report", "October"]) == 1
    capsys.readouterr()
    assert main(["insights", "export", "--month", "2026-10"]) == 0
    assert main(["insights", "export", "--month", "2026-10"]) == 0  # by hand it may be made again
    assert "10 files" in capsys.readouterr().out
    assert main(["insights", "export", "--month", "2099-01"]) == 1
    assert "not over" in capsys.readouterr().err
    with filled.read() as tx:
        assert [one.account for one in audit.entries(tx, action="openness.export")] == ["operator", "operator"]


def test_what_cannot_be_written_leaves_nothing(filled: Database, settings: Settings, clock: FixedClock) -> None:
    settings.var_dir.mkdir(parents=True, exist_ok=True)
    (settings.var_dir / "openness").write_text("in the way")
    with pytest.raises(OSError):
        publish(filled, settings, clock, OCTOBER)
    with filled.read() as tx:
        assert exporting.due(tx, clock.now()) == OCTOBER
        assert audit.entries(tx, action="openness.export") == []
