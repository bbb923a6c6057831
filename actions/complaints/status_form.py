"""Which messages ask what has become of a complaint, and which are for the form that finds out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from actions.applications.form import ASKING, REPLIES
from actions.complaints import hearing
from actions.complaints.status_hearing import hear
from actions.complaints.status_state import FORM, NOTHING, Asked
from desk.case_numbers import number_in
from foundation.text import squash

if TYPE_CHECKING:
    from actions.forms import Intent, Written

INTENT = "case_status"
"""Known by its words: nothing is learned for it."""
URGENT = ("emergency", "handover")
OF_SOMETHING_FILED = ("status", "mine")
_ALONE = re.compile(
    r"(?:我的?|请|查一?下?|查询|帮我|诉求|投诉|举报|工单|编号|单号|号码?|是|sq|[0-9\W_])*", re.IGNORECASE
)


class CaseStatusForm:
    name = FORM

    def begun_by(self, message: Written) -> str | None:
        text, kind = message.text, message.said.kind
        if number_in(text) is not None and _ALONE.fullmatch(squash(text)):
            return INTENT
        if kind in URGENT:
            return None
        if kind in OF_SOMETHING_FILED and hearing.speaks_of_a_case(text) and not hearing.opens(text):
            return INTENT
        return INTENT if hearing.asks_for_state(text) else None

    def is_plain(self, message: Written) -> bool:
        return number_in(message.text) is not None and bool(_ALONE.fullmatch(squash(message.text)))

    def intent(self, message: Written) -> Intent | None:
        heard, said = hear(message.text, Asked.of_slots(message.slots)), message.said
        if heard.leaves:
            return "cancel"
        if said.chosen is not None:
            return None  # of what was offered for a question in the middle
        if heard.number or heard.proof or heard.choice:
            return "inform"
        answers = said.kind in REPLIES or (said.kind == "repeat" and message.again)
        return "inform" if answers or (heard.tries and said.kind not in ASKING) else None

    def reminder(self, slots: Mapping[str, Any]) -> str:
        return Asked.of_slots(slots).reminder()

    def parting(self, slots: Mapping[str, Any]) -> str:
        return ""

    def left(self, slots: Mapping[str, Any], text: str) -> dict[str, Any]:
        return NOTHING
