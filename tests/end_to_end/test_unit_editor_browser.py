"""The editor of a unit in a real browser: tables, values from a day on, situations, what two people write at once."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from web_chat import CHROMIUM, PHONE, chromium

from foundation import accounts
from foundation.database import Database
from foundation.migrate import upgrade
from knowledge_base.model import Unit, UnitKey, parse_unit
from knowledge_base.store import drafts, releases
from knowledge_base.store.codec import dump

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "console"))

from console_process import Running

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no chromium")]
COMPUTER = {"width": 1366, "height": 768}
CARD = UnitKey("item", "card")
PASSWORD = "correct horse 9"
UNIT = {
    "kind": "item",
    "id": "card",
    "name": "身份证补领",
    "situations": [
        {
            "id": "who",
            "question": "给谁补办？",
            "options": [{"id": "adult", "title": "成年人"}, {"id": "child", "title": "未成年人"}],
        }
    ],
    "aspects": {
        "materials": [
            {"name": "居民户口簿", "form": "原件", "count": 1, "issuer": "公安机关"},
            {"name": "监护人的身份证", "form": "原件", "count": 1, "when": {"who": "child"}},
        ],
        "fee": [{"name": "工本费", "amount": "40"}],
    },
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


class Writing:
    """A console with one unit published, and the people who write it."""

    def __init__(self, browser: Browser, running: Running, database: Database) -> None:
        self.browser, self.running, self.database = browser, running, database
        self.problems: list[str] = []

    def open(self, name: str, size: dict[str, int] = COMPUTER) -> Page:
        """Somebody's browser at the unit's editor."""
        page = self.browser.new_context(viewport=size, locale="zh-CN").new_page()  # type: ignore[arg-type]
        page.on("console", lambda message: message.type == "error" and self.problems.append(message.text))
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.goto(f"{self.running.address}/content/units/item/card/edit")
        page.get_by_label("账号").fill(name)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        expect(page.get_by_role("heading", name="身份证补领")).to_be_visible()
        return page

    @property
    def draft(self) -> dict[str, Any]:
        with self.database.read() as tx:
            found = drafts.draft(tx, CARD)
        assert found is not None and isinstance(found.unit, Unit)
        return dump(found.unit)


@pytest.fixture
def writing(browser: Browser, tmp_path: Path) -> Iterator[Writing]:
    url = f"sqlite:///{tmp_path / 'zhengwu.db'}"
    upgrade(url)
    database, now = Database(url), datetime.now(timezone.utc)
    with database.write() as tx:
        releases.save_drafts(tx, [parse_unit(UNIT)], "old", now)
        releases.publish(tx, "old", "", now)
        for name, called in (("zhang", "张三"), ("li", "李四")):
            accounts.add(tx, name, PASSWORD, ["editor"], now, called)
    running = Running(tmp_path, url)
    running.wait()
    writing = Writing(browser, running, database)
    yield writing
    running.process.kill()
    running.process.wait()
    database.close()
    assert writing.problems == []


def shown(page: Page) -> Any:
    return page.locator("#preview-shown")


def kept(page: Page) -> None:
    expect(page.locator("#kept")).to_contain_text("已自动保存", timeout=15000)


def first_of_next_month() -> date:
    today = datetime.now(timezone.utc).date()
    return date(today.year + today.month // 12, today.month % 12 + 1, 1)


def test_materials_and_a_fee_from_next_month(writing: Writing) -> None:
    page = writing.open("zhang")
    materials, fee = page.locator("#section-materials"), page.locator("#section-fee")
    materials.get_by_label("材料1：材料名称").fill("居民户口簿或居住证")
    expect(shown(page)).to_contain_text("居民户口簿或居住证（原件1份）", timeout=15000)
    materials.get_by_role("group", name="材料1：要求").get_by_label("电子证照可用").check()
    expect(shown(page)).to_contain_text("可以用电子证照")
    materials.get_by_role("button", name="＋ 添加材料").click()
    page.keyboard.type("照片回执")  # the new row has the focus
    materials.get_by_role("button", name="上移材料3").click()
    materials.get_by_role("button", name="上移材料2").click()
    expect(materials.get_by_label("材料1：材料名称")).to_have_value("照片回执")
    expect(shown(page)).to_contain_text("1. 照片回执")

    fee.get_by_role("button", name="从某日起改变…").click()
    later = fee.get_by_role("group", name="收费：从某日起")
    later.get_by_label("收费1：金额").fill("20")
    expect(shown(page)).to_contain_text("工本费：40元")
    month = first_of_next_month()
    expect(shown(page)).to_contain_text(f"从{month.year}年{month.month}月1日起有变化：工本费：20元")
    page.get_by_label("哪一天问").fill(month.isoformat())
    expect(shown(page)).not_to_contain_text("40元")
    expect(shown(page)).to_contain_text("工本费：20元")
    page.get_by_role("tab", name="网页").click()
    expect(page.frame_locator("#preview-shown iframe").locator(".card")).to_contain_text("工本费：20元")
    page.get_by_role("tab", name="敬老版").click()
    expect(page.locator("#preview-shown .elderly")).to_contain_text("工本费：20元")

    kept(page)
    page.reload()
    expect(page.locator("#kept")).to_contain_text("已恢复您")
    expect(later.get_by_label("收费1：金额")).to_have_value("20")
    expect(materials.get_by_label("材料1：材料名称")).to_have_value("照片回执")
    page.get_by_role("button", name="保存草稿").click()
    page.wait_for_url(re.compile("/content/units/item/card$"))
    aspects = writing.draft["aspects"]
    assert [one["name"] for one in aspects["materials"]["dated"][0]["value"]] == [
        "照片回执", "居民户口簿或居住证", "监护人的身份证",
    ]  # fmt: skip
    assert aspects["materials"]["dated"][0]["value"][1]["e_licence"] is True
    assert aspects["fee"]["dated"] == [
        {"value": [{"name": "工本费", "amount": "40"}]},
        {"since": month.isoformat(), "value": [{"name": "工本费", "amount": "20"}]},
    ]


def test_a_second_editor_is_told_and_both_texts_stand_side_by_side(writing: Writing) -> None:
    zhang, li = writing.open("zhang"), writing.open("li")
    zhang.get_by_label("事项名称").fill("身份证丢失补领")
    zhang.get_by_label("主题").fill("户籍身份")
    kept(zhang)
    li.get_by_label("事项名称").fill("补领身份证")
    li.get_by_label("责任人").fill("李四")
    expect(li.locator("#others")).to_contain_text(re.compile("张三 .*前也在改这一条"), timeout=15000)
    kept(li)
    zhang.get_by_role("button", name="保存草稿").click()
    zhang.wait_for_url(re.compile("/content/units/item/card$"))

    li.get_by_role("button", name="保存草稿").click()
    merge = li.locator("#merge")
    expect(merge).to_contain_text("主题")  # which only Zhang has changed
    expect(merge.get_by_role("group", name="事项名称")).to_contain_text("身份证丢失补领")
    expect(merge.get_by_role("group", name="事项名称")).to_contain_text("补领身份证")
    merge.get_by_label("用张三的").check()
    merge.get_by_role("button", name="按选好的合并").click()
    expect(li.get_by_label("事项名称")).to_have_value("身份证丢失补领")
    expect(li.get_by_label("责任人")).to_have_value("李四")
    li.get_by_role("button", name="保存草稿").click()
    li.wait_for_url(re.compile("/content/units/item/card$"))
    draft = writing.draft
    assert (draft["name"], draft["theme"], draft["owner"]["person"]) == ("身份证丢失补领", "户籍身份", "李四")


def test_two_pages_of_one_person_are_put_together(writing: Writing) -> None:
    first, second = writing.open("zhang"), writing.open("zhang")
    first.get_by_label("主题").fill("户籍身份")
    kept(first)
    second.get_by_label("事项名称").fill("补领身份证")
    expect(second.locator("#merge")).to_contain_text("您在另一个页面里", timeout=15000)
    expect(second.locator("#merge")).to_contain_text("主题")
    second.get_by_role("button", name="继续修改").click()
    kept(second)
    second.reload()
    expect(second.get_by_label("主题")).to_have_value("户籍身份")
    expect(second.get_by_label("事项名称")).to_have_value("补领身份证")


def test_who_leaves_in_the_middle_of_a_word_finds_it_again(writing: Writing) -> None:
    page = writing.open("li")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_label("主题").fill("户籍身")
    page.goto(f"{writing.running.address}/account")
    page.goto(f"{writing.running.address}/content/units/item/card/edit")
    expect(page.get_by_label("主题")).to_have_value("户籍身")
    expect(page.locator("#kept")).to_contain_text("已恢复您")
    page.get_by_role("button", name="放弃修改").click()
    expect(page.get_by_label("主题")).to_have_value("")


def test_what_is_missing_is_told_at_its_field(writing: Writing) -> None:
    page = writing.open("zhang")
    page.get_by_label("材料2：材料名称").fill("")
    page.get_by_label("材料2：份数").fill("两")
    page.get_by_label("事项名称").fill("")
    page.get_by_role("button", name="保存草稿").click()
    faults = page.locator("#faults")
    expect(faults).to_contain_text("有 3 处没有填好")
    faults.get_by_role("link", name="材料2：份数：请填写整数。").click()
    expect(page.get_by_label("材料2：份数")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("2")
    page.get_by_label("材料2：材料名称").fill("监护人的证件")
    page.get_by_label("事项名称").fill("身份证补领")
    page.keyboard.press("Control+s")
    page.wait_for_url(re.compile("/content/units/item/card$"))
    assert writing.draft["aspects"]["materials"]["dated"][0]["value"][1]["count"] == 2


def test_the_tree_of_situations_is_tried_beside_the_form(writing: Writing) -> None:
    page = writing.open("zhang")
    situations = page.locator("#section-situations")
    situations.get_by_role("button", name="＋ 添加一个要问群众的问题").click()
    page.keyboard.type("户口在哪里？")
    second = situations.get_by_role("group", name="情形 2")
    second.get_by_label("选项1：选项", exact=True).fill("本市")
    second.get_by_label("选项2：选项", exact=True).fill("外地")
    second.get_by_label("选项2：群众会怎么说").fill("外省、外地户口")
    second.locator(".asked-when summary").click()
    second.get_by_label("成年人", exact=True).check()
    fee = page.locator("#section-fee")
    fee.get_by_role("button", name="＋ 添加收费").click()
    page.keyboard.type("异地办理费")
    fee.get_by_label("收费2：金额").fill("5")
    fee.locator("tbody summary").nth(1).click()
    fee.get_by_label("外地").check()

    tried = page.locator("#preview-situations")
    expect(tried.get_by_label("给谁补办？")).to_be_visible()
    expect(tried.get_by_label("户口在哪里？")).to_have_count(0)  # asked of adults alone
    page.get_by_role("tab", name="材料和费用").click()
    tried.get_by_label("给谁补办？").select_option("未成年人")
    expect(shown(page)).to_contain_text("监护人的身份证")
    expect(shown(page)).not_to_contain_text("异地办理费")
    tried.get_by_label("给谁补办？").select_option("成年人")
    expect(shown(page)).not_to_contain_text("监护人的身份证")
    tried.get_by_label("户口在哪里？").select_option("外地")
    expect(shown(page)).to_contain_text("异地办理费：5元")
    tried.get_by_label("户口在哪里？").select_option("本市")
    expect(shown(page)).not_to_contain_text("异地办理费")
    page.get_by_role("button", name="保存草稿").click()
    page.wait_for_url(re.compile("/content/units/item/card$"))
    asked = writing.draft["situations"][1]
    assert asked["when"] == {"who": ["adult"]} and asked["options"][1]["words"] == ["外省", "外地户口"]
    assert writing.draft["aspects"]["fee"]["dated"][0]["value"][1]["when"] == {asked["id"]: [asked["options"][1]["id"]]}


def test_a_form_is_uploaded_and_shown_below_the_answer(writing: Writing, tmp_path: Path) -> None:
    (tmp_path / "补领申请表.pdf").write_bytes(b"%PDF-1.7\n1 0 obj\n")
    (tmp_path / "程序.pdf").write_bytes(b"MZ\x90\x00")
    page = writing.open("zhang")
    files = page.locator("#section-files")
    files.get_by_label("上传文件").set_input_files([tmp_path / "补领申请表.pdf", tmp_path / "程序.pdf"])
    expect(files.get_by_role("alert")).to_contain_text("“程序.pdf”没有上传：只能上传 PDF")
    files.get_by_label("补领申请表.pdf的名称").fill("居民身份证补领申请表")
    page.get_by_role("tab", name="网页").click()
    link = page.frame_locator("#preview-shown iframe").get_by_role("link", name="居民身份证补领申请表")
    expect(link).to_have_attribute("href", re.compile("^/files/[0-9a-f]{64}/"), timeout=15000)
    kept(page)
    with page.expect_download() as saved:
        files.get_by_role("link", name="补领申请表.pdf").click()
    assert (
        saved.value.path().read_bytes().startswith(b"%PDF-1.7") and saved.value.suggested_filename == "补领申请表.pdf"
    )
    page.get_by_role("button", name="保存草稿").click()
    page.wait_for_url(re.compile("/content/units/item/card$"))
    (attachment,) = writing.draft["attachments"]
    assert (attachment["title"], attachment["name"]) == ("居民身份证补领申请表", "补领申请表.pdf")
    refused = "status of 422"
    assert [text for text in writing.problems if refused not in text] == []
    writing.problems.clear()


def test_what_is_written_never_becomes_markup(writing: Writing) -> None:
    page = writing.open("zhang")
    page.evaluate("window.ran = false")
    script = '<img src=x onerror="parent.ran = true; window.ran = true"><script>ran = true</script>'
    page.get_by_label("材料1：材料名称").fill(script)
    expect(shown(page)).to_contain_text("<img src=x", timeout=15000)
    page.get_by_role("tab", name="网页").click()
    expect(page.frame_locator("#preview-shown iframe").locator(".card")).to_contain_text("<img src=x")
    kept(page)
    page.reload()
    expect(page.get_by_label("材料1：材料名称")).to_have_value(script)
    assert page.evaluate("window.ran") in (None, False)


def test_the_editor_fits_a_phone(writing: Writing) -> None:
    page = writing.open("li", PHONE)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_label("材料1：材料名称").fill("户口簿")
    page.get_by_role("link", name="看预览").click()
    expect(shown(page)).to_contain_text("户口簿（原件1份）", timeout=15000)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("name", ["li"])
def test_the_keyboard_alone_suffices(writing: Writing, name: str) -> None:
    page = writing.open(name)
    page.get_by_label("材料2：材料名称").focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.get_by_label("材料1：材料名称")).to_be_focused()
    expect(page.get_by_label("材料1：材料名称")).to_have_value("监护人的身份证")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('aria-label')") == "删除材料1":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="删除材料1")).to_be_focused()
    expect(page.get_by_label("材料1：材料名称")).to_have_value("居民户口簿")
