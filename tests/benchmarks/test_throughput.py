"""What `python -m tests.benchmarks.throughput` consists of; the measuring itself is left to it."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import yaml
from aiohttp import web

from knowledge_base.model import Unit, parse_unit
from tests.benchmarks.throughput import mix, plain_rasa
from tests.benchmarks.throughput.load import Measured, kind_of, run
from tests.benchmarks.throughput.measure import CLIENTS, MIXES, Figures
from tests.benchmarks.throughput.plain_rasa import PlainRasa
from tests.benchmarks.throughput.table import table

UNITS: list[Unit] = [
    parse_unit({"kind": "faq", "id": "dog", "question": "大型犬能养吗", "answer": "禁养区内不能养。"}),
    parse_unit({"kind": "item", "id": "passport", "name": "普通护照首次申领"}),
]


def test_half_of_the_city_asks_what_is_asked_often() -> None:
    said = list(islice(mix.city(UNITS, 1), 400))
    often = [one for one in said if any(question in one for question in mix.frequent(UNITS))]
    assert 195 <= len(often) <= 230
    assert said == list(islice(mix.city(UNITS, 1), 400)) != list(islice(mix.city(UNITS, 2), 400))


def test_new_messages_are_new_also_beside_those_of_others() -> None:
    said = [one for seed in (1, 2) for one in islice(mix.never_twice(UNITS, seed), 2000)]
    assert len(set(said)) == 4000


async def test_the_load_counts_answers_and_what_was_none() -> None:
    seen: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append((await request.json())["sender"])
        return web.json_response([{"text": "好"}] if len(seen) % 5 else [])

    app = web.Application()
    app.router.add_post("/webhooks/rest/webhook", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    found = await run(f"http://127.0.0.1:{port}", 4, 1.5, ["问"] * 40_000)
    await runner.cleanup()
    assert found.answered + found.failed == len(seen) and found.failed == len(seen) // 5
    assert len(found.milliseconds) == found.answered == found.kinds["unit"]
    assert len(set(seen)) > 4, "a client has more than one conversation"


def test_plain_rasa_gets_the_same_sentences_and_a_rule_for_each_kind_of_talk(tmp_path: Path) -> None:
    made = PlainRasa(UNITS, tmp_path)
    domain = yaml.safe_load(made._files["domain.yml"])
    talk = {path.name for path in plain_rasa.TALK.glob("*.yml")}
    assert talk == {name.removeprefix("data/") for name in made._files} & talk
    rules = yaml.safe_load(made._files["data/rules.yml"])["rules"]
    assert {rule["steps"][0]["intent"] for rule in rules} == {*domain["intents"], "nlu_fallback"}
    assert {rule["steps"][1]["action"] for rule in rules} >= {"utter_answer", "utter_greet"}
    assert PlainRasa(UNITS, tmp_path, epochs=1).folder != made.folder


def test_several_workers_of_plain_rasa_share_their_locks() -> None:
    assert "lock_store" not in yaml.safe_load(plain_rasa.endpoints(None))
    assert yaml.safe_load(plain_rasa.endpoints(6400))["lock_store"]["port"] == 6400


def test_both_are_said_to_answer_by_kind() -> None:
    assert kind_of([{"text": "一"}, {"text": "二", "custom": {"answer": {"kind": "item"}}}]) == "item"
    assert [kind_of([{"text": text}]) for text in ("（greet）", "普通护照首次申领")] == ["greet", "unit"]


def test_the_table_has_ratios() -> None:
    figures = [
        Figures(name, start=start, early=4, late=4, memory=[("a", 1)]) for name, start in (("Rasa", 30), ("Z", 10))
    ]
    figures[1].acknowledged = 1.5
    for one, speed in zip(figures, (10, 60)):
        load = Measured(2, 2 * speed, 0, [1.0, 2.0], {"faq": speed // 2, "item": speed // 2})
        one.loads = {(kind, clients): load for kind in MIXES for clients in CLIENTS}
        one.processor = dict.fromkeys(one.loads, 100 / speed)
    lines = table(figures).splitlines()
    assert "| start to first answer, s | 30.0 | 10.0 | 0.33 |" in lines
    assert "| messages/s, a city's mix, 8 clients | 10.0 | 60.0 | 6.00 |" in lines
    assert "| start to first acknowledgement, s | – | 1.5 |  |" in lines
    assert "| answers, a city's mix | faq 50%, item 50% | faq 50%, item 50% | |" in lines
