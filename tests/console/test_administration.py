from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from console_people import Browser, Office
from httpx2 import Response

from foundation import accounts

NewBrowser = Callable[[], Browser]
NEW = {"name": "LiHua", "display_name": "李华", "department": "户政科", "role": ["agent", "supervisor"]}


@pytest.fixture
def boss(browser: Browser) -> Browser:
    browser.seat("boss", "admin")
    return browser


def one_time(answer: Response) -> str:
    found = re.search(r'<p class="secret code">([a-z0-9-]+)</p>', answer.text)
    assert answer.status_code == 200 and found is not None
    return found[1]


def test_a_new_colleague(office: Office, boss: Browser, new_browser: NewBrowser) -> None:
    given = one_time(boss.post("/accounts/new", NEW))
    newcomer = new_browser()
    assert newcomer.sign_in("lihua", given).status_code == 303
    assert newcomer.get("/").headers["location"] == "/account/password"
    newcomer.post("/account/password", {"old": given, "new": "another pass 7", "again": "another pass 7"})
    page = newcomer.get("/account").text
    assert all(word in page for word in ("李华", "户政科", "坐席", "主管"))
    listed = boss.get("/accounts").text
    assert "李华" in listed and "operator" not in listed
    assert [act for who, act, _ in office.audited() if who == "boss"] == ["user.add", "user.reset"]
    assert given not in str(office.audited())


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": "李 华"}, "不能有空格"),
        ({"name": "x"}, "2 到 40"),
        ({"name": "BOSS"}, "已经有人使用"),
        ({"name": "a\x00b"}, "不能有空格"),
    ],
)
def test_what_is_wrong_with_a_new_account_is_said_and_the_rest_is_kept(
    office: Office, boss: Browser, changed: dict[str, Any], said: str
) -> None:
    answer = boss.post("/accounts/new", {**NEW, **changed})
    assert answer.status_code == 422 and said in answer.text
    assert 'value="户政科"' in answer.text and answer.text.count("checked") == 2
    with office.database.read() as tx:
        assert [one.name for one in accounts.everyone(tx)] == ["boss"]


def test_roles_that_are_none_are_not_given(office: Office, boss: Browser) -> None:
    boss.post("/accounts/new", {**NEW, "role": ["agent", "king", "operator"]})
    with office.database.read() as tx:
        assert accounts.get(tx, "lihua").roles == ("agent",)


def test_changing_roles_signs_out(office: Office, boss: Browser, new_browser: NewBrowser) -> None:
    agent = new_browser()
    account = agent.seat("lihua", "agent")
    fields = {"display_name": "李华\x00", "department": "户政科", "role": ["agent"]}
    assert boss.post(f"/accounts/{account.id}", fields).headers["location"] == "/accounts"
    assert agent.is_in()
    assert boss.post(f"/accounts/{account.id}", {**fields, "role": ["auditor"]}).status_code == 303
    assert not agent.is_in()
    with office.database.read() as tx:
        after = accounts.get(tx, "lihua")
    assert (after.display_name, after.department, after.roles) == ("李华", "户政科", ("auditor",))


def test_a_forgotten_password(office: Office, boss: Browser, new_browser: NewBrowser) -> None:
    account = office.hire("lihua", "agent")
    person = new_browser()
    person.sign_in("lihua")
    given = one_time(boss.post(f"/accounts/{account.id}/password"))
    assert not person.is_in()
    assert person.sign_in("lihua").status_code == 403
    assert person.sign_in("lihua", given).status_code == 303
    assert "一次性密码，本人还没有修改" in boss.get(f"/accounts/{account.id}").text


def test_signing_somebody_out(office: Office, boss: Browser, new_browser: NewBrowser) -> None:
    agent = new_browser()
    account = agent.seat("lihua", "agent")
    assert "有 1 处登录" in boss.get(f"/accounts/{account.id}").text
    assert boss.post(f"/accounts/{account.id}/sign-out").status_code == 303
    assert not agent.is_in()


def test_administrators_do_not_shut_themselves_out(office: Office, boss: Browser) -> None:
    me = f"/accounts/{boss.seat('boss').id}"
    assert "不能停用自己" in boss.post(f"{me}/disable").text
    assert "取消自己的系统管理角色" in boss.post(me, {"display_name": "x", "role": "agent"}).text
    assert boss.get("/accounts").status_code == 200


def test_there_is_nothing_to_change_of_the_operator_or_of_nobody(office: Office, boss: Browser) -> None:
    with office.database.write() as tx:
        operator = accounts.ensure_operator(tx, office.clock.now()).id
    for number in (operator, 999, 2**40, "1e9", "-1", "9" * 400):
        assert boss.get(f"/accounts/{number}").status_code == 404
        assert boss.post(f"/accounts/{number}/password").status_code == 404
