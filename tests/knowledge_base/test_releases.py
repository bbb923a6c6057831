"""Drafts, releases, going back."""

from __future__ import annotations

from datetime import datetime, timezone
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from knowledge_units import faq, item, steady
from sqlalchemy.engine import Connection

from foundation import audit
from foundation.clock import FixedClock
from foundation.database import Database, metadata
from foundation.errors import KnowledgeError
from knowledge_base.model import Unit, UnitKey
from knowledge_base.store import releases

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=timezone.utc)
KEY = UnitKey("faq", "photo")


def publish(tx: Connection, *units: Unit, gone: tuple[UnitKey, ...] = ()) -> releases.Release:
    releases.save_drafts(tx, units, "editor", NOW)
    for key in gone:
        releases.delete_draft(tx, key, "editor", NOW)
    return releases.publish(tx, "chief", "", NOW)


def held(tx: Connection, release: int) -> dict[UnitKey, Unit]:
    return {stored.unit.key: stored.unit for stored in releases.units(tx, release)}


def test_nothing_is_published_at_first(database: Database) -> None:
    with database.write() as tx:
        assert (releases.current(tx), releases.units(tx, 0), releases.drafts(tx)) == (0, [], [])
        assert releases.publish(tx, "chief", "", NOW) == releases.Release(0, 0, 0, 0, fresh=False)
        assert releases.status(tx, NOW).release == 0


def test_a_release_holds_what_was_drafted_and_older_ones_stay(database: Database) -> None:
    with database.write() as tx:
        assert publish(tx, faq(answer="旧"), item())[:4] == (1, 2, 0, 0)
        assert publish(tx, faq(answer="新"), faq("other"))[:4] == (2, 1, 1, 0)
        assert publish(tx, gone=(KEY,))[:4] == (3, 0, 0, 1)
        assert held(tx, 1)[KEY] == faq(answer="旧")
        assert held(tx, 2)[KEY] == faq(answer="新")
        assert KEY not in held(tx, 3)
        found = releases.find(tx, 2, KEY)
        assert found is not None and found.unit == faq(answer="新")
        assert releases.find(tx, 3, KEY) is None


def test_the_changes_between_releases_are_net(database: Database) -> None:
    with database.write() as tx:
        for answer in ("一", "二", "一", "三"):
            publish(tx, faq(answer=answer), item())
        assert releases.changes(tx, 1, 3) == ([], set())
        added, removed = releases.changes(tx, 1, 4)
        assert [stored.unit for stored in added] == [faq(answer="三")]
        first = releases.find(tx, 1, KEY)
        assert first is not None and removed == {first.revision}
        assert [stored.unit for stored in releases.changes(tx, 4, 1).added] == [faq(answer="一")]
        assert len(releases.changes(tx, 0, 4).added) == 2


def test_a_draft_that_changes_nothing_makes_no_release(database: Database) -> None:
    with database.write() as tx:
        publish(tx, faq())
        releases.save_draft(tx, faq(answer="别的"), "editor", NOW)
        releases.save_draft(tx, faq(), "editor", NOW)
        assert releases.drafts(tx) == []
        releases.delete_draft(tx, UnitKey("item", "never"), "editor", NOW)
        assert releases.publish(tx, "chief", "", NOW) == releases.Release(1, 0, 0, 0, fresh=False)
        assert releases.drafts(tx) == []


def test_units_are_published_one_by_one(database: Database) -> None:
    with database.write() as tx:
        releases.save_drafts(tx, [faq("a"), faq("b")], "editor", NOW)
        release = releases.publish(tx, "chief", "", NOW, only={UnitKey("faq", "a")})
        assert release.added == 1
        assert [draft.key.id for draft in releases.drafts(tx)] == ["b"]
        assert releases.discard_draft(tx, UnitKey("faq", "b"), "editor", NOW)
        assert not releases.discard_draft(tx, UnitKey("faq", "b"), "editor", NOW)


def test_a_contradiction_blocks_and_every_one_is_named(database: Database) -> None:
    spans = {"legal": {"days": 5, "unit": "工作日"}, "promised": {"days": 9, "unit": "工作日"}}
    with database.write() as tx:
        releases.save_drafts(tx, [item(i, aspects={"duration": spans}) for i in ("a", "b")], "editor", NOW)
        with pytest.raises(releases.Refused, match=r"(?s)item:a.*item:b"):
            releases.publish(tx, "chief", "", NOW)
        assert releases.current(tx) == 0
        assert len(releases.drafts(tx)) == 2


def test_strict_refuses_on_warnings_also_against_what_is_published(database: Database) -> None:
    sure = {"sources": [{"title": "居民身份证法"}]}
    with database.write() as tx:
        assert [w.field for w in publish(tx, faq("a", item="none")).warnings] == ["sources", "item"]
        publish(tx, faq("a", **sure))
        releases.save_draft(tx, faq("b", question="照片，可以自己带吗？", **sure), "editor", NOW)
        with pytest.raises(releases.Refused, match="faq:a 相同"):
            releases.publish(tx, "chief", "", NOW, strict=True)
        assert releases.publish(tx, "chief", "", NOW).number == 3


