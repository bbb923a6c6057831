"""The privacy officer's pages: found by what the citizen can tell, copied, erased by two persons, said what is left."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
from console_people import Browser, Office
from sqlalchemy import insert, select

from desk.case_numbers import new_number
from desk.case_tables import cases
from foundation import audit, erasure, erasures, rights
from foundation.cipher import Cipher
from foundation.dialogue import append, heard
from foundation.log import who
from foundation.vault import Vault
from knowledge_base.records import Record, answer_records, write

CITIZEN, PHONE, RECORD = "wechat:oCitizen1", "13912345678", "K7M2-4Q9D"


@pytest.fixture
def case_number(desk: Office, cipher: Cipher) -> str:
    """Somebody has written, was answered, and has filed a case, which is over."""
    now = desk.clock.now()
    number = new_number()
    with desk.database.write() as tx:
        masked = Vault(cipher).hide(tx, f"我的手机{PHONE}", CITIZEN, now)
        append(tx, CITIZEN, [heard(masked, "wechat", now)])
        write(tx, Record(RECORD, CITIZEN, now, "item", "带身份证"))
        row = {"number": number, "conversation": CITIZEN, "channel": "wechat", "kind": "complaint", "state": "answered"}
        row |= {"what": "楼下太吵", "place": "", "happened": "", "has_contact": False, "department": "", "version": 1}
        tx.execute(insert(cases).values(**row, filed_at=now, closed_at=now))
    return number


@pytest.fixture
def officers(desk: Office) -> tuple[Browser, Browser]:
    one, other = Browser(desk), Browser(desk)
    one.seat("zhao", "supervisor")
    other.seat("qian", "admin")
    return one, other


def sealed(page: str) -> str:
    found = re.search(r'name="who" value="([0-9a-f]+)"', page)
    assert found is not None
    return found[1]


def test_found_by_record_case_phone_and_channel_id(officers: tuple[Browser, Browser], case_number: str) -> None:
    for asked in (RECORD, RECORD.lower(), case_number, PHONE, CITIZEN):
        page = officers[0].post("/privacy/find", {"asked": asked}).text
        assert "登记删除" in page, asked
        assert "oCitizen1" not in page and PHONE not in page, "whose it is stays with us"
    for nobody in ("K7M2-4Q9X", "13800000000", "web:nobody", "", "x" * 500):
        assert "没有找到" in officers[0].post("/privacy/find", {"asked": nobody}).text


def test_a_copy_says_what_is_kept(desk: Office, officers: tuple[Browser, Browser], case_number: str) -> None:
    officer = officers[0]
    who_ = sealed(officer.post("/privacy/find", {"asked": PHONE}).text)
    path = officer.post("/privacy/requests", {"who": who_, "kind": "copy"}).headers["location"]
    page = officer.get(path).text
    assert "2026-12-14" in page, "fifteen working days"
    answer = officer.post(f"{path}/copy", {})
    assert answer.headers["cache-control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        stores = json.loads(packed.read("data.json"))["stores"]
        told = packed.read("说明.txt").decode()
    assert len(stores["tracker_events"]) == 1 and stores["answer_records"][0]["text"] == "带身份证"
    assert "对话内容" in told and "180 天" in told and PHONE not in told + json.dumps(stores)
    officer.post(f"{path}/handed-over", {})
    assert "已办结" in officer.get(path).text
    acts = [act for _, act, _ in desk.audited()]
    assert acts[-3:] == ["privacy.request", "privacy.copy", "privacy.handed_over"]


def test_two_persons_erase_and_the_rest_is_locked_and_listed(
    desk: Office, officers: tuple[Browser, Browser], case_number: str, cipher: Cipher
) -> None:
    one, other = officers
    who_ = sealed(one.post("/privacy/find", {"asked": RECORD}).text)
    path = one.post("/privacy/requests", {"who": who_, "kind": "erasure"}).headers["location"]
    assert one.post("/privacy/requests", {"who": who_, "kind": "erasure"}).headers["location"] == path, "once"
    assert one.post(f"{path}/erase", {}).status_code == 409, "nobody has looked into it"
    one.post(f"{path}/propose", {})
    refused = one.post(f"{path}/erase", {})
    assert refused.status_code == 409 and "另一位同事" in refused.text
    assert other.get(f"/cases/{case_number}").status_code == 200
    other.post(f"{path}/erase", {})
    page = one.get(path).text
    assert "已办结" in page and "封存" in page and "诉求单" in page and "（1 条）" in page
    with desk.database.read() as tx:
        kept = {name: rows for name, rows in erasure.export_everything(tx, CITIZEN).items() if rows}
        assert kept == {} and erasures.everybody(tx) == []
        assert tx.execute(select(answer_records.c.text)).scalar_one() == "带身份证", "the office's statement stays"
        assert tx.execute(select(cases.c.what)).scalar_one() == "楼下太吵", "so does the order"
        assert erasures.known(tx).keys() == {erasures.digest_of(cipher, CITIZEN)}
        told = [(one_.account, one_.detail["why"]) for one_ in audit.entries(tx, action="privacy.erase")]
    assert told == [("qian", "asked")]
    assert other.get(f"/cases/{case_number}").status_code == 404, "locked: on no page, in no search"
    assert case_number not in other.get("/cases").text
    assert "没有找到" in one.post("/privacy/find", {"asked": case_number}).text


def test_a_refusal_needs_a_reason(officers: tuple[Browser, Browser], case_number: str) -> None:
    officer = officers[0]
    who_ = sealed(officer.post("/privacy/find", {"asked": PHONE}).text)
    path = officer.post("/privacy/requests", {"who": who_, "kind": "erasure"}).headers["location"]
    assert officer.post(f"{path}/refuse", {"reason": " "}).status_code == 409
    officer.post(f"{path}/refuse", {"reason": "不能确认是本人"})
    assert "不能确认是本人" in officer.get(path).text
    assert officer.post(f"{path}/propose", {}).status_code == 409


def test_what_is_late_stands_out(desk: Office, officers: tuple[Browser, Browser], case_number: str) -> None:
    officer = officers[0]
    who_ = sealed(officer.post("/privacy/find", {"asked": PHONE}).text)
    officer.post("/privacy/requests", {"who": who_, "kind": "copy"})
    assert "已超期" not in officer.get("/privacy").text
    with desk.database.write() as tx:
        overdue = desk.clock.now().date() - timedelta(days=1)
        tx.execute(rights.rights_requests.update().values(due_on=overdue))
    assert "已超期" in officer.get("/privacy").text


def test_nobody_makes_up_whose_request_it_is(officers: tuple[Browser, Browser]) -> None:
    for made_up in ("", "zz", "00ff", CITIZEN.encode().hex()):
        page = officers[0].post("/privacy/requests", {"who": made_up, "kind": "erasure"})
        assert page.status_code == 200 and "已经过期" in page.text
    assert officers[0].get("/privacy/requests/7").status_code == 404
    assert who(CITIZEN)[:6] not in officers[0].get("/privacy").text
