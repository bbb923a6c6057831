"""From draft to release over the pages: who may, who may not, and what each page says."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from datetime import timedelta

import pytest
from console_people import Browser, Office
from content_office import PAGE, PHOTO, Editorial, about_photos
from httpx2 import Response

from foundation.clock import CHINA
from knowledge_base.model import Unit, UnitKey
from knowledge_base.store import drafts, releases
from knowledge_base.trials import content_tests

PUBLISH = {"unit": "faq:photo"}


def shown(page: str) -> list[str]:
    """The units of a list as its form names them."""
    return re.findall(r'name="unit" value="([^"]+)"', page)


def order_shown(page: str) -> list[str]:
    """The same of a change order's page."""
    return re.findall(r'name="shown" value="([^"]+)"', page)


@pytest.fixture
def editorial(office: Office, new_browser: Callable[[], Browser]) -> Editorial:
    return Editorial(office, new_browser)


def test_a_change_is_written_reviewed_and_published_by_three(editorial: Editorial) -> None:
    editorial.standing(about_photos("可以自己带。"))
    editorial.write(about_photos("要现场拍。"))
    page = editorial.wang.get(PAGE).text
    assert "<del>" in page and "<ins>" in page and "审核通过" not in page
    editorial.pass_review()
    tried = editorial.chen.get("/content/publish?unit=faq:photo").text
    assert "没有发现问题" in tried and "将要发布 1 条" in tried
    assert editorial.answer() == "可以自己带。"
    done = editorial.chen.post("/content/publish", {**PUBLISH, "note": "新规定"})
    assert done.status_code == 303 and done.headers["location"] == f"{PAGE}?told=published&release=2"
    assert editorial.answer() == "要现场拍。"
    page = editorial.li.get(done.headers["location"]).text
    assert "已发布为第 2 版" in page and "第 2 版起，现行" in page and "第 1 版至第 1 版" in page


def test_nobody_reviews_or_publishes_their_own(editorial: Editorial) -> None:
    revision = editorial.write(about_photos(), "chen")
    assert editorial.chen.post(f"{PAGE}/submit").status_code == 303
    page = editorial.chen.get(PAGE).text
    assert "自己修改过的内容" in page and f'formaction="{PAGE}/approve"' not in page
    assert editorial.chen.post(f"{PAGE}/approve", {"revision": str(revision)}).status_code == 403
    editorial.wang.post(f"{PAGE}/approve", {"revision": str(revision)})
    refused = editorial.chen.post("/content/publish", PUBLISH)
    assert refused.status_code == 403 and "另一位同事" in refused.text
    assert editorial.answer() is None


def test_what_was_read_is_what_passes(editorial: Editorial) -> None:
    first = editorial.write(about_photos("一"))
    editorial.write(about_photos("二"))
    editorial.li.post(f"{PAGE}/submit")
    refused = editorial.wang.post(f"{PAGE}/approve", {"revision": str(first)})
    assert refused.status_code == 409 and "刷新" in refused.text
    assert editorial.wang.post(f"{PAGE}/approve", {"revision": "no"}).status_code == 422


def test_sent_back_with_a_reason(editorial: Editorial) -> None:
    revision = editorial.write(about_photos())
    editorial.li.post(f"{PAGE}/submit")
    assert editorial.wang.post(f"{PAGE}/reject", {"revision": str(revision)}).status_code == 422
    assert (
        editorial.wang.post(f"{PAGE}/reject", {"revision": str(revision), "comment": "<b>依据不对</b>"}).status_code
        == 303
    )
    page = editorial.li.get(PAGE).text
    assert "&lt;b&gt;依据不对&lt;/b&gt;" in page and "退回修改" in page and "草稿" in page


