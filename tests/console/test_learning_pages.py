"""没答好的问题 over the pages: from what was refused to a draft that was tried, or aside."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
import yaml
from console_people import Browser, Office
from content_office import Editorial, about_photos
from trained_language import trained

from desk import tasks
from desk.tasks import NewTask
from foundation.settings import Settings
from insights import recording
from insights.recording import Turn
from knowledge_base.model import Faq, UnitKey, parse_unit
from knowledge_base.store import drafts

POLICE, CIVIL = "公安局", "民政局"
LIST = "/content/learning"
KITES = ("海滩能放风筝吗", "请问海滩能放风筝吗", "可以在海滩放风筝吗")
ANSWER = "可以，起风时请不要放。"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Models, but for the sentence encoder."""
    shutil.copytree(trained(), settings.model_dir / "language")
    return settings.copy(update={"encoder": "none"})


@pytest.fixture
def editorial(desk: Office, new_browser: Callable[[], Browser]) -> Editorial:
    """The small town, on each kind of database."""
    editorial = Editorial(desk, new_browser)
    town = yaml.safe_load((Path(__file__).parents[1] / "fixtures" / "small_town.yaml").read_text(encoding="utf-8"))
    editorial.standing(*map(parse_unit, town), about_photos("可以。", department=POLICE))
    return editorial


@pytest.fixture
def new_browser(desk: Office) -> Callable[[], Browser]:
    return lambda: Browser(desk)


@pytest.fixture
def asked(editorial: Editorial) -> Callable[..., None]:
    """Turns that were refused, each by another citizen, a minute apart."""
    minutes = iter(range(-900, 0))

    def put(*texts: str, **fields: object) -> None:
        with editorial.office.database.write() as tx:
            for text in texts:
                minute = next(minutes)
                at = editorial.office.clock.now() + timedelta(minutes=minute)
                values = {"conversation": f"web:{minute}", "channel": "web", "kind": "fallback", "decision": "refused"}
                values |= {"record": f"AAAA-{minute + 1000:04}", "question": text, **fields}
                recording.write(tx, Turn(at=at, **values))  # type: ignore[arg-type]

    return put


def only_cluster(browser: Browser) -> str:
    """The address of the one cluster in the list."""
    [found] = set(re.findall(rf'href="({LIST}/\w{{12}})"', browser.get(LIST).text))
    return str(found)


def draft_of(editorial: Editorial, key: UnitKey) -> Faq | None:
    with editorial.office.database.read() as tx:
        found = drafts.draft(tx, key)
    return None if found is None else found.unit  # type: ignore[return-value]


def test_what_was_refused_is_listed_once_with_counts(editorial: Editorial, asked: Callable[..., None]) -> None:
    asked(*KITES)
    asked("海滩能放风筝吗", channel="wechat", region="990102")
    asked("护照多少钱", kind="item", decision="answered")
    page = editorial.li.get(LIST).text
    assert "海滩能放风筝吗" in page and "4 次" in page and "护照多少钱" not in page
    assert "公众号 1" in page and "网页 3" in page
    one = editorial.li.get(only_cluster(editorial.li)).text
    assert all(text in one for text in KITES) and "4 人问了 4 次" in one


def test_a_new_faq_is_tried_before_it_is_a_draft(editorial: Editorial, asked: Callable[..., None]) -> None:
    asked(*KITES)
    cluster = only_cluster(editorial.li)
    fields = [("own", "海滩可以放风筝吗"), *(("question", text) for text in KITES[:2])]
    form = {"own": "海滩可以放风筝吗", "question": list(KITES[:2]), "answer": ANSWER, "target": "new"}
    tried = editorial.li.post("/content/propose/try", form)
    assert tried.status_code == 200 and "以后有回答的：3 个" in tried.text and "以后会变的：0 个" in tried.text
    with editorial.office.database.read() as tx:
        assert drafts.drafts(tx) == [], "nothing is kept yet"
    done = editorial.li.post("/content/propose", form)
    assert done.status_code == 303 and "told=drafted" in done.headers["location"]
    unit = draft_of(editorial, UnitKey("faq", done.headers["location"].split("?")[0].rsplit("/", 1)[1]))
    assert unit is not None and unit.questions() == (fields[0][1], *KITES[:2]) and unit.answer == ANSWER
    assert "已有草稿" in editorial.li.get(cluster).text and "已有草稿" in editorial.li.get(LIST).text


def test_one_click_makes_similar_questions_of_a_unit(editorial: Editorial, asked: Callable[..., None]) -> None:
    card = UnitKey("faq", "library-card")
    asked(
        "看书用的小本子没了",
        "看书用的小本子咋找",
        candidates=[{"kind": "faq", "id": "library-card", "confidence": 0.4}],
    )
    page = editorial.li.get(only_cluster(editorial.li)).text
    assert 'value="faq:library-card"' in page
    form = {"question": ["看书用的小本子没了", "看书用的小本子咋找"], "target": "faq:library-card"}
    tried = editorial.li.post("/content/propose/try", form)
    assert tried.status_code == 200 and "以后有回答的：2 个" in tried.text
    assert editorial.li.post("/content/propose", form).status_code == 303
    unit = draft_of(editorial, card)
    assert unit is not None and unit.similar_questions[-2:] == ("看书用的小本子没了", "看书用的小本子咋找")
    again = editorial.li.post("/content/propose", form)
    assert again.status_code == 303 and "told=asked_already" in again.headers["location"]


