"""Whose content an account sees and changes."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from console.content.roles import department_of
from foundation.accounts import Account

NOW = datetime(2026, 11, 20, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("roles", "department"),
    [
        (("editor",), "户籍"),
        (("reviewer",), "户籍"),
        (("auditor",), None),
        (("supervisor",), None),
        (("auditor", "editor"), "户籍"),
        (("auditor", "reviewer"), "户籍"),
        (("supervisor", "editor", "auditor"), None),
    ],
)
def test_a_department_binds_who_writes(roles: tuple[str, ...], department: str | None) -> None:
    """Reading everything, as an auditor does, must not let an editor change everything."""
    assert department_of(Account(1, "li", "李", "户籍", roles, NOW, None)) == department
    assert department_of(Account(1, "li", "李", "", roles, NOW, None)) is None