def test_a_warning_is_answered_for_by_name_and_reason(editorial: Editorial) -> None:
    editorial.standing(about_photos(id="other"))
    editorial.write(about_photos())
    editorial.pass_review()
    page = editorial.chen.get("/content/publish?unit=faq:photo").text
    digest = re.search(r'name="accept" value="(\w+)"', page)
    assert digest and "相同" in page
    refused = editorial.chen.post("/content/publish", PUBLISH)
    assert refused.status_code == 409 and "还没有发布" in refused.text
    assert editorial.chen.post("/content/publish", {**PUBLISH, "accept": digest[1]}).status_code == 422
    taken = editorial.chen.post("/content/publish", {**PUBLISH, "accept": digest[1], "reason": "两个窗口要求不同"})
    assert taken.status_code == 303 and editorial.answer() == "可以。"
    assert ("chen", "kb.settle", "faq:photo") in editorial.office.audited()


def test_a_contradiction_within_the_unit_blocks_whatever_is_ticked(editorial: Editorial) -> None:
    editorial.write(about_photos().copy(update={"successor": "photo"}))
    editorial.pass_review()
    page = editorial.chen.get("/content/publish?unit=faq:photo").text
    assert "必须改正" in page and re.search(r'<button class="main" disabled>发布', page)
    refused = editorial.chen.post("/content/publish", {**PUBLISH, "tests": "yes", "reason": "就这样"})
    assert refused.status_code == 409 and editorial.answer() is None


def test_one_unit_goes_back_and_the_others_stay(editorial: Editorial) -> None:
    editorial.standing(about_photos("旧"), about_photos("旧", "other", "另一个问题"))
    for unit in (about_photos("新"), about_photos("新", "other", "另一个问题")):
        editorial.write(unit)
        editorial.pass_review(unit.key)
    editorial.chen.post("/content/publish", {"unit": ["faq:photo", "faq:other"]})
    page = editorial.chen.get(PAGE).text
    revision = re.search(r'rollback">.*?name="revision" value="(\d+)"', page)
    assert revision
    assert editorial.chen.post(f"{PAGE}/rollback", {"revision": "99"}).status_code == 409
    assert editorial.chen.post(f"{PAGE}/rollback", {"revision": revision[1]}).status_code == 303
    assert (editorial.answer(), editorial.answer(UnitKey("faq", "other"))) == ("旧", "新")
    assert editorial.li.post(f"{PAGE}/rollback", {"revision": "1"}).status_code == 403


def test_back_again_is_further_back_and_the_page_says_what_holds_now(editorial: Editorial) -> None:
    for answer in ("对的", "错的", "还是错的"):
        editorial.standing(about_photos(answer))

    def press() -> Response:
        revision = re.search(r'rollback">.*?name="revision" value="(\d+)"', editorial.chen.get(PAGE).text)
        assert revision
        return editorial.chen.post(f"{PAGE}/rollback", {"revision": revision[1]})

    for was, answer in ((2, "错的"), (1, "对的")):
        done = press()
        assert editorial.answer() == answer
        assert f"现在生效的是第 {was} 版时的文字" in editorial.chen.get(done.headers["location"]).text
    refused = press()
    assert refused.status_code == 409 and "没有更早的版本" in refused.text
    assert editorial.answer() == "对的"


def test_pressed_twice_at_once_it_goes_back_once(desk: Office) -> None:
    editorial = Editorial(desk, lambda: Browser(desk))
    for answer in ("一", "二", "三"):
        editorial.standing(about_photos(answer))
    page = editorial.chen.get(PAGE).text
    revision = re.search(r'rollback">.*?name="revision" value="(\d+)"', page)
    assert revision
    seen = {"revision": revision[1]}
    with ThreadPoolExecutor(1) as pool:
        with editorial.office.database.write() as tx:
            releases.rollback(tx, PHOTO, "wang", editorial.office.clock.now())
            waiting = pool.submit(lambda: editorial.chen.post(f"{PAGE}/rollback", seen))
            with pytest.raises(FutureTimeout):
                waiting.result(timeout=0.5)
        refused = waiting.result(timeout=30)
    assert refused.status_code == 409 and "这一次没有退回" in refused.text
    assert editorial.answer() == "二"


