"""Backup, erasure, restore: whoever was erased stays erased, and everybody else is back."""

from __future__ import annotations

import errno
import os
import re
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from bot import archives, in_use, known_keys
from bot.cli.serve import check_database
from foundation import audit, audit_chain, audit_seals, erasure, erasures
from foundation.cipher import Cipher
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.dialogue import append, heard, tracker_events
from foundation.errors import ConfigError
from foundation.migrate import upgrade
from foundation.schema import standing
from foundation.settings import ROOT, Settings
from foundation.vault import Vault, vault
from insights.turns import turns

A, B = "wechat:oA", "wechat:oB"


Say = Callable[[str, str], None]


@pytest.fixture
def placed(settings: Settings, database_url: str) -> Settings:
    return settings.copy(update={"database_url": database_url})


@pytest.fixture
def say(database: Database, cipher: Cipher, clock: FixedClock) -> Callable[[str, str], None]:
    def say(conversation: str, text: str) -> None:
        with database.write() as tx:
            masked = Vault(cipher).hide(tx, text, conversation, clock.now())
            append(tx, conversation, [heard(masked, "wechat", clock.now())])
            turn = {"conversation": conversation, "channel": "wechat", "question": masked, "kind": "item"}
            tx.execute(insert(turns).values(**turn, at=clock.now(), decision="answered", candidates=[]))

    return say


def kept(url: str) -> dict[str, int]:
    database = Database(url)
    with database.read() as tx:
        known = {one: sum(map(len, erasure.export_everything(tx, one).values())) for one in erasures.everybody(tx)}
    database.close()
    return known


def test_whoever_was_erased_after_the_backup_is_gone_after_the_restore(
    placed: Settings, database: Database, cipher: Cipher, clock: FixedClock, tmp_path: Path, say: Say
) -> None:
    say(A, "我是 110101199003078515")
    say(B, "开饭店")
    before = kept(placed.database_url)
    archive = archives.make(placed, tmp_path / "backups", clock.now())
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    clock.advance(hours=1)
    with database.write() as tx:
        erasures.erase(tx, cipher, A, "wang", erasures.ASKED, clock.now())
    say(B, "后来的")
    database.close()
    restored = archives.restore(placed, archive, clock.now())
    assert (restored.erased, restored.made_at) == (1, clock.now() - timedelta(hours=1))
    assert kept(placed.database_url) == {B: before[B]}, "what came after the archive is gone, and so is who was erased"
    again = archives.restore(placed, archive, clock.now())
    assert again.erased == 1 and A not in kept(placed.database_url), "the restored database remembers it, too"
    renewed = Database(placed.database_url)
    with renewed.read() as tx:
        entry = audit.entries(tx, action="privacy.erase")[0]
        assert entry.detail["why"] == "restored" and "oA" not in entry.subject
    renewed.close()


def test_the_list_beside_the_archives_is_enough_where_the_database_is_lost(
    placed: Settings, database: Database, cipher: Cipher, clock: FixedClock, tmp_path: Path, say: Say
) -> None:
    say(A, "开饭店")
    first = archives.make(placed, tmp_path / "backups", clock.now())
    clock.advance(days=1)
    with database.write() as tx:
        erasures.erase(tx, cipher, A, "wang", erasures.ASKED, clock.now())
    archives.make(placed, tmp_path / "backups", clock.now())
    with database.write() as tx:
        tx.execute(erasures.erasures.delete())
    database.close()
    assert archives.restore(placed, first, clock.now()).erased == 1
    assert kept(placed.database_url) == {}


def test_whoever_came_back_before_the_archive_was_made_stays(
    placed: Settings, database: Database, cipher: Cipher, clock: FixedClock, tmp_path: Path, say: Say
) -> None:
    say(A, "开饭店")
    with database.write() as tx:
        erasures.erase(tx, cipher, A, "wang", erasures.ASKED, clock.now())
    clock.advance(days=1)
    say(A, "我又来了")
    archive = archives.make(placed, tmp_path / "backups", clock.now())
    database.close()
    assert archives.restore(placed, archive, clock.now()).erased == 0
    assert A in kept(placed.database_url)


def test_another_key_still_finds_whoever_was_erased_under_the_former_one(
    placed: Settings, database: Database, cipher: Cipher, clock: FixedClock, tmp_path: Path, say: Say
) -> None:
    say(A, "开饭店")
    archive = archives.make(placed, tmp_path / "backups", clock.now())
    clock.advance(hours=1)
    with database.write() as tx:
        erasures.erase(tx, cipher, A, "wang", erasures.ASKED, clock.now())
    database.close()
    former = placed.secret_key.get_secret_value()
    changed = type(placed)(_env_file=None, **{**placed.dict(), "secret_key": "6b" * 32, "old_secret_keys": former})
    assert archives.restore(changed, archive, clock.now()).erased == 1


