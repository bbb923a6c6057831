"""Writing a unit: what is typed is kept, made the draft, and overwrites nobody's; and what its preview shows."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from console_people import Browser, Office
from content_office import PAGE, PHOTO, Editorial, about_photos
from unit_editor import Form, facts, send

from knowledge_base.editing import working
from knowledge_base.model import Office as Hall
from knowledge_base.model import ServiceItem, Unit, UnitKey, parse_unit
from knowledge_base.store import drafts, releases

CARD = UnitKey("item", "card")


@pytest.fixture
def editorial(office: Office, new_browser: Callable[[], Browser]) -> Editorial:
    return Editorial(office, new_browser)


@pytest.fixture
def everywhere(desk: Office) -> Editorial:
    """The editorial office on each kind of database."""
    return Editorial(desk, lambda: Browser(desk))


def drafted(editorial: Editorial, key: UnitKey = PHOTO) -> Unit | None:
    with editorial.office.database.read() as tx:
        draft = drafts.draft(tx, key)
    return draft.unit if draft else None


def a_card(**aspects: object) -> ServiceItem:
    unit = parse_unit({"kind": "item", "id": "card", "name": "身份证补领", "aspects": aspects})
    assert isinstance(unit, ServiceItem)
    return unit


def test_what_is_typed_is_kept_and_made_the_draft(everywhere: Editorial) -> None:
    everywhere.standing(about_photos("可以自己带。"))
    form = Form(everywhere.li, "faq", "photo")
    assert form.body["answer"] == "可以自己带。" and (form.version, form.facts["kept_at"]) == (0, None)
    form.type(answer="要现场")
    again = Form(everywhere.li, "faq", "photo")
    assert (
        again.body["answer"] == "要现场" and again.facts["kept_at"] and again.facts["began"]["answer"] == "可以自己带。"
    )
    assert drafted(everywhere) is None
    again.type(answer="要现场拍。")
    assert again.save() == {"saved": True}
    assert drafted(everywhere) == about_photos("要现场拍。")
    assert Form(everywhere.li, "faq", "photo").facts["kept_at"] is None
    assert ("li", "kb.draft", "faq:photo") in everywhere.office.audited()
    assert everywhere.answer() == "可以自己带。"


def test_what_is_not_filled_in_is_told_at_its_field_and_stays(editorial: Editorial) -> None:
    editorial.standing(a_card())
    form = Form(editorial.li, "item", "card")
    form.type(aspects={"materials": {"dated": [{"value": [{"count": "两"}]}]}})
    said = form.save(name="")
    assert {fault["path"]: fault["text"] for fault in said["faults"]} == {
        "name": "请填写。",
        "aspects.materials.dated.0.value.0.name": "请填写。",
        "aspects.materials.dated.0.value.0.count": "请填写整数。",
    }
    assert drafted(editorial, CARD) is None
    assert Form(editorial.li, "item", "card").body["aspects"]["materials"]["dated"][0]["value"] == [{"count": "两"}]


def test_a_second_editor_is_told_and_overwrites_nothing(everywhere: Editorial) -> None:
    everywhere.standing(about_photos("可以。"))
    li, zhao = Form(everywhere.li, "faq", "photo"), Form(everywhere.seat("zhao", "editor"), "faq", "photo")
    assert li.type(answer="李四写的。")["others"] == []
    (other,) = zhao.type(answer="赵六写的。")["others"]
    assert other["name"] == "li"
    assert [one["name"] for one in li.browser.get(f"{PAGE}/others").json()["others"]] == ["zhao"]
    assert li.save() == {"saved": True}
    said = zhao.save()
    assert "li" in said["error"] and said["theirs"]["body"]["answer"] == "李四写的。"
    assert drafted(everywhere) == about_photos("李四写的。")
    later = Form(everywhere.seat("zhao", "editor"), "faq", "photo")
    assert later.body["answer"] == "赵六写的。"  # nothing is lost
    assert later.facts["stands"] == said["theirs"] and later.facts["began"]["answer"] == "可以。"
    zhao.base = said["theirs"]["base"]
    assert zhao.save(answer="两个人商量好的。") == {"saved": True}
    assert drafted(everywhere) == about_photos("两个人商量好的。")


def test_what_came_from_elsewhere_meanwhile_overwrites_nothing(editorial: Editorial) -> None:
    editorial.standing(about_photos("可以。"))
    form = Form(editorial.li, "faq", "photo")
    form.type(answer="正在写")
    editorial.write(about_photos("导入的。"), account="an-import")
    said = form.save()
    assert said["theirs"]["who"] == "an-import" and "an-import" in said["error"]
    assert Form(editorial.li, "faq", "photo").facts["stands"] == said["theirs"]


def test_a_second_tab_is_shown_what_the_first_has_kept(editorial: Editorial) -> None:
    editorial.standing(about_photos("可以。"))
    first, second = Form(editorial.li, "faq", "photo"), Form(editorial.li, "faq", "photo")
    first.type(answer="第一个页面")
    theirs = second.type(answer="第二个页面")["theirs"]
    assert theirs["body"]["answer"] == "第一个页面"
    second.version = theirs["version"]
    assert second.type(answer="合起来")["version"] == theirs["version"] + 1
    assert second.save() == {"saved": True}
    assert "version" in first.type(answer="第一个页面接着写")  # what it began from is kept with it
    assert "两边" in first.save()["error"] and drafted(editorial) == about_photos("合起来")


def test_a_new_unit_is_begun_by_its_title(editorial: Editorial) -> None:
    li = editorial.seat("li", "editor", department="公安")
    begun = li.post("/content/new/faq", {"title": "照片可以自己带吗", "id": ""})
    assert begun.status_code == 303
    kind, id = begun.headers["location"].split("/")[3:5]
    form = Form(li, kind, id)
    assert form.body == {
        "question": "照片可以自己带吗", "department": "公安", "owner": {"person": "li", "department": "公安"},
    }  # fmt: skip
    assert form.save()["faults"] == [{"path": "answer", "text": "请填写。"}]
    assert form.save(answer="可以。") == {"saved": True}
    assert drafted(editorial, UnitKey(kind, id)) is not None


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"title": "", "id": "x"}, "请填写名称"),
        ({"title": "x", "id": "photo"}, "已经有了"),
        ({"title": "x", "id": "照片"}, "编号要用"),
        ({"title": "x", "id": "a/b"}, "编号要用"),
        ({"title": "x", "id": ".."}, "编号要用"),
        ({"title": "x", "id": "x" * 129}, "编号要用"),
    ],
)
def test_a_new_unit_needs_a_title_and_an_id_of_its_own(editorial: Editorial, fields: dict[str, str], says: str) -> None:
    editorial.standing(about_photos())
    answer = editorial.li.post("/content/new/faq", fields)
    assert answer.status_code == 422 and says in answer.text
    assert editorial.li.get("/content/new/unit").status_code == 404


def test_a_working_copy_is_thrown_away(editorial: Editorial) -> None:
    editorial.standing(about_photos("可以。"))
    form = Form(editorial.li, "faq", "photo")
    form.type(answer="写错了")
    assert editorial.li.post(f"{PAGE}/discard").headers["location"] == f"{PAGE}/edit"
    assert Form(editorial.li, "faq", "photo").body["answer"] == "可以。"
    editorial.li.post("/content/new/faq", {"title": "不要了", "id": "gone"})
    assert editorial.li.post("/content/units/faq/gone/discard").headers["location"] == "/content"
    assert editorial.li.get("/content/units/faq/gone/edit").status_code == 404


def test_what_was_begun_is_found_again(editorial: Editorial) -> None:
    editorial.standing(about_photos())
    Form(editorial.li, "faq", "photo").type(question="<b>照片</b>能自己带吗")
    editorial.li.post("/content/new/item", {"title": "居住证申领", "id": "residence"})
    page = editorial.li.get("/content/unfinished").text
    assert "居住证申领" in page and "&lt;b&gt;照片&lt;/b&gt;能自己带吗" in page
    assert 'href="/content/units/item/residence/edit"' in page and page.count("新建</span>") == 1
    assert "居住证申领" not in editorial.seat("zhao", "editor").get("/content/unfinished").text
    gone = editorial.li.post("/content/units/item/residence/discard", {"from": "unfinished"})
    assert gone.headers["location"] == "/content/unfinished"
    assert "居住证申领" not in editorial.li.get("/content/unfinished").text


def test_a_draft_under_review_says_so_and_is_not_changed(editorial: Editorial) -> None:
    editorial.write(about_photos())
    editorial.li.post(f"{PAGE}/submit")
    assert "正在审核" in editorial.li.get(f"{PAGE}/edit").text
    form = Form(editorial.li, "faq", "photo")
    form.type(answer="不行。")
    answer = send(editorial.li, f"{PAGE}/save", {"body": form.body, "base": form.base})
    assert answer.status_code == 409 and "撤回" in answer.json()["error"]


def test_what_a_form_cannot_hold_is_taken_as_it_can(editorial: Editorial) -> None:
    editorial.standing(about_photos())
    form = Form(editorial.li, "faq", "photo")
    form.type(answer="可\x00以\ud800")
    assert Form(editorial.li, "faq", "photo").body["answer"] == "可以?"


def test_the_preview_is_what_citizens_will_read(editorial: Editorial) -> None:
    hall = Hall(id="hall", name="政务大厅", address="明镜路1号")
    editorial.standing(a_card(fee=[{"amount": 20}]), hall)
    form = Form(editorial.li, "item", "card")
    form.body["aspects"] = {
        "fee": {"dated": [{"value": [{"amount": "20"}]}, {"since": "2026-12-01", "value": [{"amount": "10"}]}]},
        "place": {"dated": [{"value": [{"text": "二楼窗口", "office": "hall"}]}]},
        "process": {"dated": [{"value": [{"text": "申请。"}, {"text": "领证。"}]}]},
    }
    now, later = form.preview(aspect="fee"), form.preview(aspect="fee", day="2026-12-01")
    ((bubble,),) = now["wechat"]
    assert (
        bubble["text"].startswith("【智能助手】") and "20元" in bubble["text"] and "从2026年12月1日起" in bubble["text"]
    )
    assert now["web"]["custom"]["answer"]["aspect"] == "fee" and "20元" in now["web"]["text"]
    assert "10元" in later["wechat"][0][0]["text"] and "20元" not in later["wechat"][0][0]["text"]
    assert "明镜路1号" in form.preview(aspect="place")["wechat"][0][0]["text"]
    steps = form.preview(aspect="process")
    assert len(steps["elderly"]) == 2 > len(steps["wechat"]) and "第1步，共2步" in steps["elderly"][0][0]["text"]
    assert drafted(editorial, CARD) is None


def test_the_preview_offers_what_is_to_be_chosen(editorial: Editorial) -> None:
    options = [{"id": "local", "title": "本市户口"}, {"id": "other", "title": "外地户口"}]
    many = [{"name": f"材料{n}的全称", "when": {"hukou": ["local" if n % 2 else "other"]}} for n in range(30)]
    editorial.standing(a_card())
    form = Form(editorial.li, "item", "card")
    form.body |= {
        "situations": [{"id": "hukou", "question": "户口在哪里？", "options": options}],
        "aspects": {"materials": {"dated": [{"value": many}]}},
    }
    asked = form.preview(aspect="materials")
    assert asked["wechat"][0][0]["choices"] == ["1. 本市户口", "2. 外地户口"]
    told = form.preview(aspect="materials", choices={"hukou": "other"})
    assert "材料2的全称" in told["web"]["text"] and "材料3的全称" not in told["web"]["text"]
    assert told["tried"][0]["name"] == "申请材料" and "材料3的全称" not in told["tried"][0]["text"]


def test_a_preview_of_what_is_half_filled_in_tells_what_is_missing(editorial: Editorial) -> None:
    editorial.standing(about_photos())
    form = Form(editorial.li, "faq", "photo")
    form.body["answer"] = ""
    assert form.preview() == {"faults": [{"path": "answer", "text": "请填写。"}]}


def test_units_are_found_for_fields_that_name_them(editorial: Editorial) -> None:
    editorial.standing(a_card(), about_photos())
    editorial.write(about_photos(id="secret", question="还没有发布的照片"))
    assert editorial.li.get("/content/find/item?text=补领").json() == {"found": [{"id": "card", "title": "身份证补领"}]}
    assert [one["id"] for one in editorial.li.get("/content/find/faq?text=照片").json()["found"]] == ["photo"]
    assert editorial.li.get("/content/find/item?text=").json() == {"found": []}
    package = parse_unit({"kind": "package", "id": "move", "name": "搬家", "steps": [{"item": "card"}]})
    editorial.standing(package)
    assert facts(editorial.li.get("/content/units/package/move/edit"))["titles"] == {"item:card": "身份证补领"}


def test_nothing_typed_is_lost_where_the_unit_was_removed(editorial: Editorial) -> None:
    editorial.standing(about_photos("可以。"))
    form = Form(editorial.li, "faq", "photo")
    form.type(answer="正在改")
    with editorial.office.database.write() as tx:
        releases.delete_draft(tx, PHOTO, "old", editorial.office.clock.now())
        releases.publish(tx, "old", "", editorial.office.clock.now())
    assert "重新添加" in form.save()["removed"]
    with editorial.office.database.read() as tx:
        mine = working.read(tx, PHOTO, "li")
    assert mine is not None and mine.body["answer"] == "正在改"
    again = Form(editorial.li, "faq", "photo")
    assert (again.body["answer"], again.base, again.facts["stands"]) == ("正在改", None, None)
    assert again.save() == {"saved": True}
