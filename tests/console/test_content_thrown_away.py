"""Drafts of colleagues are not thrown away by an old page, nor by acting on several, nor once they were submitted."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from console_people import Browser, Office
from content_office import PAGE, PHOTO, Editorial, about_photos
from httpx2 import Response

from knowledge_base.store import drafts


@pytest.fixture
def editorial(office: Office, new_browser: Callable[[], Browser]) -> Editorial:
    return Editorial(office, new_browser)


def draft(editorial: Editorial) -> drafts.Draft:
    with editorial.office.database.read() as tx:
        found = drafts.draft(tx, PHOTO)
    assert found is not None
    return found


def on_list(browser: Browser, act: str) -> Response:
    """Act on all that the list shows to somebody at this moment."""
    return browser.post(
        "/content/bulk", {"unit": re.findall(r'name="unit" value="([^"]+)"', _list(browser)), "act": act}
    )


def _list(browser: Browser) -> str:
    return browser.get("/content").text


def test_an_old_page_throws_no_newer_draft_away(editorial: Editorial) -> None:
    editorial.standing(about_photos("一"))
    sun = editorial.seat("sun", "editor")
    assert "拟删除" in sun.get(PAGE).text
    first = editorial.write(about_photos("二"))
    assert sun.post(f"{PAGE}/remove").status_code == 409, "there was no draft on this page"
    second = editorial.write(about_photos("三"))
    dropped = sun.post(f"{PAGE}/drop", {"revision": str(first)})
    assert dropped.status_code == 409 and "不是现在的草稿" in dropped.text
    assert (draft(editorial).revision, draft(editorial).account) == (second, "li")
    assert sun.post(f"{PAGE}/drop", {"revision": str(second)}).status_code == 303
    assert sun.post(f"{PAGE}/remove").status_code == 303 and draft(editorial).unit is None


def test_a_list_removes_what_it_showed_and_nothing_newer(editorial: Editorial) -> None:
    editorial.standing(about_photos("一"))
    sun = editorial.seat("sun", "editor")
    shown = re.findall(r'name="unit" value="([^"]+)"', _list(sun))
    editorial.write(about_photos("二"))
    late = sun.post("/content/bulk", {"unit": shown, "act": "remove"})
    assert late.headers["location"].endswith("done=0&left=1&changed=1") and draft(editorial).account == "li"
    assert on_list(sun, "remove").headers["location"].endswith("done=1")
    assert draft(editorial).unit is None


@pytest.mark.parametrize("act", ["remove", "submit"])
def test_what_has_passed_its_review_and_is_scheduled_stays_so(editorial: Editorial, act: str) -> None:
    editorial.standing(about_photos("一"))
    editorial.write(about_photos("二"))
    editorial.pass_review()
    at = {"unit": "faq:photo", "at": "2026-11-24T00:00"}
    assert editorial.chen.post("/content/publish", at).status_code == 303
    before = draft(editorial)
    sun = editorial.seat("sun", "editor")
    assert on_list(sun, act).headers["location"].endswith("told=bulk_some&done=0&left=1")
    refused = sun.post(f"{PAGE}/drop", {"revision": str(before.revision)})
    assert refused.status_code == 409 and "已经通过审核" in refused.text
    assert draft(editorial) == before and before.publish_at is not None
