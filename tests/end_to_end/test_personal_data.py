"""A busy installation holds nobody's data in plain; whoever is erased leaves what is locked, and that is listed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
from city import City, running
from sqlalchemy import select

from desk import presence
from desk.case_tables import cases
from foundation import accounts, audit, erasures
from foundation.dialogue import append, heard
from knowledge_base import records

pytestmark = pytest.mark.slow

ID, PHONE, PLATE, CARD = "110101199003078515", "13912345678", "浙A12345", "6222021234567890123"
SECRETS = (ID, "11010119900307", PHONE, "139 1234 5678", "12345678", PLATE, CARD, "6222 0212")
TALKS = (
    (f"我叫张三，身份证{ID}，丢了怎么补办", "要带什么", "多少钱"),
    ("手机139 1234 5678，请问居住证怎么办", "需要多久"),
    (f"我的车{PLATE}违章在哪里处理",),
    (f"银行卡{CARD}，社保怎么交", "谢谢"),
    ("我要投诉", "楼下夜里施工太吵", "解放路8号", "昨天夜里", PHONE, "确认"),
    ("查办件", ID, "1234"),
    ("转人工", f"我的电话是{PHONE}", "返回"),
    (f"{PHONE}", f"{ID}", "🙂", "/restart", f"<b>{PHONE}</b>", "邮箱zhang.san@example.com，护照E12345678"),
)  # fmt: skip


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A city in which citizens have talked, filed, been taken over and rated."""
    with running(tmp_path_factory.mktemp("busy")) as city:
        for number, talk in enumerate(TALKS):
            for text in talk:
                assert city.post(f"citizen-{number}", text).status == 200
        now = datetime.now(timezone.utc)
        with city.database.write() as tx:
            accounts.add(tx, "wangfang", None, ["agent"], now, display_name="王芳")
            presence.beat(tx, "wangfang", now)
        yield city


def scan(city: City, *arguments: str) -> tuple[int, str]:
    done = city.zhengwu("scan", *arguments, check=False)
    return done.returncode, done.stdout + done.stderr


def test_nothing_is_found_in_any_table_log_or_export(busy: City, tmp_path: Path) -> None:
    busy.zhengwu("export-data", "rest:citizen-0", "--out", str(tmp_path / "copy.zip"))
    code, said = scan(busy, "--also", str(tmp_path), "--also", str(busy.folder))
    assert (code, said.strip()) == (0, "nothing found")
    raw = b"".join(file.read_bytes() for file in busy.folder.glob("zhengwu.db*"))
    assert [secret for secret in SECRETS if len(secret) > 8 and secret.encode() in raw] == []
    assert not any(secret in busy.log() for secret in (ID, PHONE, CARD))


def test_it_can_fail(busy: City) -> None:
    now = datetime.now(timezone.utc)
    with busy.database.write() as tx:
        append(tx, "rest:planted", [heard(f"漏网的{PHONE}", "rest", now)])
    (busy.folder / "var" / "logs").mkdir(exist_ok=True)
    leak = busy.folder / "var" / "logs" / "zhengwu-2026-01-01.log"
    leak.write_text(f"x {ID}\n", encoding="utf-8")
    code, said = scan(busy)
    assert code == 1 and "tracker_events.body" in said and "zhengwu-2026-01-01.log  line 1  id" in said
    assert PHONE not in said and ID not in said
    leak.unlink()
    busy.zhengwu("erase", "rest:planted", "--yes")
    assert scan(busy)[0] == 0


def test_after_an_erasure_nothing_but_the_locked_remainder_is_found(busy: City) -> None:
    citizen = "rest:citizen-4"
    before = scan(busy, "--citizen", citizen)
    assert before[0] == 1 and "tracker_events.conversation" in before[1]
    with busy.database.read() as tx:
        mine = tx.execute(select(cases.c.number, cases.c.what).where(cases.c.conversation == citizen)).all()
        told = records.search(tx, limit=500)
    said = busy.zhengwu("erase", citizen, "--yes").stdout
    assert "tracker_events" in said and "诉求单" in said and "操作记录" in said
    code, after = scan(busy, "--citizen", citizen)
    assert code == 0 and "诉求单" in after and "认不出本人的编码" in after
    with busy.database.read() as tx:
        assert citizen not in erasures.everybody(tx)
        kept = tx.execute(select(cases.c.number, cases.c.what, cases.c.conversation)).all()
        assert [(row.number, row.what) for row in kept if row.conversation is None] == [tuple(row) for row in mine]
        assert len(records.search(tx, limit=500)) == len(told), "the office's statements stay"
        entry = audit.entries(tx, action="privacy.erase")[0]
        assert "citizen-4" not in json.dumps(entry.detail) + entry.subject


def test_what_was_deleted_lies_in_no_free_page_of_the_file(busy: City) -> None:
    words = "只有这一位会说的一句话"
    assert busy.post("citizen-raw", words).status == 200
    busy.zhengwu("erase", "rest:citizen-raw", "--yes")
    with sqlite3.connect(busy.folder / "zhengwu.db", timeout=30) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw = (busy.folder / "zhengwu.db").read_bytes()
    assert words.encode() not in raw and json.dumps(words).strip('"').encode() not in raw
