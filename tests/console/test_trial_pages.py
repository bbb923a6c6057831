"""Content tests and 命中测试 over the pages: what each shows, and what another department's people do not see."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import yaml
from console_people import Browser, Office
from content_office import PHOTO, Editorial, about_photos
from httpx2 import Response
from trained_language import trained

from foundation import audit
from foundation.settings import ROOT, Settings
from knowledge_base.editing import review
from knowledge_base.model import Faq, UnitKey, parse_unit
from knowledge_base.store import drafts, releases
from knowledge_base.trials import content_tests
from knowledge_base.trials.content_tests import ContentTest

POLICE, CIVIL = "公安局", "民政局"
ASKED = "电子照片回执在哪里打印"
SECRET = "九月起要现场拍摄"


def on_photos(answer: str) -> Faq:
    return about_photos(answer, question=ASKED, department=POLICE)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Models, but for the sentence encoder."""
    shutil.copytree(trained(), settings.model_dir / "language")
    return settings.copy(update={"encoder": "none"})


@pytest.fixture
def editorial(office: Office, new_browser: Callable[[], Browser]) -> Editorial:
    editorial = Editorial(office, new_browser)
    town = yaml.safe_load((Path(__file__).parents[1] / "fixtures" / "small_town.yaml").read_text(encoding="utf-8"))
    editorial.standing(
        *map(parse_unit, town),
        on_photos("可以自己带，也可以现场拍。"),
        about_photos("不用预约。", "appointment", "婚姻登记要不要预约", CIVIL),
        about_photos("周一到周五。", "hours", "公积金窗口哪天上班"),
    )
    return editorial


@pytest.fixture
def police(editorial: Editorial) -> Browser:
    return editorial.seat("zhang", "editor", department=POLICE)


@pytest.fixture
def civil(editorial: Editorial) -> Browser:
    return editorial.seat("ma", "editor", department=CIVIL)


def kept(editorial: Editorial) -> list[ContentTest]:
    with editorial.office.database.read() as tx:
        return content_tests.every(tx)


def drafted(editorial: Editorial) -> Faq | None:
    with editorial.office.database.read() as tx:
        draft = drafts.draft(tx, PHOTO)
    assert draft is None or isinstance(draft.unit, Faq)
    return draft.unit if draft else None


def new_test(browser: Browser, **fields: str) -> str:
    """The page of a test made by the form."""
    made = browser.post("/content/tests/new", {"turns": ASKED, "kind": "faq", "id": "photo", **fields})
    assert made.status_code == 303, made.text
    return made.headers["location"]


def answer_shown(page: str, test: str) -> dict[str, str]:
    """What the button "this answer is right" on a test's page sends."""
    form = page[page.index(f'action="{test}/approve"') :]
    found = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form[: form.index("</form>")]))
    found.pop("csrf")
    return found


def confirm(browser: Browser, test: str) -> Response:
    """Read a test's page and confirm what it expects."""
    return browser.post(f"{test}/approve", answer_shown(browser.get(test).text, test))


def test_a_question_is_answered_with_reasons(police: Browser) -> None:
    assert "群众怎么问" in police.get("/content/try").text
    page = police.post("/content/try", {"text": ASKED}).text
    assert "可以自己带，也可以现场拍。" in page and "居民身份证法" in page
    assert "达到直接回答的门槛" in page and "问办事" in page and "和它的问法字面相像" in page and "毫秒" in page


def test_earlier_turns_a_day_and_a_place_count(police: Browser) -> None:
    asked = {"text": "谢谢", "earlier": f"{ASKED}\n婚姻登记要不要预约", "region": "990100", "as_of": "2027-01-01"}
    page = police.post("/content/try", asked).text
    assert "前面的对话" in page and "这句话听起来是“感谢”" in page and 'value="2027-01-01"' in page


@pytest.mark.parametrize(
    "asked",
    [{"text": ""}, {"text": "好", "region": "天河"}, {"text": "好", "as_of": "明天"}, {"text": "好" * 501},
     {"text": "好", "earlier": "好\n" * 12}],
)  # fmt: skip
def test_what_cannot_be_asked_is_said(police: Browser, asked: dict[str, str]) -> None:
    page = police.post("/content/try", asked)
    assert page.status_code == 422 and 'role="alert"' in page.text


def test_what_is_typed_is_text(police: Browser, editorial: Editorial) -> None:
    page = police.post("/content/try", {"text": "<script>alert(1)</script>\x00照片", "earlier": "</textarea><b>"}).text
    assert "<script>alert" not in page and "</textarea><b>" not in page
    shown = police.get(new_test(police, turns="<script>alert(2)</script>", note='"><i>')).text
    assert "<script>alert" not in shown and '"><i>' not in shown
    assert "<script>alert" not in police.get("/content/tests").text


