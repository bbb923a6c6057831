"""What somebody may try at the editor: another department's texts, script in a text, strange ids, forged requests."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from console_people import HERE, Browser, Office
from content_office import PAGE, PHOTO, Editorial, about_photos
from unit_editor import PREVIEW, Form, send

from knowledge_base.editing import attachments, working
from knowledge_base.editing.attachments import LARGEST
from knowledge_base.model import UnitKey
from knowledge_base.store import drafts

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "knowledge_base" / "editing"))

from office_files import BAD, GOOD, PDF

SECRET = "还没有公布的补贴"
OURS, THEIRS = "民政", "公安"


@pytest.fixture
def editorial(office: Office, new_browser: Callable[[], Browser]) -> Editorial:
    return Editorial(office, new_browser)


def ways_in(browser: Browser, page: str) -> list[Any]:
    """Every address of a unit's editor."""
    body = {"body": {"question": "问", "answer": "答"}, "base": None, "version": 0}
    return [
        browser.get(f"{page}/edit"),
        browser.get(f"{page}/others"),
        send(browser, f"{page}/working", body),
        send(browser, f"{page}/save", body),
        browser.post(f"{page}/discard"),
    ]


def kept(editorial: Editorial, account: str, key: UnitKey = PHOTO) -> Any:
    with editorial.office.database.read() as tx:
        return working.read(tx, key, account), drafts.draft(tx, key)


def test_a_draft_of_another_department_is_opened_by_no_way(editorial: Editorial) -> None:
    ours, theirs = (editorial.seat(name, "editor", department=name) for name in (OURS, THEIRS))
    editorial.write(about_photos(SECRET, department=THEIRS), THEIRS)
    before = kept(editorial, THEIRS)
    for answer in ways_in(ours, PAGE):
        assert answer.status_code == 404
        assert SECRET not in answer.text and THEIRS not in answer.text
    begun = ours.post("/content/new/faq", {"title": "同一个编号", "id": "photo"})
    assert begun.status_code == 422 and SECRET not in begun.text
    assert SECRET not in ours.get("/content/find/faq?text=补贴").text
    assert kept(editorial, THEIRS) == before and kept(editorial, OURS)[0] is None
    assert Form(theirs, "faq", "photo").body["answer"] == SECRET


def test_what_another_department_has_published_is_not_changed(editorial: Editorial) -> None:
    ours = editorial.seat(OURS, "editor", department=OURS)
    editorial.standing(about_photos("可以。", department=THEIRS))
    editorial.write(about_photos(SECRET, department=THEIRS), THEIRS)
    for answer in ways_in(ours, PAGE):
        assert answer.status_code == 403 and SECRET not in answer.text and THEIRS in answer.text
    supervisor = editorial.seat("chief", "supervisor", department=OURS)
    assert Form(supervisor, "faq", "photo").body["answer"] == SECRET


def test_a_working_copy_is_its_writers_alone(editorial: Editorial) -> None:
    editorial.standing(about_photos("可以。"))
    Form(editorial.li, "faq", "photo").type(answer=SECRET)
    zhao = editorial.seat("zhao", "editor")
    other = Form(zhao, "faq", "photo")
    assert other.body["answer"] == "可以。" and SECRET not in zhao.get(f"{PAGE}/edit").text
    theirs = send(zhao, f"{PAGE}/working", {"body": {}, "base": other.base, "version": 1}).json()
    assert "theirs" not in theirs
    zhao.post(f"{PAGE}/discard")
    assert kept(editorial, "li")[0].body["answer"] == SECRET


def test_nobody_moves_a_unit_into_or_out_of_their_department(editorial: Editorial) -> None:
    ours = editorial.seat(OURS, "editor", department=OURS)
    editorial.standing(about_photos("可以。", department=OURS))
    form = Form(ours, "faq", "photo")
    (fault,) = form.save(owner={"department": THEIRS})["faults"]
    assert fault["path"] == "owner.department" and OURS in fault["text"]
    assert kept(editorial, OURS)[1] is None
    form.body.pop("owner")
    (fault,) = form.save(department=THEIRS)["faults"]
    assert fault["path"] == "department"


def test_the_form_does_not_say_which_unit_it_is_of(editorial: Editorial) -> None:
    editorial.standing(about_photos("可以。"), about_photos("别的。", id="other", question="别的问题"))
    form = Form(editorial.li, "faq", "photo")
    assert form.save(id="other", kind="item", answer="改了。") == {"saved": True}
    assert kept(editorial, "li", UnitKey("faq", "other"))[1] is None
    assert kept(editorial, "li")[1].unit.answer == "改了。"


