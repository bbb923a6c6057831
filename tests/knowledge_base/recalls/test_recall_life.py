"""A recall from its draft to its end: two people, honest numbers, nobody's name kept when they are erased."""

from __future__ import annotations

import pytest
from recall_town import KEY, OCCASION, answer, card, drafted, publish, scope, sent
from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from foundation import audit, erasure, outbox
from foundation.clock import FixedClock
from foundation.database import Database
from knowledge_base.recalls import drafting, progress
from knowledge_base.recalls.concerned import concerned
from knowledge_base.recalls.progress import Recipient, counts
from knowledge_base.recalls.tables import recall_recipients
from knowledge_base.recalls.wording import filled, proposed
from knowledge_base.recalls.words import RecallRefused

PEOPLE = ("web:1", "web:2", "wechat:3", "rest:4")


@pytest.fixture
def wrong(database: Database, clock: FixedClock) -> Database:
    """Four people were told that it costs 40 yuan, and one who was erased since; it costs 10."""
    with database.write() as tx:
        publish(tx, card(fee=[{"amount": "40"}]), now=clock.now())
        for conversation in (*PEOPLE, None):
            answer(tx, conversation, clock.now())
        clock.advance(hours=1)
        publish(tx, card(fee=[{"amount": "10"}]), now=clock.now())
        clock.advance(hours=1)
    return database


def write_to_all(tx: Connection, clock: FixedClock) -> list[Recipient]:
    """What the loop beside the worker does."""
    found = progress.next_ones(tx, (), 10)
    for one in found:
        outbox.add(tx, one.conversation, one.channel, [{"text": "更正"}], clock.now())
        id = outbox.after(tx, one.conversation, 0)[-1].id
        assert progress.claim(tx, one, clock.now()) and not progress.claim(tx, one, clock.now())
        progress.written_to(tx, one, id, "AAAA-0000")
    return found


def test_whoever_wrote_it_may_not_send_it(wrong: Database, clock: FixedClock) -> None:
    with wrong.write() as tx:
        id = drafted(tx, clock.now(), by="lihua")
        recall = drafting.get(tx, id)
        people = concerned(tx, recall.scope, OCCASION)
        with pytest.raises(RecallRefused) as refused:
            drafting.send(tx, id, people, "lihua", recall.text, clock.now())
        assert refused.value.key == "own"
        with pytest.raises(RecallRefused) as refused:
            drafting.reword(tx, id, "我来改", "原因", "wang", clock.now())
        assert refused.value.key == "not_author"
        drafting.send(tx, id, people, "wang", recall.text, clock.now())
        recall = drafting.get(tx, id)
        assert (recall.state, recall.account, recall.sent_by) == ("sending", "lihua", "wang")
        with pytest.raises(RecallRefused) as refused:
            drafting.send(tx, id, people, "zhao", recall.text, clock.now())
        assert refused.value.key == "not_draft"
        assert [(one.account, one.action) for one in reversed(audit.entries(tx, subject=f"recall:{id}"))] == [
            ("lihua", "recall.draft"),
            ("wang", "recall.send"),
        ]


def test_what_was_read_is_what_is_sent(wrong: Database, clock: FixedClock) -> None:
    with wrong.write() as tx:
        id = drafted(tx, clock.now(), by="lihua")
        recall = drafting.get(tx, id)
        people = concerned(tx, recall.scope, OCCASION)
        drafting.reword(tx, id, "改过的文字", "原因", "lihua", clock.now())
        with pytest.raises(RecallRefused) as refused:
            drafting.send(tx, id, people, "wang", recall.text, clock.now())
        assert refused.value.key == "changed"
        publish(tx, card(fee=[{"amount": "15"}]), now=clock.now())
        with pytest.raises(RecallRefused) as refused:
            drafting.send(tx, id, people, "wang", "改过的文字", clock.now())
        assert refused.value.key == "changed", "the unit was changed once more"


def test_a_recall_that_concerns_nobody_is_not_sent(wrong: Database, clock: FixedClock) -> None:
    with wrong.write() as tx:
        id = drafted(tx, clock.now())
        with pytest.raises(RecallRefused) as refused:
            drafting.send(tx, id, [], "wang", proposed(), clock.now())
        assert refused.value.key == "nobody"


@pytest.mark.parametrize(
    ("text", "reason", "key"),
    [(" ", "x", "text"), ("x" * 1001, "x", "text"), ("x", "", "reason"), ("x", "x" * 501, "reason"),
     ("您好，{姓名}", "x", "field")],
)  # fmt: skip
def test_what_may_not_be_written(wrong: Database, clock: FixedClock, text: str, reason: str, key: str) -> None:
    with wrong.write() as tx, pytest.raises(RecallRefused) as refused:
        drafting.draft(tx, scope(tx, clock.now()), card(), text, reason, "lihua", clock.now())
    assert refused.value.key == key


