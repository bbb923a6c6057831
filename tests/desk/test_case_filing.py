"""A case is filed once, keeps what it needs of the vault, and lets go of it in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from case_samples import CONVERSATION, NOW, NUMBER, OTHER, PHONE, data, filed, hidden
from sqlalchemy import select

from desk import case_deliveries, cases, changes
from desk.case_tables import case_events
from desk.case_tables import cases as table
from foundation import erasure
from foundation.cipher import Cipher
from foundation.database import Database
from foundation.vault import Vault


def test_it_is_all_there(database: Database, cipher: Cipher) -> None:
    with database.write() as tx:
        case = filed(tx, cipher)
        assert cases.find(tx, NUMBER) == case and case.state == cases.REGISTERED
        assert (case.what, case.place, case.happened) == ("楼下烧烤店半夜还在摆摊", "人民路12号", "每天晚上")
        assert (case.department, case.due_on, case.filed_at) == ("市场监管", date(2026, 11, 30), NOW)
        assert [event.action for event in cases.history(tx, case)] == ["filed"]
        assert [one.event for one in case_deliveries.of_case(tx, case.id)] == ["filed"]
        assert "cases" in changes.version(tx)


def test_filed_twice_it_is_one(database: Database, cipher: Cipher) -> None:
    with database.write() as tx:
        first = filed(tx, cipher)
        again = cases.file_case(tx, cipher, CONVERSATION, "web", data(what="别的"), NOW)
        assert again == first
        assert len(tx.execute(select(table.c.id)).all()) == len(tx.execute(select(case_events.c.id)).all()) == 1
        assert len(case_deliveries.of_case(tx, first.id)) == 1


def test_another_conversations_number_is_not_taken_over(database: Database, cipher: Cipher) -> None:
    with database.write() as tx:
        filed(tx, cipher)
        with pytest.raises(ValueError, match="another"):
            filed(tx, cipher, conversation="web:somebody")


@pytest.mark.parametrize("wrong", [{"kind": "gossip"}, {"due_on": "tomorrow"}])
def test_what_is_malformed_is_refused(database: Database, cipher: Cipher, wrong: dict[str, str]) -> None:
    with database.write() as tx, pytest.raises(ValueError):
        filed(tx, cipher, **wrong)


def test_nothing_is_sent_where_no_outside_system_is_named(database: Database, cipher: Cipher) -> None:
    with database.write() as tx:
        assert case_deliveries.of_case(tx, filed(tx, cipher, forward=False).id) == []


def test_contact_and_identifiers_are_kept_encrypted_beyond_the_vault(database: Database, cipher: Cipher) -> None:
    with database.write() as tx:
        what = hidden(tx, cipher, "车牌京A12345的车天天堵门，电话13800138000没人接")
        case = filed(tx, cipher, what=what)
        assert case.has_contact and PHONE not in repr(tx.execute(select(table)).all())
        Vault(cipher).purge(tx, NOW + timedelta(days=400))
        private = cases.private_of(tx, cipher, case)
        assert private.contact == PHONE
        assert private.fill(case.what) == "车牌京A12345的车天天堵门，电话13800138000没人接"
        assert PHONE not in repr(private) and "京A12345" not in repr(private)


def test_a_proof_in_the_text_is_not_kept(database: Database, cipher: Cipher) -> None:
    with database.write() as tx:
        what = hidden(tx, cipher, "我的验证码是483920，一直登不上")
        case = filed(tx, cipher, phone=None, what=what)
        assert "⟦code:" in case.what and cases.private_of(tx, cipher, case).values == {}


def test_a_contact_that_has_expired_loses_no_case(database: Database, cipher: Cipher) -> None:
    with database.write() as tx:
        token = hidden(tx, cipher, PHONE)
        later = NOW + timedelta(days=30)
        case = cases.file_case(tx, cipher, CONVERSATION, "web", data(contact=token), later)
        assert not case.has_contact and cases.private_of(tx, cipher, case).contact is None


def test_another_key_shows_nothing(database: Database, cipher: Cipher) -> None:
    from foundation.errors import VaultError

    with database.write() as tx:
        case = filed(tx, cipher)
        with pytest.raises(VaultError):
            cases.private_of(tx, Cipher(b"x" * 32), case)


def test_erased_a_citizen_is_cut_off_and_the_case_goes_on(database: Database, cipher: Cipher) -> None:
    with database.write() as tx:
        filed(tx, cipher)
        over = filed(tx, cipher, number=OTHER)
        assert cases.change(tx, over, state=cases.ANSWERED, closed_at=NOW)
        exported = erasure.export_everything(tx, CONVERSATION)["cases"]
        assert [one["number"] for one in exported] == [NUMBER, OTHER] and PHONE not in repr(exported)
        assert erasure.erase_everything(tx, CONVERSATION)["cases"] == 2
        going_on, ended = cases.read(tx, NUMBER), cases.read(tx, OTHER)
        assert going_on.conversation is None and cases.private_of(tx, cipher, going_on).contact == PHONE
        assert ended.conversation is None and cases.private_of(tx, cipher, ended).contact is None
        assert cases.change(tx, going_on, state=cases.ANSWERED, closed_at=NOW)
        assert cases.purge(tx, NOW) == 1
        assert cases.private_of(tx, cipher, going_on).contact is None


def test_what_has_ended_of_somebody_erased_is_locked(database: Database, cipher: Cipher) -> None:
    with database.write() as tx:
        going_on, over = filed(tx, cipher), filed(tx, cipher, number=OTHER)
        assert cases.change(tx, over, state=cases.ANSWERED, closed_at=NOW)
        erasure.erase_everything(tx, CONVERSATION)
        assert cases.find(tx, OTHER) is None and [one.number for one in cases.search(tx)] == [NUMBER]
        left = cases.find(tx, NUMBER)
        assert left is not None and cases.change(tx, left, state=cases.ANSWERED, closed_at=NOW)
        assert cases.find(tx, going_on.number) is None and cases.search(tx) == [], "once it has ended, too"


def test_contacts_go_long_after_the_end(database: Database, cipher: Cipher) -> None:
    with database.write() as tx:
        case = filed(tx, cipher)
        cases.change(tx, case, state=cases.ANSWERED, closed_at=NOW)
        assert cases.purge(tx, NOW + cases.KEPT - timedelta(days=1)) == 0
        assert cases.purge(tx, NOW + cases.KEPT + timedelta(days=1)) == 1
        assert not cases.read(tx, NUMBER).has_contact


def test_search(database: Database, cipher: Cipher) -> None:
    with database.write() as tx:
        old = filed(tx, cipher)
        new = filed(tx, cipher, number=OTHER, kind="report", department="综合受理", due_on=None)
        assert [one.id for one in cases.search(tx)] == [new.id, old.id]
        assert cases.search(tx, kind="report") == [new] == cases.search(tx, departments=("综合受理",))
        assert cases.search(tx, departments=("公安",)) == []
        assert cases.search(tx, overdue_on=date(2026, 12, 1)) == [old]
        assert cases.search(tx, overdue_on=date(2026, 11, 30)) == []
        assert cases.search(tx, number=NUMBER) == [old] == cases.search(tx, before=new.id)
        assert cases.search(tx, state="open", limit=1) == [new] and cases.search(tx, state=cases.ANSWERED) == []
        assert cases.of_conversation(tx, CONVERSATION) == [new, old]


def test_overdue_from_the_day_after(cipher: Cipher, database: Database) -> None:
    with database.write() as tx:
        case = filed(tx, cipher)
    assert not case.overdue(NOW) and case.overdue(NOW + timedelta(days=8))
    assert not case.overdue(NOW + timedelta(days=7, hours=13, minutes=59))
    assert not replace(case, state=cases.ANSWERED).overdue(NOW + timedelta(days=8))
