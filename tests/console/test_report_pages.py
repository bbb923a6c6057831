"""月报 over the pages: looked at by those who may, as a page and a PDF, and finalised by a supervisor."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from checked_month import october
from console_people import Browser, Office

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "insights"))

from pdf_text import pages

HERE = "/insights/reports"


@pytest.fixture
def chief(desk: Office) -> Browser:
    october(desk.database, desk.clock.now())
    browser = Browser(desk)
    browser.seat("chief", "supervisor")
    return browser


def questions(chief: Browser) -> str:
    """How many were asked in October, as the page says."""
    found = re.search(r'咨询量（次）</th><td class="number">(\d+)</td>', chief.get(f"{HERE}/2026-10").text)
    assert found is not None
    return found[1]


def test_from_the_list_to_the_final_report(desk: Office, chief: Browser) -> None:
    listed = chief.get(HERE).text
    assert "2026年10月" in listed and "草稿" in listed and "本月未结束" in listed
    page = chief.get(f"{HERE}/2026-10").text
    assert "智能问答运行月报（2026年10月）" in page and "居民身份证办理" in page and "定稿</button>" in page
    assert chief.post(f"{HERE}/2026-10/final").headers["location"] == f"{HERE}/2026-10?done=final"
    assert ("chief", "report.finalise", "month:2026-10") in desk.audited()
    final = chief.get(f"{HERE}/2026-10?done=final").text
    assert "已经定稿" in final and "定稿</button>" not in final and "草稿" not in final
    october(desk.database, desk.clock.now(), robot=5)  # what comes to light later changes nothing
    assert questions(chief) == "20"
    again = chief.post(f"{HERE}/2026-10/final")
    assert again.status_code == 409 and "已经定稿" in again.text


def test_the_pdf_says_what_the_page_says(desk: Office, chief: Browser) -> None:
    answer = chief.get(f"{HERE}/2026-10.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    text = "".join(pages(answer.content)).replace("\n", "")
    assert "智能问答运行月报（2026年10月）" in text and desk.settings.office_name in text and "居民身份证办理" in text
    assert "2026-11-23 10:00" in text and "第 1 页" in text


def test_what_cannot_be_finalised_or_found(desk: Office, chief: Browser) -> None:
    refused = chief.post(f"{HERE}/2026-11/final")
    assert refused.status_code == 409 and "还没有结束" in refused.text
    assert "定稿</button>" not in chief.get(f"{HERE}/2026-11").text
    for month in ("2026-12", "2026-13", "x", "2026-10-01"):
        assert chief.get(f"{HERE}/{month}").status_code == 404
        assert chief.get(f"{HERE}/{month}.pdf").status_code == 404


def test_whoever_may_only_look_is_offered_nothing_else(desk: Office, chief: Browser) -> None:
    auditor = Browser(desk)
    auditor.seat("eye", "auditor")
    assert "定稿</button>" not in auditor.get(f"{HERE}/2026-10").text


def test_a_draft_is_made_anew_after_a_while(desk: Office, chief: Browser) -> None:
    assert questions(chief) == "20"
    october(desk.database, desk.clock.now(), robot=5)
    assert questions(chief) == "20"
    desk.clock.advance(minutes=11)
    assert questions(chief) == "25"
