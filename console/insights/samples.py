"""质检: samples of answers, drawn by a supervisor; their results, the proof of the draw, and the sheet as a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import chain
from typing import Any

from sqlalchemy.engine import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from console.content.telling import Form, posted, trouble
from console.house import house
from console.insights.roles import PART
from console.insights.sample_words import WORDS
from console.pages import render, see_other
from console.routing import Handler, route
from desk import replies
from foundation.clock import local_today
from foundation.spreadsheets import csv_file, xlsx_file
from insights.local_time import begin, end
from insights.sampling import sheets
from insights.sampling.drawing import MOST, SPEAKERS, Candidate, Proof, Speaker
from insights.sampling.results import Scored, Share, results
from insights.sampling.sheets import Sample, SampleError

HERE = f"{PART}/samples"
READERS = ("supervisor", "reviewer", "auditor")
SCORERS = ("supervisor", "reviewer")
DRAWERS = ("supervisor",)
PROVERS = ("supervisor", "auditor")
USUAL = {"robot": "100", "agent": "30"}
"""Answers of each that a form begins with: with a hundred the interval is some six points to either side."""
FORMS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


async def listed(request: Request) -> Response:
    """GET /insights/samples"""
    return await _show(request)


async def draw(request: Request, form: Form) -> Response:
    """POST /insights/samples: since, until, robot, agent"""
    here, me = house(request), request.state.account
    since, until = _day(form.get("since", "")), _day(form.get("until", ""))
    sizes = {speaker: _size(form.get(speaker, "")) for speaker in SPEAKERS}
    if since is None or until is None:
        return await _show(request, WORDS.say("refused.days"), form)
    if None in sizes.values() or not any(sizes.values()):
        return await _show(request, WORDS.say("refused.sizes", most=MOST), form)
    wanted: dict[Speaker, int] = {speaker: size or 0 for speaker, size in sizes.items()}

    def write(tx: Connection) -> Sample:
        return sheets.make(tx, population(tx, since, until), wanted, since, until, me.name, here.now())

    try:
        made = await here.write(write)
    except SampleError as error:
        return await _show(request, WORDS.say(f"refused.{error.key}"), form)
    return see_other(f"{HERE}/{made.id}?done=drawn")


async def one(request: Request) -> Response:
    """GET /insights/samples/{id}"""
    return await _one(request)


async def prove(request: Request, form: Form) -> Response:
    """POST /insights/samples/{id}/proof: the draw is done again, and compared"""
    here, id = house(request), request.path_params["id"]

    def read(tx: Connection) -> Proof:
        sample = sheets.get(tx, id)
        return sheets.check(tx, sample, population(tx, sample.since, sample.until))

    proof = await here.read(read)
    key = "holds" if proof.holds and not proof.missing else "holds_so_far" if proof.holds else "broken"
    return await _one(request, WORDS.say(f"proof.{key}", missing=proof.missing), proof.holds)


async def close(request: Request, form: Form) -> Response:
    """POST /insights/samples/{id}/close"""
    here, id, me = house(request), request.path_params["id"], request.state.account
    await here.write(lambda tx: sheets.close(tx, id, me.name, here.now()))
    return see_other(f"{HERE}/{id}?done=closed")


async def file(request: Request) -> Response:
    """GET /insights/samples/{id}/file?form=csv|xlsx: the lines; in a workbook the result, too"""
    here, id, form = house(request), request.path_params["id"], request.query_params.get("form", "")
    if form not in FORMS:
        raise HTTPException(404)
    lines = await here.read(lambda tx: sheets.lines(tx, _known(tx, id).id))
    head = WORDS.entry("file.head")
    rows = [
        (line.place, WORDS.entry("speakers")[line.speaker], line.department, line.record, line.said_by,
         WORDS.entry("verdicts").get(line.verdict, ""), line.remark, line.scored_by)
        for line in lines
    ]  # fmt: skip
    found = results(Scored(line.speaker, line.department, line.verdict) for line in lines)
    if form == "csv":
        content = csv_file(head, rows)
    else:
        told = (WORDS.entry("file.result"), [_in_cells(share) for share in found])
        content = xlsx_file({WORDS.say("file.lines"): (head, rows), WORDS.say("file.results"): told})
    name = f"attachment; filename=zhengwu-sample-{id}.{form}"
    return Response(content, media_type=FORMS[form], headers={"content-disposition": name})


def population(tx: Connection, since: date, until: date) -> Iterator[Candidate]:
    """All answers of these days that may be drawn, the robot's and the agents'."""
    said = replies.replies(tx, begin(since), end(until))
    agents = (Candidate(reply.record, "agent", reply.department, reply.account) for reply in said)
    return chain(sheets.of_robot(tx, since, until), agents)


def guarded(handler: Handler) -> Handler:
    """A handler whose refusals are told on a page."""

    async def guard(request: Request) -> Response:
        try:
            return await handler(request)
        except SampleError as error:
            if error.key == "unknown":
                raise HTTPException(404) from None
            return trouble(request, WORDS.say(f"refused.{error.key}"), 403 if error.key == "own" else 409)

    return guard


async def _show(request: Request, wrong: str = "", typed: Form | None = None) -> Response:
    here, me = house(request), request.state.account
    found = await here.read(sheets.listing)
    today = local_today(here.clock)
    usual = {"since": str(today - timedelta(days=30)), "until": str(today - timedelta(days=1)), **USUAL}
    return render(
        request,
        "insights_samples.html",
        422 if wrong else 200,
        found=found,
        wrong=wrong,
        typed={**usual, **(typed or {})},
        most=MOST,
        yesterday=today - timedelta(days=1),
        may_draw=not set(DRAWERS).isdisjoint(me.roles),
    )


async def _one(request: Request, proof: str = "", holds: bool = True) -> Response:
    here, me, id = house(request), request.state.account, request.path_params["id"]

    def read(tx: Connection) -> dict[str, Any]:
        sample, lines = _known(tx, id), sheets.lines(tx, id)
        return {"sample": sample, "lines": lines, "next": sheets.next_for(tx, id, me.name)}

    found = await here.read(read)
    shares = results(Scored(line.speaker, line.department, line.verdict) for line in found["lines"])
    return render(
        request,
        "insights_sample.html",
        shares=shares,
        proof=proof,
        holds=holds,
        scored=sum(line.verdict is not None for line in found["lines"]),
        done=WORDS.entry("done").get(request.query_params.get("done", ""), ""),
        may_score=not set(SCORERS).isdisjoint(me.roles),
        may_close=not set(DRAWERS).isdisjoint(me.roles),
        may_prove=not set(PROVERS).isdisjoint(me.roles),
        **found,
    )


def _known(tx: Connection, id: int) -> Sample:
    """Raises HTTPException 404."""
    try:
        return sheets.get(tx, id)
    except SampleError:
        raise HTTPException(404) from None


def _in_cells(share: Share) -> tuple[Any, ...]:
    """A line of the result."""
    between = share.interval
    department = WORDS.say("all") if share.department is None else share.department
    counts = [share.verdicts.get(name, 0) for name in WORDS.entry("verdicts")]
    bounds = (None, None) if between is None else (round(between.low, 4), round(between.high, 4))
    right = None if share.right is None else round(share.right, 4)
    return (WORDS.entry("speakers")[share.speaker], department, share.drawn, *counts, right, *bounds)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _size(text: str) -> int | None:
    """How many answers; None for what is no number up to MOST."""
    text = text.strip() or "0"
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 and int(text) <= MOST else None


ROUTES = [
    route(HERE, listed, roles=READERS, nav="质检", under=PART),
    route(HERE, posted(draw), roles=DRAWERS, methods=("POST",)),
    route(f"{HERE}/{{id:int}}", guarded(one), roles=READERS),
    route(f"{HERE}/{{id:int}}/file", guarded(file), roles=READERS),
    route(f"{HERE}/{{id:int}}/proof", guarded(posted(prove)), roles=PROVERS, methods=("POST",)),
    route(f"{HERE}/{{id:int}}/close", guarded(posted(close)), roles=DRAWERS, methods=("POST",)),
]
