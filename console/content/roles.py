"""Who may do what with content."""

from __future__ import annotations

from foundation.accounts import Account

PART = "/content"
"""The page under which all pages of content are linked."""
READERS = ("editor", "reviewer", "supervisor", "auditor")
EDITORS = ("editor", "supervisor")
REVIEWERS = ("reviewer", "supervisor")
SUPERVISORS = ("supervisor",)


def department_of(account: Account) -> str | None:
    """The department whose drafts an account sees and whose units it changes; None: all of them."""
    only_reads = "auditor" in account.roles and {"editor", "reviewer"}.isdisjoint(account.roles)
    if "supervisor" in account.roles or only_reads:
        return None
    return account.department or None
