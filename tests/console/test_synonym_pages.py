"""Synonyms on the pages of the console: written by one, reviewed by another, published, taken back; and abused."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from console_people import HERE, Browser, Office
from content_office import Editorial, about_photos
from unit_editor import PREVIEW, Form, facts, send

from console.cookies import form_key
from foundation.cipher import Cipher
from knowledge_base.importing.pipeline import import_files
from knowledge_base.library import Library
from knowledge_base.model import ServiceItem, Synonym, UnitKey
from knowledge_base.store import drafts, releases

KEY = UnitKey("synonym", "permit")
PAGE = "/content/units/synonym/permit"
PERMIT = Synonym(id="permit", term="居住证", words=("暂住证", "居主卡"))
SCRIPT = "<script>alert(1)"
SPELLS = "居主卡怎么办"


@pytest.fixture
def editorial(office: Office, new_browser: Callable[[], Browser]) -> Editorial:
    return Editorial(office, new_browser)


@pytest.fixture
def everywhere(desk: Office) -> Editorial:
    """The editorial office on each kind of database."""
    return Editorial(desk, lambda: Browser(desk))


def begun(editorial: Editorial, browser: Browser | None = None) -> Form:
    """A new group's editor, as the page for new ones leads to it."""
    browser = browser or editorial.li
    answer = browser.post("/content/new/synonym", {"title": "居住证", "id": "permit"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}/edit")
    return Form(browser, "synonym", "permit")


def reading(editorial: Editorial, tmp_path: Path) -> Callable[[], str]:
    """How the published release reads a question."""
    library = Library(editorial.office.database, tmp_path / "vectors", "none", tmp_path / "models")

    def read() -> str:
        library.refresh()
        return library.snapshot.synonyms.officially(SPELLS)

    return read


def published(editorial: Editorial) -> Synonym | None:
    with editorial.office.database.read() as tx:
        stored = releases.find(tx, releases.current(tx), KEY)
    assert stored is None or isinstance(stored.unit, Synonym)
    return stored.unit if stored else None


def test_written_reviewed_by_another_published_and_taken_back(everywhere: Editorial, tmp_path: Path) -> None:
    read = reading(everywhere, tmp_path)
    assert "新建同义词" in everywhere.li.get("/content").text
    form = begun(everywhere)
    assert form.facts["answers"] is False and form.body["term"] == "居住证"
    assert form.save(words=["暂住证", "居主卡"]) == {"saved": True}
    assert read() == SPELLS, "a draft is in force nowhere"

    assert everywhere.li.post(f"{PAGE}/submit").status_code == 303
    number = re.search(r'name="revision" value="(\d*)"', everywhere.wang.get(PAGE).text)
    assert number is not None
    own = everywhere.li.post(f"{PAGE}/approve", {"revision": number[1]})
    assert own.status_code == 403, "an editor reviews nothing"
    assert everywhere.wang.post(f"{PAGE}/approve", {"revision": number[1]}).status_code == 303
    shown = everywhere.chen.get(f"/content/publish?unit={KEY}").text
    assert "没有发现问题" in shown and "居主卡" in shown, "and nobody asks for its sources"
    assert everywhere.chen.post("/content/publish", {"unit": str(KEY)}).status_code == 303
    assert published(everywhere) == Synonym(**{**form.body, "id": "permit"})
    assert read() == "居住证怎么办"

    page = everywhere.chen.get(PAGE).text
    assert "发布历史" in page and "/content/records?kind" not in page and "recalls/new" not in page
    everywhere.write(PERMIT.copy(update={"words": ("暂住证",)}))
    everywhere.pass_review(KEY)
    assert everywhere.chen.post("/content/publish", {"unit": str(KEY)}).status_code == 303
    assert read() == SPELLS
    revision = re.search(r'rollback">.*?name="revision" value="(\d+)"', everywhere.chen.get(PAGE).text, re.DOTALL)
    assert revision is not None
    assert everywhere.chen.post(f"{PAGE}/rollback", {"revision": revision[1]}).status_code == 303
    assert read() == "居住证怎么办"

    done = everywhere.office.audited()
    for account, act in (("li", "kb.draft"), ("li", "kb.submitted"), ("wang", "kb.approved")):
        assert (account, act, str(KEY)) in done
    assert {act for account, act, _ in done if account == "chen"} >= {"kb.publish", "kb.rollback"}


def test_who_wrote_it_lets_it_pass_nowhere(editorial: Editorial) -> None:
    boss = editorial.seat("boss", "supervisor")
    begun(editorial, boss).save(words=["暂住证"])
    boss.post(f"{PAGE}/submit")
    revision = re.search(r'name="revision" value="(\d*)"', boss.get(PAGE).text)
    assert revision is not None
    refused = boss.post(f"{PAGE}/approve", {"revision": revision[1]})
    assert refused.status_code == 403 and "自己" in refused.text


@pytest.mark.parametrize(
    ("words", "path", "told"),
    [
        ([], "words", "请填写"),
        (["证"], "words", "两个到二十个字"),
        (["暂住证", "暫住證"], "words", "写了两遍"),
        (["户口迁移证明"], "words", "item:move"),
        (["外来户"], "words", "流动人口登记"),
        (["流动人口登记"], "words", "请把两组合成一组"),
    ],
)
def test_what_cannot_hold_is_told_when_it_is_saved(
    editorial: Editorial, words: list[str], path: str, told: str
) -> None:
    editorial.standing(
        ServiceItem(id="move", name="户口迁移证明"), Synonym(id="other", term="流动人口登记", words=("外来户",))
    )
    said = begun(editorial).save(words=words) if words else begun(editorial).save()
    assert [fault["path"] for fault in said["faults"]] == [path] and told in said["faults"][0]["text"]


def test_what_has_come_between_is_told_before_publishing(editorial: Editorial) -> None:
    editorial.write(PERMIT)
    editorial.pass_review(KEY)
    editorial.standing(ServiceItem(id="card", name="居主卡"))
    shown = editorial.chen.get(f"/content/publish?unit={KEY}").text
    assert "必须改正" in shown and "item:card" in shown
    assert editorial.chen.post("/content/publish", {"unit": str(KEY)}).status_code == 409
    assert published(editorial) is None


def test_the_list_finds_it_by_its_words_and_kind(editorial: Editorial) -> None:
    editorial.standing(PERMIT, about_photos())
    assert PAGE in editorial.li.get("/content?words=居主卡").text
    of_kind = editorial.li.get("/content?kind=synonym").text
    assert PAGE in of_kind and "/content/units/faq/photo" not in of_kind
    never = editorial.li.get("/content?due=never").text
    assert "/content/units/faq/photo" in never and PAGE not in never


def test_it_goes_with_a_change_order_and_in_bulk(editorial: Editorial) -> None:
    editorial.write(PERMIT)
    answer = editorial.li.post("/content/bulk", {"act": "submit", "unit": str(KEY)})
    assert answer.status_code == 303
    with editorial.office.database.read() as tx:
        draft = drafts.draft(tx, KEY)
    assert draft is not None and draft.state == drafts.IN_REVIEW


# what somebody may try


def test_another_departments_words_are_opened_and_changed_by_no_way(editorial: Editorial) -> None:
    ours = editorial.seat("minzheng", "editor", department="民政")
    editorial.write(PERMIT.copy(update={"department": "公安"}), "gongan")
    body = {"body": {"term": "居住证", "words": ["暂住证"]}, "base": None, "version": 0}
    for answer in (
        ours.get(f"{PAGE}/edit"),
        ours.get(PAGE),
        send(ours, f"{PAGE}/working", body),
        send(ours, f"{PAGE}/save", body),
        ours.post(f"{PAGE}/submit"),
        ours.post(f"{PAGE}/drop"),
    ):
        assert answer.status_code == 404 and "居主卡" not in answer.text
    assert PAGE not in ours.get("/content?kind=synonym").text
    editorial.standing(PERMIT.copy(update={"department": "公安"}))
    assert ours.get(PAGE).status_code == 200, "what is published is public"
    assert send(ours, f"{PAGE}/save", body).status_code == 403
    assert ours.post(f"{PAGE}/remove").status_code == 403


def test_only_editors_write(editorial: Editorial) -> None:
    editorial.standing(PERMIT)
    for browser in (editorial.wang, editorial.seat("audit", "auditor"), editorial.seat("ann", "agent")):
        assert browser.get("/content/new/synonym").status_code == 403
        assert browser.get(f"{PAGE}/edit").status_code == 403
        assert send(browser, f"{PAGE}/save", {"body": {}, "base": None}).status_code == 403


def test_script_in_a_term_is_text_wherever_it_stands(editorial: Editorial) -> None:
    said = {"term": SCRIPT, "words": ["<img src=x>", "</script><b>"]}
    editorial.write(Synonym(id="permit", **said))
    for answer in (
        editorial.li.get(PAGE),
        editorial.li.get("/content?kind=synonym"),
        editorial.li.get(f"{PAGE}/edit"),
        editorial.wang.get("/content/review"),
    ):
        assert answer.status_code == 200
        assert SCRIPT not in answer.text and "<img src=x" not in answer.text and "</script><b>" not in answer.text
    assert facts(editorial.li.get(f"{PAGE}/edit"))["body"]["term"] == SCRIPT
    editorial.pass_review(KEY)
    assert SCRIPT not in editorial.chen.get(f"/content/publish?unit={KEY}").text


def test_pattern_characters_are_letters(editorial: Editorial, tmp_path: Path) -> None:
    read = reading(editorial, tmp_path)
    editorial.standing(PERMIT.copy(update={"words": (".*", "(居主卡", "[a-z]+", "\\1居")}))
    assert read() == SPELLS


def test_forged_and_strange_requests(editorial: Editorial) -> None:
    editorial.standing(PERMIT)
    body = {"body": {"term": "居住证", "words": ["暂住证"]}, "base": None, "version": 0}
    assert send(editorial.li, f"{PAGE}/save", body, **{"x-csrf-token": "forged"}).status_code == 403
    assert send(editorial.li, PREVIEW, {"kind": "synonym", "id": "permit", "body": {}}).status_code == 422
    for words in ("暂住证", {"a": 1}, [["暂住证"]], [None], ["x" * 10_000], ["暂住证"] * 5000):
        answer = send(editorial.li, f"{PAGE}/save", {"body": {"term": "居住证", "words": words}, "base": None})
        assert answer.status_code == 200 and answer.json()["faults"], words
    for id in ("..", "a%2Fb", "a b"):
        assert editorial.li.get(f"/content/units/synonym/{id}").status_code == 404
    similar = editorial.li.post("/content/try/similar", {"kind": "synonym", "id": "permit", "text": "居主卡"})
    assert similar.status_code in (200, 422) and published(editorial) == PERMIT


@pytest.mark.parametrize("form", ["xlsx", "yaml", "jsonl"])
def test_exported_and_imported_again_nothing_differs(editorial: Editorial, form: str, tmp_path: Path) -> None:
    editorial.standing(PERMIT, Synonym(id="formula", term="=1+1", words=("@SUM(1)", "-居|卡"), department="民政"))
    content = editorial.li.get(f"/content/export/file?form={form}&kind=synonym").content
    name = {"xlsx": "k.xlsx", "yaml": "k.zip", "jsonl": "k.jsonl"}[form]
    file = tmp_path / name
    file.write_bytes(content)
    if form == "yaml":
        zipfile.ZipFile(file).extractall(tmp_path / "content")
        file = tmp_path / "content"
    report = import_files(editorial.office.database, [file], "li", editorial.office.clock.now())
    assert (report.units, report.unchanged) == ({}, 2)


def test_an_import_page_shows_what_a_file_would_change(editorial: Editorial) -> None:
    editorial.standing(PERMIT)
    line = (
        '{"kind": "synonym", "id": "permit", "term": "居住证", "words": ["暂住证"]}\n{"kind": "synonym", "words": []}'
    )
    fields = {"csrf": form_key(Cipher(editorial.office.settings.key()), editorial.li.token or ""), "source": ""}
    files = {"file": ("words.jsonl", line.encode())}
    sent = editorial.li.http.post("/content/import", data=fields, files=files, headers={"origin": HERE})
    assert sent.status_code == 303
    shown = editorial.li.get(sent.headers["location"]).text
    assert "居住证" in shown and "words.jsonl" in shown and "居主卡" in shown
