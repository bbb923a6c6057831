"""Review: by others than the authors, step by step, of just the text that was read."""

from __future__ import annotations

import pytest
from editing_desk import KEY, NOW, publish, says, sourced, standing, write

from foundation import audit
from foundation.database import Database
from knowledge_base.editing import review, trail
from knowledge_base.editing.errors import Forbidden, Missing, Overtaken, Unfit, WrongState
from knowledge_base.store import drafts, releases


def test_an_author_neither_reviews_nor_publishes(database: Database) -> None:
    with database.write() as tx:
        revision = write(tx, sourced())
        review.submit(tx, KEY, "li", "请审", NOW)
        for refused in (review.approve, review.reject):
            with pytest.raises(Forbidden, match="自己"):
                refused(tx, KEY, revision, "li", "好", NOW, *([1] if refused is review.approve else []))
        review.approve(tx, KEY, revision, "wang", "", NOW, steps=1)
        with pytest.raises(Forbidden, match="自己"):
            publish(tx, KEY, by="li")
        assert publish(tx, KEY, by="wang").fresh


def test_everybody_who_had_a_hand_in_it_is_an_author(database: Database) -> None:
    with database.write() as tx:
        write(tx, sourced(answer="一"), "li")
        revision = write(tx, sourced(answer="二"), "zhao")
        review.submit(tx, KEY, "zhao", "", NOW)
        for author in ("li", "zhao"):
            with pytest.raises(Forbidden):
                review.approve(tx, KEY, revision, author, "", NOW, steps=1)


def test_whoever_wrote_an_earlier_published_text_may_review_the_next(database: Database) -> None:
    with database.write() as tx:
        revision = write(tx, sourced(answer="一"), "li")
        review.submit(tx, KEY, "li", "", NOW)
        review.approve(tx, KEY, revision, "wang", "", NOW, steps=1)
        publish(tx, KEY)
        revision = write(tx, sourced(answer="二"), "zhao")
        review.submit(tx, KEY, "zhao", "", NOW)
        assert review.approve(tx, KEY, revision, "li", "", NOW, steps=1).state == drafts.APPROVED


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_each_step_by_another_person(database: Database, steps: int) -> None:
    with database.write() as tx:
        revision = write(tx, sourced())
        review.submit(tx, KEY, "li", "", NOW)
        for done in range(steps):
            assert review.existing(tx, KEY).state == drafts.IN_REVIEW
            if done:
                with pytest.raises(Forbidden, match="前一步"):
                    review.approve(tx, KEY, revision, "reader0", "", NOW, steps)
            draft = review.approve(tx, KEY, revision, f"reader{done}", "", NOW, steps)
        assert (draft.state, draft.step) == (drafts.APPROVED, steps)
        with pytest.raises(WrongState):
            review.approve(tx, KEY, revision, "one-more", "", NOW, steps)


def test_what_is_approved_is_what_was_read(database: Database) -> None:
    with database.write() as tx:
        read = write(tx, sourced(answer="一"))
        newer = write(tx, sourced(answer="二"))
        review.submit(tx, KEY, "li", "", NOW)
        with pytest.raises(Overtaken, match="刷新"):
            review.approve(tx, KEY, read, "wang", "", NOW, steps=1)
        with pytest.raises(Overtaken):
            review.reject(tx, KEY, read, "wang", "不对", NOW)
        review.approve(tx, KEY, newer, "wang", "", NOW, steps=1)


def test_a_draft_that_is_saved_again_begins_anew(database: Database) -> None:
    with database.write() as tx:
        revision = write(tx, sourced(answer="一"))
        review.submit(tx, KEY, "li", "", NOW)
        review.approve(tx, KEY, revision, "wang", "", NOW, steps=1)
        write(tx, sourced(answer="二"))
        draft = review.existing(tx, KEY)
        assert (draft.state, draft.step) == (drafts.DRAFT, 0)
        with pytest.raises(WrongState, match="没有通过审核"):
            publish(tx, KEY)


def test_rejecting_needs_a_reason_and_gives_it_back(database: Database) -> None:
    with database.write() as tx:
        revision = write(tx, sourced())
        with pytest.raises(WrongState):
            review.reject(tx, KEY, revision, "wang", "不对", NOW)
        review.submit(tx, KEY, "li", "", NOW)
        with pytest.raises(Unfit, match="原因"):
            review.reject(tx, KEY, revision, "wang", "  ", NOW)
        review.reject(tx, KEY, revision, "wang", "第二句和办事指南不一致", NOW)
        assert review.existing(tx, KEY).state == drafts.DRAFT
        last = trail.trail(tx, KEY)[0]
        assert (last.verdict, last.account, last.comment) == (trail.REJECTED, "wang", "第二句和办事指南不一致")


def test_taking_back_remarking_and_what_the_audit_log_says(database: Database) -> None:
    with database.write() as tx:
        with pytest.raises(Missing):
            review.submit(tx, KEY, "li", "", NOW)
        revision = write(tx, sourced())
        review.submit(tx, KEY, "li", "", NOW)
        with pytest.raises(WrongState):
            review.submit(tx, KEY, "li", "", NOW)
        review.remark(tx, KEY, "wang", "依据再核对一下", NOW)
        review.withdraw(tx, KEY, "li", NOW)
        with pytest.raises(WrongState):
            review.withdraw(tx, KEY, "li", NOW)
        with pytest.raises(WrongState):
            review.approve(tx, KEY, revision, "wang", "", NOW, steps=1)
        verdicts = [step.verdict for step in trail.trail(tx, KEY)]
        assert verdicts == [trail.WITHDRAWN, trail.COMMENT, trail.SUBMITTED, trail.SAVED]
        acts = {entry.action for entry in audit.entries(tx, subject=str(KEY))}
        assert acts == {"kb.draft", "kb.submitted", "kb.withdrawn"}


def test_the_removal_of_a_unit_is_reviewed_like_any_change(database: Database) -> None:
    with database.write() as tx:
        standing(tx, sourced(), sourced("other", "另一个问题"))
        releases.delete_draft(tx, KEY, "li", NOW)
        review.submit(tx, KEY, "li", "已经废止", NOW)
        with pytest.raises(Forbidden):
            review.approve(tx, KEY, None, "li", "", NOW, steps=1)
        review.approve(tx, KEY, None, "wang", "", NOW, steps=1)
        assert publish(tx, KEY).removed == 1
        assert says(tx) is None
