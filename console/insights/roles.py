"""Who may look at figures, and what of it leads further for whom."""

from __future__ import annotations

from console.content.roles import READERS as CONTENT_READERS
from foundation.accounts import Account

PART = "/insights"
"""The page under which all pages of figures are linked."""
READERS = ("supervisor", "auditor", "admin")


def opens_content(account: Account) -> bool:
    """Whether units and answer records may be linked for somebody."""
    return not set(CONTENT_READERS).isdisjoint(account.roles)