def keyed(placed: Settings, key: str, old: str = "") -> Settings:
    """The same installation with another .env."""
    return type(placed)(_env_file=None, **{**placed.dict(), "secret_key": key, "old_secret_keys": old})


FORMER, FRESH = "5a" * 32, "6b" * 32


@pytest.mark.parametrize("lost", [False, True])
def test_with_a_fresh_key_nobody_who_was_erased_comes_back(
    placed: Settings, database: Database, cipher: Cipher, clock: FixedClock, tmp_path: Path, say: Say, lost: bool
) -> None:
    """By the fingerprints nobody would be found: those of the database, or where it is lost of the list beside."""
    say(A, "开饭店")
    archive = archives.make(placed, tmp_path / "backups", clock.now())
    clock.advance(hours=1)
    with database.write() as tx:
        erasures.erase(tx, cipher, A, "wang", erasures.ASKED, clock.now())
    archives.make(placed, tmp_path / "backups", clock.now())
    if lost:
        with database.write() as tx:
            tx.execute(erasures.erasures.delete())
    database.close()
    for _ in range(2):
        with pytest.raises(archives.ArchiveError, match=r"ZHENGWU_SECRET_KEY.*\.env of that time"):
            archives.restore(keyed(placed, FRESH), archive, clock.now())
    assert not list(tmp_path.glob("*.restoring*"))
    if lost and not database.is_sqlite:
        with pytest.raises(ConfigError, match="zhengwu restore"):
            check_database(placed)
    else:
        assert A not in kept(placed.database_url), "nothing was replaced"
    assert archives.restore(placed, archive, clock.now()).erased == 1
    assert A not in kept(placed.database_url)


def test_with_a_fresh_key_an_archive_comes_back_where_nobody_was_erased_since(
    placed: Settings, database: Database, clock: FixedClock, tmp_path: Path, say: Say
) -> None:
    say(A, "开饭店")
    archive = archives.make(placed, tmp_path / "backups", clock.now())
    database.close()
    assert archives.restore(keyed(placed, FRESH), archive, clock.now()).erased == 0
    assert A in kept(placed.database_url)


def test_an_archive_from_before_there_were_seals_is_known_by_what_is_encrypted_in_it(
    placed: Settings, database: Database, cipher: Cipher, clock: FixedClock, say: Say
) -> None:
    say(A, "我是 110101199003078515")
    with database.write() as tx:
        assert not known_keys.fit(tx, Cipher(bytes.fromhex(FRESH))) and known_keys.fit(tx, cipher)
        tx.execute(vault.delete())
        assert not known_keys.fit(tx, cipher), "nothing tells"


def test_with_the_archives_key_alone_nobody_comes_back_who_was_erased_after_a_rotation(
    placed: Settings, database: Database, clock: FixedClock, tmp_path: Path, say: Say
) -> None:
    say(A, "开饭店")
    archive = archives.make(placed, tmp_path / "backups", clock.now())
    clock.advance(hours=1)
    rotated = Cipher(bytes.fromhex(FRESH), [bytes.fromhex(FORMER)])
    audit_seals.use(rotated)
    with database.write() as tx:
        erasures.erase(tx, rotated, A, "wang", erasures.ASKED, clock.now())
    with database.write() as tx:
        audit_chain.seal(tx)
    database.close()
    with pytest.raises(archives.ArchiveError, match="ZHENGWU_OLD_SECRET_KEYS"):
        archives.restore(keyed(placed, FORMER), archive, clock.now())
    assert archives.restore(keyed(placed, FORMER, FRESH), archive, clock.now()).erased == 1


GATEWAY = """
import sys
from bot.forking import call_process
from foundation.database import Database
call_process("gateway")
database = Database(sys.argv[1])
with database.read() as tx:
    tx.exec_driver_sql("SELECT 1")
print("open", flush=True)
sys.stdin.read()
"""


def test_nothing_is_replaced_while_a_service_has_the_database_open_however_idle(
    placed: Settings, database: Database, clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, say: Say
) -> None:
    """A gateway, say: it would go on with what is replaced, and what it acknowledges would be lost."""
    monkeypatch.setattr(in_use, "PATIENCE", 0.5)
    say(A, "开饭店")
    archive = archives.make(placed, tmp_path / "backups", clock.now())
    database.close()
    command = [sys.executable, "-c", GATEWAY, placed.database_url]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as gateway:
        assert gateway.stdin is not None and gateway.stdout is not None and gateway.stdout.readline() == b"open\n"
        with pytest.raises(archives.ArchiveError, match=r"in use by gateway.*stop every service"):
            archives.restore(placed, archive, clock.now())
        assert A in kept(placed.database_url), "nothing was replaced"
        gateway.stdin.close()
    assert archives.restore(placed, archive, clock.now()).erased == 0