def test_scheduled_for_a_day_at_the_offices_time(editorial: Editorial) -> None:
    editorial.write(about_photos())
    editorial.pass_review()
    late = editorial.chen.post("/content/publish", {**PUBLISH, "at": "2026-11-20T08:00"})
    assert late.status_code == 422 and "已经过去" in late.text
    assert editorial.chen.post("/content/publish", {**PUBLISH, "at": "morgen"}).status_code == 422
    assert editorial.chen.post("/content/publish", {**PUBLISH, "at": "2026-11-24T00:00"}).status_code == 303
    assert editorial.answer() is None and "2026-11-24 00:00 自动发布" in editorial.li.get(PAGE).text
    with editorial.office.database.read() as tx:
        draft = drafts.draft(tx, PHOTO)
    assert (
        draft is not None
        and draft.publish_at is not None
        and draft.publish_at.isoformat() == "2026-11-23T16:00:00+00:00"
    )


@pytest.mark.parametrize("chosen", ["", "?order=", f"?order={'9' * 30}", "?unit=", "?unit=nothing:x"])
def test_nothing_to_be_published(editorial: Editorial, chosen: str) -> None:
    assert editorial.chen.get(f"/content/publish{chosen}").status_code == 422


def test_the_list_finds_and_acts_on_several(editorial: Editorial) -> None:
    units: list[Unit] = [about_photos(id=f"q{n}", question=f"问题{n}") for n in range(3)]
    editorial.standing(*units)
    page = editorial.li.get("/content?words=问题&kind=faq").text
    assert page.count('name="unit"') == 3 and "共 3 条" in page
    chosen = {"unit": ["faq:q0", "faq:q1"]}
    done = editorial.li.post("/content/bulk", {**chosen, "act": "review_by", "day": "2027-01-31"})
    assert done.headers["location"].endswith("told=bulk&done=2")
    assert editorial.li.post("/content/bulk", {"act": "submit"}).status_code == 422
    for none in ("9" * 30, "²", ""):
        assert editorial.li.post("/content/bulk", {**chosen, "act": "order", "order": none}).status_code == 422
    assert editorial.li.post("/content/bulk", {**chosen, "act": "review_by", "day": "bald"}).status_code == 422
    assert editorial.li.post("/content/bulk", {**chosen, "act": "approve"}).status_code == 422
    some = editorial.li.post("/content/bulk", {"unit": [*chosen["unit"], "faq:q2"], "act": "submit"})
    assert some.headers["location"].endswith("told=bulk_some&done=2&left=1")
    assert editorial.wang.get("/content/review").text.count("问题") >= 2
    read = [value for value in shown(editorial.wang.get("/content/review").text) if "q2" not in value]
    both = editorial.wang.post("/content/bulk", {"unit": read, "act": "approve"})
    assert both.headers["location"].endswith("told=bulk&done=2")


@pytest.mark.parametrize("page", ["/content", "/content/review"])
def test_a_list_approves_what_it_showed_and_nothing_newer(editorial: Editorial, page: str) -> None:
    for unit in (about_photos("一"), about_photos("一", "other", "另一个问题")):
        editorial.write(unit)
        editorial.li.post(f"/content/units/faq/{unit.id}/submit")
    read = shown(editorial.wang.get(page).text)
    editorial.li.post(f"{PAGE}/withdraw")
    editorial.write(about_photos("二"))
    editorial.li.post(f"{PAGE}/submit")
    unread = editorial.wang.post("/content/bulk", {"unit": "faq:photo", "act": "approve"})
    assert unread.headers["location"].endswith("done=0&left=1&changed=1"), "the form does not say what was read"
    some = editorial.wang.post("/content/bulk", {"unit": read, "act": "approve"})
    assert some.headers["location"].endswith("done=1&left=1&changed=1")
    assert "其中 1 条在您打开页面以后改过" in editorial.wang.get(some.headers["location"]).text
    assert (editorial.state(), editorial.state(UnitKey("faq", "other"))) == (drafts.IN_REVIEW, drafts.APPROVED)
    now = [value for value in shown(editorial.wang.get(page).text) if "photo" in value]
    editorial.wang.post("/content/bulk", {"unit": now, "act": "approve"})
    assert editorial.state() == drafts.APPROVED


