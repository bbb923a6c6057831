"""The published content for other systems: there only where it was opened, only with the token, and never a draft."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck
from hypothesis import settings as examples
from schemathesis.config import SchemathesisConfig
from starlette.testclient import TestClient

from console.api import CONTRACT
from console.app import build
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.errors import ConfigError
from foundation.settings import Settings, load_settings
from knowledge_base.model import Faq, ServiceItem, Synonym, Unit
from knowledge_base.model.unit import Owner
from knowledge_base.store import drafts, releases

TOKEN = "a-token-that-nobody-guesses"
CONFIG = SchemathesisConfig.from_dict(
    {"generation": {"deterministic": True, "database": "none", "mode": "all"}, "seed": 20261127}
)
Ask = Callable[..., Any]


def faq(number: int, **fields: Any) -> Faq:
    return Faq(id=f"q-{number}", question=f"第{number}问", answer="答", **fields)


def publish(database: Database, clock: FixedClock, *units: Unit) -> int:
    with database.write() as tx:
        drafts.save_drafts(tx, units, "boss", clock.now())
        return releases.publish(tx, "boss", "首版", clock.now()).number


@pytest.fixture
def client(database: Database, settings: Settings, clock: FixedClock) -> Iterator[TestClient]:
    own = settings.copy(update={"api_token": load_settings(_env_file=None, api_token=TOKEN).api_token})
    with TestClient(build(own, database, clock), base_url="http://127.0.0.1") as running:
        yield running


@pytest.fixture
def ask(client: TestClient) -> Ask:
    def get(path: str, token: str = TOKEN, headers: dict[str, str] | None = None, **params: Any) -> Any:
        given = {"authorization": f"Bearer {token}"} | (headers or {})
        return client.get(f"/api/v1{path}", params=params or None, headers=given)

    return get


def test_without_a_token_in_the_settings_nothing_is_there(store: Database, settings: Settings) -> None:
    with TestClient(build(settings, store), base_url="http://127.0.0.1") as running:
        for path in ("", "/openapi.json", "/units", "/units/faq/a", "/releases"):
            assert running.get(f"/api/v1{path}", headers={"authorization": "Bearer "}).status_code == 404
    with pytest.raises(ConfigError, match="ZHENGWU_API_TOKEN"):
        load_settings(_env_file=None, api_token="short")


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer x", f"Basic {TOKEN}", f"Bearer {TOKEN}x", TOKEN, "Bearer é"])
def test_nobody_gets_in_without_it(client: TestClient, given: str) -> None:
    for path in ("/units", "/units/faq/a", "/releases"):
        answer = client.get(f"/api/v1{path}", headers=[(b"authorization", given.encode("latin-1"))])
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert "口令" in answer.json()["error"] and "set-cookie" not in answer.headers


def test_units_come_page_by_page_each_once(ask: Ask, database: Database, clock: FixedClock) -> None:
    publish(database, clock, *map(faq, range(7)), ServiceItem(id="q-1", name="事项"))
    seen, path = [], "/units?limit=3"
    while path:
        answer = ask(path).json()
        seen += [(unit["kind"], unit["id"], unit["title"]) for unit in answer["units"]]
        path = (answer["next"] or "").removeprefix("/api/v1")
    assert seen == [*(("faq", f"q-{n}", f"第{n}问") for n in range(7)), ("item", "q-1", "事项")]


def test_synonyms_are_nobody_elses(ask: Ask, database: Database, clock: FixedClock) -> None:
    publish(database, clock, faq(1), Synonym(id="s", term="居住证", words=("暂住证",)))
    assert [unit["id"] for unit in ask("/units").json()["units"]] == ["q-1"]
    assert ask("/units/synonym/s").status_code == 404
    assert ask("/units", kind="synonym").status_code == 400


def test_filters(ask: Ask, database: Database, clock: FixedClock) -> None:
    publish(database, clock, faq(1, department="公安局", region="990101"), faq(2, department="民政局"),
            ServiceItem(id="i", name="事项", department="公安局"))  # fmt: skip

    def ids(**asked: str) -> list[str]:
        return [unit["id"] for unit in ask("/units", **asked).json()["units"]]

    assert ids(department="公安局") == ["q-1", "i"]
    assert ids(department="公安局", kind="faq") == ["q-1"]
    assert ids(region="990101") == ["q-1"]
    assert ids(department="没有") == []
    onward = ask("/units", department="公安局", limit=1).json()["next"]
    assert [unit["id"] for unit in ask(onward.removeprefix("/api/v1")).json()["units"]] == ["i"]


def test_only_what_is_published_is_told(ask: Ask, database: Database, clock: FixedClock) -> None:
    publish(database, clock, faq(1, owner=Owner(person="张三", department="公安局")), faq(2))
    with database.write() as tx:
        drafts.save_drafts(tx, [faq(1, category="机密"), faq(3)], "lihua", clock.now())
        drafts.delete_draft(tx, faq(2).key, "lihua", clock.now())
    text = ask("/units").text
    assert "机密" not in text and "q-3" not in text and "张三" not in text and "q-2" in text
    assert ask("/units/faq/q-3").status_code == 404
    one = ask("/units/faq/q-1").json()
    assert one == {
        "release": 1,
        "unit": {"kind": "faq", "id": "q-1", "question": "第1问", "answer": "答", "title": "第1问", "since_release": 1},
    }
    publish(database, clock)
    assert ask("/units/faq/q-2").status_code == 404
    assert ask("/units/faq/q-1").json()["unit"]["since_release"] == 2


def test_what_has_not_changed_is_not_sent_again(ask: Ask, database: Database, clock: FixedClock) -> None:
    publish(database, clock, faq(1))
    mark = ask("/units").headers["etag"]
    for path in ("/units", "/units/faq/q-1", "/releases", "/units/faq/none"):
        for given in (mark, f"W/{mark}", f'"x", {mark}'):
            answer = ask(path, headers={"if-none-match": given})
            assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", mark)
    assert ask("/units", headers={"if-none-match": mark}, token="x" * 30).status_code == 401
    publish(database, clock, faq(2))
    answer = ask("/units", headers={"if-none-match": mark})
    assert answer.status_code == 200 and answer.headers["etag"] != mark


def test_releases_newest_first(ask: Ask, database: Database, clock: FixedClock) -> None:
    for number in range(5):
        publish(database, clock, faq(number))
    first = ask("/releases", limit=3).json()
    assert [one["number"] for one in first["releases"]] == [5, 4, 3]
    assert first["releases"][0]["added"] == 1 and first["releases"][0]["note"] == "首版"
    second = ask(first["next"].removeprefix("/api/v1")).json()
    assert [one["number"] for one in second["releases"]] == [2, 1] and second["next"] is None
    assert "boss" not in str(first)


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/units", {"kind": "king"}), ("/units", {"limit": "0"}), ("/units", {"limit": "201"}),
        ("/units", {"limit": "x"}),
        ("/units", {"after": "q-1"}), ("/units", {"after": "faq:a b"}), ("/units", {"region": "１２３４５６"}),
        ("/units", {"department": "a\x00"}), ("/units", {"department": ""}), ("/releases", {"before": "-1"}),
        ("/releases", {"before": "9" * 30}),
        ("/units", {"departement": "公安局"}), ("/releases", {"kind": "faq"}), ("/units/faq/q-1", {"x": "1"}),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_for_is_said(ask: Ask, path: str, asked: dict[str, str]) -> None:
    answer = ask(path, **asked)
    assert answer.status_code == 400 and next(iter(asked)) in answer.json()["error"]


def test_it_only_reads(client: TestClient) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = client.request(method, "/api/v1/units", headers={"authorization": f"Bearer {TOKEN}"})
        assert answer.status_code in (403, 405)


def test_the_page_names_every_address_and_loads_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/api/v1").text
    for path in CONTRACT.content["paths"]:
        assert f"/api/v1{path}" in page
    assert "http://" not in page and "https://" not in page
    assert client.get("/api/v1/openapi.json").json()["paths"].keys() == CONTRACT.content["paths"].keys()


@pytest.fixture
def contract(store: Database, settings: Settings, clock: FixedClock) -> Any:
    """The contract as the running console gives it, and the console behind it."""
    token = load_settings(_env_file=None, api_token=TOKEN).api_token
    own = settings.copy(update={"api_token": token, "host": "0.0.0.0"})  # whatever host name is asked for
    publish(store, clock, *map(faq, range(60)), ServiceItem(id="i", name="事项", department="公安局"))
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", build(own, store, clock), config=CONFIG)


schema = schemathesis.pytest.from_fixture("contract")


@pytest.mark.slow
@schema.parametrize()
@examples(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_asked_is_answered_as_the_contract_says(case: Any) -> None:
    given = {} if "Authorization" in (case.headers or {}) else {"Authorization": f"Bearer {TOKEN}"}
    case.call_and_validate(headers=given)
