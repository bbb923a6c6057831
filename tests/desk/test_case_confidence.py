"""Who may see what of a report, and of the conversation in which it was made."""

from __future__ import annotations

from datetime import timedelta

import pytest
from case_samples import CONVERSATION, NOW, NUMBER, OTHER, filed
from sqlalchemy.engine import Connection

from desk import cases, presence
from desk.case_confidence import CONFIDENTIAL, Viewer, recent, transcript
from desk.case_handling import ANSWERED, By, reply
from desk.case_rules import rules
from foundation import accounts, dialogue
from foundation.cipher import Cipher
from foundation.database import Database
from foundation.dialogue import Event, heard

RULES = rules()


@pytest.mark.parametrize(
    ("department", "roles", "sees", "complaint", "report"),
    [
        ("市场监管", ("agent",), True, True, False),
        ("公安", ("agent",), False, False, False),
        ("", ("agent",), False, False, False),
        ("市场监管", ("agent", "editor", "reviewer", "auditor"), True, True, False),
        ("", ("supervisor",), True, True, True),
        ("公安", ("admin",), True, True, True),
    ],
)
def test_who_may_see_and_who_may_learn_who_it_was(
    database: Database,
    cipher: Cipher,
    department: str,
    roles: tuple[str, ...],
    sees: bool,
    complaint: bool,
    report: bool,
) -> None:
    with database.write() as tx:
        open_case, secret = filed(tx, cipher), filed(tx, cipher, number=OTHER, kind="report")
        who = viewer(tx, department, *roles)
    assert who.may_see(open_case) == who.may_see(secret) == sees
    assert (who.may_reveal(open_case), who.may_reveal(secret)) == (complaint, report)


def viewer(tx: Connection, department: str, *roles: str) -> Viewer:
    return Viewer.of(tx, accounts.add(tx, "lin", None, roles, NOW, "林工", department), RULES, NOW)


def test_whose_cases_somebody_sees(database: Database) -> None:
    with database.write() as tx:
        assert viewer(tx, "", "agent").departments == (RULES.general,)
        presence.set_departments(tx, "lin", ["公安", "出入境"], "chief", NOW)
        assert Viewer.of(tx, accounts.get(tx, "lin"), RULES, NOW).departments == ("公安", "出入境")


def robot(text: str, secret: bool) -> Event:
    answer = {"kind": "form", **({CONFIDENTIAL: True} if secret else {})}
    return {"event": "bot", "timestamp": NOW.timestamp(), "text": text, "data": {"custom": {"answer": answer}}}


def said(text: str) -> Event:
    return heard(text, "web", NOW)


def shown(database: Database, *events: Event) -> list[str]:
    with database.write() as tx:
        dialogue.append(tx, CONVERSATION, events)
        return [line.text for line in transcript(tx, CONVERSATION)]


COVERED = "（举报内容，按规定不显示）"


def test_what_belongs_to_a_report_is_covered(database: Database) -> None:
    lines = shown(
        database,
        said("护照多少钱"), robot("120元", False),
        said("我要举报村支书收钱"), robot("好的，记下了", True),
        said("等一下，窗口几点下班"), robot("17:00", False),
        said("张家村"), robot("已经登记", True),
        said("谢谢"), robot("不客气", False),
        said("0"),
    )  # fmt: skip
    assert lines == [
        "护照多少钱", "120元", *[COVERED] * 2, "等一下，窗口几点下班", "17:00", *[COVERED] * 2, "谢谢", "不客气", "0",
    ]  # fmt: skip


def test_a_message_to_the_form_is_covered_before_it_is_answered(database: Database) -> None:
    assert shown(database, said("我要举报"), robot("请说", True), said("村支书收钱")) == [COVERED] * 3


def test_a_reply_to_a_report_is_covered_and_what_is_said_after_it_is_not(database: Database, cipher: Cipher) -> None:
    with database.write() as tx:
        case = filed(tx, cipher, kind="report")
        reply(tx, case, "查实了", ANSWERED, By("lin", "林工", False, "12345"), NOW, "k", "K7M2-4Q9D")
        assert cases.read(tx, NUMBER).state == ANSWERED
    assert shown(database, said("我想问护照")) == [COVERED, "我想问护照"]


def test_a_page_that_ends_before_the_reply_is_covered_too(database: Database) -> None:
    shown(
        database,
        said("护照多少钱"),
        robot("120元", False),
        said("我要举报村支书收钱"),
        robot("记下了", True),
        said("好"),
    )
    with database.read() as tx:
        *_, reply, _ = transcript(tx, CONVERSATION)
        page = transcript(tx, CONVERSATION, 2, before=reply.id)
    assert [line.text for line in page] == ["120元", COVERED]


def test_a_list_of_conversations_is_covered_too(database: Database) -> None:
    shown(database, said("我要举报村支书收钱"), robot("记下了", True), said("张家村"))
    with database.read() as tx:
        late = recent(tx, NOW - timedelta(hours=1), 500)
    assert [line.text for line in late[CONVERSATION]] == [COVERED] * 3