def test_a_removal_is_not_approved_by_whoever_saw_the_text(editorial: Editorial) -> None:
    editorial.standing(about_photos())
    read = shown(editorial.wang.get("/content").text)
    editorial.li.post(f"{PAGE}/remove")
    editorial.li.post(f"{PAGE}/submit")
    editorial.wang.post("/content/bulk", {"unit": read, "act": "approve"})
    assert editorial.state() == drafts.IN_REVIEW
    editorial.wang.post("/content/bulk", {"unit": shown(editorial.wang.get("/content").text), "act": "approve"})
    assert editorial.state() == drafts.APPROVED


def test_what_a_list_names_is_published_from_it(editorial: Editorial) -> None:
    editorial.write(about_photos())
    editorial.pass_review()
    (value,) = shown(editorial.chen.get("/content/review").text)
    assert "将要发布 1 条" in editorial.chen.get("/content/publish", params={"unit": value}).text


def test_a_page_says_nothing_that_a_link_asks_it_to(editorial: Editorial) -> None:
    page = editorial.li.get("/content?told=bulk_some&done=请拨打&left=13800000000x").text
    assert "请拨打" not in page
    assert editorial.li.get("/content?told=nonsense").status_code == 200


def test_tests_are_not_passed_over_where_nobody_can_answer_them(editorial: Editorial) -> None:
    editorial.write(about_photos())
    editorial.pass_review()
    with editorial.office.database.write() as tx:
        wanted = content_tests.Wanted(
            turns=("照片可以自己带吗",), expect=content_tests.Expectation(kind="faq", id="photo")
        )
        content_tests.add(tx, wanted, "wang", editorial.office.clock.now())
    refused = editorial.chen.post("/content/publish", PUBLISH)
    assert refused.status_code == 503 and editorial.answer() is None