def test_without_models_it_is_said_and_everything_else_goes_on(
    editorial: Editorial, police: Browser, settings: Settings
) -> None:
    shutil.rmtree(settings.model_dir)
    refused = police.post("/content/try", {"text": ASKED})
    assert refused.status_code == 503 and "没有训练好的模型" in refused.text
    assert police.post("/content/tests/run").status_code == 503
    shown = police.get(new_test(police))
    assert shown.status_code == 200 and police.get("/content/tests").status_code == 200


def test_one_click_makes_a_content_test(editorial: Editorial, police: Browser) -> None:
    right = {"text": ASKED, "kind": "faq", "id": "photo"}
    for _ in range(2):
        assert "已保存为内容测试" in police.post("/content/try/test", right).text
    (test,) = kept(editorial)
    assert (test.turns, test.unit, test.expect.unit, test.account) == ((ASKED,), PHOTO, PHOTO, "zhang")
    elsewhere = {"text": "要预约吗", "earlier": "婚姻登记", "kind": "faq", "id": "appointment"}
    police.post("/content/try/test", elsewhere)
    assert kept(editorial)[0].unit is None, "another department's unit does not carry it"
    assert kept(editorial)[0].turns == ("婚姻登记", "要预约吗")


def test_one_click_adds_a_similar_question_to_a_draft(editorial: Editorial, police: Browser, civil: Browser) -> None:
    asked = {"text": "相片能不能自己拿去，电话13912345678", "kind": "faq", "id": "photo"}
    refused = civil.post("/content/try/similar", asked)
    assert refused.status_code == 422 and POLICE in refused.text and drafted(editorial) is None
    done = police.post("/content/try/similar", asked).text
    assert "存为草稿" in done and "还没有发布" in done and "可以自己带，也可以现场拍。" in done
    draft = drafted(editorial)
    assert draft is not None and draft.similar_questions == ("相片能不能自己拿去，电话⟦phone⟧",)
    assert "已经有这个问法" in police.post("/content/try/similar", asked | {"text": "电子照片回执在哪里打印？"}).text
    with editorial.office.database.write() as tx:
        review.submit(tx, PHOTO, "zhang", "", editorial.office.clock.now())
    assert "正在审核" in police.post("/content/try/similar", asked | {"text": "相片自备行不行"}).text
    assert police.post("/content/try/similar", asked | {"id": "../x"}).status_code == 200
    assert police.post("/content/try/similar", asked | {"id": "nothing"}).status_code == 422
    assert editorial.answer() == "可以自己带，也可以现场拍。"


def test_what_somebody_is_typing_is_not_lost_to_a_similar_question(editorial: Editorial, police: Browser) -> None:
    from knowledge_base.editing import working

    with editorial.office.database.write() as tx:
        working.autosave(tx, PHOTO, "zhang", {"answer": "写了一半"}, None, 0, editorial.office.clock.now())
    refused = police.post("/content/try/similar", {"text": "相片自备行不行", "kind": "faq", "id": "photo"})
    assert "请先在那里保存" in refused.text and drafted(editorial) is None


def test_a_draft_is_tried_by_its_own_department_alone(editorial: Editorial, police: Browser, civil: Browser) -> None:
    number = new_test(police).rsplit("/", 1)[1]
    editorial.write(on_photos(SECRET), "zhang")
    asked = {"text": ASKED, "drafts": "1"}
    for browser, sees in ((police, True), (editorial.chen, True), (civil, False)):
        for page, fields in (
            ("/content/try", asked),
            (f"/content/tests/{number}/ask", {}),
            ("/content/tests/run", {}),
        ):
            assert (SECRET in browser.post(page, fields).text.replace("<ins>", "").replace("</ins>", "")) == sees, page


def test_a_unit_that_is_but_another_departments_draft_has_no_tests_for_others(
    editorial: Editorial, police: Browser, civil: Browser
) -> None:
    editorial.write(about_photos("要。", "new", "新的秘密问题", POLICE), "zhang")
    page = new_test(police, turns="新的秘密问题", id="new", unit_kind="faq", unit_id="new")
    assert "新的秘密问题" in police.get("/content/tests").text
    assert "新的秘密问题" not in civil.get("/content/tests").text
    assert [civil.get(page).status_code, civil.post(f"{page}/ask").status_code] == [404, 404]
    assert "新的秘密问题" not in civil.post("/content/tests/run").text
    assert civil.post(page, {"turns": "别人的", "kind": "faq"}).status_code == 404


def test_the_tests_of_a_unit_are_changed_by_its_department_alone(
    editorial: Editorial, police: Browser, civil: Browser
) -> None:
    page = new_test(police, unit_kind="faq", unit_id="photo")
    refused = civil.post(page, {"turns": "别人改的", "kind": "faq"})
    assert refused.status_code == 422 and POLICE in refused.text
    assert civil.post(f"{page}/switch", {"on": "0"}).status_code == 422
    made = civil.post("/content/tests/new", {"turns": "x", "kind": "faq", "unit_kind": "faq", "unit_id": "photo"})
    assert made.status_code == 422 and [test.turns for test in kept(editorial)] == [(ASKED,)]


