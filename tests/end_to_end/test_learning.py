"""From a question that was refused to its answer: found in a cluster, drafted by one click, reviewed, published."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
from city import City
from httpx2 import Client, Response

from console.cookies import CONSOLE
from foundation import accounts, sessions
from foundation.settings import load_settings
from knowledge_base.editing import publishing, review
from knowledge_base.editing.publishing import Consent
from knowledge_base.model import UnitKey
from knowledge_base.store import releases
from knowledge_base.trials.answerer import open_answerer
from knowledge_base.trials.running import run

pytestmark = pytest.mark.slow

ASKED = ("河边可以放无人机喷洒农药吗", "请问河边能放无人机喷农药吗", "无人机在河边喷农药可以不")
AGAIN = "河边放无人机喷农药行不行"
ANSWER = "不可以。河道两侧 100 米以内不能用无人机喷洒农药，请与河道管理处联系。"


@pytest.fixture
def li(city: City) -> Iterator[Client]:
    """A browser in which an editor is signed in."""
    now = datetime.now(timezone.utc)
    with city.database.write() as tx:
        account = accounts.add(tx, "li", None, ["editor"], now, display_name="李华")
        accounts.add(tx, "wang", None, ["reviewer"], now, display_name="王芳")
        token = sessions.begin(tx, account.id, now, timedelta(hours=1))
    with Client(base_url=city.console, cookies={CONSOLE: token}, timeout=120) as client:
        yield client


def post(client: Client, path: str, fields: dict[str, object]) -> Response:
    """Send a form as a page of ours would."""
    key = re.search(r'name="csrf" content="([^"]+)"', client.get("/content").text)
    assert key
    return client.post(path, data={**fields, "csrf": key[1]}, headers={"origin": str(client.base_url).rstrip("/")})


def published_by_another(city: City, key: UnitKey) -> int:
    """Review and publish a draft of Li's by Wang; the release."""
    now, environment = datetime.now(timezone.utc), city.environment
    settings = load_settings(
        _env_file=None, var_dir=environment["ZHENGWU_VAR_DIR"], model_dir=environment["ZHENGWU_MODEL_DIR"]
    )
    with city.database.write() as tx:
        review.submit(tx, key, "li", "", now)
        review.approve(tx, key, review.existing(tx, key).revision, "wang", "", now, 1)
    answerer = open_answerer(settings, city.database)
    with city.database.read() as tx:
        report = run(answerer, tx, releases.pending_moves(tx, [key]), now)
        warnings = publishing.findings_of(tx, releases.pending_moves(tx, [key]), now)
    answerer.library.close()
    consent = Consent(warnings=frozenset(one.digest for one in warnings), reason="来源随后补上")
    with city.database.write() as tx:
        return publishing.publish(tx, [key], "wang", "无人机", now, report, consent).number


def test_a_question_that_was_refused_is_answered(city: City, li: Client) -> None:
    for text in ASKED:
        assert city.conversation().say(text).answer["id"] is None, "nobody knows it yet"
    with city.database.read() as tx:
        before = releases.current(tx)

    page = li.get("/content/learning", params={"words": "无人机"}).text
    [address] = set(re.findall(r'href="(/content/learning/\w{12})"', page))
    cluster = li.get(address).text
    assert all(text in cluster for text in ASKED)

    form: dict[str, object] = {"question": list(ASKED), "target": "new", "answer": ANSWER}
    tried = post(li, "/content/propose/try", form)
    gained = re.search(r"以后有回答的：(\d+) 个", tried.text)
    assert gained and int(gained[1]) >= len(ASKED)
    drafted = post(li, "/content/propose", form)
    assert drafted.status_code == 303
    assert city.conversation().say(ASKED[0]).answer["id"] is None, "a draft is not published"

    key = UnitKey("faq", drafted.headers["location"].split("?")[0].rsplit("/", 1)[1])
    release = published_by_another(city, key)
    try:
        deadline = time.monotonic() + 20
        while (answer := city.conversation().say(AGAIN).answer)["release"] < release:
            assert time.monotonic() < deadline
        assert answer["id"] == key.id
        page = li.get("/content/learning").text
        answered = re.search(r"另有 (\d+) 次提问现在已经能答", page)
        assert address not in page and answered and int(answered[1]) >= len(ASKED)
    finally:
        city.zhengwu("kb", "rollback", str(before))
