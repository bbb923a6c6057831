"""The rules of retention: what goes, what stays, at which pace, and what is left when somebody pulls the plug."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

import bot.erasing  # noqa: F401  # the rules of all packages
from desk.case_tables import cases
from desk.tables import handovers, ratings
from foundation import audit, log_files, outbox, retention, retention_runs
from foundation.clock import CHINA, FixedClock, SystemClock
from foundation.database import Database, metadata
from foundation.dialogue import append, heard, tracker_events
from foundation.errors import ConfigError
from foundation.inbox import inbox
from foundation.migrate import table_modules
from foundation.outbox import outbox as sent
from foundation.settings import Settings, load_settings
from insights.turns import turns
from knowledge_base.records import Record, answer_records, write

OLD, YOUNG = timedelta(days=181), timedelta(days=179)
OFFICES_OWN = {
    "accounts", "one_time_passwords", "second_factors", "leases", "heartbeats", "switches", "agents", "canned_replies",
    "closures", "marks", "changes", "revisions", "memberships", "releases", "drafts", "workings", "change_orders",
    "reviews", "settlements", "dead_links", "attachments", "asides", "content_tests", "recalls", "column_mappings",
    "synchronisations", "synchronised", "platform_tokens", "kf_cursors", "cursors",
    "openness_exports", "warning_hours", "warning_baselines", "alerts", "alert_events", "alert_mutes", "alert_messages",
    "quality_samples", "quality_sample_lines", "audit_head", "audit_keys",
    "rolled_days", "rollup_cells", "rollups", "monthly_reports",
}  # fmt: skip
"""Tables that hold nothing of a citizen's: content, configuration, roll-ups, the office's own work."""


def carry_out(database: Database, clock: FixedClock, settings: Settings, **options: object) -> retention_runs.Run:
    run = retention_runs.carry_out(database, clock, settings, "here", "operator", rest=0, **options)  # type: ignore[arg-type]
    assert run is not None
    return run


def fill(database: Database, now: datetime, rows: int = 1, tag: str = "old") -> None:
    with database.write() as tx:
        for one in range(rows):
            conversation = f"web:{tag}-{one}"
            message = {"conversation": conversation, "channel": "web", "state": "done", "received_at": now}
            inbox_id = tx.execute(insert(inbox).values(message)).inserted_primary_key[0]
            outbox.add(tx, conversation, "web", [{"text": "好"}], now, inbox_id)
            append(tx, conversation, [heard("开饭店", "web", now)])
            turn = {"at": now, "conversation": conversation, "channel": "web", "question": "开饭店", "kind": "item"}
            tx.execute(insert(turns).values(**turn, decision="answered", candidates=[]))
            write(tx, Record(f"{tag[:4].upper()}-{one:04d}", conversation, now, "item", "带身份证", inbox_id=inbox_id))


def numbers(database: Database) -> dict[str, int]:
    with database.read() as tx:
        return {
            table.name: tx.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (inbox, sent, tracker_events, turns, answer_records)
        }


def test_what_is_old_goes_and_what_is_young_stays(database: Database, clock: FixedClock, settings: Settings) -> None:
    fill(database, clock.now() - OLD, tag="old")
    fill(database, clock.now() - YOUNG, tag="young")
    run = carry_out(database, clock, settings)
    assert numbers(database) == {"inbox": 1, "outbox": 1, "tracker_events": 1, "turns": 2, "answer_records": 2}
    assert {name: run.counts[name] for name in ("inbox", "outbox", "tracker_events", "turns", "answer_records")} == {
        "inbox": 1, "outbox": 1, "tracker_events": 1, "turns": 1, "answer_records": 1,
    }  # fmt: skip
    with database.read() as tx:
        known = select(turns.c.conversation, turns.c.question).order_by(turns.c.id)
        assert tx.execute(known).all() == [(None, None), ("web:young-0", "开饭店")]
        assert tx.execute(select(answer_records.c.conversation).order_by(answer_records.c.at)).scalars().all() == [
            None,
            "web:young-0",
        ]
        entry = audit.entries(tx, action="retention.run")[0]
    assert (entry.detail["outbox"], entry.account) == (1, "operator")
    again = carry_out(database, clock, settings)
    assert not any(again.counts.values()), "what was settled is not settled again"


@pytest.mark.parametrize("killed", [False, True])
def test_a_run_begun_while_the_clock_was_ahead_deletes_nothing_young_once_it_is_right(
    database: Database, clock: FixedClock, settings: Settings, killed: bool
) -> None:
    fill(database, clock.now() - timedelta(days=1), tag="young")
    before = numbers(database)
    asked = 0

    def going_on() -> bool:
        """The clock is put right, or the process dies, before anything is deleted."""
        nonlocal asked
        asked += 1
        if asked == 1:
            clock.advance(days=-365)
        return not killed

    clock.advance(days=365)
    retention_runs.carry_out(database, clock, settings, "here", "operator", rest=0, going_on=going_on)
    if killed:
        carry_out(database, clock, settings)
    assert numbers(database) == before
    with database.read() as tx:
        assert tx.execute(select(turns.c.conversation)).scalars().all() == ["web:young-0"]


def test_what_was_written_while_the_clock_was_ahead_holds_up_nothing_that_is_old(
    database: Database, clock: FixedClock, settings: Settings
) -> None:
    """It stands before what came after it, and seems to be younger."""
    fill(database, clock.now() + timedelta(days=365), tag="ahead")
    fill(database, clock.now() - OLD, rows=2, tag="old")
    fill(database, clock.now() - YOUNG, tag="young")
    carry_out(database, clock, settings)
    kept = numbers(database)
    assert (kept["inbox"], kept["outbox"], kept["tracker_events"]) == (2, 2, 2)


def test_the_desk_keeps_its_figures_and_cases_keep_their_order(
    database: Database, clock: FixedClock, settings: Settings
) -> None:
    then = clock.now() - OLD
    with database.write() as tx:
        handover = {
            "conversation": "web:a", "channel": "web", "state": "closed", "reason": "asked", "department": "",
            "mood": "", "question": "找张三", "misses": 0, "elderly": False, "urgent": False, "contact": "⟦phone:7f3a⟧",
            "opened_at": then, "last_citizen_at": then, "seen_at": then, "place_told_at": then, "closed_at": then,
            "version": 1,
        }  # fmt: skip
        number = tx.execute(insert(handovers).values(handover)).inserted_primary_key[0]
        rating = {"conversation": "web:a", "channel": "web", "subject": "x", "department": "", "score": 1, "changes": 0}
        tx.execute(insert(ratings).values(
            **rating, comment="张三不好", forward=False, rated_at=then, changed_at=then, handover=number
        ))  # fmt: skip
        case = {"conversation": "web:a", "channel": "web", "kind": "complaint", "what": "太吵", "place": "",
                "version": 1, "happened": "", "department": "", "filed_at": then,
                "private": b"x", "has_contact": True}  # fmt: skip
        tx.execute(insert(cases).values(**case, number="1", state="answered", closed_at=then))
        tx.execute(insert(cases).values(**case, number="2", state="in_hand"))
    carry_out(database, clock, settings)
    with database.read() as tx:
        left = tx.execute(select(handovers)).mappings().one()
        assert (left["question"], left["contact"], left["conversation"]) == ("", None, f"gone:{number}")
        score = tx.execute(select(ratings.c.score, ratings.c.comment, ratings.c.conversation)).one()
        assert (score.score, score.comment) == (1, "") and score.conversation.startswith("gone:")
        found = tx.execute(select(cases.c.what, cases.c.private, cases.c.conversation).order_by(cases.c.id)).all()
        assert found == [("太吵", None, None), ("太吵", b"x", "web:a")]


def test_the_preview_counts_and_changes_nothing(database: Database, clock: FixedClock, settings: Settings) -> None:
    fill(database, clock.now() - OLD, rows=3)
    before = numbers(database)
    with database.read() as tx:
        counts = {rule.store: count for rule, count in retention_runs.preview(tx, settings, clock.now())}
    assert (counts["outbox"], counts["turns"], counts["audit"]) == (3, 3, None)
    assert numbers(database) == before


def test_every_table_has_a_rule_or_holds_nothing_of_a_citizens() -> None:
    for module in table_modules():
        __import__(module)
    names = {table.name for table in metadata.sorted_tables} | {"logs"}
    assert names - OFFICES_OWN - retention.tables() == set()
    assert retention.tables() - names == set(), "a rule for a table that is gone"


def test_every_rule_can_be_carried_out(settings: Settings) -> None:
    log_files.keep_for(settings)
    lacking = [rule.store for rule in retention.rules() if rule.then != "kept" and retention.step_of(rule) is None]
    assert lacking == []
    assert all(rule.what and rule.ground and rule.until(settings) for rule in retention.rules())


def test_logs_cannot_be_kept_for_less_than_the_law_asks() -> None:
    with pytest.raises(ConfigError, match="ZHENGWU_KEEP_LOG_DAYS"):
        load_settings(_env_file=None, keep_log_days=179)
    assert load_settings(_env_file=None, keep_log_days=180).keep_log_days == 180


def test_old_log_files_go(database: Database, clock: FixedClock, settings: Settings) -> None:
    folder = log_files.folder_of(settings)
    folder.mkdir(parents=True)
    today = clock.now().astimezone(CHINA).date()
    kept = today - timedelta(days=settings.keep_log_days)
    for day in (today, kept, kept - timedelta(days=1)):
        (folder / f"zhengwu-{day}.log").write_text("x")
    (folder / "other.log").write_text("x")
    log_files.keep_for(settings)
    assert carry_out(database, clock, settings).counts["logs"] == 1
    assert sorted(path.name for path in folder.iterdir()) == [
        "other.log", f"zhengwu-{kept}.log", f"zhengwu-{today}.log",
    ]  # fmt: skip


def test_it_is_due_once_a_night_and_after_an_interruption(
    database: Database, clock: FixedClock, settings: Settings
) -> None:
    def due() -> bool:
        with database.read() as tx:
            return retention_runs.is_due(tx, clock.now())

    assert due()
    carry_out(database, clock, settings)
    assert not due()
    clock.advance(hours=16)  # two at night
    assert not due()
    clock.advance(hours=2)
    assert due()
    fill(database, clock.now() - OLD)
    stopped = retention_runs.carry_out(
        database, clock, settings, "here", "operator", going_on=iter([True, False, False]).__next__
    )
    assert stopped is None and due(), "what was stopped is taken up again"


def test_only_one_process_at_a_time(database: Database, clock: FixedClock, settings: Settings) -> None:
    fill(database, clock.now() - OLD)
    inside, go_on = threading.Event(), threading.Event()

    def wait() -> bool:
        inside.set()
        return go_on.wait(60)

    thread = threading.Thread(target=lambda: carry_out(database, clock, settings, going_on=wait))
    thread.start()
    assert inside.wait(60)
    with pytest.raises(retention_runs.Elsewhere):
        retention_runs.carry_out(database, clock, settings, "there", "operator")
    go_on.set()
    thread.join(60)
    with database.read() as tx:
        assert len(retention_runs.latest(tx, 5)) == 1


def _killed(url: str, var: Path) -> None:
    settings = load_settings(_env_file=None, secret_key="5a" * 32, var_dir=var, database_url=url)
    retention_runs.FEW = 10
    retention_runs.carry_out(Database(url), SystemClock(), settings, "killed", "operator", rest=0.02)


@pytest.mark.slow
def test_killed_in_the_middle_it_is_finished_by_the_next_and_counted_exactly(
    database: Database, database_url: str, settings: Settings, tmp_path: Path
) -> None:
    now = SystemClock().now()
    fill(database, now - OLD, rows=600)
    process = multiprocessing.get_context("spawn").Process(target=_killed, args=(database_url, tmp_path))
    process.start()
    try:
        deadline = time.monotonic() + 120
        while numbers(database)["tracker_events"] > 500:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
    left = numbers(database)
    assert left["outbox"] == 600 and left["tracker_events"] > 0, "the test came too late to kill it in the middle"
    later = FixedClock(now + retention_runs.SPAN + timedelta(minutes=5))
    run = carry_out(database, later, settings)
    assert {name: run.counts[name] for name in ("tracker_events", "outbox", "inbox", "turns")} == dict.fromkeys(
        ("tracker_events", "outbox", "inbox", "turns"), 600
    )
    with database.read() as tx:
        assert len(audit.entries(tx, action="retention.run")) == 1
    assert numbers(database)["outbox"] == 0


@pytest.mark.slow
def test_many_old_rows_keep_no_turn_waiting(database: Database, clock: FixedClock, settings: Settings) -> None:
    then = clock.now() - OLD
    row = {
        "conversation": "web:a",
        "at": then.timestamp(),
        "type": "user",
        "starts_session": False,
        "body": {"text": "x"},
    }
    with database.write() as tx:
        for _ in range(20):
            tx.execute(insert(tracker_events), [row] * 5000)
    thread = threading.Thread(
        target=lambda: retention_runs.carry_out(database, clock, settings, "here", "operator", rest=0.02)
    )
    thread.start()
    waits = []
    while thread.is_alive():
        began = time.monotonic()
        with database.write() as tx:
            append(tx, "web:turn", [heard("问", "web", clock.now())])
        waits.append(time.monotonic() - began)
        time.sleep(0.05)
    assert numbers(database)["tracker_events"] == len(waits)
    assert sorted(waits)[len(waits) // 2] < 1, waits
