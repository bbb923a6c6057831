"""The halls nearest to a citizen: how far, open or not, vouched for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from search_fakes import tools
from small_town import MONDAY, RELEASE, item, on, said

from knowledge_base.answering.answer import Answer
from knowledge_base.answering.context import Context
from knowledge_base.answering.engine import Turn, respond
from knowledge_base.answering.nearest_office import distance, here, in_words, nearest_office
from knowledge_base.answering.occasion import Here
from knowledge_base.model import Office, Unit
from knowledge_base.search.snapshot import Entry, Snapshot, build

HERE = Here(38.9012, 82.8034)
HOURS = {day: ["09:00-12:00", "13:30-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
TEN, NOON, EVENING = time(10), time(12, 30), time(18)


def hall(id: str, name: str, north: float | None, **fields: Any) -> Office:
    """A hall so many degrees north of HERE (one is some 111 km); None: without coordinates."""
    location = None if north is None else {"latitude": HERE.latitude + north, "longitude": HERE.longitude}
    source = {"title": f"{name}公告", "issuer": "示例市", "date": "2026-11-01"}
    values = {"address": f"{name}路1号", "phone": "0000-8800100", "hours": HOURS, "verified_on": "2026-11-01"}
    return Office(id=id, name=name, location=location, sources=[source], **{**values, **fields})


MAIN = hall("main", "政务中心", 0.0108)
MOVING = [{"first": MONDAY, "last": MONDAY, "reason": "搬迁"}]
TAX = hall("tax", "办税大厅", 0.02, verified_on="2026-10-01", exceptions=MOVING)
CARS = hall("cars", "车管所", 0.03)
NIGHT = hall("night", "夜间大厅", 0.4, hours={"mon": ["17:00-21:00"]})
NOWHERE = hall("nowhere", "无坐标大厅", None)


def city(*offices: Unit) -> Snapshot:
    return build(RELEASE, [Entry(number, unit) for number, unit in enumerate(offices, 1)], tools())


def nearest(*offices: Office, now: time | None = TEN, day: date = MONDAY) -> Answer | None:
    return nearest_office(city(*offices), *HERE, replace(on(day), now=now))


def text(*offices: Office, now: time | None = TEN, day: date = MONDAY) -> list[str]:
    found = nearest(*offices, now=now, day=day)
    assert found is not None
    return found.text.split("\n")


def test_the_nearest_come_first_with_distance_and_todays_hours() -> None:
    heading, first, second, third, note, choose = text(CARS, NIGHT, NOWHERE, TAX, MAIN)
    assert heading == "【离您最近的办事大厅】"
    assert first == (
        "1. 政务中心，离您约1.2公里。现在开着，今天的时间是9:00–12:00，13:30–17:00。"
        "地址：政务中心路1号。电话：0000-8800100。"
    )
    assert second.startswith("2. 办税大厅，离您约2.2公里。今天（11月23日，周一）不开门，搬迁。最近开门的是明天")
    assert third.startswith("3. 车管所，离您约3.3公里。")
    assert "直线" in note and "回复数字" in choose


def test_it_is_vouched_for_like_every_office_answer() -> None:
    found = nearest(MAIN, TAX)
    assert found is not None
    assert (found.kind, found.id, found.title, found.aspect) == ("office", "main", "政务中心", "place")
    assert found.release == RELEASE
    assert [one["title"] for one in found.sources] == ["政务中心公告", "办税大厅公告"]
    assert found.verified_on == "2026-10-01"
    assert found.also == ({"kind": "office", "id": "tax", "title": "办税大厅"},)


def test_closed_at_noon_and_in_the_evening_and_which_one_is_open() -> None:
    assert "现在是中间休息时间，今天13:30再开门。今天的时间是9:00–12:00，13:30–17:00。" in text(MAIN, CARS, now=NOON)[1]
    lines = text(MAIN, TAX, CARS, NIGHT, now=EVENING)
    assert "今天已经下班了。最近开门的是明天" in lines[1]
    assert lines[3].startswith("3. 夜间大厅，离您约44公里。现在开着")
    assert lines[4] == "“政务中心”现在没有开门，现在开着的是“夜间大厅”。"


def test_all_closed() -> None:
    lines = text(MAIN, TAX, CARS, now=EVENING)
    assert [line[:3] for line in lines[1:4]] == ["1. ", "2. ", "3. "] and not any("现在开着" in line for line in lines)


def test_without_a_clock_the_day_counts() -> None:
    lines = text(TAX, CARS, now=None)
    assert "1. 办税大厅，离您约2.2公里。今天（11月23日，周一）不开门，搬迁。" in lines[1]
    assert "“办税大厅”今天不开门，今天开门的是“车管所”。" in lines


def test_one_hall_has_no_number() -> None:
    assert text(MAIN)[1].startswith("政务中心，离您约1.2公里。") and "回复数字" not in "".join(text(MAIN))


def test_no_hall_is_near() -> None:
    assert nearest() is None and nearest(NOWHERE) is None
    assert nearest(hall("far", "远方大厅", 10.0)) is None
    assert nearest(hall("old", "旧大厅", 0.01, effective_to="2026-01-01")) is None


@pytest.mark.parametrize(
    ("kilometres", "words"),
    [(0, "不到100米"), (0.14, "约100米"), (0.94, "约900米"), (0.96, "约1.0公里"), (1.24, "约1.2公里"),
     (9.94, "约9.9公里"), (9.96, "约10公里"), (44.4, "约44公里")],
)  # fmt: skip
def test_distances_in_words(kilometres: float, words: str) -> None:
    assert in_words(kilometres) == words


def test_distances() -> None:
    assert distance(Here(39.9042, 116.4074), Here(31.2304, 121.4737)) == pytest.approx(1067, abs=5)
    assert distance(HERE, HERE) == 0


DEGREES = st.floats(-200, 200)


@given(DEGREES, DEGREES, DEGREES, DEGREES)
def test_a_distance_is_the_same_both_ways(a: float, b: float, c: float, d: float) -> None:
    there, back = distance(Here(a, b), Here(c, d)), distance(Here(c, d), Here(a, b))
    assert there == pytest.approx(back, abs=1e-6) and 0 <= there < 20_100


@pytest.mark.parametrize(
    "location",
    [None, "38.9,82.8", [], {}, {"latitude": 38.9}, {"latitude": "38.9", "longitude": "82.8"},
     {"latitude": float("nan"), "longitude": 82.8}, {"latitude": 38.9, "longitude": float("inf")},
     {"latitude": True, "longitude": 82.8}, {"latitude": 10**400, "longitude": 82.8},
     {"latitude": 51.5, "longitude": -0.1}, {"latitude": None, "longitude": None},
     {"latitude": 82.8, "longitude": 38.9}],
)  # fmt: skip
def test_what_is_no_place_in_the_country(location: object) -> None:
    assert here(location) is None


VALUES = st.floats() | st.integers() | st.text(max_size=3) | st.none() | st.booleans()


@given(VALUES | st.dictionaries(st.sampled_from(["latitude", "longitude"]), VALUES))
def test_whatever_is_sent_is_a_place_in_the_country_or_none(location: object) -> None:
    found = here(location)
    assert found is None or (3 <= found.latitude <= 54 and 73 <= found.longitude <= 136)


def test_a_place_in_the_country() -> None:
    assert here({"latitude": 38.9012, "longitude": 82.8034, "label": "明镜路"}) == HERE
    assert here({"latitude": 39, "longitude": 82}) == Here(39.0, 82.0)


def turn(snapshot: Snapshot, context: Context | None = None, kind: str = "ask_office") -> Turn:
    message = said("离我最近的办事大厅在哪里", kind)
    return respond(message, context or Context(), snapshot, replace(on(), now=TEN, here=HERE))


def test_a_message_that_is_a_place_gets_the_nearest_and_may_choose_by_number() -> None:
    answer, context = turn(city(MAIN, TAX, CARS))
    assert answer.record and answer.release == RELEASE and "离您约1.2公里" in answer.text
    assert (context.topic_kind, context.topic_id) == ("office", "main")
    assert [option.id for option in context.offered] == ["main", "tax", "cars"] and answer.options == ()


def test_an_emergency_stays_one() -> None:
    assert turn(city(MAIN), kind="emergency").answer.kind == "emergency"


def test_far_from_every_hall_the_usual_answer_is_given() -> None:
    far = hall("far", "远方大厅", 10.0)
    answer, _ = turn(city(far))
    assert answer.kind == "office" and "离您" not in answer.text and "远方大厅路1号" in answer.text


def test_the_halls_of_the_item_spoken_of_come_first() -> None:
    about_it = Context(topic_kind="item", topic_id="one")
    at_tax = item(place=[{"text": "办税大厅一楼", "office": "tax"}])
    answer, _ = turn(city(at_tax, MAIN, TAX), about_it)
    assert answer.id == "tax" and answer.text.startswith("【办“某事项”，离您最近的地方】\n办税大厅，离您约2.2公里。")
    answer, _ = turn(city(item(), MAIN), about_it)
    assert answer.id == "main"