def test_who_opens_the_file_while_it_is_replaced_waits(upgraded_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "any.db"
    file.write_bytes(upgraded_file.read_bytes())
    with in_use.alone(file), closing(sqlite3.connect(file, timeout=0.1)) as other, pytest.raises(sqlite3.Error) as told:
        other.execute("SELECT count(*) FROM alembic_version")
    assert "locked" in str(told.value)


def test_a_file_that_is_none_of_sqlites_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "any.db").write_bytes(b"no database, but long enough to be looked at" * 100)
    with in_use.alone(tmp_path / "any.db"), in_use.alone(tmp_path / "missing.db"):
        assert not (tmp_path / "missing.db").exists()


def test_nothing_is_replaced_by_what_is_no_archive(
    placed: Settings, database: Database, clock: FixedClock, tmp_path: Path, say: Say
) -> None:
    say(A, "开饭店")
    (tmp_path / "x.tar").write_bytes(b"no archive")
    with pytest.raises(archives.ArchiveError, match="no archive"):
        archives.restore(placed, tmp_path / "x.tar", clock.now())
    assert A in kept(placed.database_url)


def refused(monkeypatch: pytest.MonkeyPatch, name: str, code: int) -> None:
    """From now on the system does not let anybody open a file of that name for reading."""
    open_it = Path.open

    def opened(file: Path, mode: str = "r", *rest: Any, **more: Any) -> Any:
        if file.name == name and "r" in mode:
            raise OSError(code, os.strerror(code), str(file))
        return open_it(file, mode, *rest, **more)

    monkeypatch.setattr(Path, "open", opened)


@pytest.mark.parametrize(
    "code, says", [(errno.EACCES, "Permission denied.*chown"), (errno.EIO, "Input/output error"), (errno.ENOENT, "No")]
)
def test_an_archive_that_cannot_be_read_is_not_called_damaged(
    placed: Settings,
    database: Database,
    clock: FixedClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    says: str,
) -> None:
    """As one that was copied here from another machine, and is another user's."""
    archive = archives.make(placed, tmp_path, clock.now())
    refused(monkeypatch, archive.name, code)
    with pytest.raises(archives.ArchiveError, match=f"{re.escape(str(archive))} cannot be read.*{says}"):
        archives.restore(placed, archive, clock.now())


def test_an_archive_that_is_not_there_is_named(placed: Settings, clock: FixedClock, tmp_path: Path) -> None:
    for missing in (tmp_path / "x.tar", tmp_path / "nowhere" / "x.tar"):
        with pytest.raises(archives.ArchiveError, match=r"x\.tar cannot be read.*No such file"):
            archives.restore(placed, missing, clock.now())


def test_what_only_looks_compressed_is_no_archive(placed: Settings, clock: FixedClock, tmp_path: Path) -> None:
    for name, begins in (("a.tar", b"\x1f\x8b\x08"), ("b.tar", b"BZh9"), ("c.tar", b"\xfd7zXZ\0")):
        (tmp_path / name).write_bytes(begins + bytes(600))
        with pytest.raises(archives.ArchiveError, match="is no archive"):
            archives.restore(placed, tmp_path / name, clock.now())


