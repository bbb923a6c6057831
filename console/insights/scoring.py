"""质检打分: one answer of a sample, with what was asked, where it came from, and what the unit says today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.engine import Connection
from starlette.requests import Request
from starlette.responses import Response

import console.content.record_words  # noqa: F401  # filters of the records' templates
from console.content.learned import readable
from console.content.occasion import occasion_of
from console.content.telling import Form, posted
from console.house import House, house
from console.insights.sample_words import WORDS
from console.insights.samples import HERE, SCORERS, guarded
from console.pages import render, see_other
from console.routing import route
from desk.case_confidence import transcript
from foundation.clock import local_today
from foundation.dialogue import Line as Said
from foundation.masking import redact
from insights.sampling import sheets
from insights.sampling.sheets import Line, Sample
from knowledge_base import records
from knowledge_base.records import Record

if TYPE_CHECKING:
    from knowledge_base.recalls.looking import Beside

READ, SHOWN = 400, 4
"""Lines of a conversation among which those before an agent's reply are looked for; and so many are shown."""


@dataclass(frozen=True)
class Asked:
    """What a reviewer is shown of one line."""

    sample: Sample
    line: Line
    total: int
    record: Record | None
    """None: its time is over, or the citizen's data was erased, and what a person told them is locked."""
    question: str
    before: list[Said]
    beside: Beside | None


async def page(request: Request) -> Response:
    """GET /insights/samples/{id}/lines/{place}"""
    return await _show(request)


async def score(request: Request, form: Form) -> Response:
    """POST /insights/samples/{id}/lines/{place}: verdict, remark; leads to the next line that waits"""
    here, me = house(request), request.state.account
    id, place = request.path_params["id"], request.path_params["place"]
    remark = redact(form.get("remark", "").strip())
    if form.get("verdict", "") not in WORDS.entry("verdicts") or len(remark) > sheets.LONGEST_REMARK:
        return await _show(request, WORDS.say("refused.verdict", most=sheets.LONGEST_REMARK), remark)

    def write(tx: Connection) -> int | None:
        sheets.score(tx, id, place, form["verdict"], remark, me.name, here.now())
        return sheets.next_for(tx, id, me.name, place)

    onward = await here.write(write)
    return see_other(f"{HERE}/{id}?done=all" if onward is None else f"{HERE}/{id}/lines/{onward}")


async def _show(request: Request, wrong: str = "", remark: str | None = None) -> Response:
    here, me = house(request), request.state.account
    id, place = request.path_params["id"], request.path_params["place"]
    found = await here.read(lambda tx: _asked(tx, here, id, place))
    line = found.line
    why = "closed" if found.sample.closed_at else "own" if line.said_by == me.name else ""
    why = why or ("" if line.may_be_scored_by(me.name) else "scored")
    return render(
        request,
        "insights_sample_line.html",
        422 if wrong else 200,
        found=found,
        wrong=wrong,
        remark=line.remark if remark is None else remark,
        why_not=WORDS.say(f"refused.{why}") if why else "",
        most=sheets.LONGEST_REMARK,
        readable=readable,
    )


def _asked(tx: Connection, here: House, id: int, place: int) -> Asked:
    sample, line = sheets.get(tx, id), sheets.line(tx, id, place)
    total = sum(one.drawn for one in sample.strata)
    record = records.read(tx, line.record)
    if record is not None and line.speaker == "agent" and record.conversation is None:
        record = None
    if record is None:
        return Asked(sample, line, total, None, "", [], None)
    if line.speaker == "robot":
        from knowledge_base.recalls.looking import beside  # brings the search, without which the console starts faster

        question = sheets.question_of(tx, line.record, record.at) or ""
        now = beside(tx, record, occasion_of(here), local_today(here.clock))
        return Asked(sample, line, total, record, question, [], now)
    said = transcript(tx, record.conversation, READ) if record.conversation else []
    before = [one for one in said if one.at < record.at and one.text != record.text][-SHOWN:]
    return Asked(sample, line, total, record, "", before, None)


ROUTES = [
    route(f"{HERE}/{{id:int}}/lines/{{place:int}}", guarded(page), roles=(*SCORERS, "auditor")),
    route(f"{HERE}/{{id:int}}/lines/{{place:int}}", guarded(posted(score)), roles=SCORERS, methods=("POST",)),
]
