"""The published knowledge in a process: it follows the releases and keeps what running turns use."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timezone
from pathlib import Path

import pytest
from knowledge_units import faq

from foundation.database import Database
from foundation.migrate import upgrade
from knowledge_base import library as module
from knowledge_base.library import KEPT, Library
from knowledge_base.model import Faq, Unit, UnitKey
from knowledge_base.search.snapshot import Entry, Snapshot
from knowledge_base.store import releases

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=timezone.utc)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'zhengwu.db'}"
    upgrade(url)
    database = Database(url)
    yield database
    database.close()


@pytest.fixture
def library(store: Database, tmp_path: Path) -> Iterator[Library]:
    library = Library(store, tmp_path / "vectors", encoder="none", model_dir=tmp_path / "models")
    yield library
    library.close()


def publish(database: Database, *units: Unit, gone: Sequence[UnitKey] = ()) -> int:
    with database.write() as tx:
        releases.save_drafts(tx, units, "operator", NOW)
        for key in gone:
            releases.delete_draft(tx, key, "operator", NOW)
        return releases.publish(tx, "operator", "", NOW).number


def wait_until(true: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def answer(library: Library, id: str = "photo") -> str | None:
    unit = library.snapshot.get("faq", id)
    return unit.answer if isinstance(unit, Faq) else None


def test_an_empty_knowledge_base(library: Library) -> None:
    assert library.snapshot.release == 0
    assert library.snapshot.units == {}
    assert library.refresh() is False


def test_refresh_catches_up(library: Library, store: Database) -> None:
    assert publish(store, faq(answer="一")) == 1
    assert library.refresh() is True
    assert (library.snapshot.release, answer(library)) == (1, "一")
    publish(store, faq(answer="二"))
    publish(store, faq(answer="三"), faq("other", "别的"))
    assert answer(library) == "一", "until it is refreshed"
    assert library.refresh() is True
    assert (library.snapshot.release, answer(library)) == (3, "三")
    assert library.refresh() is False
    publish(store, gone=[UnitKey("faq", "photo")])
    library.refresh()
    assert answer(library) is None and answer(library, "other")


def test_it_follows_by_itself(library: Library, store: Database) -> None:
    assert library.snapshot.release == 0
    library.follow()
    publish(store, faq(answer="一"))
    began = time.monotonic()
    wait_until(lambda: answer(library) == "一")
    assert time.monotonic() - began < 3
    with store.write() as tx:
        publish_two = releases.save_drafts(tx, [faq(answer="二")], "operator", NOW)
        assert publish_two.drafts
        releases.publish(tx, "operator", "", NOW)
    wait_until(lambda: answer(library) == "二")
    with store.write() as tx:
        releases.rollback(tx, 1, "operator", NOW)
    wait_until(lambda: answer(library) == "一")


def test_a_turn_keeps_its_release(library: Library, store: Database) -> None:
    for number in range(1, KEPT + 3):
        publish(store, faq(answer=str(number)))
        library.refresh()
    newest = KEPT + 2
    for release in range(newest - KEPT + 1, newest + 1):
        assert library.at(release).release == release
        assert library.at(release).get("faq", "photo") == faq(answer=str(release))
    assert library.at(1).release == newest, "what is not kept any more is answered from the newest"
    assert library.at(999).release == newest


def test_a_large_change_builds_a_new_base(library: Library, store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST_DELTA", 3)
    publish(store, faq("a", "甲"))
    library.refresh()
    publish(store, faq("b", "乙"))
    library.refresh()
    assert len(library.snapshot.delta.entries) == 1
    publish(store, *(faq(f"c{number}", f"丙{number}") for number in range(4)))
    library.refresh()
    assert not library.snapshot.delta.entries and len(library.snapshot.base.entries) == 6


def test_the_old_release_serves_while_a_base_is_built(
    library: Library, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(store, faq(answer="一"))
    library.refresh()
    building, go_on, build = threading.Event(), threading.Event(), module.build

    def slow(*arguments: object) -> object:
        building.set()
        go_on.wait(10)
        return build(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "build", slow)
    monkeypatch.setattr(module, "MOST_IN_DELTA", 0)
    publish(store, faq(answer="二"))
    library.follow()
    assert building.wait(10)
    assert answer(library) == "一"
    assert library.at(1).release == 1
    go_on.set()
    wait_until(lambda: answer(library) == "二")


def test_edits_go_live_while_a_new_base_is_built(
    library: Library, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(store, faq(answer="0"), *(faq(f"f{number}", f"问{number}") for number in range(10)))
    library.refresh()
    first = library.snapshot.base
    building, go_on, build = threading.Event(), threading.Event(), module.build

    def slow(*arguments: object) -> object:
        building.set()
        go_on.wait(10)
        return build(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "build", slow)
    monkeypatch.setattr(module, "LARGEST_DELTA", 1)
    library.follow()
    publish(store, faq(answer="1"))
    assert building.wait(10), "two changes are more than a delta should hold"
    wait_until(lambda: answer(library) == "1")
    publish(store, faq(answer="2"), gone=[UnitKey("faq", "f3")])
    wait_until(lambda: answer(library) == "2")
    assert library.snapshot.base is first
    monkeypatch.setattr(module, "LARGEST_DELTA", 100)
    go_on.set()
    wait_until(lambda: library.snapshot.base is not first)
    assert answer(library) == "2" and answer(library, "f3") is None
    assert (library.snapshot.release, len(library.snapshot.units)) == (3, 10)
    assert library.snapshot.get("faq", "f4") is not None


def test_following_goes_on_where_a_new_base_cannot_be_built(
    library: Library, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(store, faq(answer="0"), *(faq(f"f{number}", f"问{number}") for number in range(10)))
    library.refresh()
    failures = []

    def broken(*arguments: object) -> object:
        failures.append(arguments)
        raise MemoryError

    monkeypatch.setattr(module, "build", broken)
    monkeypatch.setattr(module, "LARGEST_DELTA", 1)
    library.follow()
    for number in "123":
        publish(store, faq(answer=number))
        wait_until(lambda number=number: answer(library) == number)  # type: ignore[misc]
    wait_until(lambda: len(failures) >= 2)


def test_following_outlives_a_failing_database(
    library: Library, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(store, faq(answer="一"))
    library.refresh()
    failures = []

    def away(tx: object) -> int:
        failures.append(tx)
        raise OSError("away")

    monkeypatch.setattr(module, "current", away)
    library.follow()
    publish(store, faq(answer="二"))
    wait_until(lambda: len(failures) >= 2)
    assert answer(library) == "一"
    monkeypatch.undo()
    wait_until(lambda: answer(library) == "二")


def test_what_fails_at_every_look_is_told_once(
    library: Library, store: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    publish(store, faq(answer="一"))
    library.refresh()
    failures = []

    def broken(*arguments: object) -> object:
        failures.append(arguments)
        raise MemoryError if len(failures) < 3 else OSError("torn")

    monkeypatch.setattr(module, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(module, "advance", broken)
    publish(store, faq(answer="二"))
    library.follow()
    wait_until(lambda: len(failures) >= 8)
    told = [record for record in caplog.records if record.exc_info]
    assert [record.exc_info[0] for record in told if record.exc_info] == [MemoryError, OSError]
    caplog.set_level(logging.INFO, logger=module.__name__)
    monkeypatch.undo()
    wait_until(lambda: "refreshed again" in caplog.text)
    assert answer(library) == "二"


def test_what_was_withdrawn_is_not_answered_for_long_where_no_release_can_be_indexed(
    library: Library, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(store, faq(answer="一"), faq("old", "旧的吗"), faq("other", "别的"))
    library.refresh()
    publish(store, faq("late", "晚的吗"))
    library.refresh()
    whole = module.advance

    def broken(old: Snapshot, release: int, added: Sequence[Entry], removed: set[int]) -> Snapshot:
        if added:
            raise MemoryError
        return whole(old, release, added, removed)

    monkeypatch.setattr(module, "advance", broken)
    monkeypatch.setattr(module, "HELD_SECONDS", 0.5)
    publish(store, faq(answer="二"), gone=[UnitKey("faq", "old"), UnitKey("faq", "late")])
    library.follow()
    time.sleep(0.3)
    assert answer(library, "old") is not None, "it may be over soon"
    wait_until(lambda: answer(library, "old") is None)
    assert (library.snapshot.release, len(library.snapshot.units)) == (2, 1)
    assert answer(library) is None and answer(library, "late") is None and answer(library, "other")
    monkeypatch.undo()
    wait_until(lambda: answer(library) == "二")
    assert (library.snapshot.release, len(library.snapshot.units)) == (3, 2)


def test_many_threads_read_while_releases_come(library: Library, store: Database) -> None:
    publish(store, faq(answer="0"))
    library.refresh()
    problems: list[BaseException] = []
    stop = threading.Event()

    def read() -> None:
        last = 0
        try:
            while not stop.is_set():
                snapshot = library.snapshot
                assert snapshot.release >= last
                last = snapshot.release
                assert snapshot.get("faq", "photo") is not None
        except BaseException as error:
            problems.append(error)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for number in range(1, 15):
        publish(store, faq(answer=str(number)))
        library.refresh()
    stop.set()
    for reader in readers:
        reader.join()
    assert problems == []


def test_first_use_from_many_threads_builds_once(
    library: Library, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(store, faq())
    built, build = [], module.build

    def counting(*arguments: object) -> object:
        built.append(1)
        time.sleep(0.05)
        return build(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "build", counting)
    readers = [threading.Thread(target=lambda: library.snapshot) for _ in range(5)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert len(built) == 1