def test_a_full_disk_is_told_as_such(
    placed: Settings, database: Database, clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    archive = archives.make(placed, tmp_path, clock.now())
    monkeypatch.setattr(archives.shutil, "copyfileobj", full)
    with pytest.raises(archives.ArchiveError, match=r"No space left on device.*make room"):
        archives.restore(placed, archive, clock.now())


@pytest.mark.parametrize("beside", [True, False])
@pytest.mark.parametrize("holds", ["", "[]", '{"x": 5}', '{"x": "yesterday"}', None])
def test_a_list_of_erasures_that_cannot_be_read_is_not_taken_for_empty(
    placed: Settings,
    database: Database,
    clock: FixedClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    say: Say,
    beside: bool,
    holds: str | None,
) -> None:
    """Whoever stands in it would come back."""
    placed = placed.copy(update={"var_dir": tmp_path / "var"})
    placed.var_dir.mkdir()
    archive = archives.make(placed, tmp_path / "backups", clock.now())
    say(A, "开饭店")
    before = kept(placed.database_url)
    database.close()
    listed = (archive.parent if beside else placed.var_dir) / archives.LIST
    listed.write_text("{}" if holds is None else holds, encoding="utf-8")
    if holds is None:
        refused(monkeypatch, listed.name, errno.EACCES)
    with pytest.raises(archives.ArchiveError, match=re.escape(str(listed)) if holds is not None else "Permission"):
        archives.restore(placed, archive, clock.now())
    if beside:
        with pytest.raises(archives.ArchiveError, match=re.escape(archives.LIST)):
            archives.make(placed, archive.parent, clock.now())
        assert [one.name for one in archive.parent.iterdir() if one.name != archives.LIST] == [archive.name]
    assert kept(placed.database_url) == before


def test_nothing_starts_on_a_database_whose_restore_was_cut_short(
    placed: Settings, database: Database, cipher: Cipher, clock: FixedClock, tmp_path: Path, say: Say,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Killed between the archive's rows and erasing them anew: SQLite's file is put in place when both are done."""
    say(A, "开饭店")
    archive = archives.make(placed, tmp_path / "backups", clock.now())
    clock.advance(hours=1)
    with database.write() as tx:
        erasures.erase(tx, cipher, A, "wang", erasures.ASKED, clock.now())
    database.close()

    class Killed(BaseException):
        pass

    def die(*given: object) -> None:
        raise Killed

    with monkeypatch.context() as cut, pytest.raises(Killed):
        cut.setattr(archives, "_renew", die)
        archives.restore(placed, archive, clock.now())
    if database.is_sqlite:
        assert A not in kept(placed.database_url)
    else:
        assert A in kept(placed.database_url)
        with pytest.raises(ConfigError, match="zhengwu restore"):
            check_database(placed)
        upgrade(placed.database_url)
        half = Database(placed.database_url)
        assert standing(half) == "restoring"
        half.close()
        between = archives.make(placed, tmp_path / "backups", clock.now())
        assert archives.restore(placed, between, clock.now()).erased == 1, "an archive made meanwhile is one as well"
    assert archives.restore(placed, archive, clock.now()).erased == 1
    assert A not in kept(placed.database_url)
    check_database(placed)


def test_nothing_of_them_is_left_in_the_bytes_of_the_restored_file(
    settings: Settings, upgraded_file: Path, cipher: Cipher, clock: FixedClock, tmp_path: Path
) -> None:
    file = tmp_path / "plain.db"
    file.write_bytes(upgraded_file.read_bytes())
    placed = settings.copy(update={"database_url": f"sqlite:///{file}"})
    database = Database(placed.database_url)
    secret = "一句只有他会说的话" * 50
    with database.write() as tx:
        append(tx, A, [heard(secret, "wechat", clock.now())])
    archive = archives.make(placed, tmp_path, clock.now())
    clock.advance(hours=1)
    with database.write() as tx:
        erasures.erase(tx, cipher, A, "wang", erasures.ASKED, clock.now())
    database.close()
    archives.restore(placed, archive, clock.now())
    left = file.read_bytes()
    assert secret[:9].encode() not in left and b"\\u4e00\\u53e5\\u53ea" not in left and A.encode() not in left
    with_it = Database(placed.database_url)
    with with_it.read() as tx:
        assert tx.execute(select(tracker_events)).all() == []
    with_it.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("replaced", [True, False])
def test_what_root_restores_is_the_services_users(
    settings: Settings, upgraded_file: Path, clock: FixedClock, tmp_path: Path, replaced: bool
) -> None:
    """They run as another user, who must open the database, and add to the lists of erasures."""
    var, backups, user, group = tmp_path / "var", tmp_path / "backups", 12345, 23456
    for folder in (var, backups):
        folder.mkdir()
        os.chown(folder, user, group)
    file = var / "zhengwu.db"
    file.write_bytes(upgraded_file.read_bytes())
    placed = settings.copy(update={"database_url": f"sqlite:///{file}", "var_dir": var})
    archive = archives.make(placed, backups, clock.now())
    os.chown(file, user, group)
    file.chmod(0o640)
    if not replaced:
        file.unlink()
    archives.restore(placed, archive, clock.now())
    for one in (file, archive, var / archives.LIST, backups / archives.LIST):
        assert (one.stat().st_uid, one.stat().st_gid) == (user, group), one
    assert stat.S_IMODE(file.stat().st_mode) == (0o640 if replaced else 0o600)
    assert {stat.S_IMODE(one.stat().st_mode) for one in (archive, var / archives.LIST)} == {0o600}
