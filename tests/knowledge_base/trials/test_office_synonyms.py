"""Synonyms of an office's own, from draft to answer: in force with their release, and gone with it."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from trial_town import DOG, NOW, carry, publish, town, tried, wanted

from foundation.clock import FixedClock
from foundation.database import Database
from knowledge_base.library import Library
from knowledge_base.model import Synonym
from knowledge_base.search.snapshot import Entry, Snapshot, build
from knowledge_base.search.synonyms import shipped
from knowledge_base.store import releases
from knowledge_base.suggestions import Suggestions
from knowledge_base.trials.answerer import Answerer, Moment
from knowledge_base.trials.candidates import candidate, moves_within
from knowledge_base.trials.tracing import trace

ASKED = "毛孩本本要多少钱"
GROUP = Synonym(id="dog-words", term="养犬登记", words=("毛孩本本", "狗户口"))
AT_ONCE = 10.0
"""Seconds, generously, for what takes less than one."""


def said(answerer: Answerer, snapshot: Snapshot, text: str = ASKED) -> tuple[str, str | None]:
    answer = answerer.converse([text], snapshot, Moment.of(NOW))[-1].answer
    return answer.kind, answer.id


def back(database: Database, release: int) -> None:
    with database.write() as tx:
        releases.rollback(tx, release, "chen", NOW)


def wait_until(true: Callable[[], bool]) -> float:
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < AT_ONCE
        time.sleep(0.01)
    return time.monotonic() - began


def test_a_word_is_understood_from_its_release_until_it_is_taken_back(database: Database, answerer: Answerer) -> None:
    library = answerer.library
    first = publish(database)
    before = library.snapshot
    assert said(answerer, before)[0] == "fallback", "nobody here has heard of it"
    publish(database, GROUP)
    library.refresh()
    with_words = library.snapshot
    assert said(answerer, with_words) == ("item", DOG.id)
    assert said(answerer, with_words, "狗户口怎么办") == ("item", DOG.id)
    assert said(answerer, before)[0] == "fallback", "a turn keeps the words of its release"
    back(database, first)
    library.refresh()
    assert said(answerer, library.snapshot)[0] == "fallback"
    assert said(answerer, with_words) == ("item", DOG.id)
    assert library.snapshot.synonyms is shipped()


def test_it_is_in_force_within_a_second(database: Database, answerer: Answerer) -> None:
    library = answerer.library
    first = publish(database)
    library.refresh()
    library.follow()
    publish(database, GROUP)
    print(f"in force after {wait_until(lambda: said(answerer, library.snapshot)[0] == 'item'):.2f} s")
    back(database, first)
    print(f"gone after {wait_until(lambda: said(answerer, library.snapshot)[0] == 'fallback'):.2f} s")


def test_neither_documents_nor_units_change(database: Database, answerer: Answerer) -> None:
    library: Library = answerer.library
    publish(database)
    before = library.snapshot
    publish(database, GROUP)
    library.refresh()
    after = library.snapshot
    assert (after.base, after.delta, after.units) == (before.base, before.delta, before.units)
    assert after.base is before.base and after.delta is before.delta, "nothing is indexed anew"
    assert after.get("synonym", GROUP.id) is None


def test_step_by_step_and_from_nothing_are_the_same(database: Database, answerer: Answerer) -> None:
    publish(database)
    library: Library = answerer.library
    library.refresh()
    publish(database, GROUP, town()["boat-licence"].copy(update={"name": "渔船登记证"}))
    library.refresh()
    publish(database, GROUP.copy(update={"words": ("狗户口",)}))
    library.refresh()
    stepwise = library.snapshot
    with database.read() as tx:
        held = [Entry(*stored) for stored in releases.units(tx, stepwise.release)]
    whole = build(stepwise.release, held, stepwise.tools)
    assert stepwise.synonyms == whole.synonyms and stepwise.units == whole.units
    assert said(answerer, stepwise)[0] == said(answerer, whole)[0] == "fallback"
    assert said(answerer, stepwise, "狗户口怎么办") == said(answerer, whole, "狗户口怎么办") == ("item", DOG.id)


def test_a_word_that_sounds_like_a_known_one_is_not_mended_away(database: Database, answerer: Answerer) -> None:
    publish(database)
    before = answerer.library.snapshot
    text = "养全登记要多少钱"
    assert before.mended(text) == "养犬登记要多少钱"
    publish(database, Synonym(id="s", term="渔船登记", words=("养全登记",)))
    answerer.library.refresh()
    assert answerer.library.snapshot.mended(text) == text
    assert said(answerer, answerer.library.snapshot, text) == ("item", "boat-licence")


def test_content_tests_try_drafted_synonyms(database: Database, answerer: Answerer) -> None:
    """Also where they asked the same before: what a snapshot remembers is of its own words."""
    publish(database)
    with database.write() as tx:
        carry(tx, wanted(ASKED, kind="item", id=DOG.id), approved=True)
    assert not tried(database, answerer).outcomes[0].passed
    with database.write() as tx:
        releases.save_draft(tx, GROUP, "li", NOW)
    report = tried(database, answerer)
    assert report.outcomes[0].passed and report.outcomes[0].changed
    with database.write() as tx:
        releases.save_draft(tx, GROUP.copy(update={"words": ("狗户口",)}), "li", NOW)
    assert not tried(database, answerer).outcomes[0].passed


@pytest.mark.parametrize(("department", "seen"), [("公安", False), ("民政", True), (None, True)])
def test_another_departments_words_are_not_tried(
    database: Database, answerer: Answerer, department: str | None, seen: bool
) -> None:
    publish(database, *town().values(), GROUP.copy(update={"department": "民政"}))
    with database.write() as tx:
        releases.delete_draft(tx, GROUP.key, "li", NOW)
    base = answerer.library.snapshot
    with database.read() as tx:
        moves = moves_within(tx, base, department)
        assert (said(answerer, candidate(base, tx, moves))[0] == "fallback") is seen


def test_a_trace_says_what_a_question_counts_as(database: Database, answerer: Answerer) -> None:
    publish(database)
    assert trace(answerer, [ASKED], answerer.library.snapshot, Moment.of(NOW)).officially == ""
    publish(database, GROUP)
    answerer.library.refresh()
    assert trace(answerer, [ASKED], answerer.library.snapshot, Moment.of(NOW)).officially == "养犬登记要多少钱"


def test_suggestions_leave_synonyms_out(database: Database) -> None:
    publish(database, *town().values(), Synonym(id="s", term="马术俱乐部", words=("骑马的地方",)))
    suggestions = Suggestions(database, FixedClock(NOW))
    suggestions.refresh()
    publish(database, Synonym(id="t", term="马球俱乐部", words=("打马球的",)))
    suggestions.refresh()
    assert not [one for one in suggestions.suggest("马") if "俱乐部" in one.text]
    assert suggestions.suggest("养犬")
