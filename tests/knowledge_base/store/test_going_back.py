"""One unit goes back, and further back: never again to a text that was gone back from."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from knowledge_units import faq
from sqlalchemy.engine import Connection

from foundation.database import Database
from foundation.errors import KnowledgeError
from knowledge_base.model import UnitKey
from knowledge_base.store import releases

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=timezone.utc)
KEY = UnitKey("faq", "photo")


def publish(tx: Connection, answer: str | None) -> int:
    """Make a release in which the unit says that, or is not there."""
    if answer is None:
        releases.delete_draft(tx, KEY, "editor", NOW)
    else:
        releases.save_draft(tx, faq(answer=answer), "editor", NOW)
    return releases.publish(tx, "chief", "", NOW).number


def back(tx: Connection) -> str:
    """What the unit says after it went back once more."""
    releases.rollback(tx, KEY, "chief", NOW)
    return says(tx)


def says(tx: Connection) -> str:
    stored = releases.find(tx, releases.current(tx), KEY)
    assert stored is not None
    return stored.unit.answer  # type: ignore[attr-defined]


def test_back_again_is_further_back_until_nothing_is_earlier(database: Database) -> None:
    with database.write() as tx:
        for answer in ("对的", "错的", "还是错的"):
            publish(tx, answer)
        assert [back(tx), back(tx)] == ["错的", "对的"]
        with pytest.raises(KnowledgeError, match="no earlier revision"):
            back(tx)
        assert says(tx) == "对的"


def test_what_is_published_after_going_back_goes_back_to_that(database: Database) -> None:
    with database.write() as tx:
        for answer in ("一", "二"):
            publish(tx, answer)
        assert back(tx) == "一"
        publish(tx, "三")
        assert back(tx) == "一"
        publish(tx, "二")  # on purpose this time
        publish(tx, "四")
        assert [back(tx), back(tx)] == ["二", "一"]


def test_a_removal_is_gone_back_from_like_any_change(database: Database) -> None:
    with database.write() as tx:
        for answer in ("一", "二", None):
            publish(tx, answer)
        assert [back(tx), back(tx)] == ["二", "一"]


def test_what_an_order_that_was_taken_back_had_said_stays_away(database: Database) -> None:
    with database.write() as tx:
        publish(tx, "一")
        before = publish(tx, "二")
        publish(tx, "变更单里的")
        releases.give_back(tx, [KEY], before, "chief", "", NOW)
        assert (says(tx), back(tx)) == ("二", "一")


def test_what_an_order_brought_and_took_away_again_does_not_come_back(database: Database) -> None:
    with database.write() as tx:
        publish(tx, "变更单里的")
        releases.give_back(tx, [KEY], 0, "chief", "", NOW)
        with pytest.raises(KnowledgeError, match="no earlier revision"):
            back(tx)


def test_a_unit_goes_on_back_from_a_release_that_all_went_back_to(database: Database) -> None:
    with database.write() as tx:
        publish(tx, "对的")
        good = publish(tx, "错的")
        publish(tx, "还是错的")
        releases.rollback(tx, good, "chief", NOW)
        assert back(tx) == "对的"


def test_where_all_went_back_to_its_first_text_a_unit_may_come_out_of_that_again(database: Database) -> None:
    with database.write() as tx:
        first = publish(tx, "一")
        publish(tx, "二")
        releases.rollback(tx, first, "chief", NOW)
        assert [back(tx), back(tx)] == ["二", "一"]
        with pytest.raises(KnowledgeError, match="no earlier revision"):
            back(tx)
