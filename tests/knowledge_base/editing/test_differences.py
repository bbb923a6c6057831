"""Differences in words, place by place."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from knowledge_units import faq, item, steady, units

from knowledge_base.editing.differences import differences, pieces
from knowledge_base.model import Unit
from knowledge_base.store.codec import dump


def test_a_changed_fee_is_named_by_its_place() -> None:
    def licence(amount: int) -> Unit:
        materials = [{"name": "身份证", "count": 1}, {"name": "户口簿", "note": "原件"}]
        return item(aspects={"fee": [{"name": "工本费", "amount": amount}], "materials": materials})

    (found,) = differences(dump(licence(20)), dump(licence(40)))
    assert found.place == ("要素", "收费", "工本费", "金额")
    assert (found.before, found.after) == ((("gone", "20"),), (("new", "40"),))


def test_an_entry_that_moves_is_no_change_of_another() -> None:
    one, other = {"name": "身份证", "count": 1}, {"name": "户口簿", "count": 2}
    first, second = (item(aspects={"materials": entries}) for entries in ([one, other], [other, one]))
    assert [found.place for found in differences(dump(first), dump(second))] == [("次序",)]


def test_a_value_from_a_day_on_is_a_place_of_its_own() -> None:
    plain = {"fee": [{"name": "工本费", "amount": 20}]}
    dated = {
        "fee": {
            "dated": [{"value": plain["fee"]}, {"since": "2027-01-01", "value": [{"name": "工本费", "amount": 10}]}]
        }
    }
    found = differences(dump(item(aspects=plain)), dump(item(aspects=dated)))
    assert {one.place[:3] for one in found} == {("要素", "收费", "从 2027-01-01 起")}


def test_words_that_stay_are_shown_as_staying() -> None:
    before, after = pieces("请带身份证原件，15个工作日办结。", "请带身份证复印件，20个工作日办结。")
    assert before == (
        ("same", "请带身份证"),
        ("gone", "原"),
        ("same", "件，"),
        ("gone", "15"),
        ("same", "个工作日办结。"),
    )
    assert after[3] == ("new", "20")


def test_a_unit_that_comes_or_goes_differs_everywhere() -> None:
    body = dump(faq())
    assert all(one.old is None for one in differences(None, body))
    assert all(one.new is None for one in differences(body, None))
    assert differences(body, body) == differences(None, None) == []


@given(st.text(max_size=60), st.text(max_size=60))
def test_pieces_make_up_both_texts(old: str, new: str) -> None:
    before, after = pieces(old, new)
    assert "".join(text for _, text in before) == old
    assert "".join(text for _, text in after) == new
    assert [text for act, text in before if act == "same"] == [text for act, text in after if act == "same"]
    assert old != new or all(act == "same" for act, _ in before)


@steady
@given(units(), units())
def test_two_units_that_say_different_things_differ(one: Unit, other: Unit) -> None:
    first, second = dump(one), dump(other)
    assert differences(first, first) == []
    assert bool(differences(first, second)) == (first != second)
