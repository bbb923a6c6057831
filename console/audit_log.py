"""The audit log, for those who must be able to see who did what, and that nobody has tampered with it."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, time, timezone
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from console.house import house
from console.pages import render
from console.routing import route
from foundation import audit, audit_chain, audit_verifying
from foundation.clock import CHINA

READERS = ("auditor", "admin")
PAGE = 100
LARGEST_ID = 2**31 - 1


async def entries(request: Request) -> Response:
    """GET /audit?account=&action=&subject=&since=YYYY-MM-DD&before=ID"""
    asked = _asked(request)
    filters: dict[str, Any] = {name: asked[name] or None for name in ("account", "action", "subject")}
    filters |= {"since": _day(asked["since"]), "before": _number(asked["before"])}
    found = await house(request).read(lambda tx: audit.entries(tx, **filters, limit=PAGE))
    more = ""
    if len(found) == PAGE:
        more = "/audit?" + urlencode({**{key: text for key, text in asked.items() if text}, "before": found[-1].id})
    return render(request, "audit.html", found=found, asked=asked, more=more, report=None)


async def verify(request: Request) -> Response:
    """POST /audit/verify: whether the chain is whole."""
    here = house(request)
    with suppress(audit_chain.HeadAltered):  # verifying says so
        await here.write(audit_chain.seal)
    report = await here.read(audit_verifying.verify)
    found = await here.read(lambda tx: audit.entries(tx, limit=PAGE))
    asked = dict.fromkeys(("account", "action", "subject", "since", "before"), "")
    return render(request, "audit.html", found=found, asked=asked, more="", report=report)


def _asked(request: Request) -> dict[str, str]:
    names = ("account", "action", "subject", "since", "before")
    texts = {name: request.query_params.get(name, "").strip()[:200] for name in names}
    return {name: text if text.isprintable() else "" for name, text in texts.items()}


def _day(text: str) -> datetime | None:
    """The beginning of a day at the office; None for what is no date."""
    try:
        return datetime.combine(date.fromisoformat(text), time(), CHINA).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def _number(text: str) -> int | None:
    return min(int(text), LARGEST_ID) if text.isascii() and text.isdigit() and len(text) < 12 else None


ROUTES = [
    route("/audit", entries, roles=READERS, nav="审计日志"),
    route("/audit/verify", verify, roles=READERS, methods=("POST",)),
]
