"""A case as an outside system is told of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from desk.case_private import Private, blank
from desk.case_words import WORDS, kind_title, state_title
from desk.cases import Case
from foundation.clock import CHINA
from foundation.settings import Settings


def message(event: str, case: Case, private: Private, settings: Settings, now: datetime) -> dict[str, Any]:
    """What is sent when something has happened to a case.

    Of a report, contact and identifiers go along only where a setting says so: who wrote it must not be known. The
    conversation never does.
    """
    shown = not case.hides_who or settings.cases_webhook_reporter

    def text(masked: str) -> str:
        return private.fill(masked) if shown else blank(masked, WORDS.entry("hidden"))

    return {
        "event": f"case.{event}",
        "at": _local(now),
        "office": {"region": settings.region, "name": settings.office_name},
        "case": {
            "number": case.number,
            "kind": case.kind,
            "kind_text": kind_title(case.kind),
            "state": case.state,
            "state_text": state_title(case.state),
            "what": text(case.what),
            "where": text(case.place) or None,
            "when": text(case.happened) or None,
            "contact": private.contact if shown else None,
            "confidential": case.hides_who,
            "department": case.department,
            "topic": case.topic_title,
            "filed_at": _local(case.filed_at),
            "closed_at": _local(case.closed_at) if case.closed_at else None,
        },
    }


def _local(at: datetime) -> str:
    return at.astimezone(CHINA).isoformat(timespec="seconds")
