"""咨询记录: found however the number was typed, shown word for word, beside what is said today."""

from __future__ import annotations

import re

import pytest
from console_people import Browser, Office
from recall_office import RIGHT, card, of_department, publish, told_wrong
from recall_town import answer

from foundation import erasure
from knowledge_base import records

NUMBER = re.compile(r'href="/content/records/([0-9A-Z]{4}-[0-9A-Z]{4})"')


@pytest.fixture
def editor(desk: Office) -> Browser:
    browser = Browser(desk)
    browser.seat("li", "editor")
    return browser


def test_a_number_is_found_however_it_was_typed(desk: Office, editor: Browser) -> None:
    (record,) = told_wrong(desk, "web:1")
    with desk.database.write() as tx:
        records.write(tx, records.Record("K0M1-4Q9D", "web:2", desk.clock.now(), "smalltalk", "您好。"))
    for typed in ("K0M1-4Q9D", "kOmI 4q9d", "Ｋ０Ｍ１４Ｑ９Ｄ"):
        found = editor.get("/content/records", params={"number": typed})
        assert found.headers["location"] == "/content/records/K0M1-4Q9D", typed
    assert editor.get(f"/content/records/{record.number.lower()}").status_code == 200
    for typed in ("K0M1-4Q9E", "没有", "%", "x" * 100):
        assert "没有找到这个记录号" in editor.get("/content/records", params={"number": typed}).text
    missing = editor.get("/content/records/ZZZZ-ZZZZ")
    assert missing.status_code == 404 and "没有这个咨询记录号" in missing.text


def test_the_old_text_word_for_word_and_what_differs_today(desk: Office, editor: Browser) -> None:
    (record,) = told_wrong(desk, "web:1")
    page = editor.get(f"/content/records/{record.number}").text
    assert f'<blockquote class="told">{record.text}</blockquote>' in page
    assert "<del>40元。</del>" in page and "<ins>10元。</ins>" in page
    assert "第 1 版" in page and "网页" in page and "chief" in page and "zhengwu" in page
    assert "web:1" not in page, "nobody learns who it was"
    assert 'href="/content/recalls/new?unit=item:id-card&amp;since=2026-11-20"' in page


def test_what_did_not_change_is_said_to_be_the_same(desk: Office, editor: Browser) -> None:
    told_wrong(desk)
    with desk.database.write() as tx:
        record = answer(tx, "web:1", desk.clock.now())
    page = editor.get(f"/content/records/{record.number}").text
    assert "内容没有变，今天也这样答" in page and "起草更正告知" not in page


def test_what_a_person_said_and_what_rests_on_no_unit(desk: Office, editor: Browser) -> None:
    now = desk.clock.now()
    with desk.database.write() as tx:
        records.write(tx, records.Record("AAAA-0000", "web:1", now, "handover", "<b>请来</b>一趟。", said_by="lihua"))
    page = editor.get("/content/records/AAAA-0000").text
    assert "&lt;b&gt;请来&lt;/b&gt;一趟。" in page and "工作人员 lihua" in page and "今天怎么答" not in page


def test_a_unit_that_is_gone(desk: Office, editor: Browser) -> None:
    from recall_town import KEY, remove

    (record,) = told_wrong(desk, "web:1")
    with desk.database.write() as tx:
        remove(tx, KEY, desk.clock.now())
    page = editor.get(f"/content/records/{record.number}").text
    assert "现在没有发布" in page and "（不再说）" in page


def test_they_are_searched_by_unit_channel_and_day(desk: Office, editor: Browser) -> None:
    told = told_wrong(desk, "web:1", "wechat:2", "wechat:2", None)
    with desk.database.write() as tx:
        publish(tx, of_department(card("passport", fee=RIGHT)), now=desk.clock.now())
        today = answer(tx, "web:1", desk.clock.now(), key=card("passport").key)

    def found(**asked: str) -> set[str]:
        return set(NUMBER.findall(editor.get("/content/records", params=asked).text))

    numbers = {record.number for record in told}
    assert found() == numbers | {today.number}
    assert found(kind="item", id="id-card") == numbers
    assert found(channel="wechat") == {told[1].number, told[2].number}
    assert found(day="2026-11-23") == {today.number}
    assert found(kind="faq", id="id-card") == set()
    page = editor.get("/content/records", params={"channel": "wechat"}).text
    (one,) = set(re.findall(r'class="when code quiet">(\w+)<', page))
    assert "wechat:2" not in page, "both are of one person, who is not named"
    assert one not in editor.get("/content/records", params={"channel": "web"}).text


def test_page_by_page(desk: Office, editor: Browser) -> None:
    told_wrong(desk, *(f"web:{number}" for number in range(120)))
    page, seen = editor.get("/content/records").text, []
    while True:
        seen += NUMBER.findall(page)
        onward = re.search(r'href="(/content/records\?[^"]+)">更早', page)
        if onward is None:
            break
        page = editor.get(onward[1].replace("&amp;", "&")).text
    assert len(seen) == len(set(seen)) == 120


def test_after_an_erasure_the_record_stays(desk: Office, editor: Browser) -> None:
    (record,) = told_wrong(desk, "web:1")
    with desk.database.write() as tx:
        erasure.erase_everything(tx, "web:1")
    page = editor.get(f"/content/records/{record.number}").text
    assert record.text in page and "已注销" in page


@pytest.mark.parametrize(
    "asked",
    [{"day": "yesterday"}, {"day": "9999-12-31"}, {"day": "0001-01-01"}, {"before": "x"}, {"before": "2026-11-23~"},
     {"before": "2026-11-23T00:00:00+00:00~' OR 1"}, {"id": "x" * 500}, {"channel": "%"}, {"kind": "\x00"}],
)  # fmt: skip
def test_strange_questions_are_answered(desk: Office, editor: Browser, asked: dict[str, str]) -> None:
    told_wrong(desk, "web:1")
    assert editor.get("/content/records", params=asked).status_code == 200
