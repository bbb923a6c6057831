"""The pages of the cases: who sees which, what they can do, and that each of it is audited."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cases_console import HOME, Staff
from sqlalchemy import select
from starlette.testclient import TestClient

sys.path.insert(0, str(Path(__file__).parents[1] / "desk"))

from case_samples import CONVERSATION, NUMBER, OTHER, PHONE, filed, hidden

import desk.case_tables
import desk.tables  # noqa: F401
from console.app import build
from desk import case_deliveries, cases
from foundation import audit, dialogue, erasure, outbox
from foundation.cipher import Cipher
from foundation.clock import FixedClock
from foundation.database import Database, metadata
from foundation.settings import Settings
from knowledge_base.records import answer_records

AT = f"/cases/{NUMBER}"
Hire = Callable[..., Staff]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url, pool_size=16)
    metadata.create_all(database.engine)
    yield database
    database.close()


@pytest.fixture
def hire(settings: Settings, database: Database, clock: FixedClock) -> Iterator[Hire]:
    with TestClient(build(settings, database, clock), base_url=HOME) as client:
        yield lambda name, department="", *roles: Staff(client, database, clock, name, department, roles or ("agent",))


def file(database: Database, cipher: Cipher, **changes: object) -> None:
    with database.write() as tx:
        filed(tx, cipher, **changes)


def audited(database: Database) -> list[tuple[str, str, str]]:
    with database.read() as tx:
        return [(one.account, one.action, one.subject) for one in audit.entries(tx) if one.action.startswith("case.")]


def test_each_sees_the_cases_of_their_department(hire: Hire, database: Database, cipher: Cipher) -> None:
    file(database, cipher)
    file(database, cipher, number=OTHER, department="综合受理")
    market, general, boss = hire("market", "市场监管"), hire("general"), hire("boss", "", "supervisor")
    seen = {who: who.get("/cases").text for who in (market, general, boss)}
    assert (NUMBER in seen[market], OTHER in seen[market]) == (True, False)
    assert (NUMBER in seen[general], OTHER in seen[general]) == (False, True)
    assert NUMBER in seen[boss] and OTHER in seen[boss]
    assert market.get(AT).status_code == 200 and general.get(AT).status_code == 404
    assert general.get("/cases/SQ-9999-9999-99").status_code == 404
    assert "不归您的部门" in general.get(AT).text


@pytest.mark.parametrize("role", ["editor", "reviewer", "auditor"])
def test_other_roles_have_no_cases(hire: Hire, database: Database, cipher: Cipher, role: str) -> None:
    file(database, cipher)
    other = hire("other", "市场监管", role)
    assert {other.get(path).status_code for path in ("/cases", AT, "/cases/undelivered")} == {403}


def test_filters(hire: Hire, database: Database, cipher: Cipher) -> None:
    file(database, cipher, due_on="2026-11-20")
    file(database, cipher, number=OTHER, kind="report", due_on=None)
    boss = hire("boss", "", "supervisor")

    def shown(query: str) -> tuple[bool, bool]:
        text = boss.get(f"/cases?{query}").text
        return NUMBER in text, OTHER in text

    assert shown("kind=report") == (False, True)
    assert shown("state=open") == (True, True) and shown("state=answered") == (False, False)
    assert shown("department=公安") == (False, False)
    assert shown("overdue=1") == (True, False) and "超期" in boss.get(AT).text
    assert shown("number=sq48271935 55") == (True, False) and shown("number=nonsense") == (False, False)
    assert shown("before=1") == (False, False) and shown("before=99999999999999999999") == (True, True)


def test_a_case_from_take_to_answer(hire: Hire, database: Database, cipher: Cipher) -> None:
    file(database, cipher)
    lin = hire("lin", "市场监管")
    assert lin.post(f"{AT}/take", AT).headers["location"] == AT
    assert lin.post(f"{AT}/note", AT, text="打过电话，没人接").status_code == 303
    assert lin.post(f"{AT}/due", AT, due_on="2026-12-04").status_code == 303
    assert lin.post(f"{AT}/reply", AT, text="已经责令整改", state="answered").status_code == 303
    page = lin.get(AT).text
    assert all(said in page for said in ("已答复", "打过电话，没人接", "2026-12-04", "已经责令整改", "lin的名字"))
    with database.read() as tx:
        [sent] = outbox.after(tx, CONVERSATION, 0)
        [record] = tx.execute(select(answer_records)).mappings().all()
        assert "已经责令整改" in sent.body["text"] and sent.body["by"] == "person"
        assert (record["said_by"], record["conversation"], record["text"]) == ("lin", CONVERSATION, sent.body["text"])
        [line] = dialogue.transcript(tx, CONVERSATION)
        assert line.metadata["record"] == record["number"]
    actions = [action for _, action, _ in audited(database)]
    assert actions == ["case.reply", "case.due", "case.note", "case.move"]
    assert {(account, subject) for account, _, subject in audited(database)} == {("lin", f"case:{NUMBER}")}


def test_transferred_it_is_the_other_departments(hire: Hire, database: Database, cipher: Cipher) -> None:
    file(database, cipher)
    lin, wang = hire("lin", "市场监管"), hire("wang", "城市管理")
    given = lin.post(f"{AT}/transfer", AT, department="城市管理", note="油烟归他们")
    assert given.status_code == 303
    after = lin.get(given.headers["location"])
    assert after.status_code == 200 and f"{NUMBER} 已转给别的部门" in after.text
    assert lin.get(AT).status_code == 404
    page = wang.get(AT).text
    assert "已转办" in page and "市场监管 → 城市管理" in page and "油烟归他们" in page


def test_two_at_once(hire: Hire, database: Database, cipher: Cipher) -> None:
    """Whoever acts on an old page is told so, and what they have typed is still there."""
    file(database, cipher)
    lin, wang = hire("lin", "市场监管"), hire("wang", "市场监管")
    late = lin.post(f"{AT}/reply", AT, text="第一次", version="1", state="answered")
    refused = wang.post(f"{AT}/reply", AT, text="写了很久的答复", version="1", state="answered")
    assert (late.status_code, refused.status_code) == (303, 409)
    assert "刚刚有人改过" in refused.text and "写了很久的答复" in refused.text
    with database.read() as tx:
        assert len(outbox.after(tx, CONVERSATION, 0)) == 1


def test_what_is_posted_twice_is_sent_once(hire: Hire, database: Database, cipher: Cipher) -> None:
    file(database, cipher)
    lin = hire("lin", "市场监管")
    for _ in range(2):
        assert lin.post(f"{AT}/reply", AT, text="已经整改", key="the-same-form").status_code == 303
    with database.read() as tx:
        assert len(outbox.after(tx, CONVERSATION, 0)) == len(tx.execute(select(answer_records)).all()) == 1
    assert [action for _, action, _ in audited(database)] == ["case.reply"]


@pytest.mark.parametrize(
    ("act", "fields", "words"),
    [
        ("reply", {"text": " "}, "请填写内容"),
        ("reply", {"text": "长" * 2001}, "2000"),
        ("reply", {"text": "好", "state": "withdrawn"}, "不能这样操作"),
        ("transfer", {"department": "市场监管"}, "已经在"),
        ("due", {"due_on": "明天"}, "2026-12-01"),
        ("withdraw", {"note": ""}, "请填写内容"),
    ],
)
def test_refusals_say_why(
    hire: Hire, database: Database, cipher: Cipher, act: str, fields: dict[str, str], words: str
) -> None:
    file(database, cipher)
    refused = hire("lin", "市场监管").post(f"{AT}/{act}", AT, **fields)
    assert refused.status_code == 409 and words in refused.text
    assert audited(database) == []


def test_contact_and_identifiers_for_a_reason_only(hire: Hire, database: Database, cipher: Cipher) -> None:
    with database.write() as tx:
        filed(tx, cipher, what=hidden(tx, cipher, "车牌京A12345的车堵门"))
    lin = hire("lin", "市场监管")
    assert "（车牌号）" in lin.get(AT).text
    no_reason = lin.post(f"{AT}/reveal", AT, reason="看")
    assert no_reason.status_code == 422 and PHONE not in no_reason.text and audited(database) == []
    shown = lin.post(f"{AT}/reveal", AT, reason=f"给群众{PHONE}回电话")
    assert PHONE in shown.text and "京A12345" in shown.text and shown.headers["cache-control"] == "no-store"
    again = lin.get(AT).text
    assert PHONE not in again and "京A12345" not in again and "回电话" not in again and "查看个人信息" in again
    with database.read() as tx:
        [entry] = audit.entries(tx, action="case.reveal")
        case = cases.read(tx, NUMBER)
        assert cases.history(tx, case)[-1].text == "给群众⟦phone⟧回电话"
    assert entry.account == "lin" and entry.detail == {"reason": "给群众⟦phone⟧回电话", "report": False}


def test_a_reason_is_redacted_before_it_is_cut(hire: Hire, database: Database, cipher: Cipher) -> None:
    file(database, cipher)
    hire("lin", "市场监管").post(f"{AT}/reveal", AT, reason=f"{'核' * 195}{PHONE}")
    with database.read() as tx:
        [entry] = audit.entries(tx, action="case.reveal")
    assert PHONE[:5] not in entry.detail["reason"] and len(entry.detail["reason"]) <= 200


def test_who_was_erased_can_be_phoned_only(hire: Hire, database: Database, cipher: Cipher) -> None:
    file(database, cipher)
    with database.write() as tx:
        erasure.erase_everything(tx, CONVERSATION)
    lin = hire("lin", "市场监管")
    page = lin.get(AT).text
    assert "请电话联系" in page and "发送答复" not in page
    assert lin.post(f"{AT}/reply", AT, text="好").status_code == 409


def test_deliveries_that_failed(hire: Hire, database: Database, cipher: Cipher, clock: FixedClock) -> None:
    file(database, cipher)
    with database.write() as tx:
        one = case_deliveries.due(tx, clock.now())
        assert one is not None and case_deliveries.failed(tx, one, "HTTP 401", None)
    boss, lin = hire("boss", "", "supervisor"), hire("lin", "市场监管")
    assert "没有推送成功" in boss.get("/cases").text and "没有推送成功" not in lin.get("/cases").text
    listed = boss.get("/cases/undelivered").text
    assert NUMBER in listed and "请核对密钥" in listed
    assert lin.get("/cases/undelivered").status_code == 403
    assert lin.post(f"{AT}/resend", AT).status_code == 403
    assert boss.post(f"{AT}/resend", AT).status_code == 303
    with database.write() as tx:
        again = case_deliveries.due(tx, clock.now())
        assert again is not None and again.key == one.key
        case_deliveries.failed(tx, again, "HTTP 401", None)
    assert boss.post("/cases/undelivered").status_code == 303
    assert "全部推送成功" in boss.get("/cases/undelivered").text
    assert [action for _, action, _ in audited(database)] == ["case.resend", "case.resend"]


def test_text_is_never_markup(hire: Hire, database: Database, cipher: Cipher) -> None:
    file(database, cipher, what="<script>alert(1)</script>", where="<b>", number=NUMBER)
    page = hire("lin", "市场监管").get(AT).text
    assert "<script>alert" not in page and "&lt;script&gt;" in page
    listed = hire("boss", "", "supervisor").get("/cases").text
    assert "<script>alert" not in listed


def test_the_conversation_is_shown_but_for_what_belongs_to_a_report(
    hire: Hire, database: Database, cipher: Cipher, clock: FixedClock
) -> None:
    file(database, cipher)
    secret = {"custom": {"answer": {"confidential": True}}}
    with database.write() as tx:
        said = [
            ("user", "我要投诉烧烤店", {}),
            ("bot", "好的", {}),
            ("user", "我还要举报村支书", {}),
            ("bot", "请说", secret),
        ]
        at = clock.now().timestamp()
        events = [{"event": who, "text": text, "data": data, "timestamp": at} for who, text, data in said]
        dialogue.append(tx, CONVERSATION, events)
    page = hire("lin", "市场监管").get(AT).text
    assert "我要投诉烧烤店" in page and "村支书" not in page and "按规定不显示" in page


def test_a_long_list_comes_in_pages(hire: Hire, database: Database, cipher: Cipher) -> None:
    for body in range(22222222, 22222222 + 55):
        file(database, cipher, number=f"SQ-{str(body)[:4]}-{str(body)[4:]}-{98 - body * 100 % 97:02}")
    boss = hire("boss", "", "supervisor")
    first = boss.get("/cases").text
    older = first.split('class="button" href="')[1].split('"')[0].replace("&amp;", "&")
    assert first.count("SQ-") >= 50 and boss.get(older).text.count('<td class="when"><a href="/cases/SQ-') == 5