def test_everybody_reads_what_they_were_told(wrong: Database, clock: FixedClock) -> None:
    with wrong.read() as tx:
        one = concerned(tx, scope(tx, clock.now()), OCCASION)[0]
    text = filled(proposed(), "居民身份证办理", one.record, one.difference)
    assert text.startswith("更正告知：您于11月23日咨询“居民身份证办理（收费）”（咨询记录号 ")
    assert one.record.number in text and text.index("40元") < text.index("10元")
    assert filled("{x}{日期}", "", one.record, one.difference) == "{x}11月23日", "nothing else is filled in"


def test_the_numbers_follow_the_outbox(wrong: Database, clock: FixedClock) -> None:
    with wrong.write() as tx:
        id = sent(tx, clock.now())
        before = counts(tx, id)
        assert (before.total, before.of("to_send"), before.of("erased")) == (5, 4, 1)
        assert before.states[("web", "to_send")] == 2
        first = write_to_all(tx, clock)
        assert [one.conversation for one in first] == sorted(PEOPLE) and write_to_all(tx, clock) == []
        assert counts(tx, id).of("sent") == 4 and progress.under_way(tx) == {"rest": 1, "web": 2, "wechat": 1}

        outbox.delivered(tx, [reply.id for reply in outbox.after(tx, "web:1", 0)], clock.now())
        held = outbox.outbox.c.conversation == "wechat:3"
        tx.execute(update(outbox.outbox).where(held).values(state=outbox.HELD))
        outbox.failed(tx, [reply.id for reply in outbox.after(tx, "rest:4", 0)])
        assert progress.arrived(tx, clock.now()) == []
        stuck = {one.conversation: (one, why) for one, why in progress.stuck(tx, 10)}
        assert {name: why for name, (_, why) in stuck.items()} == {"wechat:3": "window", "rest:4": "refused"}
        progress.held(tx, stuck["wechat:3"][0], clock.now(), by_phone=True)
        progress.unreachable(tx, stuck["rest:4"][0], "refused", clock.now(), by_phone=True)
        assert progress.stuck(tx, 10) == []
        now = counts(tx, id)
        assert [now.of(state) for state in ("sent", "reached", "waiting", "unreachable", "erased")] == [1, 1, 1, 1, 1]
        assert now.why == {"window": 1, "refused": 1} and now.by_phone == 2

        # The citizen writes again, and gets it.
        tx.execute(update(outbox.outbox).where(held).values(state=outbox.DELIVERED))
        assert [one.conversation for one in progress.arrived(tx, clock.now())] == ["wechat:3"], "nobody need call"
        progress.finish(tx, clock.now())
        assert counts(tx, id).why == {"refused": 1} and drafting.get(tx, id).state == "sent"


def test_who_never_comes_back_is_not_waited_for_for_ever(wrong: Database, clock: FixedClock) -> None:
    with wrong.write() as tx:
        id = sent(tx, clock.now())
        write_to_all(tx, clock)
        clock.advance(days=30)
        progress.finish(tx, clock.now())
        assert counts(tx, id).of("sent") == 4
        clock.advance(days=2)
        progress.finish(tx, clock.now())
        assert counts(tx, id).why == {"too_late": 4} and progress.is_idle(tx)


def test_what_is_being_sent_can_be_stopped(wrong: Database, clock: FixedClock) -> None:
    with wrong.write() as tx:
        id = sent(tx, clock.now())
        drafting.withdraw(tx, id, "wang", clock.now())
        assert progress.next_ones(tx, (), 10) == [] and counts(tx, id).why == {"stopped": 4}
        with pytest.raises(RecallRefused):
            drafting.withdraw(tx, id, "wang", clock.now())


def test_a_busy_channel_waits(wrong: Database, clock: FixedClock) -> None:
    with wrong.write() as tx:
        sent(tx, clock.now())
        assert {one.channel for one in progress.next_ones(tx, ("web",), 10)} == {"wechat", "rest"}


def test_erasure_keeps_the_numbers_right(wrong: Database, clock: FixedClock) -> None:
    with wrong.write() as tx:
        id = sent(tx, clock.now())
        erasure.erase_everything(tx, "web:2")  # before anything was sent
        write_to_all(tx, clock)
        outbox.delivered(tx, [reply.id for reply in outbox.after(tx, "web:1", 0)], clock.now())
        for conversation in ("web:1", "wechat:3"):  # one has it, though nobody has counted yet; one has not
            assert erasure.export_everything(tx, conversation)["recall_recipients"]
            erasure.erase_everything(tx, conversation)
        progress.arrived(tx, clock.now())
        now = counts(tx, id)
        assert [now.of(state) for state in ("reached", "erased", "sent")] == [1, 3, 1] and now.total == 5
        named = tx.execute(select(recall_recipients.c.conversation)).scalars().all()
        assert {name for name in named if name} == {"rest:4"}
        assert drafting.get(tx, id).key == KEY


def test_departments_see_their_own(wrong: Database, clock: FixedClock) -> None:
    with wrong.write() as tx:
        unit = card().copy(update={"department": "户政科"})
        id = drafting.draft(tx, scope(tx, clock.now()), unit, "x", "x", "lihua", clock.now())
        assert [one.id for one in drafting.listing(tx, None)] == [id]
        assert [one.id for one in drafting.listing(tx, "户政科")] == [id]
        assert drafting.listing(tx, "社保局") == []