def test_what_is_written_is_text(editorial: Editorial) -> None:
    script = "</script><script>alert(1)</script><img src=x onerror=alert(2)>'\"&"
    editorial.standing(about_photos(script, question=script))
    page = editorial.li.get(f"{PAGE}/edit")
    assert "<script>alert" not in page.text and "<img src=x" not in page.text
    form = Form(editorial.li, "faq", "photo")
    assert form.body["answer"] == script
    form.type(answer=script * 2)
    assert "<img src=x" not in editorial.li.get(f"{PAGE}/edit").text
    assert form.preview()["web"]["text"] == script * 2  # which the page makes a text node of
    assert "unsafe" not in page.headers["content-security-policy"]
    title = editorial.li.post("/content/new/faq", {"title": script, "id": "!"})
    assert "<script>alert" not in title.text and "<img src=x" not in title.text


@pytest.mark.parametrize("path", [PREVIEW, f"{PAGE}/working", f"{PAGE}/save", f"{PAGE}/discard"])
@pytest.mark.parametrize(
    "headers", [{"x-csrf-token": "0" * 64}, {"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}]
)
def test_another_site_changes_nothing(editorial: Editorial, path: str, headers: dict[str, str]) -> None:
    editorial.standing(about_photos("可以。"))
    form = Form(editorial.li, "faq", "photo")
    form.type(answer="写着")
    body = {"kind": "faq", "id": "photo", "body": {**form.body, "answer": "他们的"}, "base": form.base, "version": 1}
    assert send(editorial.li, path, body, **headers).status_code == 403
    mine, draft = kept(editorial, "li")
    assert mine.body["answer"] == "写着" and draft is None


def test_a_new_unit_is_begun_from_our_own_page(editorial: Editorial) -> None:
    forged = editorial.li.http.post("/content/new/faq", data={"title": "x", "id": "forged"}, headers={"origin": HERE})
    assert forged.status_code == 403 and kept(editorial, "li", UnitKey("faq", "forged")) == (None, None)


@pytest.mark.parametrize(
    "id",
    [
        "..%2f..%2faudit",
        "a%2fb",
        "a%00b",
        "a%0d%0ab",
        "%e7%85%a7",
        "x" * 129,
        "a b",
        "<script>",
        "a?b",
        "a%25",
    ],
)
def test_a_strange_id_is_no_unit(editorial: Editorial, id: str) -> None:
    for rest in ("edit", "others"):
        assert editorial.li.get(f"/content/units/faq/{id}/{rest}").status_code in (404, 405)
    assert send(editorial.li, f"/content/units/faq/{id}/working", {"body": {}}).status_code in (404, 405)


@pytest.mark.parametrize("kind", ["unit", "Faq", "audit", "faq%2fphoto"])
def test_a_strange_kind_is_no_unit(editorial: Editorial, kind: str) -> None:
    assert editorial.li.get(f"/content/units/{kind}/photo/edit").status_code == 404
    assert editorial.li.get(f"/content/new/{kind}").status_code == 404
    assert editorial.li.get(f"/content/find/{kind}?text=x").status_code == 404
    assert send(editorial.li, PREVIEW, {"kind": kind, "id": "photo", "body": {}}).status_code == 422


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"[]", b"null", b"{", b'{"body": []}', b'{"body": "x"}', b'{"body": {}, "base": "1"}', b"\xff\xfe",
        b'{"body": {}, "base": -1}', b'{"body": {}, "base": true}',
        b'{"body": {"a": NaN}}', b'{"body": {"a": 1e999}}', b'{"body": {}, "base": 99999999999999999999}',
        b'{"body": ' + b'{"a": ' * 5000 + b"1" + b"}" * 5000 + b"}",
    ],
)  # fmt: skip
def test_what_is_no_form_is_refused(editorial: Editorial, raw: bytes) -> None:
    editorial.standing(about_photos())
    for path in (f"{PAGE}/working", f"{PAGE}/save"):
        assert send(editorial.li, path, raw=raw).status_code == 422
    assert send(editorial.li, PREVIEW, raw=raw).status_code == 422
    assert kept(editorial, "li") == (None, None)


def test_too_much_is_refused(editorial: Editorial) -> None:
    editorial.standing(about_photos())
    much = {"body": {"answer": "答" * 300_000}, "base": None, "version": 0}
    for path in (f"{PAGE}/working", f"{PAGE}/save", PREVIEW):
        assert send(editorial.li, path, much).status_code == 413
    assert kept(editorial, "li") == (None, None)


