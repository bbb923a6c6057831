"""数据公开 over the pages: a month's statistics made at once, and taken out."""

from __future__ import annotations

import io
import zipfile

import pytest
from checked_month import october
from console_people import Browser, Office

HERE = "/insights/openness"


@pytest.fixture
def chief(desk: Office) -> Browser:
    october(desk.database, desk.clock.now())
    browser = Browser(desk)
    browser.seat("chief", "supervisor")
    return browser


def test_made_and_taken_out(desk: Office, chief: Browser) -> None:
    assert "还没有生成过" in chief.get(HERE).text and "现在不自动生成" in chief.get(HERE).text
    assert chief.post(HERE, {"month": "2026-10"}).headers["location"] == f"{HERE}?done=made"
    assert "已经生成。" in chief.get(f"{HERE}?done=made").text
    assert ("chief", "openness.export", "month:2026-10") in desk.audited()
    assert "questions_by_day.csv" in chief.get(f"{HERE}/2026-10").text
    packed = zipfile.ZipFile(io.BytesIO(chief.get(f"{HERE}/2026-10.zip").content))
    assert len(packed.namelist()) == 10 and "2026-10/README.txt" in packed.namelist()
    one = chief.get(f"{HERE}/2026-10/questions_by_topic.csv")
    assert one.headers["content-disposition"].startswith("attachment") and "居民身份证办理" in one.content.decode()
    assert (desk.settings.var_dir / "openness" / "2026-10" / "totals.csv").exists()


@pytest.mark.parametrize("month", ["2026-11", "2027-01", "x", ""])
def test_only_whole_months(desk: Office, chief: Browser, month: str) -> None:
    refused = chief.post(HERE, {"month": month})
    assert refused.status_code == 422 and "已经结束的整月" in refused.text
    assert not (desk.settings.var_dir / "openness").exists()


def test_nothing_else_is_taken_out(desk: Office, chief: Browser) -> None:
    chief.post(HERE, {"month": "2026-10"})
    (desk.settings.var_dir / "openness" / "2026-10" / "secret.key").write_text("x")
    for path in (
        "2026-09",
        "2026-09.zip",
        "2026-10/none.csv",
        "2026-10/secret.key",
        "2026-10/..%2f..%2fzhengwu.db",
        "x",
    ):
        assert chief.get(f"{HERE}/{path}").status_code == 404, path


def test_a_disk_that_takes_nothing_is_told(desk: Office, chief: Browser) -> None:
    desk.settings.var_dir.mkdir(parents=True, exist_ok=True)
    (desk.settings.var_dir / "openness").write_text("in the way")
    refused = chief.post(HERE, {"month": "2026-10"})
    assert refused.status_code == 503 and "写不进" in refused.text


def test_an_auditor_looks_and_makes_nothing(desk: Office, chief: Browser) -> None:
    eye = Browser(desk)
    eye.seat("eye", "auditor")
    assert "现在生成" not in eye.get(HERE).text
