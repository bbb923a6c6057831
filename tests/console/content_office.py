"""The editorial office in the console: Li writes, Wang reviews, Chen supervises."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from console_people import Browser, Office

from foundation import accounts, sessions
from knowledge_base.editing import review, working
from knowledge_base.model import Faq, Unit, UnitKey
from knowledge_base.model.unit import Owner, Source
from knowledge_base.store import releases

LAW = (Source(title="居民身份证法"),)
PHOTO = UnitKey("faq", "photo")
PAGE = "/content/units/faq/photo"


def about_photos(
    answer: str = "可以。", id: str = "photo", question: str = "照片可以自己带吗", department: str = ""
) -> Faq:
    owner = Owner(department=department or None)
    return Faq(id=id, question=question, answer=answer, sources=LAW, owner=owner)


class Editorial:
    """Its people's browsers, made when they first come in."""

    def __init__(self, office: Office, new_browser: Callable[[], Browser]) -> None:
        self.office = office
        self._new_browser = new_browser
        self._seats: dict[str, Browser] = {}

    def seat(self, name: str, *roles: str, department: str = "") -> Browser:
        if name not in self._seats:
            browser = self._new_browser()
            browser.seat(name, *roles)
            with self.office.database.write() as tx:
                accounts.describe(tx, name, name, department)
                account = accounts.get(tx, name)
                browser.bring(sessions.begin(tx, account.id, self.office.clock.now(), timedelta(hours=12)))
            self._seats[name] = browser
        return self._seats[name]

    @property
    def li(self) -> Browser:
        return self.seat("li", "editor")

    @property
    def wang(self) -> Browser:
        return self.seat("wang", "reviewer")

    @property
    def chen(self) -> Browser:
        return self.seat("chen", "supervisor")

    def standing(self, *units: Unit) -> None:
        """Publish units as if they had long been there."""
        with self.office.database.write() as tx:
            releases.save_drafts(tx, units, "old", self.office.clock.now())
            releases.publish(tx, "old", "", self.office.clock.now(), only=[unit.key for unit in units])

    def write(self, unit: Unit, account: str = "li") -> int:
        """Save a draft as the editor's page does."""
        with self.office.database.write() as tx:
            base = working.standing(tx, unit.key)
            return working.save(tx, unit.key, account, unit, base, self.office.clock.now())

    def pass_review(self, key: UnitKey = PHOTO) -> None:
        """Have a draft submitted by Li and approved by Wang, over the pages."""
        page = f"/content/units/{key.kind}/{key.id}"
        assert self.li.post(f"{page}/submit").status_code == 303
        seen = self.wang.get(page).text
        revision = re.search(r'name="revision" value="(\d*)"', seen)
        assert revision
        assert self.wang.post(f"{page}/approve", {"revision": revision[1]}).status_code == 303

    def state(self, key: UnitKey = PHOTO) -> str:
        """How far a draft has come."""
        with self.office.database.read() as tx:
            return review.existing(tx, key).state

    def answer(self, key: UnitKey = PHOTO) -> str | None:
        """What a published FAQ answers."""
        with self.office.database.read() as tx:
            stored = releases.find(tx, releases.current(tx), key)
        return None if stored is None else stored.unit.answer  # type: ignore[attr-defined]
