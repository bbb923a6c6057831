"""SQL in every field of every list of the console: it is looked for as it stands, and does nothing."""

from __future__ import annotations

import pytest
from access_table import TABLE
from console_people import Browser, Office
from sqlalchemy import func, select

from foundation import audit
from foundation.accounts import ROLES, accounts

ATTACKS = [
    "x' OR '1'='1",
    "'; DROP TABLE audit; --",
    "1); DELETE FROM accounts; --",
    "%' UNION SELECT password_hash --",
    "\\",
]
FIELDS = (
    "account", "action", "subject", "since", "before", "q", "text", "state", "kind", "department", "owner", "region",
    "page", "sort", "from", "to", "month", "day", "unit", "channel", "after", "limit", "number", "problem",
)  # fmt: skip
LISTS = sorted(
    path for method, path in TABLE if method == "GET" and "{" not in path and not path.startswith("/sign-in")
)


@pytest.fixture
def all_roles(office: Office, browser: Browser) -> Browser:
    browser.seat("everyone", *ROLES)
    return browser


def test_no_list_of_the_console_runs_what_it_is_asked(office: Office, all_roles: Browser) -> None:
    before = rows(office)
    assert len(LISTS) > 20
    for path in LISTS:
        for attack in ATTACKS:
            answer = all_roles.get(path, params=dict.fromkeys(FIELDS, attack))
            assert answer.status_code < 500, (path, attack)
            assert "sqlite" not in answer.text.lower() and "syntax error" not in answer.text.lower()
    assert rows(office) == before


@pytest.mark.parametrize("attack", ["x' OR '1'='1", "%", "_", "x' OR 1=1 --"])
def test_a_filter_is_not_widened(office: Office, all_roles: Browser, attack: str) -> None:
    with office.database.write() as tx:
        audit.record(tx, "lihua", "kb.publish", "release:1", None, office.clock.now())
    for field in ("account", "subject"):
        assert "没有符合条件的记录" in all_roles.get("/audit", params={field: attack}).text


def test_nobody_signs_in_by_it(office: Office, browser: Browser) -> None:
    office.hire("lihua", "admin")
    for name in ("lihua' --", "' OR '1'='1", "lihua'; --"):
        assert browser.sign_in(name, "' OR '1'='1").status_code != 303
    assert "lihua" in names(office)


def rows(office: Office) -> tuple[int, int]:
    with office.database.read() as tx:
        tables = (audit.audit, accounts)
        first, second = (tx.execute(select(func.count()).select_from(table)).scalar_one() for table in tables)
        return int(first), int(second)


def names(office: Office) -> list[str]:
    with office.database.read() as tx:
        return list(tx.execute(select(accounts.c.name)).scalars())
