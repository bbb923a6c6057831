"""A draft is moved on from where it was seen, or not at all."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from knowledge_units import faq

from foundation.database import Database
from knowledge_base.editing import orders
from knowledge_base.model import UnitKey
from knowledge_base.store import drafts, releases

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=timezone.utc)
KEY = UnitKey("faq", "photo")


@pytest.mark.parametrize("moved", ["state", "step", "order_id", None])
def test_what_somebody_has_moved_meanwhile_stays_there(database: Database, moved: str | None) -> None:
    with database.write() as tx:
        order = orders.create(tx, "调整收费", {}, "", "li", NOW).id
        revision = releases.save_draft(tx, faq(), "li", NOW)
        seen = drafts.draft(tx, KEY)
        if moved is not None:
            drafts.move(tx, KEY, revision, **{moved: {"state": drafts.IN_REVIEW, "step": 1, "order_id": order}[moved]})
        stands = drafts.draft(tx, KEY)
        assert drafts.move(tx, KEY, revision, seen=seen, state=drafts.APPROVED) is (moved is None)
        assert moved is None or drafts.draft(tx, KEY) == stands


@pytest.mark.parametrize("state", [drafts.IN_REVIEW, drafts.APPROVED])
def test_only_what_is_in_that_state_is_released(database: Database, state: str) -> None:
    with database.write() as tx:
        drafts.move(tx, KEY, releases.save_draft(tx, faq(), "li", NOW), state=state)
        made = releases.publish(tx, "chen", "", NOW, only=[KEY], state=drafts.APPROVED)
        assert made.fresh is (state == drafts.APPROVED)
        assert (drafts.draft(tx, KEY) is None) is made.fresh
