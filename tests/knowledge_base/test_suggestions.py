"""联想 in a process: follows the releases, answers nothing before the first was read."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta, timezone

import pytest
from knowledge_units import faq, item

from foundation.clock import FixedClock
from foundation.database import Database
from foundation.migrate import upgrade
from knowledge_base import suggestions as module
from knowledge_base.model import Unit, UnitKey
from knowledge_base.store import releases
from knowledge_base.suggestions import Suggestions

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=timezone.utc)


@pytest.fixture
def suggestions(database: Database, clock: FixedClock) -> Iterator[Suggestions]:
    suggestions = Suggestions(database, clock)
    yield suggestions
    suggestions.close()


def publish(database: Database, *units: Unit, gone: tuple[UnitKey, ...] = ()) -> None:
    with database.write() as tx:
        releases.save_drafts(tx, units, "operator", NOW)
        for key in gone:
            releases.delete_draft(tx, key, "operator", NOW)
        releases.publish(tx, "operator", "", NOW)


def texts(suggestions: Suggestions, text: str) -> list[str]:
    return [one.text for one in suggestions.suggest(text)]


def wait_until(true: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_nothing_before_the_first_release_was_read(database: Database, suggestions: Suggestions) -> None:
    publish(database, item(name="护照换发"))
    assert texts(suggestions, "护照") == []
    assert suggestions.refresh()
    assert texts(suggestions, "护照") == ["护照换发"]
    assert not suggestions.refresh()


def test_edits_additions_and_removals(database: Database, suggestions: Suggestions) -> None:
    publish(database, item("a", "护照换发"), faq("b", "护照要照片吗"), item("c", "护照补发"))
    suggestions.refresh()
    publish(database, item("a", "护照到期换发"), faq("d", "护照加急吗"), gone=(UnitKey("item", "c"),))
    suggestions.refresh()
    assert texts(suggestions, "护照") == ["护照到期换发", "护照加急吗", "护照要照片吗"]
    with database.write() as tx:
        releases.rollback(tx, 1, "operator", NOW)
    suggestions.refresh()
    assert texts(suggestions, "护照") == ["护照换发", "护照补发", "护照要照片吗"]


def test_a_large_change_makes_a_new_base(
    database: Database, suggestions: Suggestions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LARGEST_DELTA", 2)
    publish(database, item("a", "护照换发"))
    suggestions.refresh()
    publish(database, item("b", "护照补发"))
    suggestions.refresh()
    assert suggestions._newest is not None and len(suggestions._newest.recent) == 1
    publish(database, item("b", "护照挂失"), item("c", "护照加注"))
    suggestions.refresh()
    assert suggestions._newest.recent == ()
    assert set(texts(suggestions, "护照")) == {"护照换发", "护照挂失", "护照加注"}


def test_an_edit_is_suggested_within_a_second(database: Database, suggestions: Suggestions) -> None:
    publish(database, *(faq(f"f{number}", f"第{number}个问题怎么办") for number in range(50)))
    suggestions.follow()
    wait_until(lambda: texts(suggestions, "第7个") != [], 10)
    publish(database, faq("f7", "第7个问题改好了"))
    began = time.monotonic()
    wait_until(lambda: texts(suggestions, "第7个") == ["第7个问题改好了"], 3)
    assert time.monotonic() - began < 1


def test_the_day_decides_what_is_in_force(database: Database, suggestions: Suggestions, clock: FixedClock) -> None:
    last = date(2026, 11, 23)
    publish(
        database, item("a", "护照旧规", effective_to=last), item("b", "护照新规", effective_from=last + timedelta(1))
    )
    suggestions.refresh()
    assert texts(suggestions, "护照") == ["护照旧规"]
    clock.advance(days=1)
    assert texts(suggestions, "护照") == ["护照新规"]


def test_following_outlives_a_database_without_tables(tmp_path_factory: pytest.TempPathFactory) -> None:
    url = f"sqlite:///{tmp_path_factory.mktemp('late') / 'zhengwu.db'}"
    database = Database(url)
    suggestions = Suggestions(database, FixedClock(NOW))
    suggestions.follow()
    time.sleep(0.1)
    assert texts(suggestions, "护照") == []
    upgrade(url)
    publish(database, item(name="护照换发"))
    wait_until(lambda: texts(suggestions, "护照") == ["护照换发"], 5)
    suggestions.close()
    database.close()
