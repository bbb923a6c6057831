"""更正告知 over the pages: drafted by one, read and sent by another, of one's own department."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from console_people import Browser, Office
from content_office import Editorial
from recall_office import DEPARTMENT, card, of_department, publish, told_wrong

from knowledge_base.recalls import drafting, progress
from knowledge_base.recalls.wording import proposed

ASKED = {"unit": "item:id-card 居民身份证办理", "aspect": "", "since": "2026-11-01"}


@pytest.fixture
def editorial(desk: Office) -> Editorial:
    return Editorial(desk, lambda: Browser(desk))


@pytest.fixture
def li(editorial: Editorial) -> Browser:
    return editorial.seat("li", "editor", department=DEPARTMENT)


@pytest.fixture
def wang(editorial: Editorial) -> Browser:
    return editorial.seat("wang", "reviewer", department=DEPARTMENT)


Draft = Callable[..., str]


@pytest.fixture
def draft(desk: Office, li: Browser) -> Draft:
    def write(text: str = "", **changes: str) -> str:
        done = li.post("/content/recalls", {**ASKED, "text": text or proposed(), "reason": "抄错了", **changes})
        assert done.status_code == 303, done.text
        return done.headers["location"].partition("?")[0]

    return write


def numbers(page: str) -> dict[str, int]:
    return {state: int(count) for state, count in re.findall(r'data-total="(\w+)">(\d+)<', page)}


def test_the_preview_says_who_and_what(desk: Office, li: Browser) -> None:
    told = told_wrong(desk, "web:1", "web:2", "wechat:3", None)
    page = li.get("/content/recalls/new", params=ASKED).text
    assert (
        "<strong>2</strong>网页" in page and "<strong>1</strong>公众号" in page and "<strong>1</strong>已注销" in page
    )
    assert "<strong>4 人</strong>" in page and "<del>40元。</del>" in page and "<ins>10元。</ins>" in page
    message = "更正告知：您于11月20日咨询“居民身份证办理（收费）”（咨询记录号 {}），当时答复："
    assert sum(message.format(record.number) in page for record in told) == 1, "one of them is the example"
    assert (
        "没有人得到过与现在不同的答复" in li.get("/content/recalls/new", params={**ASKED, "since": "2026-11-22"}).text
    )
    assert "没有人得到过" in li.get("/content/recalls/new", params={**ASKED, "aspect": "materials"}).text


def test_one_writes_and_another_sends(desk: Office, li: Browser, wang: Browser, draft: Draft) -> None:
    told_wrong(desk, "web:1", "wechat:2")
    recall = draft()
    mine = li.get(recall).text
    assert "起草人不能自己发送" in mine and "核对无误" not in mine
    assert li.post(f"{recall}/send", {"text": proposed()}).status_code == 403, "an editor does not review"
    assert li.post(f"{recall}/text", {"text": "改过的{更正}\n第二行", "reason": "抄错了"}).status_code == 303
    page = wang.get(recall).text
    assert "核对无误，发给 2 人" in page and "改过的10元。" in page
    assert wang.post(f"{recall}/text", {"text": "我来改", "reason": "x"}).status_code == 403
    stale = wang.post(f"{recall}/send", {"text": proposed()})
    assert stale.status_code == 409 and "又变了" in stale.text, "that is not what stands there"
    done = wang.post(f"{recall}/send", {"text": "改过的{更正}\r\n第二行"})  # as browsers send lines
    assert done.status_code == 303
    assert numbers(wang.get(recall).text)["to_send"] == 2
    audited = [(who, what) for who, what, _ in desk.audited() if what.startswith("recall.")]
    assert audited == [("li", "recall.draft"), ("li", "recall.reword"), ("wang", "recall.send")]


def test_a_supervisor_who_wrote_it_does_not_send_it(desk: Office, editorial: Editorial) -> None:
    told_wrong(desk, "web:1")
    recall = editorial.chen.post("/content/recalls", {**ASKED, "text": "x{更正}", "reason": "y"}).headers["location"]
    recall = recall.partition("?")[0]
    refused = editorial.chen.post(f"{recall}/send", {"text": "x{更正}"})
    assert refused.status_code == 409 and "起草人不能自己发送" in refused.text


def test_the_unit_may_not_change_in_between(desk: Office, wang: Browser, draft: Draft) -> None:
    told_wrong(desk, "web:1")
    recall = draft()
    with desk.database.write() as tx:
        publish(tx, of_department(card(fee=[{"amount": "15"}])), now=desk.clock.now())
    page = wang.get(recall).text
    assert "这条内容又变了" in page and "核对无误" not in page
    assert wang.post(f"{recall}/send", {"text": proposed()}).status_code == 409


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"unit": "item:none"}, "没有"), ({"unit": "x"}, "没有找到这条内容"), ({"since": "明天"}, "从哪天起"),
     ({"since": "2027-01-01"}, "从哪天起"), ({"text": " "}, "告知的文字"), ({"reason": ""}, "更正的原因"),
     ({"text": "您好{姓名}"}, "{姓名}")],
)  # fmt: skip
def test_what_is_not_taken_is_said_and_nothing_is_lost(
    desk: Office, li: Browser, changes: dict[str, str], said: str
) -> None:
    told_wrong(desk, "web:1")
    form = {**ASKED, "text": "我写了很久的文字", "reason": "抄错了", **changes}
    refused = li.post("/content/recalls", form)
    assert refused.status_code in (404, 422) and said in refused.text
    if "unit" not in changes and "text" not in changes:
        assert "我写了很久的文字" in refused.text
    with desk.database.read() as tx:
        assert drafting.listing(tx, None) == []


def test_departments_keep_to_their_own(desk: Office, editorial: Editorial, li: Browser, draft: Draft) -> None:
    told_wrong(desk, "web:1")
    recall = draft()
    other = editorial.seat("zhao", "editor", "reviewer", department="社保局")
    assert other.get("/content/recalls/new", params=ASKED).status_code == 403
    assert other.post("/content/recalls", {**ASKED, "text": "x", "reason": "x"}).status_code == 403
    assert [other.get(f"{recall}{part}").status_code for part in ("", "/counts")] == [404, 404]
    assert [other.post(f"{recall}/{act}", {"text": proposed()}).status_code for act in ("send", "withdraw")] == [
        404,
        404,
    ]
    assert recall not in other.get("/content/recalls").text and recall in li.get("/content/recalls").text
    assert recall in editorial.chen.get("/content/recalls").text


def test_the_numbers_and_the_way_to_stop(desk: Office, wang: Browser, draft: Draft) -> None:
    told_wrong(desk, "web:1", "web:2", None)
    recall = draft()
    wang.post(f"{recall}/send", {"text": proposed()})
    with desk.database.write() as tx:
        progress.claim(tx, progress.next_ones(tx, (), 1)[0], desk.clock.now())
    found = wang.get(f"{recall}/counts").json()
    assert found["state"] == "sending" and found["channels"]["web"]["sent"] == 1
    assert {name: found["states"][name] for name in ("to_send", "sent", "erased")} == {
        "to_send": 1,
        "sent": 1,
        "erased": 1,
    }
    assert wang.post(f"{recall}/withdraw").status_code == 303
    page = wang.get(recall).text
    assert numbers(page) == {"to_send": 0, "sent": 1, "reached": 0, "waiting": 0, "unreachable": 1, "erased": 1}
    assert "<strong>1</strong> 人：已停止发送" in page
    assert wang.post(f"{recall}/withdraw").status_code == 409


def test_a_record_leads_to_its_recall(desk: Office, li: Browser, wang: Browser, draft: Draft) -> None:
    (record,) = told_wrong(desk, "web:1")
    recall = draft()
    wang.post(f"{recall}/send", {"text": proposed()})
    assert f'href="{recall}">更正告知' in li.get(f"/content/records/{record.number}").text


def test_markup_in_a_text_is_text(desk: Office, wang: Browser, draft: Draft) -> None:
    told_wrong(desk, "web:1")
    page = wang.get(draft("<script>alert(1)</script>{更正}", reason="<img src=x>")).text
    assert "<script>alert" not in page and "<img src=x" not in page and "&lt;script&gt;" in page


def test_what_was_changed_last_is_at_hand(desk: Office, editorial: Editorial, li: Browser) -> None:
    told_wrong(desk, "web:1")
    page = li.get("/content/recalls/new").text
    assert 'href="/content/recalls/new?unit=item:id-card">居民身份证办理' in page and "第 2 版" in page
    other = editorial.seat("zhao", "editor", department="社保局")
    assert "居民身份证办理" not in other.get("/content/recalls/new").text
    assert 'href="/content/recalls/new?unit=item:id-card"' in li.get("/content/units/item/id-card").text
