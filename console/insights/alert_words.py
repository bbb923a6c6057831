"""Alerts in words for the staff (alerts.yml); their filters for templates."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from console.pages import TEMPLATES
from foundation.settings import Settings
from foundation.words import Words
from insights.warning.alerts import Alert, Event

_words = Words(Path(__file__).with_name("alerts.yml"))
word, entry = _words.say, _words.entry


def state_of(alert: Alert) -> str:
    """One of `states`."""
    return "resolved" if alert.resolved_at else "going_on" if alert.going_on else "recovered"


def about(event: Event) -> str:
    """What an event says besides its kind."""
    detail = event.detail
    if "people" in detail:
        return word("trouble.people", people=detail["people"])
    if "address" in detail:
        return str(entry("addresses")[detail["address"]])
    return str(entry("verdicts")[detail["verdict"]]) if "verdict" in detail else ""


def recipients(settings: Settings) -> list[tuple[str, bool]]:
    """Who is told, and whether the settings name them."""
    there = {
        "console": True,
        "webhook": settings.alert_webhook_url is not None,
        "wecom": settings.alert_wecom_url is not None,
    }
    return [(word(f"recipients.{name}"), is_set) for name, is_set in there.items()]


def thresholds(settings: Settings) -> Sequence[str]:
    return [str(line).format(a_week=f"{settings.alerts_a_week:g}") for line in entry("thresholds")]


TEMPLATES.globals["alert_words"] = entry
TEMPLATES.filters["alert_state"] = state_of
TEMPLATES.filters["event_about"] = about
