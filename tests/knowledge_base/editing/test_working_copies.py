"""Working copies: nobody's typing is lost, and nobody overwrites anybody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from editing_desk import KEY, LATER, NOW, sourced, standing, write

from foundation.database import Database
from knowledge_base.editing import review, working
from knowledge_base.editing.errors import Missing, Overtaken, WrongState
from knowledge_base.editing.working import Other
from knowledge_base.store import releases


def test_what_stands_in_a_form_is_kept_valid_or_not(database: Database) -> None:
    with database.write() as tx:
        assert working.read(tx, KEY, "li") is None
        first = working.autosave(tx, KEY, "li", {"question": ""}, None, 0, NOW)
        working.autosave(tx, KEY, "li", {"question": "照"}, None, first, LATER)
        kept = working.read(tx, KEY, "li")
        assert kept is not None and (kept.body, kept.version, kept.updated_at) == ({"question": "照"}, 2, LATER)
        working.discard(tx, KEY, "li")
        assert working.read(tx, KEY, "li") is None


@pytest.mark.parametrize("version", [0, 1, 3])
def test_a_second_page_of_the_same_person_overwrites_nothing(database: Database, version: int) -> None:
    with database.write() as tx:
        working.autosave(tx, KEY, "li", {"question": "一"}, None, 0, NOW)
        working.autosave(tx, KEY, "li", {"question": "二"}, None, 1, NOW)
        with pytest.raises(Overtaken):
            working.autosave(tx, KEY, "li", {"question": "三"}, None, version, NOW)
        kept = working.read(tx, KEY, "li")
        assert kept is not None and kept.body == {"question": "二"}


def test_others_at_the_same_unit_are_named(database: Database) -> None:
    with database.write() as tx:
        working.autosave(tx, KEY, "li", {}, None, 0, NOW)
        working.autosave(tx, KEY, "zhao", {}, None, 0, LATER)
        working.autosave(tx, KEY, "old", {}, None, 0, NOW - timedelta(days=1))
        assert working.others(tx, KEY, "li", NOW) == [Other("zhao", LATER)]
        assert working.others(tx, KEY, "zhao", NOW) == [Other("li", NOW)]


def test_one_begins_from_the_draft_else_from_what_is_published(database: Database) -> None:
    with database.write() as tx:
        with pytest.raises(Missing):
            working.begin(tx, KEY)
        assert working.standing(tx, KEY) is None
        standing(tx, sourced(answer="旧"))
        assert working.begin(tx, KEY)["answer"] == "旧"
        write(tx, sourced(answer="新"))
        assert working.begin(tx, KEY)["answer"] == "新"
        releases.delete_draft(tx, KEY, "li", NOW)
        assert working.begin(tx, KEY)["answer"] == "旧"


def test_whoever_saves_second_overwrites_nothing(database: Database) -> None:
    with database.write() as tx:
        standing(tx, sourced(answer="旧"))
        base = working.standing(tx, KEY)
        working.autosave(tx, KEY, "zhao", {"answer": "赵写的"}, base, 0, NOW)
        working.save(tx, KEY, "li", sourced(answer="李写的"), base, NOW)
    with database.write() as tx, pytest.raises(Overtaken, match="“li”在 10:00 保存过"):
        working.save(tx, KEY, "zhao", sourced(answer="赵写的"), base, LATER)
    with database.read() as tx:
        assert working.begin(tx, KEY)["answer"] == "李写的"
        kept = working.read(tx, KEY, "zhao")
        assert kept is not None and kept.body == {"answer": "赵写的"}


def test_what_was_published_meanwhile_is_not_overwritten_either(database: Database) -> None:
    with database.write() as tx:
        standing(tx, sourced(answer="旧"))
        base = working.standing(tx, KEY)
        standing(tx, sourced(answer="新"))
        with pytest.raises(Overtaken):
            working.save(tx, KEY, "li", sourced(answer="李写的"), base, NOW)


def test_saving_ends_the_working_copy_and_takes_none_under_review(database: Database) -> None:
    with database.write() as tx:
        working.autosave(tx, KEY, "li", {}, None, 0, NOW)
        write(tx, sourced())
        assert working.read(tx, KEY, "li") is None
        review.submit(tx, KEY, "li", "", NOW)
        with pytest.raises(WrongState, match="撤回"):
            write(tx, sourced(answer="又改"))
