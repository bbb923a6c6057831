from __future__ import annotations

import re

import pytest
from console_people import Browser, Office
from sqlalchemy import delete, insert, text, update

from foundation import audit
from foundation.audit_chain import audit_head, plain_hash
from foundation.audit_rows import Entry
from foundation.audit_verifying import adopt


@pytest.fixture
def auditor(office: Office, browser: Browser) -> Browser:
    with office.database.write() as tx:
        for number in range(250):
            account, act = ("lihua", "desk.say") if number % 2 else ("wang", "user.add")
            audit.record(tx, account, act, f"thing:{number}", {"n": number, "what": "<b>词</b>"}, office.clock.now())
            office.clock.advance(minutes=1)
    browser.seat("auditor", "auditor")
    return browser


def things(text: str) -> list[int]:
    return [int(number) for number in re.findall(r">thing:(\d+)<", text)]


def test_entries_newest_first_and_page_by_page(auditor: Browser) -> None:
    page, seen = auditor.get("/audit").text, []
    while True:
        seen += things(page)
        onward = re.search(r'href="(/audit\?[^"]+)"', page)
        if onward is None:
            break
        page = auditor.get(onward[1].replace("&amp;", "&")).text
    assert seen == list(range(249, -1, -1))
    assert "回复群众" in page and "新建账号" in page and "&lt;b&gt;词" in page


def test_filters(office: Office, auditor: Browser) -> None:
    assert set(things(auditor.get("/audit", params={"account": "lihua"}).text)) == set(range(51, 250, 2))
    assert all(n % 2 == 0 for n in things(auditor.get("/audit", params={"action": "user.add"}).text))
    assert things(auditor.get("/audit", params={"subject": " thing:7 "}).text) == [7]
    page = auditor.get("/audit", params={"account": "wang", "subject": "thing:7"}).text
    assert things(page) == [] and "没有符合条件" in page
    onward = auditor.get("/audit", params={"account": "lihua"}).text
    assert "account=lihua" in re.findall(r'href="(/audit\?[^"]+)"', onward)[0]
    tomorrow = office.clock.now().date().replace(day=30).isoformat()
    assert things(auditor.get("/audit", params={"since": tomorrow}).text) == []


@pytest.mark.parametrize(
    "asked",
    [{"since": "yesterday"}, {"since": "0001-01-01"}, {"before": "-1"}, {"before": "9" * 30}, {"before": "x"},
     {"subject": "\x00"}, {"account": "x" * 5000}, {"before": "99999999999"}, {"nothing": "1"}],
)  # fmt: skip
def test_strange_questions_are_answered(auditor: Browser, asked: dict[str, str]) -> None:
    assert auditor.get("/audit", params=asked).status_code == 200


def test_whether_anybody_tampered_with_it(office: Office, auditor: Browser) -> None:
    assert "全部记录完整" in auditor.post("/audit/verify").text
    with office.database.write() as tx:
        tx.execute(update(audit.audit).where(audit.audit.c.id == 17).values(account="somebody-else"))
    assert "第 17 号记录被改动过" in auditor.post("/audit/verify").text


@pytest.mark.parametrize(
    ("change", "shown"),
    [("detail = 'forged'", "forged"), ("detail = '[1, 2]'", "[1, 2]"), ("at = 'yesterday'", "yesterday"),
     ("account = CAST(X'ff' AS TEXT)", r"\xff"), ("at = '9999-12-31 23:59:59.999999'", "9999-12-31")],
)  # fmt: skip
def test_what_cannot_be_read_is_shown_as_it_stands(office: Office, auditor: Browser, change: str, shown: str) -> None:
    with office.database.write() as tx:
        tx.execute(text(f"UPDATE audit SET {change.replace(':', chr(92) + ':')} WHERE id = 240"))
    page = auditor.get("/audit")
    assert page.status_code == 200 and shown in page.text and len(things(page.text)) == 100
    page = auditor.post("/audit/verify")
    assert "第 240 号记录被改动过" in page.text and shown in page.text


def test_an_import_whose_entry_cannot_be_read_leaves_the_page_of_imports(office: Office, browser: Browser) -> None:
    browser.seat("lihua", "editor")
    detail = {"files": ["a.xlsx"], "units": {"item": 1}, "unchanged": 0}
    with office.database.write() as tx:
        for changed in (None, "'forged'", "'{}'"):
            audit.record(tx, "lihua", "kb.import", "import", detail, office.clock.now())
            if changed:
                tx.execute(text(f"UPDATE audit SET detail = {changed} WHERE id = (SELECT max(id) FROM audit)"))
    page = browser.get("/content/import")
    assert page.status_code == 200 and page.text.count("a.xlsx") == 1


def test_a_head_that_is_gone_is_told(office: Office, auditor: Browser) -> None:
    with office.database.write() as tx:
        tx.execute(delete(audit_head))
    page = auditor.post("/audit/verify").text
    assert "日志写到哪里的标记被改动或删除" in page and "全部记录完整" not in page


def test_what_was_taken_over_is_told(office: Office, browser: Browser) -> None:
    with office.database.write() as tx:
        entry = Entry(1, office.clock.now(), "lihua", "kb.publish", "release:1", {})
        tx.execute(insert(audit.audit).values(**vars(entry), hash=plain_hash("", entry)))
        adopt(tx)
    browser.seat("auditor", "auditor")
    page = browser.post("/audit/verify").text
    assert "全部记录完整" in page and "前 1 条" in page
    with office.database.write() as tx:
        tx.execute(update(audit.audit).values(account="somebody-else"))
    page = browser.post("/audit/verify").text
    assert "被改动过" in page and "前 1 条" in page
