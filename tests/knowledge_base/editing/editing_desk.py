"""An editorial office for tests: Li writes, Wang and Zhao review, Chen publishes."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from knowledge_units import faq
from sqlalchemy.engine import Connection

from knowledge_base.editing import publishing, review, working
from knowledge_base.editing.publishing import NO_CONSENT, Consent
from knowledge_base.model import Unit, UnitKey
from knowledge_base.model.unit import Source
from knowledge_base.store import releases
from knowledge_base.store.releases import Release
from knowledge_base.trials.outcomes import Report

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=timezone.utc)
LATER = NOW + timedelta(hours=1)
KEY = UnitKey("faq", "photo")
LAW = (Source(title="居民身份证法"),)


def sourced(id: str = "photo", question: str = "照片可以自己带吗", answer: str = "可以。", **fields: object) -> Unit:
    """A unit of which nothing is found amiss."""
    return faq(id, question, answer, sources=LAW, **fields)


def standing(tx: Connection, *units: Unit) -> Release:
    """Publish units as if they had long been there."""
    releases.save_drafts(tx, units, "old", NOW - timedelta(days=9))
    return releases.publish(tx, "old", "", NOW - timedelta(days=9), only=[unit.key for unit in units])


def write(tx: Connection, unit: Unit, account: str = "li") -> int:
    """Save a draft as the editor does."""
    return working.save(tx, unit.key, account, unit, working.standing(tx, unit.key), NOW)


def passed(tx: Connection, unit: Unit, *, author: str = "li", reviewer: str = "wang") -> int:
    """Write a draft, and have it pass its review."""
    revision = write(tx, unit, author)
    review.submit(tx, unit.key, author, "", NOW)
    review.approve(tx, unit.key, revision, reviewer, "", NOW, steps=1)
    return revision


def tried(tx: Connection, *keys: UnitKey) -> Report:
    """A report of no tests at all about the drafts as they stand."""
    return Report(releases.current(tx), frozenset(map(tuple, releases.pending_moves(tx, keys))), (), 0.0)


def publish(
    tx: Connection, *keys: UnitKey, by: str = "chen", consent: Consent = NO_CONSENT, order: int | None = None
) -> Release:
    return publishing.publish(tx, list(keys), by, "", NOW, tried(tx, *keys), consent, order)


def says(tx: Connection, key: UnitKey = KEY) -> str | None:
    """What a published FAQ answers."""
    stored = releases.find(tx, releases.current(tx), key)
    return None if stored is None else stored.unit.answer  # type: ignore[attr-defined]
