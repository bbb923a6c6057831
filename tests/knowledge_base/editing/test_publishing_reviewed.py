"""Publishing what has passed review: what holds it up, who answers for what, and on which day."""

from __future__ import annotations

from datetime import timedelta

import pytest
from editing_desk import KEY, LATER, NOW, passed, publish, says, sourced, standing, tried, write
from knowledge_units import faq

from foundation import audit
from foundation.database import Database
from knowledge_base.editing import publishing, review, scheduling, settling
from knowledge_base.editing.errors import Forbidden, Overtaken, Unfit, WrongState
from knowledge_base.editing.publishing import Consent
from knowledge_base.model import UnitKey
from knowledge_base.store import releases

OTHER = UnitKey("faq", "other")


def test_only_what_is_named_goes_out(database: Database) -> None:
    with database.write() as tx:
        standing(tx, sourced(answer="旧"), sourced("other", "另一个问题", "旧"))
        passed(tx, sourced(answer="新"))
        passed(tx, sourced("other", "另一个问题", "新"))
        assert publish(tx, KEY).changed == 1
        assert (says(tx), says(tx, OTHER)) == ("新", "旧")
        assert [draft.key for draft in releases.drafts(tx)] == [OTHER]


def test_a_warning_waits_for_somebody_who_answers_for_it_by_name(database: Database) -> None:
    with database.write() as tx:
        standing(tx, sourced("other", "照片可以自己带吗"))
        passed(tx, sourced())
    with database.write() as tx:
        with pytest.raises(releases.Refused, match="相同") as refused:
            publish(tx, KEY)
        digests = frozenset(finding.digest for finding in refused.value.findings)
    with database.write() as tx, pytest.raises(Unfit, match="写明"):
        publish(tx, KEY, consent=Consent(digests))
    with database.write() as tx:
        publish(tx, KEY, by="chen", consent=Consent(digests, reason="两个窗口的照片要求不同"))
        assert settling.settled(tx, [KEY]) == digests
        entry = next(entry for entry in audit.entries(tx, action="kb.settle"))
        assert (entry.account, entry.subject) == ("chen", str(KEY))


def test_who_answered_once_is_not_asked_again_until_the_problem_changes(database: Database) -> None:
    with database.write() as tx:
        passed(tx, faq())  # no source
        with pytest.raises(releases.Refused) as refused:
            publish(tx, KEY)
        publish(tx, KEY, consent=Consent(frozenset([refused.value.findings[0].digest]), reason="惯例"))
        passed(tx, faq(answer="可以带。"))
        assert publish(tx, KEY).fresh
        passed(tx, faq(answer="可以带。", review_by=NOW.date() - timedelta(days=1)))
        with pytest.raises(releases.Refused, match="复核"):
            publish(tx, KEY)


def test_a_contradiction_within_one_unit_cannot_be_consented_to(database: Database) -> None:
    with database.write() as tx:
        passed(tx, sourced(successor="photo"))
        with pytest.raises(releases.Refused, match="替代者是它自己") as refused:
            publish(tx, KEY)
        digests = frozenset(finding.digest for finding in refused.value.findings)
        with pytest.raises(releases.Refused, match="替代者是它自己"):
            publish(tx, KEY, consent=Consent(digests, tests=True, reason="就这样"))


def test_a_report_about_anything_else_publishes_nothing(database: Database) -> None:
    with database.write() as tx:
        passed(tx, sourced())
        report = tried(tx, KEY)
        standing(tx, sourced("other", "另一个问题"))
    with database.write() as tx, pytest.raises(Overtaken, match="重新试答"):
        publishing.publish(tx, [KEY], "chen", "", NOW, report)


def test_one_unit_goes_back_and_the_others_stay(database: Database) -> None:
    with database.write() as tx:
        standing(tx, sourced(answer="旧"), sourced("other", "另一个问题", "旧"))
        passed(tx, sourced(answer="新"))
        passed(tx, sourced("other", "另一个问题", "新"))
        publish(tx, KEY, OTHER)
        releases.rollback(tx, KEY, "chen", NOW)
        assert (says(tx), says(tx, OTHER)) == ("旧", "新")


def test_what_is_scheduled_goes_out_at_its_time_under_the_name_of_who_said_so(database: Database) -> None:
    with database.write() as tx:
        standing(tx, sourced(answer="旧"))
        passed(tx, sourced(answer="新"))
        with pytest.raises(Unfit, match="已经过去"):
            scheduling.schedule(tx, [KEY], "chen", NOW, NOW)
        with pytest.raises(Forbidden):
            scheduling.schedule(tx, [KEY], "li", LATER, NOW)
        scheduling.schedule(tx, [KEY], "chen", LATER, NOW)
        assert scheduling.due(tx, NOW) == []
        (one,) = scheduling.due(tx, LATER)
        scheduling.publish_due(tx, one, tried(tx, *one.keys), LATER)
        assert says(tx) == "新" and releases.history(tx, KEY)[0].published_by == "chen"
        assert scheduling.due(tx, LATER) == []
    with database.write() as tx, pytest.raises(Exception, match="没有草稿"):
        scheduling.publish_due(tx, one, tried(tx, *one.keys), LATER)  # another process was quicker


def test_what_is_changed_after_it_was_scheduled_waits_for_a_new_review(database: Database) -> None:
    with database.write() as tx:
        passed(tx, sourced(answer="新"))
        scheduling.schedule(tx, [KEY], "chen", LATER, NOW)
        write(tx, sourced(answer="更新"))
        review.submit(tx, KEY, "li", "", NOW)
        revision = review.existing(tx, KEY).revision
        review.approve(tx, KEY, revision, "wang", "", NOW, steps=1)
        assert scheduling.due(tx, LATER) == []


def test_what_has_not_passed_is_neither_published_nor_scheduled(database: Database) -> None:
    with database.write() as tx:
        write(tx, sourced())
        with pytest.raises(WrongState):
            publish(tx, KEY)
        with pytest.raises(WrongState):
            scheduling.schedule(tx, [KEY], "chen", LATER, NOW)