def test_a_test_is_written_approved_by_another_and_approved_anew_when_it_changes(
    editorial: Editorial, police: Browser
) -> None:
    page = new_test(police, contains="现场拍\n自己带", lacks="不可以")
    assert police.post(f"{page}/approve").status_code == 403
    assert confirm(editorial.wang, page).status_code == 303
    (test,) = kept(editorial)
    assert test.approved_by == "wang" and test.expect.contains == ("现场拍", "自己带")
    assert "wang 确认过" in police.get(page).text
    assert police.post(page, {"turns": ASKED, "kind": "faq"}).status_code == 303
    assert kept(editorial)[0].approved_by is None and "还没有人确认" in police.get(page).text
    own = new_test(editorial.chen, turns="婚姻登记要预约吗", id="appointment")
    assert "另一位同事" in editorial.chen.post(f"{own}/approve").text


def test_what_was_changed_meanwhile_is_not_confirmed_unread(editorial: Editorial, police: Browser) -> None:
    page = new_test(police, contains="自己带")
    read = answer_shown(editorial.wang.get(page).text, page)
    assert police.post(page, {"turns": ASKED, "kind": "faq", "lacks": "自己带"}).status_code == 303
    for form in (read, {}):
        refused = editorial.wang.post(f"{page}/approve", form)
        assert refused.status_code == 422 and "刚才有人改过" in refused.text
    assert kept(editorial)[0].approved_by is None
    assert confirm(editorial.wang, page).status_code == 303 and kept(editorial)[0].approved_by == "wang"


def test_a_form_with_a_fault_keeps_what_was_typed(police: Browser) -> None:
    refused = police.post("/content/tests/new", {"turns": ASKED, "kind": "faq", "as_of": "明天", "note": "来自热线"})
    assert refused.status_code == 422 and "日期要写成" in refused.text and "来自热线" in refused.text
    half = police.post("/content/tests/new", {"turns": ASKED, "kind": "faq", "unit_kind": "faq"})
    assert "一起填" in half.text


def test_switched_off_and_on_again(editorial: Editorial, police: Browser) -> None:
    page = new_test(police)
    assert police.post(f"{page}/switch", {"on": "0"}).status_code == 303
    assert ASKED not in police.get("/content/tests").text
    assert ASKED in police.get("/content/tests?state=switched_off").text
    police.post(f"{page}/switch", {"on": "1"})
    assert ASKED in police.get("/content/tests?unit=faq:photo").text or kept(editorial)[0].unit is None


def test_this_answer_is_right(editorial: Editorial, police: Browser) -> None:
    page = new_test(police, kind="item", id="photos", contains="现场拍\n没有的字")
    asked = editorial.wang.post(f"{page}/ask").text
    assert "应当按事项回答" in asked and "回答里应当有“没有的字”" in asked
    assert editorial.wang.post(f"{page}/approve", answer_shown(asked, page)).status_code == 303
    (test,) = kept(editorial)
    assert test.expect.unit == PHOTO and test.expect.contains == ("现场拍",) and test.approved_by == "wang"


@pytest.mark.parametrize("typed", [{"contains": "怎么答都行"}, {"id": "appointment"}, {"aspect": "fee"}])
def test_nobody_approves_an_expectation_of_their_own(
    editorial: Editorial, police: Browser, typed: dict[str, str]
) -> None:
    page = new_test(police, contains="自己带")
    before = kept(editorial)
    refused = editorial.wang.post(f"{page}/approve", {"kind": "faq", "id": "photo", "contains": "自己带"} | typed)
    assert refused.status_code == 422 and "机器人现在不是这样回答" in refused.text
    assert kept(editorial) == before


def test_the_tests_of_a_unit_are_approved_by_its_department_alone(editorial: Editorial, police: Browser) -> None:
    reader = editorial.seat("qian", "reviewer", department=CIVIL)
    carried = new_test(police, unit_kind="faq", unit_id="photo")
    refused = reader.post(f"{carried}/approve")
    assert refused.status_code == 422 and POLICE in refused.text
    regression = new_test(police, kind="item", id="photos")
    answer = answer_shown(reader.post(f"{regression}/ask").text, regression)
    refused = reader.post(f"{regression}/approve", answer)
    assert refused.status_code == 422 and POLICE in refused.text, "the answer is the police's"
    away = new_test(police, turns="婚姻登记要不要预约")
    answer = answer_shown(reader.post(f"{away}/ask").text, away)
    refused = reader.post(f"{away}/approve", answer)
    assert refused.status_code == 422 and POLICE in refused.text, "so was the one that was expected"
    assert all(test.approved_by is None for test in kept(editorial))
    assert confirm(reader, away).status_code == 303, "what somebody has written for all may be confirmed"
    own = editorial.seat("zhou", "reviewer", department=POLICE)
    assert confirm(own, carried).status_code == 303


