"""Quality 质量: a score for each department, and every finding with its cure, to be mended or answered for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.engine import Connection
from starlette.requests import Request
from starlette.responses import Response

from console.content.quality_reports import reports
from console.content.roles import EDITORS, PART, READERS, department_of
from console.content.telling import Form, posted, trouble
from console.house import house
from console.pages import render, see_other
from console.routing import route
from foundation.accounts import Account
from foundation.errors import KnowledgeError
from foundation.words import Words
from knowledge_base.editing.differences import Difference, differences
from knowledge_base.editing.fields import field_name, kind_name
from knowledge_base.editing.scope import require_within
from knowledge_base.findings import WORDS as FINDINGS
from knowledge_base.findings import Finding
from knowledge_base.quality import verdicts
from knowledge_base.quality.report import ORDER, Report
from knowledge_base.quality.scores import scores
from knowledge_base.store.codec import dump
from knowledge_base.store.revisions import read as read_revisions

WORDS = Words(Path(__file__).with_name("quality.yml"))
HERE = f"{PART}/quality"
FILTERS = ("department", "severity", "sort")
PAGE = 30
MOST = 300
"""Findings that one form may act on."""
NOBODY = "-"
"""The filter for units that name no department."""
Act = Callable[[Connection, Finding], object]


async def page(request: Request) -> Response:
    """GET /content/quality?department=&severity=&sort=&page="""
    here, me = house(request), request.state.account
    report = await reports(request).of(department_of(me))
    if report is None:
        return render(request, "content_quality.html", waiting=True)
    asked = _asked(request.query_params, me)
    text = request.query_params.get("page", "")
    number = max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1

    def read(tx: Connection) -> dict[str, Any]:
        waiting = verdicts.open_ones(tx, report.findings)
        wanted = _wanted(waiting, asked, report)
        shown = wanted[(number - 1) * PAGE : number * PAGE]
        return {
            "scores": scores(waiting, report.subjects),
            "total": len(wanted),
            "shown": shown,
            "changes": _changes(tx, shown, report),
        }

    found = await here.read(read)
    return render(
        request,
        "content_quality.html",
        waiting=False,
        asked=asked,
        told=_told(request),
        subjects=report.subjects,
        pages=-(-found["total"] // PAGE),
        number=number,
        link=lambda **values: f"{HERE}?{urlencode({**asked, **values})}",
        severities=WORDS.entry("severities"),
        sorts=FINDINGS.entry("sorts"),
        place=lambda field: " › ".join(field_name(step) for step in field.split(".")),
        kind_name=kind_name,
        problem=lambda finding: _problem(finding, report),
        nobody=NOBODY,
        most=MOST,
        may=lambda finding: _may(me, finding, report),
        may_edit=not set(me.roles).isdisjoint(EDITORS),
        **found,
    )


async def act(request: Request, form: Form) -> Response:
    """POST /content/quality: one (act:digest), or act with finding (digests) or all; reason; the filters"""
    here, me = house(request), request.state.account
    name, _, digest = form.get("one", form.get("act", "")).partition(":")
    report = await reports(request).of(department_of(me))
    if report is None:
        return see_other(HERE)
    asked = _asked(form, me)
    every = not digest and "all" in form
    if every and not asked["sort"]:
        return trouble(request, WORDS.say("no_sort"), 422)
    chosen = {digest} if digest else set(request.state.many.get("finding", ()))
    work = _work(name, form.get(f"reason:{digest}" if digest else "reason", ""), me, here.now(), report)
    if work is None:
        return trouble(request, WORDS.say("no_act"), 422)

    def write(tx: Connection) -> tuple[int, int]:
        found = _wanted(verdicts.open_ones(tx, report.findings), asked if every else {}, report)
        found = [one for one in found if every or one.digest in chosen][:MOST]
        done = 0
        for finding in found:
            try:
                with tx.begin_nested():
                    require_within(tx, finding.unit, department_of(me))
                    work(tx, finding)
                done += 1
            except KnowledgeError:
                if len(found) == 1:
                    raise
        return done, len(found) - done

    done, left = await here.write(write)
    if not done and not left:
        return trouble(request, WORDS.say("gone" if chosen else "nothing"), 409 if chosen else 422)
    told = "some" if left else "repaired" if name == "repair" else "done"
    return see_other(f"{HERE}?{urlencode({**asked, 'told': told, 'done': done, 'left': left})}")


def _work(name: str, reason: str, me: Account, now: Any, report: Report) -> Act | None:
    """What one act does to one finding."""
    if name == "repair":
        revisions = {key: subject.revision for key, subject in report.subjects.items()}
        return lambda tx, finding: verdicts.repair(tx, finding, revisions[finding.unit], me.name, now)
    if name == "refuse":
        return lambda tx, finding: verdicts.refuse(tx, [finding], reason, me.name, now)
    if name == "stay":
        return lambda tx, finding: verdicts.let_stay(tx, [finding], reason, me.name, now)
    return None


def _asked(given: Any, me: Account) -> dict[str, str]:
    """The filters; a department's people begin with their own."""
    own = department_of(me) or ""
    asked = {name: str(given.get(name, own if name == "department" else ""))[:100] for name in FILTERS}
    asked["severity"] = asked["severity"] if asked["severity"] in ORDER else ""
    asked["sort"] = asked["sort"] if asked["sort"] in FINDINGS.entry("sorts") else ""
    return asked


def _wanted(findings: Sequence[Finding], asked: dict[str, str], report: Report) -> list[Finding]:
    """The findings that the filters let through; what two departments disagree about concerns both."""
    department = asked.get("department", "")
    wanted = "" if department == NOBODY else department

    def concerns(one: Finding) -> bool:
        held = [report.subjects[key].department for key in (one.unit, one.other) if key in report.subjects]
        return not department or wanted in held

    return [
        one
        for one in findings
        if asked.get("severity", "") in ("", one.severity) and asked.get("sort", "") in ("", one.sort) and concerns(one)
    ]


def _changes(tx: Connection, findings: Sequence[Finding], report: Report) -> dict[str, list[Difference]]:
    """What each proposed repair would change."""
    revisions = {one.unit: report.subjects[one.unit].revision for one in findings if one.repair is not None}
    held = {stored.unit.key: dump(stored.unit) for stored in read_revisions(tx, revisions.values())}
    return {one.digest: differences(held[one.unit], dump(one.repair)) for one in findings if one.repair is not None}


def _problem(finding: Finding, report: Report) -> str:
    """What is wrong, with the other unit by its title instead of its key."""
    if finding.other is None or finding.other not in report.subjects:
        return finding.problem
    title = report.subjects[finding.other].title
    return re.sub(rf" ?{re.escape(str(finding.other))} ?", lambda _: f"“{title}”", finding.problem)


def _may(me: Account, finding: Finding, report: Report) -> bool:
    """Whether somebody may act on a finding."""
    edits = not set(me.roles).isdisjoint(EDITORS)
    return edits and (department_of(me) is None or report.subjects[finding.unit].department in ("", department_of(me)))


def _told(request: Request) -> str:
    name = request.query_params.get("told", "")
    numbers = {part: request.query_params.get(part, "") for part in ("done", "left")}
    if name not in ("done", "repaired", "some") or not all(one.isascii() and one.isdigit() for one in numbers.values()):
        return ""
    return WORDS.say(name, **numbers)


ROUTES = [
    route(HERE, page, roles=READERS, nav="质量", under=PART),
    route(HERE, posted(act), roles=EDITORS, methods=("POST",), largest=512 * 1024),
]