@pytest.mark.parametrize(
    "asked",
    [
        {"day": "2026-13-01"}, {"day": "明天"}, {"day": 20261201}, {"id": "../x"}, {"id": 7}, {"body": None},
    ],
)  # fmt: skip
def test_a_preview_of_nonsense_is_refused(editorial: Editorial, asked: dict[str, Any]) -> None:
    sent = {"kind": "faq", "id": "photo", "body": {"question": "问", "answer": "答"}, **asked}
    assert send(editorial.li, PREVIEW, sent).status_code == 422


@pytest.mark.parametrize(
    "asked",
    [
        {"region": "<script>"}, {"region": ["990101"]}, {"region": "1" * 99}, {"aspect": "../fee"}, {"aspect": {}},
        {"choices": []}, {"choices": {"a": {"b": 1}}}, {"choices": {"*": "*"}},
        {"day": "0001-01-01"}, {"day": "9999-12-31"},
    ],
)  # fmt: skip
def test_a_preview_leaves_out_what_it_does_not_know(editorial: Editorial, asked: dict[str, Any]) -> None:
    sent = {"kind": "item", "id": "card", "body": {"name": "补领", "aspects": {"fee": "不收费"}}, **asked}
    answer = send(editorial.li, PREVIEW, sent)
    assert answer.status_code == 200 and answer.json()["wechat"]


FILES = "/content/attachments"


def uploads(editorial: Editorial) -> int:
    return sum(action == "kb.attachment" for _, action, _ in editorial.office.audited())


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("name", ["申请表.pdf", "x.docx"])
def test_a_file_is_taken_by_its_content_and_not_by_its_name(editorial: Editorial, kind: str, name: str) -> None:
    claimed = {"content-type": "application/pdf"}
    answer = send(editorial.li, f"{FILES}?name={name}", raw=BAD[kind], **claimed)
    assert answer.status_code == 422 and "PDF" in answer.json()["error"] and uploads(editorial) == 0


@pytest.mark.parametrize("name", ["../../x.exe", "..%5c..%5cx", "%00", "x.html", "a%0d%0ab: c", "", "表" * 400])
def test_a_files_name_leads_nowhere(editorial: Editorial, name: str) -> None:
    kept = send(editorial.li, f"{FILES}?name={name}", raw=PDF).json()
    assert kept["name"].endswith(".pdf") and not set("/\\\r\n\0") & set(kept["name"])
    answer = editorial.li.get(f"{FILES}/{kept['digest']}")
    assert answer.content == PDF and answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_file_that_is_too_large_is_refused(editorial: Editorial) -> None:
    assert send(editorial.li, f"{FILES}?name=x.pdf", raw=PDF + b"\x00" * LARGEST).status_code == 413
    assert send(editorial.li, f"{FILES}?name=x.pdf", raw=b"").status_code == 422
    assert uploads(editorial) == 0
    assert send(editorial.li, f"{FILES}?name=x.pdf", raw=PDF.ljust(LARGEST, b"\x00")).status_code == 200


@pytest.mark.parametrize("headers", [{"x-csrf-token": "0" * 64}, {"origin": "https://evil.example"}])
def test_a_file_of_another_site_is_refused(editorial: Editorial, headers: dict[str, str]) -> None:
    assert send(editorial.li, f"{FILES}?name=x.pdf", raw=PDF, **headers).status_code == 403
    assert uploads(editorial) == 0


def test_a_unit_names_only_files_that_are_there(editorial: Editorial) -> None:
    editorial.standing(about_photos())
    form = Form(editorial.li, "faq", "photo")
    kept = send(editorial.li, f"{FILES}?name=表.pdf", raw=GOOD["pdf"]).json()
    ours = {"title": "申请表", "digest": kept["digest"], "name": kept["name"]}
    (fault,) = form.save(attachments=[ours, {**ours, "digest": "0" * 64}])["faults"]
    assert fault["path"] == "attachments.1.title" and "重新上传" in fault["text"]
    for name in ("../x.pdf", "x.exe", "x.pdf\n.exe", "x\u202efdp.exe.pdf"):
        assert form.save(attachments=[{**ours, "name": name}])["faults"][0]["path"] == "attachments.0.name"
    assert form.save(attachments=[ours]) == {"saved": True}
    with editorial.office.database.read() as tx:
        assert attachments.published_names(tx, kept["digest"]) == []


@pytest.mark.parametrize("digest", ["0" * 64, "x", "..%2f..%2fetc", "A" * 64, "%00"])
def test_what_is_no_file_is_not_found(editorial: Editorial, digest: str) -> None:
    assert editorial.li.get(f"{FILES}/{digest}").status_code == 404
