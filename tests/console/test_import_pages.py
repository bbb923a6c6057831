"""The pages of imports and exports, as an editor uses them and as somebody tries to abuse them."""

from __future__ import annotations

import io
import re
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from console_people import HERE, Browser, Office
from httpx2 import Response
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select

from console.cookies import form_key
from foundation import accounts
from foundation.cipher import Cipher
from knowledge_base.importing import uploads
from knowledge_base.importing.fields import template
from knowledge_base.importing.pipeline import import_files
from knowledge_base.model import Faq
from knowledge_base.model.unit import Source
from knowledge_base.store import drafts, releases

TABLE = "id,question,answer,source\na,甲怎么办,先取号,规定\nb,乙怎么办,先预约,规定\n".encode()
DEPARTMENT = "公安局"
NewBrowser = Callable[[], Browser]


def key_of(browser: Browser) -> str:
    return form_key(Cipher(browser.office.settings.key()), browser.token or "")


def send(
    browser: Browser, content: bytes, name: str = "table.csv", source: str = "", key: str | None = None
) -> Response:
    fields = {"csrf": key_of(browser) if key is None else key, "source": source}
    return browser.http.post("/content/import", data=fields, files={"file": (name, content)}, headers={"origin": HERE})


def seat(browser: Browser, name: str = "lihua", role: str = "editor", department: str = "") -> None:
    browser.seat(name, role)
    with browser.office.database.write() as tx:
        accounts.describe(tx, name, name, department)


@pytest.fixture
def editor(browser: Browser) -> Browser:
    seat(browser)
    return browser


def drafted(office: Office) -> dict[str, Faq]:
    with office.database.read() as tx:
        return {draft.key.id: draft.unit for draft in drafts.drafts(tx)}  # type: ignore[misc]


def kept(office: Office) -> int:
    with office.database.read() as tx:
        return int(tx.execute(select(func.count()).select_from(uploads.uploads)).scalar_one())


def put(office: Office, *units: Faq, account: str = "wang", publish: bool = False) -> None:
    with office.database.write() as tx:
        drafts.save_drafts(tx, units, account, office.clock.now())
        if publish:
            releases.publish(tx, "boss", "", office.clock.now())


def test_from_a_file_to_drafts(office: Office, editor: Browser) -> None:
    page = send(editor, TABLE).headers["location"]
    shown = editor.get(page).text
    assert re.search(r"<strong>2</strong> 新增", shown) and "甲怎么办" in shown
    assert drafted(office) == {}
    answer = editor.post(f"{page}/confirm")
    assert answer.status_code == 303
    assert "已导入：草稿 2 条" in editor.get(answer.headers["location"]).text
    assert drafted(office).keys() == {"a", "b"} and kept(office) == 0
    assert editor.get(page).status_code == 404
    assert editor.post(f"{page}/confirm").status_code == 409  # twice does nothing twice
    assert ("lihua", "kb.import", "drafts") in office.audited()


def test_a_preview_shows_the_difference_and_the_bad_rows(office: Office, editor: Browser) -> None:
    put(office, Faq(id="a", question="甲怎么办", answer="先排队", sources=(Source(title="规定"),)), publish=True)
    page = send(editor, TABLE + "c,丙怎么办,,规定\n".encode()).headers["location"]
    shown = editor.get(page).text
    assert "先<del>排队</del>" in shown and "先<ins>取号</ins>" in shown
    bad = shown.partition("有问题的行")[2]
    assert ">4<" in bad and "C answer" in bad and "必须填写" in bad
    assert editor.post(f"{page}/confirm").status_code == 409 and drafted(office) == {}
    assert editor.post(f"{page}/confirm", {"skip_bad_rows": "1"}).status_code == 303
    assert drafted(office).keys() == {"a", "b"}


def test_columns_that_a_table_lacks_take_nothing_away_unless_that_is_wished(office: Office, editor: Browser) -> None:
    put(office, Faq(id="a", question="甲怎么办", answer="旧", category="户籍"), publish=True)
    page = send(editor, TABLE).headers["location"]
    assert "户籍" not in editor.get(page).text and "户籍" in editor.get(f"{page}?whole=1").text
    editor.post(f"{page}/confirm")
    assert drafted(office)["a"].category == "户籍"
    page = send(editor, TABLE).headers["location"]
    editor.post(f"{page}/confirm", {"whole": "1"})
    assert drafted(office)["a"].category is None


def test_unknown_columns_are_matched_on_the_page(office: Office, editor: Browser) -> None:
    content = "业务叫什么,老百姓怎么叫\n居民身份证换领,换身份证\n".encode()
    page = send(editor, content).headers["location"]
    assert "没有认出这张表的列名" in editor.get(page).text
    wrong = editor.post(f"{page}/columns", {"table": "0", "kind": "item", "column-1": "item.aliases"})
    assert wrong.status_code == 409 and "事项名称" in wrong.text
    chosen = {"table": "0", "kind": "item", "column-0": "item.name", "column-1": "item.aliases"}
    answer = editor.post(f"{page}/columns", chosen)
    shown = editor.get(answer.headers["location"]).text
    assert "对应关系已保存" in shown and "<strong>1</strong> 新增" in shown
    for number in ("1", "-1", "x", "9" * 40):
        assert editor.post(f"{page}/columns", {**chosen, "table": number}).status_code == 409