class TestDepartments:
    def test_drafts_stay_within_a_department_by_every_route(self, editorial: Editorial) -> None:
        police = editorial.seat("zhao", "editor", "reviewer", department="公安局")
        civil = editorial.seat("qian", "editor", "reviewer", department="民政局")
        editorial.standing(about_photos("公开的", department="公安局"))
        editorial.write(about_photos("没公开的", department="公安局"), "zhao")
        editorial.write(about_photos("没公开的", "secret", "秘密的问题", "公安局"), "zhao")
        assert "没公开的" in police.get(PAGE).text
        page = civil.get(PAGE).text
        assert "公开的" in page and "没公开的" not in page and "保存了草稿" not in page
        assert civil.get("/content/units/faq/secret").status_code == 404
        assert "秘密" not in civil.get("/content").text and "秘密" in police.get("/content").text
        assert "没公开的" not in civil.get("/content/review").text
        for path in ("/content/publish?unit=faq:photo", "/content/publish?unit=faq:secret", f"{PAGE}/edit"):
            answer = civil.get(path)
            assert answer.status_code in (403, 404, 409) and "没公开的" not in answer.text, path

    @pytest.mark.parametrize("act", ["submit", "withdraw", "remove", "drop", "remark", "approve", "reject", "rollback"])
    def test_nor_does_another_department_act_on_them(self, editorial: Editorial, act: str) -> None:
        civil = editorial.seat("qian", "editor", "reviewer", department="民政局")
        editorial.standing(about_photos("公开的", department="公安局"))
        revision = editorial.write(about_photos("没公开的", department="公安局"), "zhao")
        answer = civil.post(f"{PAGE}/{act}", {"revision": str(revision), "comment": "不行"})
        assert answer.status_code == 403 and "公安局" in answer.text
        assert (
            civil.post("/content/bulk", {"unit": "faq:photo", "act": "submit"}).headers["location"].endswith("left=1")
        )

    def test_orders_of_another_department_are_not_there(self, editorial: Editorial) -> None:
        police = editorial.seat("zhao", "editor", "reviewer", department="公安局")
        civil = editorial.seat("qian", "editor", "reviewer", department="民政局")
        opened = police.post("/content/orders", {"title": "十二月调整收费"}).headers["location"]
        path = opened.partition("?")[0]
        assert "十二月调整收费" in police.get(path).text
        assert civil.get(path).status_code == 404 and civil.post(path, {"act": "drop"}).status_code == 404
        assert "十二月调整收费" not in civil.get("/content/orders").text

    def test_nor_are_they_published(self, editorial: Editorial) -> None:
        police = editorial.seat("zhao", "editor", "reviewer", department="公安局")
        civil = editorial.seat("qian", "editor", "reviewer", department="民政局")
        path = police.post("/content/orders", {"title": "十二月调整收费"}).headers["location"].partition("?")[0]
        order = path.rpartition("/")[2]
        editorial.write(about_photos(), "zhao")
        put = police.post("/content/bulk", {"unit": "faq:photo", "act": "order", "order": order})
        assert "done=1" in put.headers["location"]
        for act, seat in (("submit", police), ("approve", editorial.chen)):
            shown = re.findall(r'name="shown" value="([^"]+)"', seat.get(path).text)
            seat.post(path, {"act": act, "shown": shown})
        assert civil.get(f"/content/publish?order={order}").status_code == 404
        assert civil.post("/content/publish", {"order": order, "note": "我来发"}).status_code == 404

    def test_nor_is_anything_put_into_them(self, editorial: Editorial) -> None:
        police = editorial.seat("zhao", "editor", "reviewer", department="公安局")
        civil = editorial.seat("qian", "editor", "reviewer", department="民政局")
        path = police.post("/content/orders", {"title": "十二月调整收费"}).headers["location"].partition("?")[0]
        editorial.write(about_photos(department="民政局"), "qian")
        put = {"unit": "faq:photo", "act": "order", "order": path.rpartition("/")[2]}
        refused = civil.post("/content/bulk", put)
        assert refused.status_code == 404 and "没有这个变更单" in refused.text
        left = editorial.chen.post("/content/bulk", put).headers["location"]
        assert "done=0&left=1" in left and "归哪个部门" in editorial.chen.get(left).text
        assert police.get(path).status_code == 200


def test_an_order_from_notice_to_taking_back(editorial: Editorial) -> None:
    editorial.standing(about_photos("旧"), about_photos("旧", "other", "另一个问题"))
    notice = {"title": "一月调整收费", "notice_title": "关于调整收费的通知", "notice_url": "javascript:alert(1)"}
    path = editorial.li.post("/content/orders", notice).headers["location"].partition("?")[0]
    order = path.rpartition("/")[2]
    assert "javascript" not in editorial.li.get(path).text
    for unit in (about_photos("新"), about_photos("新", "other", "另一个问题")):
        editorial.write(unit)
    put = {"unit": ["faq:photo", "faq:other"], "act": "order", "order": order}
    assert editorial.li.post("/content/bulk", put).headers["location"].endswith("done=2")
    alone = editorial.chen.post("/content/publish", PUBLISH)
    assert alone.status_code == 409
    assert editorial.li.post(path, {"act": "submit"}).status_code == 303
    assert editorial.li.post(path, {"act": "approve"}).status_code == 422
    read = order_shown(editorial.wang.get(path).text)
    assert editorial.wang.post(path, {"act": "approve", "shown": read}).status_code == 303
    assert "一月调整收费" in editorial.chen.get(f"/content/publish?order={order}").text
    assert editorial.chen.post("/content/publish", {"order": order}).status_code == 303
    assert (editorial.answer(), editorial.answer(UnitKey("faq", "other"))) == ("新", "新")
    back = editorial.chen.post(path, {"act": "take_back", "comment": "通知作废"})
    assert "taken_back" in back.headers["location"]
    assert (editorial.answer(), editorial.answer(UnitKey("faq", "other"))) == ("旧", "旧")
    assert "已撤回" in editorial.chen.get(path).text


