"""Questions that are set aside, and when they come back."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from sqlalchemy import text

from foundation import audit
from foundation.database import Database
from knowledge_base.learning import asides
from knowledge_base.learning.clusters import Cluster, clusters
from knowledge_base.learning.errors import LearningError
from knowledge_base.learning.questions import Question

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=timezone.utc)
FISHING = ("水库可以钓鱼吗", "水库钓鱼要办证吗", "水库能不能钓鱼呢")


def asked(texts: tuple[str, ...], times: int = 1) -> Cluster:
    said = [Question(text, NOW, f"{text}{n}", "web", None, "refused") for text in texts for n in range(times)]
    return clusters(said).found[0]


def test_it_is_known_again_whichever_wording_comes_first(database: Database) -> None:
    with database.write() as tx:
        asides.put(tx, asked(FISHING), "归水务部门", "li", NOW)
        known = asides.listing(tx)
        entries = audit.entries(tx)
    found = asides.of_cluster(asked((*FISHING[1:], "水库旁边可以钓鱼吗")), known)
    assert found is not None and (found.reason, found.account) == ("归水务部门", "li")
    assert asides.of_cluster(asked(("无人机在哪里登记",)), known) is None
    assert [(one.account, one.action) for one in entries] == [("li", "kb.aside")]


def test_nothing_that_a_citizen_wrote_is_kept(database: Database) -> None:
    """It would outlive the conversation, and an erasure."""
    with database.write() as tx:
        asides.put(tx, asked(FISHING), "归水务部门", "li", NOW)
        row = tx.execute(text("SELECT * FROM asides")).mappings().one()
    assert not [one for one in row.values() if any(question in str(one) for question in FISHING)]


def test_it_comes_back_when_it_is_asked_far_more_often(database: Database) -> None:
    with database.write() as tx:
        asides.put(tx, asked(FISHING), "归水务部门", "li", NOW)
        [aside] = asides.listing(tx)
    assert [aside.outgrown(asked(FISHING, times)) for times in (1, 2, 3)] == [False, False, True]


def test_a_reason_is_given(database: Database) -> None:
    with database.write() as tx, pytest.raises(LearningError):
        asides.put(tx, asked(FISHING), "  ", "li", NOW)


def test_it_is_taken_back_once(database: Database) -> None:
    with database.write() as tx:
        asides.put(tx, asked(FISHING), "归水务部门", "li", NOW)
        [aside] = asides.listing(tx)
        asides.take_back(tx, aside.id, "wang", NOW)
        assert asides.listing(tx) == []
        with pytest.raises(LearningError):
            asides.take_back(tx, aside.id, "wang", NOW)