def test_a_provincial_export_is_synchronised_on_the_page(office: Office, editor: Browser) -> None:
    first = "事项编码,事项名称,收费标准\n" + "".join(f"p{n},事项{n},40元\n" for n in range(12))
    page = send(editor, first.encode(), source="省平台").headers["location"]
    editor.post(f"{page.partition('?')[0]}/confirm", {"source": "省平台"})
    with office.database.write() as tx:
        releases.publish(tx, "boss", "", office.clock.now())
    second = first.replace("事项1", "新事项1").replace("p7,事项7,40元\n", "")
    page = send(editor, second.encode(), source="省平台").headers["location"]
    shown = editor.get(page).text
    assert "<strong>3</strong> 修改" in shown and "<strong>1</strong> 那边不再有" in shown
    editor.post(f"{page.partition('?')[0]}/confirm", {"source": "省平台", "remove_missing": "1"})
    assert drafted(office).keys() == {"p1", "p10", "p11", "p7"}
    assert "省平台" in editor.get("/content/import").text
    assert send(editor, TABLE, source="x" * 101).status_code == 409


def test_others_drafts_are_replaced_only_when_ticked(office: Office, editor: Browser) -> None:
    put(office, Faq(id="a", question="甲怎么办", answer="别人的"), Faq(id="b", question="乙怎么办", answer="别人的"))
    page = send(editor, TABLE).headers["location"]
    marks = re.findall(r'name="overwrite" value="([^"]+)"', editor.get(page).text)
    assert len(marks) == 2
    answer = editor.post(f"{page}/confirm", {"overwrite": marks[0]})
    assert "没有动的草稿 1 条" in editor.get(answer.headers["location"]).text
    assert {id: unit.answer for id, unit in drafted(office).items()} == {"a": "先取号", "b": "别人的"}


def test_another_departments_drafts_are_seen_on_no_page(office: Office, browser: Browser) -> None:
    seat(browser, department=DEPARTMENT)
    put(office, Faq(id="a", question="甲怎么办", answer="公开", department="民政局"), publish=True)
    put(office, Faq(id="a", question="甲怎么办", answer="机密一", department="民政局"),
        Faq(id="b", question="乙怎么办", answer="机密二", department="民政局"))  # fmt: skip
    page = send(browser, TABLE).headers["location"]
    shown = browser.get(page).text
    assert "机密" not in shown and shown.count("归别的部门维护") == 2
    browser.post(f"{page}/confirm", {"skip_bad_rows": "1", "overwrite": ["faq:a@1", "faq:b@2", "faq:b@3"]})
    assert {unit.answer for unit in drafted(office).values()} == {"机密一", "机密二"}
    for form in ("xlsx", "yaml", "csv", "jsonl"):
        content = browser.get("/content/export/file", params={"form": form}).content
        if content.startswith(b"PK"):
            parts = zipfile.ZipFile(io.BytesIO(content))
            content = b"".join(parts.read(name) for name in parts.namelist())
        assert "公开".encode() in content and "机密".encode() not in content


def test_nobody_sees_anothers_upload(office: Office, editor: Browser, new_browser: NewBrowser) -> None:
    page = send(editor, TABLE).headers["location"]
    other = new_browser()
    seat(other, "wang", "supervisor")
    assert other.get(page).status_code == 404
    for act in ("confirm", "columns", "discard"):
        other.post(f"{page}/{act}")
    assert editor.get(page).status_code == 200 and drafted(office) == {}
    editor.post(f"{page}/discard")
    assert editor.get(page).status_code == 404 and kept(office) == 0


def test_script_in_a_table_is_text_in_the_preview(office: Office, editor: Browser) -> None:
    evil = "<script>alert(1)</script>"
    put(office, Faq(id="a", question="甲", answer="旧"), account="lihua")
    content = f'id,question,answer,"{evil}",source\na,甲,a<b&c<img src=x onerror=1,x,规定\n"{evil}",乙,b,x,规定\n'
    answer = send(editor, content.encode(), f"{evil}.csv", source=evil)
    shown = editor.get(answer.headers["location"]).text
    assert "<script>alert" not in shown and "<img src=x" not in shown
    assert shown.count("&lt;script&gt;alert(1)&lt;/script&gt;") > 3  # the source, the file's heading, its guess


@pytest.mark.parametrize("key", ["", "x", "0" * 64])
def test_a_file_from_another_sites_form_is_refused(office: Office, editor: Browser, key: str) -> None:
    assert send(editor, TABLE, key=key).status_code == 403
    fields = {"csrf": key_of(editor)}
    foreign = {"origin": "https://evil.example"}
    answer = editor.http.post("/content/import", data=fields, files={"file": ("a.csv", TABLE)}, headers=foreign)
    assert answer.status_code == 403 and kept(office) == 0
    page = send(editor, TABLE).headers["location"]
    assert editor.http.post(f"{page}/confirm", data={"csrf": key}, headers={"origin": HERE}).status_code == 403
    assert drafted(office) == {}