def test_all_tests_on_the_drafts_before_they_are_published(editorial: Editorial, police: Browser) -> None:
    page = new_test(police, contains="自己带")
    new_test(police, turns="公积金窗口哪天上班", id="hours")
    confirm(editorial.wang, page)
    editorial.write(on_photos("要现场拍。"), "zhang")
    editorial.write(about_photos("周一到周六。", "hours", "公积金窗口哪天上班"))
    report = editorial.wang.post("/content/tests/run").text
    assert "试了 2 个测试" in report and "1 个会挡住发布" in report and "回答里应当有“自己带”" in report
    assert "通过，但是回答会变（1）" in report and "<ins>六</ins>" in report
    assert editorial.wang.post(f"{page}/approve", answer_shown(report, page)).status_code == 303
    assert kept(editorial)[-1].expect.contains == (), "the answer to come has no such words"
    with editorial.office.database.read() as tx:
        assert releases.current(tx) == 1, "nothing is published"


def test_what_fails_on_the_day_alone_is_shown_and_answered_for(editorial: Editorial, police: Browser) -> None:
    """It holds today, and has run out by the day for which it is scheduled."""
    test = new_test(police)
    assert confirm(editorial.chen, test).status_code == 303
    ends = on_photos("可以自己带，也可以现场拍，当场取。").copy(update={"effective_to": date(2026, 11, 30)})
    editorial.write(ends)
    editorial.pass_review()
    meant = {"unit": "faq:photo", "at": "2026-12-02T08:00"}
    assert "由我负责" not in editorial.chen.get("/content/publish?unit=faq:photo").text, "today it passes"
    refused = editorial.chen.post("/content/publish", meant)
    assert refused.status_code == 409 and "2026-12-02 这一天" in refused.text
    assert 'name="tests"' in refused.text and 'name="reason"' in refused.text
    again = editorial.chen.post("/content/publish", meant | {"tests": "yes", "reason": "到期停用"})
    assert again.status_code == 303 and "told=scheduled" in again.headers["location"]


def test_breaking_an_approved_answer_takes_a_named_person_and_a_reason(editorial: Editorial, police: Browser) -> None:
    page = new_test(police, contains="自己带")
    number = int(page.rsplit("/", 1)[1])
    confirm(editorial.wang, page)
    editorial.write(on_photos("要现场拍。"))
    editorial.pass_review(PHOTO)
    meant = {"unit": "faq:photo", "note": "新规定"}
    for consent in ({}, {"tests": "yes"}):
        assert editorial.chen.post("/content/publish", meant | consent).status_code in (409, 422)
        assert editorial.answer() == "可以自己带，也可以现场拍。"
    assert editorial.chen.post("/content/publish", meant | {"tests": "yes", "reason": "新规定"}).status_code == 303
    assert editorial.answer() == "要现场拍。"
    with editorial.office.database.read() as tx:
        detail = next(entry.detail for entry in audit.entries(tx, action="kb.publish", account="chen"))
    told = detail["tests"]
    assert (told["overridden"], told["by"], told["reason"], told["run"]) == ([number], "chen", "新规定", 1)
    assert kept(editorial)[0].passed_release is None


def test_nobody_waits_for_models_that_nobody_uses() -> None:
    heavy = "[name for name in ('sklearn', 'onnxruntime', 'jieba', 'rasa') if name in sys.modules]"
    done = subprocess.run(
        [sys.executable, "-c", f"import console.app, sys; print({heavy})"],
        cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_addresses_of_nothing(police: Browser, editorial: Editorial) -> None:
    assert police.get("/content/tests/999").status_code == 404
    assert police.get("/content/tests/99999999999999999999").status_code == 404
    for query in ("unit=faq", "unit=poem:x", "state=zzz", "before=x", "before=99999999999"):
        assert police.get(f"/content/tests?{query}").status_code == 200
    given = police.get("/content/tests/new?unit_kind=faq&unit_id=photo").text
    assert 'value="photo"' in given
    removed = UnitKey("faq", "hours")
    page = new_test(police, turns="哪天上班", id="hours", unit_kind="faq", unit_id="hours")
    with editorial.office.database.write() as tx:
        releases.delete_draft(tx, removed, "old", editorial.office.clock.now())
        releases.publish(tx, "old", "", editorial.office.clock.now())
    assert police.get(page).status_code == 200
    assert police.post(f"{page}/switch", {"on": "0"}).status_code == 303, "what tests a unit that is gone can go, too"
