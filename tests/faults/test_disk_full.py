"""The disk fills up while citizens write, and has room again: nothing that was accepted is lost, and nobody is told
otherwise meanwhile."""

from __future__ import annotations

import tarfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from city import City, running
from small_disk import SmallDisk, mounted
from sqlalchemy import select

from channels.messages import sentence
from foundation.inbox import DONE, inbox
from foundation.outbox import outbox
from knowledge_base.answering.phrases import phrase

pytestmark = [pytest.mark.slow, pytest.mark.long]
MEGABYTES = 24
FEW, MOST = 3, 60
PATIENCE = 300.0
"""Seconds, for a machine that is busy."""
APOLOGY = phrase("too_often_failed", hotline="12345")
UNAVAILABLE = sentence("refused.unavailable", hotline="12345")
FAQ = """
kind: faq
id: test-disk-full
question: 磁盘满了怎么办
answer: {answer}
sources: [{{title: 测试公告, date: 2026-01-01}}]
"""


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDisk]:
    with mounted(tmp_path_factory.mktemp("full") / "disk", MEGABYTES) as disk:
        if disk is None:
            pytest.skip("only root may mount a small disk")
        yield disk


@pytest.fixture(scope="module")
def small_city(disk: SmallDisk) -> Iterator[City]:
    """A whole system whose database, logs and what it prints lie on the small disk."""
    with running(disk.folder, ZHENGWU_ENCODER="none") as city:
        yield city
        disk.empty()  # or it could not stop in good order


def until(what: str, holds: Any) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"not within {PATIENCE:.0f} s: {what}"
        time.sleep(0.1)


class Crowd:
    """Citizens with one question each, who send it again under its id until it is answered; what they were told."""

    def __init__(self, city: City) -> None:
        self._city, self._pool = city, ThreadPoolExecutor(MOST)
        self.told: list[tuple[str, int, Any]] = []
        self._asking: list[Future[None]] = []

    def comes_by(self) -> None:
        """One more."""
        name = f"full-{len(self._asking)}"
        self._asking.append(self._pool.submit(self._ask, name))

    def _ask(self, name: str) -> None:
        status = 0
        while status != 200:
            status, body = self._city.post(name, "身份证丢了怎么补办", f"{name}-1")
            self.told.append((name, status, body))
            time.sleep(0 if status == 200 else 0.5)

    def wait(self) -> None:
        """Until all are answered."""
        for one in self._asking:
            one.result(PATIENCE)

    def statuses(self) -> Counter[int]:
        return Counter(status for _, status, _ in list(self.told))


def test_while_citizens_write(disk: SmallDisk, small_city: City) -> None:
    city, crowd = small_city, Crowd(small_city)
    pids = city.pid("gateway"), city.worker_pid()
    for _ in range(FEW):
        crowd.comes_by()
    crowd.wait()
    disk.fill()
    while not crowd.statuses()[503]:
        assert len(crowd.told) < MOST, "none is refused"
        crowd.comes_by()
        time.sleep(0.3)
    until("/health owns up to it", lambda: city.health()[0] == 503 and "disk" in city.health()[1])
    disk.empty()
    crowd.comes_by()
    crowd.wait()
    until("/health says so", lambda: city.health()[0] == 200)
    assert set(crowd.statuses()) <= {200, 202, 503}
    assert {body["error"] for _, status, body in crowd.told if status == 503} == {UNAVAILABLE}, "polite, and honest"

    with city.database.read() as tx:
        rows = tx.execute(select(inbox).where(inbox.c.conversation.like("rest:full-%"))).all()
        replies = tx.execute(select(outbox).where(outbox.c.inbox_id.in_([row.id for row in rows]))).all()
    assert Counter(row.conversation for row in rows) == Counter({f"rest:{name}" for name, _, _ in crowd.told})
    assert {row.state for row in rows} == {DONE}
    lasts = Counter(reply.inbox_id for reply in replies if reply.last)
    assert set(lasts.values()) == {1} and len(lasts) == len(rows), "each is answered once"
    assert APOLOGY not in [reply.body.get("text") for reply in replies], "and with an answer"
    assert (city.pid("gateway"), city.worker_pid()) == pids, "nothing died of it"


def test_a_publication(disk: SmallDisk, small_city: City, tmp_path: Path) -> None:
    city, file = small_city, tmp_path / "full.yaml"
    file.write_text(FAQ.format(answer="请先腾出空间。"), encoding="utf-8")
    city.zhengwu("kb", "import", str(file))
    city.zhengwu("kb", "publish")
    file.write_text(FAQ.format(answer="请联系管理员。" + "。" * 3000), encoding="utf-8")
    disk.fill()
    failed = [city.zhengwu("kb", *command, check=False) for command in (("import", str(file)), ("publish",))]
    disk.empty()
    for done in failed:
        assert done.returncode == 0 or "disk" in done.stderr, done.stderr
        assert "Traceback" not in done.stderr, done.stderr
    city.zhengwu("kb", "import", str(file))
    city.zhengwu("kb", "publish", check=failed[1].returncode != 0)
    until("the new answer is there", lambda: "请联系管理员" in city.conversation().say("磁盘满了怎么办").text)


def test_a_backup(disk: SmallDisk, small_city: City) -> None:
    folder = disk.folder / "backups"
    disk.fill(but=1 << 20)
    failed = small_city.zhengwu("backup", str(folder), check=False)
    left = list(folder.glob("*"))
    disk.empty()
    assert failed.returncode == 1 and "disk" in failed.stderr and "Traceback" not in failed.stderr, failed.stderr
    assert left == [], "no half of an archive, and nothing that takes the room that is missing"
    small_city.zhengwu("backup", str(folder))
    (archive,) = folder.glob("*.tar")
    with tarfile.open(archive) as packed:
        assert len(packed.getnames()) == 2