def test_rolling_back_makes_a_new_release_with_the_old_contents(database: Database) -> None:
    with database.write() as tx:
        publish(tx, faq(answer="一"), item())
        publish(tx, faq(answer="二"), faq("new"), gone=(UnitKey("item", "id-card"),))
        assert releases.rollback(tx, 1, "chief", NOW)[:4] == (3, 1, 1, 1)
        assert held(tx, 3) == held(tx, 1)
        assert not releases.rollback(tx, 3, "chief", NOW).fresh
        for target in (0, 9):
            with pytest.raises(KnowledgeError, match=f"no release {target}"):
                releases.rollback(tx, target, "chief", NOW)


def test_one_unit_goes_back_to_its_previous_revision(database: Database) -> None:
    with database.write() as tx:
        publish(tx, faq(answer="一"))
        publish(tx, faq(answer="二"), faq("other"))
        assert releases.rollback(tx, KEY, "chief", NOW)[:4] == (3, 0, 1, 0)
        assert held(tx, 3) == {KEY: faq(answer="一"), UnitKey("faq", "other"): faq("other")}
        publish(tx, gone=(KEY,))
        assert releases.rollback(tx, KEY, "chief", NOW).added == 1
        assert [(p.from_release, p.to_release) for p in releases.history(tx, KEY)] == [
            (5, None),
            (3, 4),
            (2, 3),
            (1, 2),
        ]
        with pytest.raises(KnowledgeError, match="no earlier revision"):
            releases.rollback(tx, UnitKey("faq", "other"), "chief", NOW)
        with pytest.raises(KnowledgeError, match="never published"):
            releases.rollback(tx, UnitKey("faq", "unknown"), "chief", NOW)


def test_every_change_is_in_the_audit_log(database: Database) -> None:
    with database.write() as tx:
        releases.save_draft(tx, faq(), "editor", NOW)
        releases.publish(tx, "chief", "首版", NOW)
        releases.delete_draft(tx, KEY, "editor", NOW)
        releases.publish(tx, "chief", "", NOW)
        releases.rollback(tx, 1, "chief", NOW)
        done = [(entry.account, entry.action, entry.subject) for entry in reversed(audit.entries(tx))]
    assert done == [
        ("editor", "kb.draft", "faq:photo"),
        ("chief", "kb.publish", "release:1"),
        ("editor", "kb.draft.delete", "faq:photo"),
        ("chief", "kb.publish", "release:2"),
        ("chief", "kb.rollback", "release:3"),
    ]


def test_status_counts(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        publish(tx, faq("a", effective_to="2026-11-22"), faq("b", review_by="2026-11-23"), item())
        releases.save_draft(tx, faq("c"), "editor", NOW)
        releases.delete_draft(tx, UnitKey("faq", "a"), "editor", NOW)
        state = releases.status(tx, clock.now())
    assert (state.units, state.drafts, state.removals) == ({"faq": 2, "item": 1}, 2, 1)
    assert (state.expired, state.review_overdue) == (1, 0)


def test_two_who_publish_at_once_make_two_releases(database: Database) -> None:
    def work(name: str) -> None:
        for number in range(5):
            with database.write() as tx:
                releases.save_draft(tx, faq(f"{name}-{number}"), name, NOW)
            with database.write() as tx:
                releases.publish(tx, name, "", NOW)

    threads = [Thread(target=work, args=(name,)) for name in ("a", "b", "c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as tx:
        assert len(releases.units(tx, releases.current(tx))) == 15
        assert releases.drafts(tx) == []


steps = st.lists(
    st.one_of(
        st.tuples(st.just("publish"), st.dictionaries(st.sampled_from("abc"), st.sampled_from(["1", "2", None]))),
        st.tuples(st.just("rollback"), st.integers(0, 8)),
    ),
    max_size=8,
)


@settings(steady, max_examples=40)
@given(steps)
def test_releases_behave_like_a_list_of_whole_copies(script: list[tuple[str, object]]) -> None:
    database = Database("sqlite:///:memory:", pool_size=1)
    metadata.create_all(database.engine)
    copies: list[dict[str, str]] = [{}]
    with database.write() as tx:
        for verb, argument in script:
            if isinstance(argument, dict):
                target = {**copies[-1], **argument}
                changed = [faq(name, answer=answer) for name, answer in argument.items() if answer]
                publish(
                    tx, *changed, gone=tuple(UnitKey("faq", name) for name, answer in argument.items() if not answer)
                )
            elif isinstance(argument, int) and 1 <= argument < len(copies):
                target = dict(copies[argument])
                releases.rollback(tx, argument, "chief", NOW)
            else:
                continue
            target = {name: answer for name, answer in target.items() if answer}
            copies += [target] if target != copies[-1] else []
            assert releases.current(tx) == len(copies) - 1, verb
        for number, copy in enumerate(copies):
            assert {key.id: unit.answer for key, unit in held(tx, number).items()} == copy  # type: ignore[attr-defined]
            for other, before in enumerate(copies):
                added, removed = releases.changes(tx, other, number)
                assert {(s.unit.id, s.unit.answer) for s in added} == set(copy.items()) - set(before.items())  # type: ignore[attr-defined]
                assert len(removed) == len(set(before.items()) - set(copy.items()))
    database.close()
