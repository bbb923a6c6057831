"""The page about quality: what is found, who sees and does what, and that nothing is published by it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from console_people import Browser, Office
from content_office import Editorial, about_photos

from knowledge_base.model import Faq, ServiceItem, UnitKey
from knowledge_base.model.unit import Owner, Source
from knowledge_base.quality import check
from knowledge_base.store import drafts, releases

PAGE = "/content/quality"
LAW = (Source(title="居民身份证法"),)


@pytest.fixture
def editorial(office: Office, new_browser: Callable[[], Browser]) -> Editorial:
    return Editorial(office, new_browser)


def permit(department: str = "公安") -> ServiceItem:
    line = {"text": "去窗口", "office": None}
    aspects = {"fee": [{"amount": 10}], "duration": ["当场"], "process": [line], "place": [line], "materials": []}
    owner = Owner(department=department)
    return ServiceItem(id="permit", name="通行证办理", owner=owner, sources=LAW, aspects=aspects)


def fee(answer: str = "工本费20元。", department: str = "公安", id: str = "fee") -> Faq:
    owner = Owner(department=department)
    return Faq(id=id, question=f"通行证{id}多少钱", answer=answer, item="permit", owner=owner, sources=LAW)


def digests(page: str, act: str = "stay") -> list[str]:
    return re.findall(rf'name="one" value="{act}:(\w+)"', page)


def problems(editorial: Editorial) -> list[str]:
    with editorial.office.database.read() as tx:
        return [one.problem for one in check(tx, editorial.office.clock.now())]


def test_a_finding_is_shown_with_its_cure_and_repair_and_the_score(editorial: Editorial) -> None:
    editorial.standing(permit(), fee())
    page = editorial.li.get(PAGE).text
    assert "写收费20元" in page and "请两边核对" in page and "看另一条：通行证办理" in page
    assert ("<del>2</del>" in page and "<ins>1</ins>" in page) or ("<del>20</del>" in page and "<ins>10</ins>" in page)
    assert "75.0" in page  # of two units one has a warning


def test_an_accepted_repair_becomes_a_draft_and_publishes_nothing(editorial: Editorial) -> None:
    editorial.standing(permit(), fee())
    [digest] = digests(editorial.li.get(PAGE).text, "repair")
    done = editorial.li.post(PAGE, {"one": f"repair:{digest}"})
    assert done.status_code == 303 and "told=repaired" in done.headers["location"]
    assert "已按改法保存 1 条草稿" in editorial.li.get(done.headers["location"]).text
    with editorial.office.database.read() as tx:
        [draft] = drafts.drafts(tx)
        assert draft.account == "li" and isinstance(draft.unit, Faq) and draft.unit.answer == "工本费10元。"
        assert releases.current(tx) == 1
    assert problems(editorial) == []
    assert ("li", "kb.finding.repaired", "faq:fee") in editorial.office.audited()
    assert editorial.li.post(PAGE, {"one": f"repair:{digest}"}).status_code == 409


def test_what_may_stay_needs_a_reason_and_comes_again_when_the_text_changes(editorial: Editorial) -> None:
    editorial.standing(permit(), fee())
    [digest] = digests(editorial.li.get(PAGE).text)
    assert editorial.li.post(PAGE, {"one": f"stay:{digest}"}).status_code == 422
    stays = {"one": f"stay:{digest}", f"reason:{digest}": "含邮寄费"}
    assert editorial.li.post(PAGE, stays).status_code == 303
    assert problems(editorial) == [] and "没有符合条件" in editorial.li.get(PAGE).text
    editorial.write(fee("工本费20元。请带身份证。"))
    assert problems(editorial) == []  # what was judged says the same
    editorial.write(fee("工本费20元，可以刷卡。"))
    assert len(problems(editorial)) == 1


def test_a_refused_repair_is_not_proposed_again_and_the_contradiction_stays(editorial: Editorial) -> None:
    editorial.standing(permit(), fee())
    [digest] = digests(editorial.li.get(PAGE).text, "refuse")
    assert editorial.li.post(PAGE, {"one": f"refuse:{digest}"}).status_code == 303
    page = editorial.li.get(PAGE).text
    assert "写收费20元" in page and digests(page, "repair") == []


def test_advice_is_done_with_when_its_repair_is_refused(editorial: Editorial) -> None:
    editorial.standing(about_photos("材料不全的要补正。"))
    [digest] = digests(editorial.li.get(PAGE).text, "refuse")
    editorial.li.post(PAGE, {"one": f"refuse:{digest}"})
    assert problems(editorial) == []


def test_all_of_one_kind_are_settled_at_once_and_only_of_one_kind(editorial: Editorial) -> None:
    editorial.standing(
        permit(), *(fee(id=f"fee{n}", answer=f"手续费{n + 20}元。") for n in range(3)), about_photos("要补正。")
    )
    everything = {"act": "stay", "all": "1", "reason": "已核对"}
    assert editorial.li.post(PAGE, everything).status_code == 422
    done = editorial.li.post(PAGE, {**everything, "sort": "between"})
    assert "done=3" in done.headers["location"]
    assert [text[:4] for text in problems(editorial)] == ["“补正”"]
    assert editorial.li.post(PAGE, {"act": "repair"}).status_code == 422


def test_only_ones_own_drafts_are_seen_and_only_ones_own_units_acted_on(editorial: Editorial) -> None:
    police = editorial.seat("zhou", "editor", department="公安")
    tax = editorial.seat("qian", "editor", department="税务")
    editorial.standing(permit(), fee("工本费10元。"))
    editorial.write(fee("工本费机密30元。"), "zhou")
    assert "机密" not in tax.get(f"{PAGE}?department=").text
    assert "机密" in police.get(PAGE).text
    [digest] = digests(police.get(PAGE).text)
    stays = {"one": f"stay:{digest}", f"reason:{digest}": "我说的"}
    assert tax.post(PAGE, stays).status_code == 409  # there is no such finding for them
    editorial.standing(fee("工本费40元。"))
    page = tax.get(f"{PAGE}?department=").text
    assert "写收费40元" in page and digests(page) == []
    shown = re.findall(r"reason:(\w{64})", police.get(PAGE).text)
    assert tax.post(PAGE, {"one": f"stay:{shown[0]}", f"reason:{shown[0]}": "我说的"}).status_code == 403


def test_readers_see_and_do_not_act(editorial: Editorial) -> None:
    editorial.standing(permit(), fee())
    reader = editorial.seat("sun", "auditor")
    page = reader.get(PAGE).text
    assert "写收费20元" in page and "可以不改</button>" not in page
    assert reader.post(PAGE, {"act": "stay"}).status_code == 403


def test_a_draft_under_review_is_not_touched(editorial: Editorial) -> None:
    editorial.standing(permit())
    editorial.write(fee())
    assert editorial.li.post("/content/units/faq/fee/submit").status_code == 303
    [digest] = digests(editorial.li.get(PAGE).text, "repair")
    assert editorial.li.post(PAGE, {"one": f"repair:{digest}"}).status_code == 409
    with editorial.office.database.read() as tx:
        held = drafts.draft(tx, UnitKey("faq", "fee"))
        assert held is not None and isinstance(held.unit, Faq) and held.unit.answer == "工本费20元。"


def test_what_stands_in_a_text_is_no_markup(editorial: Editorial) -> None:
    editorial.standing(about_photos("<script>alert(1)</script>要补正。"))
    page = editorial.li.get(PAGE).text
    assert "&lt;script&gt;" in page and "<script>alert" not in page


@pytest.mark.parametrize(
    "query", ["?page=999999", "?page=-1", "?sort=<x>", "?severity=9", "?department=%00", "?told=done&done=<x>"]
)
def test_odd_addresses_are_harmless(editorial: Editorial, query: str) -> None:
    editorial.standing(permit(), fee())
    assert editorial.li.get(f"{PAGE}{query}").status_code == 200


def test_a_contradiction_between_units_waits_for_a_named_person(editorial: Editorial) -> None:
    editorial.standing(permit())
    editorial.write(fee())
    editorial.pass_review(UnitKey("faq", "fee"))
    publish = {"unit": "faq:fee", "note": "新问题"}
    refused = editorial.chen.post("/content/publish", publish)
    assert refused.status_code == 409 and "写收费20元" in refused.text
    [digest] = re.findall(r'name="accept" value="(\w{64})"', refused.text)
    consent = {**publish, "accept": digest, "reason": "含邮寄费"}
    assert "told=published" in editorial.chen.post("/content/publish", consent).headers["location"]
    assert problems(editorial) == []


def test_a_contradiction_that_may_stay_does_not_wait_again(editorial: Editorial) -> None:
    editorial.standing(permit())
    editorial.write(fee())
    [digest] = digests(editorial.li.get(PAGE).text)
    editorial.chen.post(PAGE, {"one": f"stay:{digest}", f"reason:{digest}": "含邮寄费"})
    editorial.pass_review(UnitKey("faq", "fee"))
    done = editorial.chen.post("/content/publish", {"unit": "faq:fee", "note": "新问题"})
    assert done.status_code == 303
