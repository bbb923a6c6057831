"""A backup of a busy installation, brought back into an empty one in another folder: it answers the same, what was said
can be read back, the staff get in, and what was still to be sent is sent once."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from city import City, prepared
from sqlalchemy import select

from channels.delivery.loop import DeliveryLoop
from channels.rendering import Part, Style
from channels.storage import Storage
from channels.windows import open_window
from foundation import accounts, outbox
from foundation.clock import SystemClock
from foundation.database import Database
from foundation.outbox import DELIVERED, PENDING
from knowledge_base import records
from knowledge_base.records import answer_records

pytestmark = [pytest.mark.slow, pytest.mark.long]
PASSWORD = "correct horse 9"
QUESTIONS = (
    "身份证丢了怎么补办", "那多少钱", "要带什么材料", "在哪里办",
    "几天能拿到", "可以代办吗", "护照换发要多少钱", "居住证签注去哪里办",
    "养老金怎么领", "驾照到期了怎么换", "开饭店要办哪些手续", "新生儿上户口要什么",
    "公积金怎么提取", "老年证怎么办", "结婚登记要带什么", "市民中心今天开门吗",
    "国庆开门吗", "欠薪找谁", "噪音扰民怎么投诉", "社保卡丢了怎么办",
    "医保怎么报销", "低保怎么申请", "残疾证怎么办理", "营业执照怎么注销",
    "食品经营许可证要多久", "火星移民怎么办", "今天天气怎么样", "谢谢",
    "你是谁", "房本丢了怎么补", "港澳通行证续签", "失业金怎么领",
    "户口迁移要什么材料",
)  # fmt: skip
PENDING_REPLIES = 5


class Counting:
    """A platform that takes everything, and counts."""

    channel = "wechat"

    def __init__(self) -> None:
        self.sent: Counter[str] = Counter()

    def style(self) -> Style:
        return Style()

    async def send(self, recipient: str, part: Part, key: str) -> str | None:
        self.sent[recipient] += 1
        return None

    async def typing(self, recipient: str) -> None:
        return None

    async def close(self) -> None:
        return None


@contextmanager
def busy(city: City) -> Iterator[None]:
    """Somebody writes all the time."""
    over = threading.Event()

    def write() -> None:
        number = 0
        while not over.is_set():
            number += 1
            with city.database.write() as tx:
                outbox.add(tx, f"rest:busy-{number}", "rest", [{"text": "答"}, {"text": "再答"}], now())
            over.wait(0.005)

    writing = threading.Thread(target=write)
    writing.start()
    try:
        yield
    finally:
        over.set()
        writing.join()


def now() -> datetime:
    return datetime.now(timezone.utc)


def answers(city: City) -> list[dict[str, Any]]:
    """To all questions, in one conversation; but for what is another at each answer."""
    said = city.zhengwu("ask", "--json", "--as-of", "2026-11-27", *QUESTIONS).stdout
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert len(lines) == len(QUESTIONS)
    for line in lines:
        number = line["answer"].pop("record")
        line["text"] = line["text"].replace(number, "") if number else line["text"]
    return lines


def said_before(database: Database) -> list[Any]:
    with database.read() as tx:
        return [tuple(row) for row in tx.execute(select(answer_records).order_by(answer_records.c.number))]


def test_into_an_empty_installation(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    with prepared(tmp_path / "old", ZHENGWU_ENCODER="none") as old:
        with old.database.write() as tx:
            accounts.add(tx, "li", PASSWORD, ["agent"], now())
            for number in range(PENDING_REPLIES):
                outbox.add(tx, f"wechat:{number}", "wechat", [{"text": f"答{number}"}], now())
                open_window(tx, f"wechat:{number}", "message", now())
            records.write(tx, a_record())
        before, told = answers(old), said_before(old.database)
        with busy(old):
            old.zhengwu("backup", str(tmp_path / "backups"))
        (archive,) = (tmp_path / "backups").glob("*.tar")
        key = old.environment["ZHENGWU_SECRET_KEY"]

    new = an_empty_one(tmp_path / "new", key, old)
    with closing(new.database):
        new.zhengwu("restore", "--yes", str(archive))
        assert new.port != old.port and new.folder != old.folder
        assert answers(new) == before, "byte for byte"
        assert said_before(new.database) == told and told
        with new.database.read() as tx:
            assert accounts.verify(tx, "li", PASSWORD) is not None
            assert accounts.verify(tx, "li", PASSWORD + "x") is None
            ends = Counter(tx.execute(select(outbox.outbox.c.last).where(outbox.outbox.c.channel == "rest")).scalars())
            assert ends[0] == ends[1] > 0, "of what was being written, all of a transaction or nothing"
            assert tx.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
        assert new.zhengwu("audit", "verify").returncode == 0
        asyncio.run(delivered_once(new))


async def delivered_once(city: City) -> None:
    platform = Counting()
    delivering = DeliveryLoop(Storage(city.database, "12345"), platform, SystemClock())
    await delivering.start()
    waiting = select(outbox.outbox.c.state).where(outbox.outbox.c.channel == "wechat")
    for _ in range(600):
        with city.database.read() as tx:
            states = Counter(tx.execute(waiting).scalars())
        if not states[PENDING] and states[DELIVERED]:
            break
        await asyncio.sleep(0.1)
    await asyncio.sleep(1)
    await delivering.stop()
    assert states == {DELIVERED: PENDING_REPLIES}
    assert platform.sent == {str(number): 1 for number in range(PENDING_REPLIES)}


def an_empty_one(folder: Path, key: str, like: City) -> City:
    """An installation elsewhere that has the models, the key, and nothing else."""
    folder.mkdir()
    city = City(folder, f"sqlite:///{folder / 'other.db'}")
    city.environment |= {"ZHENGWU_SECRET_KEY": key, "ZHENGWU_ENCODER": like.environment["ZHENGWU_ENCODER"]}
    return city


def a_record() -> records.Record:
    return records.Record(
        number="K7M2-4Q9D", conversation="web:a", at=now() - timedelta(days=1), kind="item",
        text="补领须交工本费40元。",
        unit_id="resident-id-replacement", aspect="fee", release=1, inbox_id=None, payload={"kind": "item"},
        engine=records.ENGINE,
    )  # fmt: skip
