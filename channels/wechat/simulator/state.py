"""What the page shows of the platform, as plain values for JSON."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from channels.wechat.simulator.people import Person
from channels.wechat.simulator.platform import Platform
from channels.wechat.simulator.records import Posted, Seen
from channels.wechat.simulator.users import buttons

SHOWN = 40
"""The newest callbacks and calls."""


def state(platform: Platform, person: Person, menu: list[dict[str, Any]]) -> dict[str, Any]:
    """One person's chat and what went on behind it.

    Args:
        menu: the buttons below the chat while the account has created none.
    """
    account, records = platform.accounts[person.channel], platform.records
    own = [posted for posted in records.posted if (posted.channel, posted.person) == (person.channel, person.name)]
    shown_by = {posted.passive.id: posted.id for posted in own if posted.passive}
    return {
        "version": records.version,
        "now": platform.clock.now().isoformat(),
        "account": {
            "channel": account.channel,
            "mode": account.mode,
            "format": account.format,
            "verified": account.verified,
            "menus": account.menus,
        },
        "following": person.following,
        "typing": person.windows.is_typing,
        "left": person.windows.left,
        "until": person.windows.until.isoformat() if person.windows.until else None,
        "tokens": sum(
            platform.tokens.fetched[one.channel] for one in platform.accounts.values() if one.app_id == account.app_id
        ),
        "serving": platform.customer_service.state.get(person.name, 0) if person.channel == "wecom-kf" else None,
        "chat": [_line(line, shown_by) for line in person.chat],
        "buttons": [_button(one) for one in platform.menus.get(person.channel, menu)],
        "posted": [_posted(posted) for posted in own[-SHOWN:]],
        "calls": [
            {**asdict(call), "at": _time(call.at)}
            for call in list(records.calls)[-SHOWN:]
            if call.channel in ("", person.channel)
        ],
    }


def _line(line: Seen, shown_by: dict[int, int]) -> dict[str, Any]:
    return {**asdict(line), "at": _time(line.at), "posted": shown_by.get(line.id)}


def _posted(posted: Posted) -> dict[str, Any]:
    attempts = [{**asdict(attempt), "at": _time(attempt.at)} for attempt in posted.attempts]
    return {"id": posted.id, "kind": posted.kind, "done": posted.done, "attempts": attempts}


def _button(button: dict[str, Any]) -> dict[str, Any]:
    below = [{"name": name} for name in buttons([button])] if button.get("sub_button") else []
    return {"name": button["name"], "below": below}


def _time(at: datetime) -> str:
    return at.isoformat()
