"""The links at the top of every page, and of the part it belongs to below them: those that its reader may open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from console.routing import SIGNED_IN, Page
from foundation.accounts import Account


@dataclass(frozen=True)
class Link:
    path: str
    title: str


class Navigation:
    def __init__(self, pages: Iterable[Page]) -> None:
        self._pages = [page for page in pages if page.nav is not None]

    def __call__(self, account: Account, under: str | None = None) -> list[Link]:
        """The links for an account: at the top, or of the part `under` a page, that page first."""
        mine = [page for page in self._pages if SIGNED_IN in page.roles or not page.roles.isdisjoint(account.roles)]
        first = [page for page in mine if under is not None and page.path == under]
        return [Link(page.path, str(page.nav)) for page in (*first, *(page for page in mine if page.under == under))]

    def part(self, path: str) -> str | None:
        """The page with links of its own, under which an address lies."""
        parts = {page.under for page in self._pages if page.under is not None}
        return next((part for part in sorted(parts) if path == part or path.startswith(f"{part}/")), None)
