"""Content tests are kept, changed, switched off and approved, each under somebody's name."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from knowledge_units import faq
from sqlalchemy.engine import Connection
from trial_town import ABOUT_CARD, CARD, NOW, carry, wanted

from foundation import audit
from foundation.database import Database
from knowledge_base.model import UnitKey
from knowledge_base.model.unit import Owner
from knowledge_base.store import releases
from knowledge_base.trials import content_tests
from knowledge_base.trials.errors import TrialError
from knowledge_base.trials.expectations import Expectation
from knowledge_base.trials.reach import require_own, secret


def version(tx: Connection, number: int) -> str:
    return content_tests.get(tx, number).version


def test_what_was_written_is_read_back(database: Database) -> None:
    expect = Expectation("faq", "library-card", "process", ("服务台",), ("市民卡",))
    asked = wanted("你好", ABOUT_CARD, expect=expect, unit=CARD, region="990100", as_of=date(2027, 1, 1), note="热线")
    with database.write() as tx:
        number = carry(tx, asked)
    with database.read() as tx:
        test = content_tests.get(tx, number)
        assert content_tests.every(tx) == content_tests.every(tx, CARD) == content_tests.active(tx) == [test]
        assert content_tests.every(tx, UnitKey("faq", "other")) == []
    assert (test.turns, test.expect, test.unit, test.region) == (asked.turns, expect, CARD, "990100")
    assert (test.as_of, test.note, test.account, test.created_at) == (date(2027, 1, 1), "热线", "li", NOW)
    assert test.active and test.approved_by is None


def test_the_same_test_is_kept_once(database: Database) -> None:
    with database.write() as tx:
        assert carry(tx, wanted(ABOUT_CARD, kind="faq")) == carry(tx, wanted(f" {ABOUT_CARD} ", kind="faq"))
        assert carry(tx, wanted(ABOUT_CARD, kind="item")) != carry(tx, wanted(ABOUT_CARD, kind="faq"))


def test_identifiers_are_not_kept(database: Database) -> None:
    with database.write() as tx:
        number = carry(tx, wanted("我身份证110101199003074514丢了，电话13912345678", kind="item"))
        (turn,) = content_tests.get(tx, number).turns
    assert "⟦id⟧" in turn and "1990" not in turn and "139" not in turn


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (wanted("  ", kind="faq"), "no_question"),
        (wanted(*["好"] * 11, kind="faq"), "too_many"),
        (wanted("好" * 501, kind="faq"), "too_long"),
        (wanted("好"), "no_expectation"),
        (wanted("好", kind="poem"), "kind"),
        (wanted("好", expect=Expectation(aspect="colour")), "aspect"),
        (wanted("好", kind="faq", id="../x"), "id"),
        (wanted("好", kind="faq", unit=UnitKey("poem", "x")), "unit_kind"),
        (wanted("好", kind="faq", region="天河"), "region"),
    ],
)
def test_what_cannot_be_asked_is_refused(database: Database, asked: Any, reason: str) -> None:
    with database.write() as tx, pytest.raises(TrialError) as refused:
        carry(tx, asked)
    assert refused.value.key == reason


def test_nobody_approves_their_own_test_and_a_change_is_approved_anew(database: Database) -> None:
    with database.write() as tx:
        number = carry(tx, wanted(ABOUT_CARD, kind="faq"))
        with pytest.raises(TrialError, match="另一位"):
            content_tests.approve(tx, number, version(tx, number), "li", NOW)
        content_tests.approve(tx, number, version(tx, number), "wang", NOW)
        assert content_tests.get(tx, number).approved_by == "wang"
        content_tests.change(tx, number, wanted("借书证丢了", kind="faq"), "zhao", NOW)
        assert (content_tests.get(tx, number).approved_by, content_tests.get(tx, number).account) == (None, "zhao")
        with pytest.raises(TrialError):
            content_tests.approve(tx, number, version(tx, number), "zhao", NOW)
        acts = [(entry.account, entry.action) for entry in reversed(audit.entries(tx, subject=f"test:{number}"))]
    assert acts == [("li", "kb.test.add"), ("wang", "kb.test.approve"), ("zhao", "kb.test.change")]


def test_this_answer_is_right(database: Database) -> None:
    with database.write() as tx:
        number = carry(tx, wanted(ABOUT_CARD, kind="item", id="library"))
        content_tests.approve(tx, number, version(tx, number), "wang", NOW, Expectation("faq", "library-card"))
        test = content_tests.get(tx, number)
    assert (test.expect, test.approved_by) == (Expectation("faq", "library-card"), "wang")


def test_a_test_that_is_switched_off_is_not_run(database: Database) -> None:
    with database.write() as tx:
        number = carry(tx, wanted(ABOUT_CARD, kind="faq"))
        content_tests.switch(tx, number, False, "li", NOW)
        assert content_tests.active(tx) == [] and len(content_tests.every(tx)) == 1
        with pytest.raises(TrialError, match="启用"):
            content_tests.approve(tx, number, version(tx, number), "wang", NOW)
        content_tests.switch(tx, number, True, "li", NOW)
        assert len(content_tests.active(tx)) == 1
        with pytest.raises(TrialError, match="没有这个测试"):
            content_tests.get(tx, number + 1)


def test_the_release_on_which_it_passed_is_kept(database: Database) -> None:
    with database.write() as tx:
        one, other = carry(tx, wanted(ABOUT_CARD, kind="faq")), carry(tx, wanted(ABOUT_CARD, kind="item"))
        content_tests.note_passed(tx, [one], 7)
        assert [content_tests.get(tx, number).passed_release for number in (one, other)] == [7, None]


def test_a_units_tests_belong_to_its_department(database: Database) -> None:
    theirs, new = UnitKey("faq", "theirs"), UnitKey("faq", "new")
    police = Owner(department="公安局")
    with database.write() as tx:
        releases.save_draft(tx, faq("theirs", "户口怎么迁", owner=police), "li", NOW)
        releases.publish(tx, "old", "", NOW + timedelta(seconds=1))
        releases.save_draft(tx, faq("new", "新户口怎么办", owner=police), "li", NOW)
        for department in (None, "公安局"):
            require_own(tx, theirs, department)
            require_own(tx, new, department)
            assert secret(tx, [theirs, new], department) == set()
        for key in (theirs, new):
            with pytest.raises(TrialError, match="公安局"):
                require_own(tx, key, "民政局")
        assert secret(tx, [theirs, new], "民政局") == {new}, "what is published is no secret"
        require_own(tx, None, "民政局")
        with pytest.raises(TrialError, match="没有编号"):
            require_own(tx, UnitKey("faq", "nothing"), None)