@pytest.mark.parametrize("act", ["approve", "reject"])
def test_an_order_passes_as_it_was_shown(editorial: Editorial, act: str) -> None:
    path = editorial.li.post("/content/orders", {"title": "一月调整收费"}).headers["location"].partition("?")[0]
    put = {"act": "order", "order": path.rpartition("/")[2]}
    later = about_photos("新", "later", "后来的问题")
    for unit in (about_photos("一"), about_photos("一", "other", "另一个问题")):
        editorial.write(unit)
        editorial.li.post("/content/bulk", {**put, "unit": str(unit.key)})
    editorial.li.post(path, {"act": "submit"})
    read = order_shown(editorial.wang.get(path).text)
    editorial.li.post(f"{PAGE}/withdraw")
    editorial.write(about_photos("二"))
    editorial.write(later)
    editorial.li.post("/content/bulk", {**put, "unit": str(later.key)})
    editorial.li.post(path, {"act": "submit"})
    done = editorial.wang.post(path, {"act": act, "shown": read, "comment": "不行"})
    assert done.headers["location"] == f"{path}?told=order_left&left=2"
    assert "有 2 条在您打开这一页以后改过" in editorial.wang.get(done.headers["location"]).text
    states = [editorial.state(UnitKey("faq", id)) for id in ("photo", "other", "later")]
    assert states == [drafts.IN_REVIEW, drafts.APPROVED if act == "approve" else drafts.DRAFT, drafts.IN_REVIEW]


def test_a_scheduled_order_that_waits_says_for_what(editorial: Editorial) -> None:
    path = editorial.li.post("/content/orders", {"title": "一月调整收费"}).headers["location"].partition("?")[0]
    order = path.rpartition("/")[2]
    editorial.write(about_photos())
    editorial.li.post("/content/bulk", {"unit": "faq:photo", "act": "order", "order": order})
    editorial.pass_review()
    moment = (editorial.office.clock.now() + timedelta(days=1)).astimezone(CHINA)
    editorial.chen.post("/content/publish", {"order": order, "at": moment.strftime("%Y-%m-%dT%H:%M")})
    for page in (path, "/content/orders"):
        assert "在等" not in editorial.li.get(page).text
    late = about_photos("新", "late", "晚到的问题")
    editorial.write(late)
    editorial.li.post("/content/bulk", {"unit": "faq:late", "act": "order", "order": order})
    assert "现在还不能发布，在等 1 条" in editorial.li.get(path).text
    assert "还没有通过审核" in editorial.li.get(path).text and "在等 1 条" in editorial.li.get("/content/orders").text
    editorial.pass_review(late.key)
    editorial.office.clock.instant += timedelta(days=2)
    waits = editorial.seat("sun", "editor").get(path).text
    assert "到了时间没有发布，在等 1 条" in waits and "排定以后改过或者新放进来" in waits


def test_a_removal_is_drafted_reviewed_and_published(editorial: Editorial) -> None:
    editorial.standing(about_photos())
    assert editorial.li.post(f"{PAGE}/remove").status_code == 303
    editorial.pass_review()
    assert editorial.chen.post("/content/publish", PUBLISH).status_code == 303
    assert editorial.answer(PHOTO) is None
    assert "最后发布过的内容" in editorial.li.get(PAGE).text
