"""Applications for services of the sample city, as a portal would tell of them, and the city's services published."""

from __future__ import annotations

from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

import yaml

from actions.portal.application import Application, Delivery, Event, Missing, Span, State
from foundation.calendar import WorkCalendar
from foundation.clock import CHINA
from foundation.settings import ROOT
from knowledge_base.answering.occasion import Occasion
from knowledge_base.model import parse_unit
from knowledge_base.search.ranker import DEFAULT_BY_WORDS
from knowledge_base.search.snapshot import Entry, Snapshot, Tools, build
from knowledge_base.search.words import Words

MONDAY = date(2026, 11, 23)
NUMBER = "SLS2026-110412-0087"
RELEASE = 12
PHONE = "0999-5550123"
CONTENT = ROOT / "knowledge_base" / "content" / "items"
SERVICES = (
    "residence-permit-apply",
    "food-business-licence",
    "household-migration",
    "work-injury-determination",
    "resident-id-first",
    "teacher-qualification",
    "household-name-change",
    "company-deregistration",
    "marriage-registration",
)

WORKING_15, WORKING_20 = Span(15, "working_days"), Span(20, "working_days")
NATURAL_10 = Span(10, "natural_days")


@lru_cache(maxsize=1)
def tools() -> Tools:
    return Tools(Words(), None, None, DEFAULT_BY_WORDS)


@lru_cache(maxsize=1)
def city() -> Snapshot:
    """Some of the sample city's services, searched by words alone."""
    items = [parse_unit(yaml.safe_load((CONTENT / f"{id}.yaml").read_text(encoding="utf-8"))) for id in SERVICES]
    entries = [Entry(number, unit) for number, unit in enumerate(items, 1)]
    return build(RELEASE, entries, tools())


@lru_cache(maxsize=1)
def empty() -> Snapshot:
    """A knowledge base that knows nothing."""
    return build(0, [], tools())


def on(day: date = MONDAY) -> Occasion:
    return Occasion(day, WorkCalendar().is_workday, "12345", "示例市政务服务中心", "工作日 9:00–12:00，13:30–17:00")


def at(year: int, month: int, day: int, clock: time = time(10, 30)) -> datetime:
    return datetime.combine(date(year, month, day), clock, CHINA)


def application(state: State, **fields: Any) -> Application:
    """An application for a residence permit, unless `fields` say otherwise."""
    known = {
        "number": NUMBER,
        "item_name": "居住证申领",
        "item_id": "residence-permit-apply",
        "department": "示例市公安局",
        "phone": PHONE,
    }
    return Application(state=state, **{**known, **fields})


def licence(state: State, **fields: Any) -> Application:
    """An application for a 行政许可."""
    known = {"item_name": "食品经营许可", "item_id": "food-business-licence", "department": "示例市市场监督管理局"}
    return application(state, **{**known, **fields})


SUBMITTED, ACCEPTED, DECIDED = at(2026, 11, 16), at(2026, 11, 18), at(2026, 11, 20)

EVERYTHING: dict[str, Any] = {
    "state_text": "办理中",
    "outcome_text": "符合条件",
    "submitted_at": SUBMITTED,
    "accepted_at": ACCEPTED,
    "decided_at": DECIDED,
    "legal": WORKING_20,
    "promised": WORKING_15,
    "expected_on": date(2026, 12, 8),
    "missing": (Missing("租房合同", "要有双方签字"), Missing("单位出具的住宿证明")),
    "correct_until": date(2026, 11, 30),
    "special_name": "专家评审",
    "special_from": date(2026, 11, 19),
    "reason": "租房合同已经过期。",
    "remedies": "可以自收到决定书之日起60日内向示例市人民政府申请行政复议。",
    "delivery": Delivery("window", "示例市政务服务中心一楼3号窗口", "邮政速递", "EX0000000001"),
    "events": (Event(SUBMITTED, "提交申请"), Event(ACCEPTED, "窗口受理，出具受理通知书。")),
    "watch_token": "watch-token-of-the-sample-city",
}
"""A value for every field that may be missing."""
