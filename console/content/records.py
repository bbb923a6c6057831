"""咨询记录: an answer as it was given, found by its number; and what its unit says today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from sqlalchemy.engine import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from console.content.occasion import occasion_of
from console.content.roles import EDITORS, PART, READERS
from console.house import House, house
from console.pages import render, see_other
from console.routing import route
from foundation.channel_names import CHANNEL_NAMES
from foundation.clock import CHINA, local_today
from knowledge_base import records
from knowledge_base.model import KINDS, UnitKey
from knowledge_base.records import ALPHABET, Record, normalise_number

if TYPE_CHECKING:
    from knowledge_base.recalls.looking import Beside, Told

PAGE = 50
ASKED = ("number", "kind", "id", "channel", "day", "before")


@dataclass(frozen=True)
class Found:
    record: Record
    beside: Beside | None
    recalls: list[Told]


async def listed(request: Request) -> Response:
    """GET /content/records?number=, or kind=&id=&channel=&day=YYYY-MM-DD&before=TIME~NUMBER"""
    asked = {name: _clean(request.query_params.get(name, "")) for name in ASKED}
    number = normalise_number(asked["number"]) or ""
    if number and await house(request).read(lambda tx: records.read(tx, number)) is not None:
        return see_other(f"{PART}/records/{number}")
    found = [] if asked["number"] else await house(request).read(lambda tx: _search(tx, asked))
    return render(
        request,
        "content_records.html",
        asked=asked,
        found=found[:PAGE],
        more=_more(asked, found[PAGE - 1]) if len(found) > PAGE else "",
        unknown=bool(asked["number"]),
        channels=CHANNEL_NAMES,
        kinds=KINDS,
    )


async def one(request: Request) -> Response:
    """GET /content/records/{number}"""
    here, me, number = house(request), request.state.account, normalise_number(request.path_params["number"])
    found = await here.read(lambda tx: _open(tx, here, number or ""))
    editor = not set(EDITORS).isdisjoint(me.roles)
    return render(request, "content_record.html", found=found, record=found.record, may_recall=editor)


def _search(tx: Connection, asked: dict[str, str]) -> list[Record]:
    day = _day(asked["day"])
    return records.search(
        tx,
        unit=UnitKey(asked["kind"], asked["id"]) if asked["id"] else None,
        channel=asked["channel"] or None,
        since=day,
        until=day + timedelta(days=1) if day else None,
        before=_before(asked["before"]),
        limit=PAGE + 1,
    )


def _open(tx: Connection, here: House, number: str) -> Found:
    from knowledge_base.recalls.looking import beside, recalls_of

    record = records.read(tx, number)
    if record is None:
        raise HTTPException(404, "no_record")
    unit = beside(tx, record, occasion_of(here), local_today(here.clock))
    return Found(record, unit, recalls_of(tx, record.number))


def _more(asked: dict[str, str], last: Record) -> str:
    kept = {name: text for name, text in asked.items() if text}
    return f"{PART}/records?" + urlencode({**kept, "before": f"{last.at.isoformat()}~{last.number}"})


def _before(text: str) -> tuple[datetime, str] | None:
    at, _, number = text.partition("~")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return (moment, number) if moment.tzinfo is not None and set(number) <= {*ALPHABET, "-"} else None


def _day(text: str) -> datetime | None:
    """The beginning of a day at the office; None for what is no date, or the last one there is."""
    try:
        return datetime.combine(date.fromisoformat(text), time(), CHINA).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def _clean(text: str) -> str:
    text = text.strip()[:200]
    return text if text.isprintable() else ""


ROUTES: list[Any] = [
    route(f"{PART}/records", listed, roles=READERS, nav="咨询记录", under=PART),
    route(f"{PART}/records/{{number}}", one, roles=READERS),
]
