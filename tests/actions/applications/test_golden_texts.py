"""Whole answers, word for word, as an elderly citizen reads them. Read them aloud before changing golden_texts.yml."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import yaml
from sample_applications import (
    ACCEPTED,
    DECIDED,
    MONDAY,
    NATURAL_10,
    NUMBER,
    SUBMITTED,
    WORKING_15,
    WORKING_20,
    application,
    at,
    city,
    empty,
    licence,
    on,
)

from actions.applications.wording import notice, several, tell
from actions.portal.application import Application, Delivery, Event, Missing, State, Summary
from knowledge_base.answering.answer import Answer

GOLDEN = Path(__file__).with_name("golden_texts.yml")
WINDOW = Delivery("window", "示例市政务服务中心一楼3号窗口")


def about(one: Application, day: date = MONDAY, can_remind: bool = True) -> Answer:
    return tell(one, city(), on(day), can_remind=can_remind)


def injury(state: State, **fields: object) -> Application:
    known = {"item_name": "工伤认定申请", "item_id": "work-injury-determination"}
    return application(state, department="示例市人力资源和社会保障局", **known, **fields)  # type: ignore[arg-type]


MISSING = (Missing("租房合同", "要有双方签字"), Missing("单位出具的住宿证明"))

CASES: dict[str, Callable[[], Answer]] = {
    "submitted_licence": lambda: about(licence(State.SUBMITTED, submitted_at=SUBMITTED)),
    "correction": lambda: about(application(State.CORRECTION, missing=MISSING, correct_until=date(2026, 11, 30))),
    "correction_too_late": lambda: about(
        application(State.CORRECTION, missing=MISSING[:1], correct_until=date(2026, 11, 20))
    ),
    "accepted_by_the_guide": lambda: about(application(State.ACCEPTED, accepted_at=ACCEPTED)),
    "review": lambda: about(licence(State.REVIEW, accepted_at=ACCEPTED, promised=WORKING_15, legal=WORKING_20)),
    "review_overdue": lambda: about(
        application(State.REVIEW, accepted_at=at(2026, 11, 2), promised=NATURAL_10), can_remind=False
    ),
    "review_over_new_year": lambda: about(
        licence(State.REVIEW, accepted_at=at(2026, 12, 21), promised=WORKING_15), date(2026, 12, 24)
    ),
    "special_procedure": lambda: about(
        licence(State.SPECIAL, accepted_at=ACCEPTED, special_name="专家评审", special_from=date(2026, 11, 20))
    ),
    "not_accepted": lambda: about(
        application(State.NOT_ACCEPTED, decided_at=DECIDED, reason="户口就在示例市，不用办居住证。")
    ),
    "granted_licence": lambda: about(licence(State.GRANTED, decided_at=DECIDED, delivery=WINDOW)),
    "recognised": lambda: about(injury(State.GRANTED, decided_at=DECIDED, outcome_text="认定为工伤")),
    "refused_licence": lambda: about(
        licence(State.REFUSED, decided_at=DECIDED, reason="厨房没有通过现场核查，清洗消毒的地方不够。")
    ),
    "refused_with_remedies": lambda: about(
        injury(
            State.REFUSED,
            decided_at=DECIDED,
            outcome_text="不予认定工伤",
            reason="受伤不是因为工作原因。",
            remedies="可以自收到决定书之日起60日内向示例市人民政府申请行政复议，或者6个月内向人民法院起诉。",
        )
    ),
    "producing": lambda: about(application(State.PRODUCING, decided_at=DECIDED, delivery=Delivery("post"))),
    "ready": lambda: about(application(State.READY, decided_at=DECIDED, delivery=WINDOW)),
    "posted": lambda: about(
        application(State.POSTED, delivery=Delivery("post", carrier="邮政速递", tracking_number="EX0000000001"))
    ),
    "delivered": lambda: about(application(State.DELIVERED)),
    "withdrawn": lambda: about(application(State.WITHDRAWN)),
    "returned": lambda: about(application(State.RETURNED, reason="照片看不清，请重新拍照上传。")),
    "unknown": lambda: about(
        application(
            State.UNKNOWN, state_text="转省厅核验", events=(Event(ACCEPTED, "窗口受理"), Event(DECIDED, "已转省厅"))
        )
    ),
    "of_an_unknown_service": lambda: tell(
        Application(NUMBER, State.REVIEW, "海域使用权登记", accepted_at=ACCEPTED), empty(), on(), can_remind=False
    ),
    "notice_ready": lambda: notice(State.REVIEW, application(State.READY, delivery=WINDOW), city(), on()),
    "notice_correction": lambda: notice(
        State.SUBMITTED,
        application(State.CORRECTION, missing=MISSING[:1], correct_until=date(2026, 12, 1)),
        city(),
        on(),
    ),
    "several": lambda: several(
        [
            Summary("SLS2026-110412-0087", State.REVIEW, "居住证申领", submitted_at=SUBMITTED),
            Summary("SLS2026-100118-0012", State.READY, "社会保障卡挂失补领", submitted_at=at(2026, 10, 9)),
            Summary("SLS2025-070105-0341", State.DELIVERED, "食品经营许可", submitted_at=at(2025, 7, 1)),
        ],
        city(),
        on(),
    ),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_word_for_word(name: str) -> None:
    golden = yaml.safe_load(GOLDEN.read_text(encoding="utf-8"))
    assert CASES[name]().text == golden[name].rstrip("\n")


def test_every_golden_text_is_tested() -> None:
    assert yaml.safe_load(GOLDEN.read_text(encoding="utf-8")).keys() == CASES.keys()


@pytest.mark.parametrize("name", sorted(CASES))
def test_short_enough_for_a_phone(name: str) -> None:
    assert len(CASES[name]().text) <= 350