def test_what_is_too_large_is_refused(office: Office, editor: Browser) -> None:
    assert send(editor, b"x" * (uploads.LARGEST + 1)).status_code == 409
    assert send(editor, b"x" * (uploads.LARGEST + (1 << 20))).status_code == 413
    written = io.BytesIO()
    packed = zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED)
    with packed, packed.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
        for _ in range((uploads.LARGEST_UNPACKED >> 20) + 1):
            part.write(bytes(1 << 20))
    answer = send(editor, written.getvalue(), "bomb.xlsx")
    assert answer.status_code == 409 and "解开后超过" in answer.text
    assert kept(office) == 0


@pytest.mark.parametrize(
    "name", ["../../etc/cron.d/x.csv", "..\\..\\x.csv", "/etc/passwd.csv", "\u202ex.csv", "a/./b.csv"]
)
def test_a_files_name_leads_nowhere(office: Office, editor: Browser, name: str) -> None:
    page = send(editor, TABLE, name).headers["location"]
    assert editor.get(page).status_code == 200
    with office.database.read() as tx:
        stored = tx.execute(select(uploads.uploads.c.name)).scalar_one()
    assert "/" not in stored and "\\" not in stored and not stored.startswith(".")


def test_strange_forms_are_answered(office: Office, editor: Browser) -> None:
    assert editor.post("/content/import").status_code == 409
    assert send(editor, b"MZ", "evil.exe").status_code == 409
    assert send(editor, TABLE, "").status_code == 409
    for path in ("/content/import/999", "/content/import/99999999999999999999"):
        assert editor.get(path).status_code == 404
    for path in ("/content/import/template/king", "/content/import/template/../x"):
        assert editor.get(path).status_code == 404
    assert editor.get("/content/export/file?form=exe").status_code == 200  # the page, to choose again
    page = send(editor, b"\x00\xff\xfe" * 99, "x.xlsx").headers["location"]
    assert "打不开这个工作簿" in editor.get(page).text


@pytest.mark.parametrize("kind", ["faq", "item"])
def test_templates_are_downloaded(editor: Browser, kind: str) -> None:
    answer = editor.get(f"/content/import/template/{kind}")
    assert "attachment" in answer.headers["content-disposition"]
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert [cell.value for cell in sheet[1]] == [field.title for field in template(kind)]


def test_the_sample_city_downloaded_and_uploaded_differs_in_nothing(office: Office, editor: Browser) -> None:
    import_files(office.database, [Path("knowledge_base/content")], "editor", office.clock.now())
    with office.database.write() as tx:
        added = releases.publish(tx, "boss", "", office.clock.now()).added
    for form, name in (("xlsx", "city.xlsx"), ("yaml", "city.zip"), ("jsonl", "city.jsonl")):
        content = editor.get(f"/content/export/file?form={form}").content
        shown = editor.get(send(editor, content, name).headers["location"]).text
        assert f"<strong>{added}</strong> 未变" in shown and "<strong>0</strong> 新增" in shown
        assert "<strong>0</strong> 修改" in shown and "<strong>0</strong> 有问题" in shown
    offices = editor.get("/content/export/file?form=yaml&kind=office").content
    assert {name.split("/")[0] for name in zipfile.ZipFile(io.BytesIO(offices)).namelist()} == {"offices"}
    none = editor.get("/content/export/file", params={"form": "jsonl", "department": "没有这个部门"}).content
    assert none == b""


@pytest.mark.slow
def test_five_thousand_rows_with_forty_bad_ones(office: Office, editor: Browser) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("指南")
    fields = template("item")
    sheet.append([field.title for field in fields])
    bad = range(7, 5000, 125)
    for number in range(5000):
        row = {field.name: field.examples[number % 2] for field in fields}
        row |= {"id": f"i-{number}", "name": f"事项{number}号", "conditions": "年满十八周岁|本市居民|" + "条件" * 20}
        row |= {"verified_on": "下个月"} if number in bad else {}
        sheet.append([row[field.name] for field in fields])
    written = io.BytesIO()
    book.save(written)
    began, spent = time.monotonic(), time.process_time()
    page = send(editor, written.getvalue(), "guide.xlsx").headers["location"]
    shown = editor.get(page).text
    print(f"upload and preview: {time.monotonic() - began:.1f} s, {time.process_time() - spent:.1f} s of processor")
    assert "<strong>4960</strong> 新增" in shown and "<strong>40</strong> 有问题" in shown
    named = re.findall(r'data-label="行">指南 (\d+)</td><td data-label="列">([^<]+)</td>', shown)
    column = next(n for n, field in enumerate(fields) if field.name == "verified_on")
    letter = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[column - 26] if column > 25 else ""
    assert named == [(str(number + 2), f"A{letter} 核对日期") for number in bad]
    assert editor.post(f"{page}/confirm").status_code == 409 and drafted(office) == {}