def test_a_unit_is_found_by_its_title(editorial: Editorial, asked: Callable[..., None]) -> None:
    asked(*KITES)
    cluster = only_cluster(editorial.li)
    page = editorial.li.get(cluster, params={"kind": "faq", "text": "照片"}).text
    assert 'value="faq:photo"' in page
    assert "没有找到" in editorial.li.get(cluster, params={"kind": "faq", "text": "没有这条"}).text


def test_set_aside_until_it_grows(editorial: Editorial, asked: Callable[..., None]) -> None:
    asked(*KITES)
    cluster = only_cluster(editorial.li)
    assert editorial.li.post(f"{cluster}/aside", {"reason": " "}).status_code == 409
    assert editorial.li.post(f"{cluster}/aside", {"reason": "归<b>海事</b>管"}).status_code == 303
    assert "海滩" not in editorial.li.get(LIST).text
    hidden = editorial.li.get(LIST, params={"aside": "1"}).text
    assert "海滩能放风筝吗" in hidden and "归&lt;b&gt;海事&lt;/b&gt;管" in hidden
    assert ("li", "kb.aside") in [entry[:2] for entry in editorial.office.audited()]
    asked(*["海滩能放风筝吗"] * 5)
    editorial.office.clock.advance(minutes=11)
    assert "现在明显增多" in editorial.li.get(LIST).text


def test_taken_up_again(editorial: Editorial, asked: Callable[..., None]) -> None:
    asked(*KITES)
    editorial.li.post(f"{only_cluster(editorial.li)}/aside", {"reason": "归海事管"})
    path = re.search(
        r'action="(/content/learning/asides/\d+/back)"', editorial.li.get(LIST, params={"aside": "1"}).text
    )
    assert path and editorial.li.post(path[1]).status_code == 303
    assert "海滩" in editorial.li.get(LIST).text
    assert editorial.li.post(path[1]).status_code == 409


def test_what_is_published_meanwhile_is_gone_from_the_list(editorial: Editorial, asked: Callable[..., None]) -> None:
    asked(*KITES)
    cluster = only_cluster(editorial.li)
    editorial.standing(Faq(id="kites", question=KITES[0], similar_questions=KITES[1:], answer=ANSWER))
    page = editorial.li.get(LIST).text
    assert "3 次提问现在已经能答" in page and cluster not in page
    gone = editorial.li.get(cluster)
    assert gone.status_code == 303 and "told=cluster_gone" in gone.headers["location"]


def test_an_answer_that_was_called_wrong_is_listed(editorial: Editorial, asked: Callable[..., None]) -> None:
    asked("照片能自己拍吗", kind="faq", decision="answered", unit_kind="faq", unit_id="photo", record="K7M2-4Q9D",
          conversation="web:a")  # fmt: skip
    with editorial.office.database.write() as tx:
        task = NewTask(tasks.CORRECTION, "turn:1", "照片", conversation="web:a", detail={"record": "K7M2-4Q9D"})
        tasks.open_task(tx, task, editorial.office.clock.now())
    page = editorial.li.get(LIST).text
    assert "照片能自己拍吗" in page and "群众说答错了 1" in page


def test_another_departments_drafts_stay_its_own(editorial: Editorial, asked: Callable[..., None]) -> None:
    asked("照片能自己拍吗")
    police, civil = (editorial.seat(name, "editor", department=of) for name, of in (("zhang", POLICE), ("ma", CIVIL)))
    form = {"question": ["照片能自己拍吗"], "target": "faq:photo"}
    for path in ("/content/propose/try", "/content/propose"):
        assert civil.post(path, form).status_code == 403
    assert police.post("/content/propose", form).status_code == 303
    assert "已有草稿" in police.get(LIST).text
    assert "已有草稿" not in civil.get(LIST).text
    refused = civil.post("/content/propose/try", form)
    assert refused.status_code == 403 and "照片能自己拍吗" not in refused.text


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"target": "new", "answer": ANSWER}, 409),
        ({"question": ["海滩能放风筝吗"], "target": "new", "answer": " "}, 409),
        ({"question": ["海滩能放风筝吗"], "target": "faq:../etc"}, 422),
        ({"question": ["海滩能放风筝吗"], "target": "faq:nothing"}, 404),
    ],
)
def test_what_cannot_be_proposed(editorial: Editorial, form: dict[str, object], status: int) -> None:
    for path in ("/content/propose/try", "/content/propose"):
        assert editorial.li.post(path, form).status_code == status


def test_a_stored_script_is_text(editorial: Editorial, asked: Callable[..., None]) -> None:
    evil = "海滩<script>alert(1)</script>能放\"风筝'吗"
    asked(evil, evil)
    for page in (LIST, only_cluster(editorial.li)):
        text = editorial.li.get(page).text
        assert "<script>alert" not in text and evil in unescape(text)


def test_without_models_one_is_told_and_may_go_on(editorial: Editorial, asked: Callable[..., None]) -> None:
    shutil.rmtree(editorial.office.settings.model_dir)
    form = {"question": [KITES[0]], "target": "new", "answer": ANSWER}
    tried = editorial.li.post("/content/propose/try", form)
    assert tried.status_code == 200 and "试不了" in tried.text and "存为草稿" in tried.text
