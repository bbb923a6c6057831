"""A release ready to be searched: from nothing, and step by step from the one before."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from knowledge_units import faq, item, steady
from search_fakes import HashingEncoder, tools

from knowledge_base.model import Unit
from knowledge_base.search import lexical
from knowledge_base.search.ranker import Features
from knowledge_base.search.snapshot import TOMBSTONE, Entry, Snapshot, Tools, advance, best_rows, build

QUESTIONS = ("狗证怎么办", "护照丢了", "结婚登记", "借书证多少钱", "身份证过期")
OF_COLLECTION = ("like_grams", "like_words", "text_grams", "text_words", "covered")
"""Evidence that weighs tokens by how common they were when the base was built."""


def entries(*units: Unit) -> list[Entry]:
    return [Entry(revision, unit) for revision, unit in enumerate(units, 1)]


def searched(snapshot: Snapshot, text: str) -> dict[str, Features]:
    return {
        str(hit.unit.key): hit.features for hit in snapshot.search(snapshot.encoded(snapshot.query(text)), limit=1000)
    }


@pytest.fixture(params=["encoder", "words"])
def any_tools(request: pytest.FixtureRequest, tmp_path: Path) -> Tools:
    return tools(tmp_path) if request.param == "encoder" else tools()


def test_search_finds(any_tools: Tools) -> None:
    snapshot = build(1, entries(*(faq(f"q{n}", text) for n, text in enumerate(QUESTIONS))), any_tools)
    for number, text in enumerate(QUESTIONS):
        assert snapshot.search(snapshot.encoded(snapshot.query(text)))[0].unit.id == f"q{number}"


def test_a_name_in_the_question_counts(any_tools: Tools) -> None:
    snapshot = build(1, entries(item("dog", "养犬登记", aliases=["狗证"]), item("boat", "渔船登记")), any_tools)
    best = snapshot.search(snapshot.encoded(snapshot.query("我的狗证")))[0]
    assert best.unit.id == "dog" and best.features.named > 0


def test_a_large_base_is_searched_as_a_small_one(any_tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    units = [faq(f"q{n}", text, f"答{text}{n}") for n, text in enumerate(QUESTIONS)]
    units += [item("dog", "养犬登记", aliases=["狗证"], similar_questions=["小狗要不要上户口"])]
    snapshot = build(1, entries(*units), any_tools)
    query = snapshot.query("狗证登记多少钱", "狗证", ["养犬"])
    asked = [query, snapshot.encoded(query)]
    small = [snapshot.search(one, overlaps=snapshot.overlaps(query)) for one in asked]
    monkeypatch.setattr(lexical, "WALK_ALL", 0)
    assert [snapshot.search(one) for one in asked] == small


def test_nothing_published(any_tools: Tools) -> None:
    empty = build(0, [], any_tools)
    assert empty.search(empty.encoded(empty.query("护照"))) == []
    assert empty.units == {}
    first = advance(empty, 1, entries(faq("a", "护照丢了")), set())
    assert first.search(first.encoded(first.query("护照丢了")))[0].unit.id == "a"


def test_an_edit_replaces_the_old_revision(any_tools: Tools) -> None:
    before = build(1, entries(faq("a", "护照丢了", "旧"), faq("b", "狗证")), any_tools)
    after = advance(before, 2, [Entry(3, faq("a", "护照丢了", "新"))], {1})
    answers = {hit.unit.id: hit.unit.answer for hit in after.search(after.encoded(after.query("护照丢了")))}  # type: ignore[attr-defined]
    assert answers["a"] == "新"
    assert after.get("faq", "a") == faq("a", "护照丢了", "新")
    assert before.get("faq", "a") == faq("a", "护照丢了", "旧"), "the old snapshot stays as it was"


def test_a_removed_unit_is_neither_found_nor_named(any_tools: Tools) -> None:
    before = build(1, entries(item("dog", "养犬登记"), item("boat", "渔船登记")), any_tools)
    after = advance(before, 2, [], {1})
    assert "item:dog" not in searched(after, "养犬登记")
    assert after.get("item", "dog") is None


def test_names_hide_each_other_wherever_they_stand(any_tools: Tools) -> None:
    base = build(1, entries(item("long", "大型养犬登记证"), item("short", "登记证")), any_tools)
    assert searched(base, "大型养犬登记证")["item:short"].named == 0
    gone = advance(base, 2, [Entry(9, item("new", "养犬登记证"))], {1})
    found = searched(gone, "大型养犬登记证")
    assert found["item:new"].named > 0, "the longest name that is still there"
    assert found["item:short"].named == 0, "hidden by a name of the delta"


def test_a_rollback_brings_the_old_revision_back(any_tools: Tools) -> None:
    first = build(1, entries(faq("a", "护照丢了", "旧")), any_tools)
    second = advance(first, 2, [Entry(2, faq("a", "护照丢了", "新"))], {1})
    third = advance(second, 3, [Entry(1, faq("a", "护照丢了", "旧"))], {2})
    assert third.units == first.units
    assert not third.gone and not third.delta.entries


def test_only_what_changed_is_encoded(tmp_path: Path) -> None:
    encoder = HashingEncoder()
    before = build(1, entries(*(faq(f"q{n}", text) for n, text in enumerate(QUESTIONS))), tools(tmp_path, encoder))
    encoder.encoded.clear()
    advance(before, 2, [Entry(99, faq("new", "新问题", "新回答"))], set())
    assert sorted(encoder.encoded) == ["新回答", "新问题"]


def test_the_limit_takes_the_best(any_tools: Tools) -> None:
    units = [faq(f"q{n}-{m}", f"{text}{n}") for n in range(20) for m, text in enumerate(QUESTIONS)]
    snapshot = build(1, entries(*units), any_tools)
    few = snapshot.search(snapshot.encoded(snapshot.query("护照丢了7")), limit=5)
    assert next(hit.unit.id for hit in few) == "q7-1" and len(few) == 5
    assert all(hit.unit.question.startswith("护照丢了") for hit in few)  # type: ignore[attr-defined]


steps = st.lists(
    st.dictionaries(
        st.sampled_from(["a", "b", "c", "d", "e"]),
        st.one_of(st.none(), st.sampled_from(["护照丢了", "狗证怎么办", "渔船登记", "养犬登记", "abc 1.5"])),
        max_size=4,
    ),
    min_size=1,
    max_size=6,
)


@settings(steady, max_examples=25)
@given(steps=steps, encoded=st.booleans())
def test_step_by_step_is_as_from_nothing(steps: list[dict[str, str | None]], encoded: bool) -> None:
    """Added, edited, removed and given back in any order: the same units, and the same evidence for each."""
    with tempfile.TemporaryDirectory() as folder:
        using = tools(Path(folder)) if encoded else tools()
        numbers: dict[tuple[str, str], int] = {}
        held: dict[str, Entry] = {}
        snapshot = build(0, [], using)
        for release, step in enumerate(steps, 1):
            before = dict(held)
            for id, text in step.items():
                if text is None:
                    held.pop(id, None)
                else:
                    revision = numbers.setdefault((id, text), len(numbers) + 1)
                    held[id] = Entry(revision, item(id, text, aliases=[f"{text}{id}"]))
            old, new = ({entry.revision for entry in state.values()} for state in (before, held))
            added, removed = [entry for entry in held.values() if entry.revision not in old], old - new
            # The first release with content is the base of all that follow.
            based = bool(snapshot.units or snapshot.base.entries)
            snapshot = advance(snapshot, release, added, removed) if based else build(release, added, using)
            anew = build(release, list(held.values()), using)
            assert snapshot.units == anew.units
            for text in ("护照丢了怎么办", "养犬登记a", "1.5"):
                one, other = searched(snapshot, text), searched(anew, text)
                assert one.keys() == other.keys()
                for key in one:
                    for name in set(Features._fields) - set(OF_COLLECTION):
                        assert getattr(one[key], name) == pytest.approx(getattr(other[key], name), abs=1e-5)
                    assert all(np.isfinite(one[key]))


@given(st.lists(st.integers(0, 5), min_size=1, max_size=400), st.integers(1, 5))
def test_best_rows_are_those_of_a_full_sort(scores: list[int], limit: int) -> None:
    rough = np.array(scores * 3, np.float32)
    rough[rough == 0] = TOMBSTONE
    rows = best_rows(rough, limit)
    assert len(set(rows.tolist())) == len(rows)
    expected = sorted((score for score in rough if score > TOMBSTONE), reverse=True)[:limit]
    assert sorted(rough[rows], reverse=True) == expected
