"""Who was told what does not hold: nobody too few, and nobody whose answer did not change."""

from __future__ import annotations

from datetime import date

import pytest
from recall_town import KEY, OCCASION, answer, card, found, publish, remove, scope

from foundation.clock import FixedClock
from foundation.database import Database
from knowledge_base.model import Faq, Office, Package, UnitKey
from knowledge_base.recalls.comparing import Comparison, Difference
from knowledge_base.recalls.concerned import by_channel, examples

DEARER = [{"amount": "20", "when": {"kind": ["first"]}}, {"amount": "10", "when": {"kind": ["lost"]}}]


def test_only_whose_answer_differs(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        publish(tx, card(fee=[{"amount": "40"}]), now=clock.now())
        told = [answer(tx, f"web:{aspect}", clock.now(), aspect) for aspect in ("fee", "materials", "place", None)]
        clock.advance(hours=1)
        publish(tx, card(fee=[{"amount": "10"}]), now=clock.now())
        answer(tx, "web:later", clock.now())
        clock.advance(hours=1)
        concerned = found(tx, clock.now())
    # What is told of in general names the fee, too.
    assert {one.record.number for one in concerned} == {told[0].number, told[3].number}
    differences = {one.record.number: one.difference for one in concerned}
    assert differences[told[0].number] == Difference(("40元。",), ("10元。",), ("fee",))
    assert differences[told[3].number] == Difference(("收费：40元。",), ("收费：10元。",), ("overview",))


def test_what_an_overview_leaves_out_was_not_wrong(database: Database, clock: FixedClock) -> None:
    steps = [f"第{number}步要做的事情写得很长很长很长很长很长很长很长很长很长" for number in "一二三四五"]
    papers = [f"第{number}份材料的名称也很长很长很长很长很长很长很长很长很长很长很长" for number in "甲乙丙丁"]
    with database.write() as tx:
        publish(tx, card(process=steps, materials=["户口簿"]), now=clock.now())
        answer(tx, "web:1", clock.now(), None)
        clock.advance(hours=1)
        publish(tx, card(process=steps, materials=["户口簿"], proxy=[{"allowed": True}], contact="1"), now=clock.now())
        assert found(tx, clock.now()) == [], "it only leads on to more"
        publish(tx, card(process=steps, materials=["户口簿", *papers]), now=clock.now())
        (one,) = found(tx, clock.now())
    assert not [line for line in one.difference.was if "步" in line]
    assert any("甲" in line for line in one.difference.now)


def test_who_was_told_of_another_situation_was_told_right(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        publish(tx, card(), now=clock.now())
        answer(tx, "web:first", clock.now(), choices={"kind": "first"})
        lost = answer(tx, "web:lost", clock.now(), choices={"kind": "lost"})
        clock.advance(hours=1)
        publish(tx, card(fee=DEARER), now=clock.now())
        assert [one.record.number for one in found(tx, clock.now())] == [lost.number]


def test_a_value_that_changes_on_a_date_was_right_before_it(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        publish(tx, card(fee=[{"amount": "20"}]), now=clock.now())
        answer(tx, "web:november", clock.now())
        later = {"dated": [{"value": [{"amount": "20"}]}, {"since": "2026-12-01", "value": [{"amount": "30"}]}]}
        clock.advance(days=10)
        december = answer(tx, "web:december", clock.now())
        publish(tx, card(fee=later), now=clock.now())
        clock.advance(hours=1)
        assert [one.record.number for one in found(tx, clock.now())] == [december.number]


def test_what_is_taken_away_or_added_is_a_difference(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        publish(tx, card(), Faq(id="photo", question="照片可以自己带吗", answer="可以。"), now=clock.now())
        answer(tx, "web:1", clock.now(), "materials")
        answer(tx, "web:2", clock.now(), None, key=UnitKey("faq", "photo"))
        clock.advance(hours=1)
        publish(tx, card(materials=["户口簿", "照片两张"]), now=clock.now())
        remove(tx, UnitKey("faq", "photo"), clock.now())
        added = found(tx, clock.now())
        gone = found(tx, clock.now(), key=UnitKey("faq", "photo"))
    assert added[0].difference.was == () and "照片两张" in added[0].difference.now[0]
    assert gone[0].difference.was == ("可以。",) and gone[0].difference.now == ()


def test_a_second_answer_in_the_same_message_counts(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        publish(tx, card(), card("passport"), now=clock.now())
        second = {"kind": "item", "id": KEY.id, "title": "居民身份证办理", "aspect": "fee"}
        text = answer(tx, "web:0", clock.now()).text
        both = answer(
            tx, "web:1", clock.now(), "materials", key=UnitKey("item", "passport"), text=f"带户口簿。\n{text}",
            payload={"also": [second]},
        )  # fmt: skip
        named = {"kind": "item", "id": KEY.id, "title": "居民身份证办理"}
        answer(tx, "web:2", clock.now(), "materials", key=UnitKey("item", "passport"), payload={"also": [named]})
        clock.advance(hours=1)
        publish(tx, card(fee=DEARER), now=clock.now())
        assert both.number in {one.record.number for one in found(tx, clock.now())}
        assert {one.record.conversation for one in found(tx, clock.now())} == {"web:0", "web:1"}


def test_an_event_draws_on_its_steps(database: Database, clock: FixedClock) -> None:
    event = Package(id="move", name="搬家一件事", steps=[{"item": KEY.id}])
    with database.write() as tx:
        publish(tx, card(), event, now=clock.now())
        answer(tx, "web:1", clock.now(), "materials", key=event.key)
        clock.advance(hours=1)
        publish(tx, card(materials=["户口簿", "照片两张"]), now=clock.now())
        assert len(found(tx, clock.now(), key=event.key)) == 1


def test_who_was_told_of_it_through_an_event_is_concerned_as_well(database: Database, clock: FixedClock) -> None:
    event = Package(id="move", name="搬家一件事", steps=[{"item": KEY.id}, {"item": "passport"}])
    other = Package(id="marry", name="结婚一件事", steps=[{"item": "passport"}])
    with database.write() as tx:
        publish(tx, card(fee=[{"amount": "40"}]), card("passport"), event, other, now=clock.now())
        told = answer(tx, "web:1", clock.now(), "fee", key=event.key)
        answer(tx, "web:2", clock.now(), "fee", key=other.key)
        answer(tx, "web:3", clock.now(), "place", key=event.key)
        clock.advance(hours=1)
        publish(tx, card("passport", fee=DEARER), now=clock.now())
        assert found(tx, clock.now()) == [], "what another step says now is not of this one"
        publish(tx, card(fee=[{"amount": "10"}]), now=clock.now())
        (one,) = found(tx, clock.now())
        assert found(tx, clock.now(), aspect="materials") == []
    assert one.record.number == told.number
    assert any("40" in line for line in one.difference.was) and any("10" in line for line in one.difference.now)


def test_who_was_told_a_districts_rule_through_an_event_is_concerned(database: Database, clock: FixedClock) -> None:
    event = Package(id="move", name="搬家一件事", steps=[{"item": KEY.id}])
    here = {"region": "990101"}
    with database.write() as tx:
        publish(tx, card(fee=[{"amount": "40"}]).copy(update=here), event, now=clock.now())
        told = answer(tx, "web:1", clock.now(), "fee", key=event.key, at="990101")
        clock.advance(hours=1)
        publish(tx, card(fee=[{"amount": "10"}]).copy(update=here), now=clock.now())
        (one,) = found(tx, clock.now())
    assert "40元" in told.text and one.record.number == told.number


def test_who_was_told_what_replaced_a_step_is_concerned(database: Database, clock: FixedClock) -> None:
    event = Package(id="move", name="搬家一件事", steps=[{"item": "old"}])
    old = card("old").copy(update={"effective_to": date(2020, 1, 1), "successor": KEY.id})
    with database.write() as tx:
        publish(tx, card(fee=[{"amount": "40"}]), old, event, now=clock.now())
        told = answer(tx, "web:1", clock.now(), "fee", key=event.key)
        clock.advance(hours=1)
        publish(tx, card(fee=[{"amount": "10"}]), now=clock.now())
        (one,) = found(tx, clock.now())
    assert "40元" in told.text and one.record.number == told.number


def test_who_was_told_of_an_office_by_an_item_is_concerned(database: Database, clock: FixedClock) -> None:
    event = Package(id="move", name="搬家一件事", steps=[{"item": KEY.id}])
    place = [{"text": "政务大厅", "office": "hall"}]
    with database.write() as tx:
        publish(tx, Office(id="hall", name="政务大厅", address="老街1号"), card(place=place), event, now=clock.now())
        told = answer(tx, "web:1", clock.now(), "place")
        named = answer(tx, "web:2", clock.now(), "place", key=event.key)
        answer(tx, "web:3", clock.now(), "fee")
        clock.advance(hours=1)
        publish(tx, Office(id="hall", name="政务大厅", address="新街2号"), now=clock.now())
        concerned = found(tx, clock.now(), key=UnitKey("office", "hall"))
    assert "老街1号" in told.text and "老街1号" not in named.text, "an event names the office alone"
    [one] = concerned
    assert one.record.number == told.number and any("新街2号" in line for line in one.difference.now)


def test_a_conversation_is_told_once_and_of_all(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        publish(tx, card(), now=clock.now())
        answer(tx, "web:1", clock.now(), "materials")
        clock.advance(minutes=1)
        last = answer(tx, "web:1", clock.now(), "fee")
        answer(tx, "wechat:2", clock.now(), "fee")
        answer(tx, None, clock.now(), "fee")
        clock.advance(hours=1)
        publish(tx, card(fee=DEARER, materials=["照片两张"]), now=clock.now())
        concerned = found(tx, clock.now())
    mine = next(one for one in concerned if one.record.conversation == "web:1")
    assert mine.record.number == last.number
    assert any("户口簿" in line for line in mine.difference.was) and any("40" in line for line in mine.difference.was)
    assert by_channel(concerned) == {"web": 1, "wechat": 1, "": 1}
    assert [one.told for one in examples(concerned)] == [2, 1]


def test_one_aspect_alone(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        publish(tx, card(), now=clock.now())
        for aspect in ("fee", "materials", None):
            answer(tx, f"web:{aspect}", clock.now(), aspect)
        clock.advance(hours=1)
        publish(tx, card(fee=DEARER, materials=["照片两张"]), now=clock.now())
        assert [one.record.aspect for one in found(tx, clock.now(), aspect="fee")] == ["fee"]


def test_only_since_a_date(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        publish(tx, card(), now=clock.now())
        answer(tx, "web:1", clock.now())
        clock.advance(days=3)
        answer(tx, "web:2", clock.now())
        clock.advance(hours=1)
        publish(tx, card(fee=DEARER), now=clock.now())
        assert [one.record.conversation for one in found(tx, clock.now(), days=1)] == ["web:2"]


@pytest.mark.parametrize(("text", "concerned"), [("您带40元来就行。", True), ("要交费，丢失补领：40元", True)])
def test_what_a_person_said_in_own_words(database: Database, clock: FixedClock, text: str, concerned: bool) -> None:
    with database.write() as tx:
        publish(tx, card(), now=clock.now())
        record = answer(tx, "web:1", clock.now(), text=text, said_by="lihua")
        publish(tx, card(fee=DEARER), now=clock.now())
        asked = scope(tx, clock.now())
        difference = Comparison(tx, asked.key, asked.release, OCCASION).of(record)
    assert (difference is not None) is concerned
