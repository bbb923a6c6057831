"""Attacks on the audit log by somebody who can write to the database and has not the key."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import delete, insert, select, text, update

from foundation import audit_chain, audit_seals
from foundation.audit import audit, entries, record
from foundation.audit_chain import audit_head, plain_hash, seal
from foundation.audit_rows import Entry, Unreadable, rows
from foundation.audit_verifying import Fault, Report, adopt, restart, verify
from foundation.cipher import Cipher
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.errors import ConfigError

OLD = bytes.fromhex("5a" * 32)  # the key of tests/conftest.py


def write(database: Database, clock: FixedClock, *subjects: str) -> None:
    for subject in subjects:
        with database.write() as tx:
            record(tx, "lihua", "kb.publish", subject, {"字段": [1, 1.0, 1e300, None], "b": {"a": True}}, clock.now())
        clock.advance(minutes=1)
    with database.write() as tx:
        seal(tx)


def found(database: Database, noted: tuple[int, str] | None = None) -> Report:
    with database.read() as tx:
        return verify(tx, noted)


@pytest.fixture
def log(database: Database, clock: FixedClock) -> Database:
    write(database, clock, *(f"release:{number}" for number in range(1, 8)))
    return database


def test_a_log_that_nobody_touched_is_whole(log: Database) -> None:
    report = found(log)
    assert (report.faults, report.sealed, report.waiting, report.adopted) == ((), 7, 0, 0)
    assert found(log, (report.sealed, report.seal)).faults == ()


@pytest.mark.parametrize(
    "values",
    [{"account": "x"}, {"detail": {}}, {"subject": ""}, {"action": "kb.rollback"}, {"hash": "0" * 64},
     {"detail": {"字段": [1, 1, 1e300, None], "b": {"a": True}}}],
)  # fmt: skip
@pytest.mark.parametrize("number", [1, 4, 7])
def test_an_edited_entry_is_named(log: Database, number: int, values: dict[str, object]) -> None:
    with log.write() as tx:
        tx.execute(update(audit).where(audit.c.id == number).values(values))
    faults = found(log).faults
    assert faults and faults[0].kind == "altered" and faults[0].first == number
    assert all(fault.last <= number + 1 for fault in faults)


UNREADABLE = [
    ("sqlite", "detail = 'forged'"),
    ("sqlite", "detail = CAST(X'7bff7d' AS TEXT)"),
    ("sqlite", "detail = '" + "[" * 100_000 + "'"),
    ("sqlite", "at = 'yesterday'"),
    ("sqlite", "at = '2026-11-23 02:00:00.000000+08:00'"),
    ("sqlite", "account = CAST(X'ff' AS TEXT)"),
    ("sqlite", "subject = X'00ff'"),
    ("sqlite", "hash = X'ff'"),
    ("postgresql", "at = 'infinity'"),
    ("postgresql", "at = '20000-01-01'"),
    ("postgresql", "at = '2026-11-23 02:00:00+00 BC'"),
    ("any", "at = '9999-12-31 23:59:59.999999'"),
    ("any", "detail = '5'"),
    ("any", "detail = 'null'"),
]


@pytest.mark.parametrize(("kind", "change"), UNREADABLE)
def test_a_cell_that_cannot_be_read_is_named_and_shown_as_it_stands(log: Database, kind: str, change: str) -> None:
    if kind == ("postgresql" if log.is_sqlite else "sqlite"):
        pytest.skip(f"for {kind}")
    with log.write() as tx:
        tx.execute(text(f"UPDATE audit SET {change.replace(':', chr(92) + ':')} WHERE id = 2"))
    faults = found(log).faults
    assert faults[0].kind == "altered" and faults[0].first == 2 and faults[0].last <= 3 and len(faults) == 1
    with log.read() as tx:
        shown = {entry.id: entry for entry in entries(tx)}
    assert sorted(shown) == list(range(1, 8)) and shown[3].detail["b"] == {"a": True}
    assert isinstance(shown[2], Unreadable) != change.startswith("hash")


@pytest.mark.parametrize(("kind", "change"), UNREADABLE)
def test_what_waits_and_cannot_be_read_stops_nobody(log: Database, clock: FixedClock, kind: str, change: str) -> None:
    if kind == ("postgresql" if log.is_sqlite else "sqlite"):
        pytest.skip(f"for {kind}")
    with log.write() as tx:
        audit_chain.write(tx, Entry(0, clock.now(), "mallory", "user.add", "x", {}))
        tx.execute(text(f"UPDATE audit SET {change.replace(':', chr(92) + ':')} WHERE id < 0"))
    assert Fault("alien", 0, 0) in found(log).faults
    write(log, clock, "later")
    report = found(log)
    assert [fault.kind for fault in report.faults] == ["alien"] and (report.sealed, report.waiting) == (9, 0)


def test_a_moment_that_was_moved_is_found(log: Database, clock: FixedClock) -> None:
    with log.write() as tx:
        tx.execute(update(audit).where(audit.c.id == 3).values(at=clock.now()))
    assert found(log).faults == (Fault("altered", 3, 3),)


@pytest.mark.parametrize(
    ("gone", "fault"),
    [
        ((1,), Fault("missing", 1, 1)),
        ((3, 4), Fault("missing", 3, 4)),
        ((7,), Fault("cut", 7, 7)),
        ((5, 6, 7), Fault("cut", 5, 7)),
        (range(1, 8), Fault("cut", 1, 7)),
    ],
)
def test_deleted_entries_are_named(log: Database, gone: tuple[int, ...], fault: Fault) -> None:
    with log.write() as tx:
        tx.execute(delete(audit).where(audit.c.id.in_(gone)))
    assert found(log).faults == (fault,)


def test_a_gap_that_was_closed_by_counting_anew_is_found(log: Database) -> None:
    with log.write() as tx:
        tx.execute(delete(audit).where(audit.c.id == 3))
        for number in range(4, 8):
            tx.execute(update(audit).where(audit.c.id == number).values(id=number - 1))
    assert [fault.kind for fault in found(log).faults] == ["altered", "cut"]


def test_entries_in_another_order_are_found(log: Database) -> None:
    with log.write() as tx:
        for one, other in ((2, 100), (3, 2), (100, 3)):
            tx.execute(update(audit).where(audit.c.id == one).values(id=other))
    assert found(log).faults[0] == Fault("altered", 2, 4)


def test_an_entry_put_in_is_found_wherever(log: Database, clock: FixedClock) -> None:
    forged = Entry(8, clock.now(), "wang", "user.add", "mallory", {})
    with log.write() as tx:
        tx.execute(insert(audit).values(**vars(forged), hash="a" * 64))
    assert Fault("alien", 8, 8) in found(log).faults


BEHIND = text(
    "INSERT INTO audit (id, at, account, action, subject, detail, hash) "
    "SELECT :number, at, 'mallory', action, subject, detail, hash FROM audit WHERE id = 7"
)


@pytest.mark.parametrize(
    ("number", "stays"), [(8, "altered"), (2**31 - 1, "alien")], ids=["the next", "the last there is"]
)
def test_an_entry_put_behind_the_end_stops_nobody(log: Database, clock: FixedClock, number: int, stays: str) -> None:
    with log.write() as tx:
        tx.execute(BEHIND, {"number": number})
    with log.write() as tx:
        record(tx, "lihua", "user.add", "afterwards", None, clock.now())
    with pytest.raises(audit_chain.HeadAltered), log.write() as tx:
        seal(tx)
    report = found(log)
    assert report.faults == (Fault("alien", number, number),) and (report.sealed, report.waiting) == (7, 1)
    assert found(log, (7, report.seal)).faults == report.faults
    with log.write() as tx:
        restart(tx)
    write(log, clock, "later")
    report = found(log)
    assert [(fault.kind, fault.first, fault.last) for fault in report.faults] == [(stays, 8, 8)]
    assert (report.sealed, report.waiting) == (10, 0)
    with log.read() as tx:
        assert [entry.account for entry in entries(tx) if entry.id == 8] == ["mallory"]


def test_what_was_cut_off_stays_so_when_another_entry_is_put_behind_the_end(log: Database, clock: FixedClock) -> None:
    with log.write() as tx:
        tx.execute(BEHIND, {"number": 2**31 - 1})
        tx.execute(delete(audit).where(audit.c.id.in_((6, 7))))
    assert found(log).faults == (Fault("cut", 6, 7), Fault("alien", 2**31 - 1, 2**31 - 1))
    with log.write() as tx:
        restart(tx)
    write(log, clock, "later")
    assert found(log).faults[0] == Fault("missing", 6, 7)


def test_a_restart_forgets_nothing_of_what_was_taken_over(database: Database, clock: FixedClock) -> None:
    written_without_a_key(database, clock, 4)
    with database.write() as tx:
        adopt(tx)
    write(database, clock, "5", "6", "7")
    with database.write() as tx:
        tx.execute(BEHIND, {"number": 8})
    with database.write() as tx:
        restart(tx)
    write(database, clock, "9")
    report = found(database)
    assert (report.faults, report.sealed, report.adopted) == ((Fault("altered", 8, 8),), 9, 4)


@pytest.mark.parametrize("copied", [False, True])
def test_an_entry_put_in_before_sealing_is_named_for_ever(log: Database, clock: FixedClock, copied: bool) -> None:
    """What a forger writes to be sealed by us, and one of our own written a second time."""
    entry = Entry(-5, clock.now(), "wang", "user.add", "mallory", {})
    mark = "a" * 64
    if copied:
        with log.write() as tx:
            audit_chain.write(tx, entry)
            ((ours, mark),) = rows(tx, select(audit).where(audit.c.id < 0))
        entry = replace(ours, id=-5)
    with log.write() as tx:
        tx.execute(insert(audit).values(**vars(entry), hash=mark))
    assert Fault("alien", 0, 0) in found(log).faults
    write(log, clock, "later")
    aliens = [fault for fault in found(log).faults if fault.kind == "alien"]
    assert len(aliens) == 1 and aliens[0].first == aliens[0].last > 7


@pytest.mark.parametrize("attack", ["turned back", "gone", "gone with all"])
def test_the_head_cannot_be_turned_back(log: Database, clock: FixedClock, attack: str) -> None:
    with log.write() as tx:
        tx.execute(delete(audit).where(audit.c.id > (0 if attack == "gone with all" else 5)))
        if attack == "turned back":
            last = tx.execute(select(audit.c.hash).where(audit.c.id == 5)).scalar_one()
            tx.execute(update(audit_head).values(count=5, hash=last))
        else:
            tx.execute(delete(audit_head))
    if attack == "gone with all":  # as if nothing had ever been: only what was noted elsewhere tells
        assert found(log, (7, "a" * 64)).faults == (Fault("cut", 1, 7),)
        return
    with contextlib.suppress(audit_chain.HeadAltered):
        write(log, clock, "later")
    faults = {fault.kind for fault in found(log).faults}
    assert "head" in faults or faults == {"altered"}
    with log.read() as tx:
        assert audit_chain.waiting(tx), "nothing may be sealed upon a head that somebody else wrote"


def test_a_whole_database_put_back_is_told_by_what_was_noted(log: Database, clock: FixedClock) -> None:
    with log.read() as tx:
        rows = tx.execute(select(audit)).mappings().all()
        head = tx.execute(select(audit_head)).mappings().one()
    write(log, clock, "later", "latest")
    noted = found(log)
    with log.write() as tx:
        tx.execute(delete(audit))
        tx.execute(delete(audit_head))
        tx.execute(insert(audit), [dict(row) for row in rows])
        tx.execute(insert(audit_head).values(dict(head)))
    assert found(log).faults == ()
    assert found(log, (noted.sealed, noted.seal)).faults == (Fault("cut", 8, 9),)
    write(log, clock, "other", "others")
    assert found(log, (noted.sealed, noted.seal)).faults == (Fault("noted", 9, 9),)


def test_the_chain_holds_when_many_write_and_seal_at_once(database: Database, clock: FixedClock) -> None:
    def work(number: int) -> None:
        with database.write() as tx:
            record(tx, "a", "edit", str(number), None, clock.now())
        if number % 4 == 0:
            with database.write() as tx:
                seal(tx)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(80)))
    write(database, clock)
    report = found(database)
    assert (report.faults, report.sealed) == ((), 80)


def test_nobody_who_writes_waits_for_another(database: Database, clock: FixedClock) -> None:
    if database.is_sqlite:
        pytest.skip("one transaction writes at a time")
    with database.write() as slow:
        record(slow, "a", "kb.publish", "slow", None, clock.now())
        write(database, clock, "quick")
        assert found(database).sealed == 1
    write(database, clock)
    report = found(database)
    assert (report.faults, report.sealed) == ((), 2)


def test_entries_of_one_moment_stay_in_order(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        for number in range(50):
            record(tx, "a", "edit", str(number), None, clock.now())
    write(database, clock)
    with database.read() as tx:
        assert [entry.subject for entry in entries(tx)] == [str(number) for number in range(49, -1, -1)]


def test_a_log_made_anew_without_a_key_is_a_fault_for_ever(log: Database, clock: FixedClock) -> None:
    """Whoever can write to the database makes each hash that versions without a key wrote, and takes the head away."""
    with log.write() as tx:
        before = ""
        for entry, _ in list(rows(tx, select(audit).order_by(audit.c.id))):
            forged = replace(entry, account="mallory")
            before = plain_hash(before, forged)
            tx.execute(update(audit).where(audit.c.id == forged.id).values(account="mallory", hash=before))
        tx.execute(delete(audit_head))
    assert Fault("head", 0, 0) in found(log).faults
    with contextlib.suppress(audit_chain.HeadAltered):
        write(log, clock, "later")
    with log.read() as tx, pytest.raises(audit_chain.HeadAltered):
        audit_chain.head(tx)
    report = found(log)
    assert Fault("head", 0, 0) in report.faults and (report.waiting, report.adopted) == (1, 0)
    with log.write() as tx:
        restart(tx)
    write(log, clock, "latest")
    assert found(log).faults == (Fault("altered", 1, 7),), "what a person lets go on is whole from there on only"


def written_without_a_key(database: Database, clock: FixedClock, count: int) -> None:
    """As versions wrote it that had no seals."""
    before = ""
    with database.write() as tx:
        for number in range(1, count + 1):
            entry = Entry(number, clock.now(), "lihua", "edit", str(number), {"n": number})
            before = plain_hash(before, entry)
            tx.execute(insert(audit).values(**vars(entry), hash=before))


def test_what_was_written_before_there_were_keys_is_taken_over_when_somebody_says_so(
    database: Database, clock: FixedClock
) -> None:
    written_without_a_key(database, clock, 4)
    assert Fault("head", 0, 0) in found(database).faults
    with database.write() as tx:
        assert adopt(tx) == 4
    report = found(database)
    assert (report.faults, report.sealed, report.adopted) == ((), 4, 4)
    write(database, clock, "new")
    report = found(database)
    assert (report.faults, report.sealed, report.adopted) == ((), 5, 4)
    with database.write() as tx, pytest.raises(ConfigError, match="nothing to take over"):
        adopt(tx)
    with database.write() as tx:  # whoever knows how it was made can make it again, but not what was sealed upon it
        ((entry, _),) = rows(tx, select(audit).where(audit.c.id == 4))
        before = tx.execute(select(audit.c.hash).where(audit.c.id == 3)).scalar_one()
        forged = replace(entry, account="wang")
        tx.execute(update(audit).where(audit.c.id == 4).values(account="wang", hash=plain_hash(before, forged)))
    assert [fault.kind for fault in found(database).faults] == ["altered"]


@pytest.mark.parametrize("gone", [1, 2, 4])
def test_only_what_is_whole_without_a_key_is_taken_over(database: Database, clock: FixedClock, gone: int) -> None:
    written_without_a_key(database, clock, 4)
    with database.write() as tx:
        tx.execute(update(audit).where(audit.c.id == gone).values(account="x"))
    with database.write() as tx, pytest.raises(ConfigError, match=f"entry {gone} "):
        adopt(tx)
    assert Fault("head", 0, 0) in found(database).faults


def test_a_sealed_log_is_never_taken_over(log: Database) -> None:
    with log.write() as tx:
        tx.execute(delete(audit_head))
    with log.write() as tx, pytest.raises(ConfigError, match="entry 1 "):
        adopt(tx)


def test_a_new_database_needs_nobody(database: Database, clock: FixedClock) -> None:
    """Whatever was written before anything was sealed: on PostgreSQL no worker may have run yet."""
    with database.write() as tx:
        audit_chain.write(tx, Entry(0, clock.now(), "operator", "user.add", "admin", {}))
    with database.read() as tx:
        assert audit_chain.head(tx) is None
        with pytest.raises(ConfigError, match="nothing to take over"):
            adopt(tx)
    write(database, clock, "first")
    report = found(database)
    assert (report.faults, report.sealed, report.adopted) == ((), 2, 0)


NEW = b"n" * 32


@pytest.mark.parametrize(
    ("changing", "changed"),
    [
        (Cipher(NEW, [OLD]), Cipher(NEW)),
        (Cipher(OLD, suite="sm"), Cipher(OLD, suite="sm")),
        (Cipher(NEW, [OLD], "sm"), Cipher(NEW, suite="sm")),
    ],
)
def test_the_chain_goes_on_with_a_new_key(log: Database, clock: FixedClock, changing: Cipher, changed: Cipher) -> None:
    audit_seals.use(changing)
    write(log, clock, "new")
    with log.write() as tx:
        audit_seals.keep_keys(tx, changing)
        audit_seals.keep_keys(tx, changing)
    audit_seals.use(changed)
    write(log, clock, "newer")
    report = found(log)
    assert (report.faults, report.sealed) == ((), 9)
    with log.write() as tx:
        tx.execute(update(audit).where(audit.c.id == 2).values(account="x"))
    assert found(log).faults == (Fault("altered", 2, 2),)


def test_without_the_former_key_nothing_is_sealed_until_somebody_says_so(log: Database, clock: FixedClock) -> None:
    audit_seals.use(Cipher(b"n" * 32))
    with log.write() as tx:
        record(tx, "lihua", "edit", "lost", None, clock.now())
    with pytest.raises(audit_chain.HeadAltered), log.write() as tx:
        seal(tx)
    assert Fault("head", 0, 0) in found(log).faults
    with log.write() as tx:
        restart(tx)
    write(log, clock, "after")
    report = found(log)
    assert report.faults == (Fault("altered", 1, 7),) and report.sealed == 9
    with log.write() as tx, pytest.raises(ConfigError, match="nothing to restart"):
        restart(tx)


def test_without_a_key_it_is_written_all_the_same(
    database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit_seals.use(None)
    monkeypatch.setattr(audit_seals, "_own", lambda: None)
    with database.write() as tx:
        record(tx, "operator", "kb.publish", "release:1", None, clock.now())
        assert seal(tx) is None
    clock.advance(minutes=1)
    with pytest.raises(ConfigError, match="ZHENGWU_SECRET_KEY"):
        found(database)
    audit_seals.use(Cipher(OLD))
    write(database, clock, "later")
    assert found(database).faults == (Fault("alien", 1, 1),)
