from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.search.names import NameIndex

names = st.lists(st.tuples(st.integers(0, 5), st.text("证照护补A", max_size=4)), max_size=8)


def test_a_longer_name_hides_shorter_ones_inside_it() -> None:
    index = NameIndex([(0, "身份证"), (1, "临时身份证"), (2, "护照")])
    found = index.find("临时身份证和护照怎么办")
    assert [(one.start, one.end, one.rows) for one in found] == [(0, 5, {1}), (6, 8, {2})]


def test_units_may_share_a_name() -> None:
    index = NameIndex([(0, "护照"), (1, "护照")])
    assert index.find("补护照")[0].rows == {0, 1}


def test_case_does_not_matter_and_single_characters_are_no_names() -> None:
    index = NameIndex([(0, "ETC卡"), (1, "证")])
    assert index.find("etc卡")[0].rows == {0}
    assert index.find("证") == []


def test_no_names() -> None:
    assert NameIndex([]).find("护照") == []


@given(names, st.text("证照护补a ", max_size=12))
def test_mentions_are_names_in_order_without_overlap(pairs: list[tuple[int, str]], text: str) -> None:
    end = 0
    for mention in NameIndex(pairs).find(text):
        assert end <= mention.start < mention.end <= len(text)
        end = mention.end
        name = text[mention.start : mention.end]
        assert mention.rows == {row for row, given in pairs if given.lower() == name}
