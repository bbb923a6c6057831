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
        """The links for an account: at the top, or of the part `under` a page, that page first.

        Whoever may not open the first page of a part, but another of it, is led there from the top.
        """
        mine = [page for page in self._pages if SIGNED_IN in page.roles or not page.roles.isdisjoint(account.roles)]
        if under is None:
            doors = ((page, page if page in mine else _below(page, mine)) for page in self._pages if page.under is None)
            return [Link(door.path, str(page.nav)) for page, door in doors if door is not None]
        first = [page for page in mine if page.path == under]
        return [Link(page.path, str(page.nav)) for page in (*first, *(page for page in mine if page.under == under))]

    def part(self, path: str) -> str | None:
        """The page with links of its own, under which an address lies."""
        parts = {page.under for page in self._pages if page.under is not None}
        return next((part for part in sorted(parts) if path == part or path.startswith(f"{part}/")), None)


def _below(page: Page, mine: Iterable[Page]) -> Page | None:
    """The first of these pages in the part of another."""
    return next((one for one in mine if one.under == page.path), None)
