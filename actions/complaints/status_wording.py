"""What has become of a case, in words. To somebody who filed it elsewhere the reply itself is not repeated."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from actions.applications.sentences import in_words
from actions.complaints.sentences import sentence
from actions.portal.application import mask_number
from desk.case_confidence import CONFIDENTIAL
from desk.case_private import blank
from desk.case_words import WORDS, kind_title, state_title
from desk.cases import ANSWERED, FORWARDED, NOT_OURS, REGISTERED, Case, Event
from foundation.clock import CHINA
from knowledge_base.answering.answer import Answer
from knowledge_base.answering.occasion import Occasion

OPTION = 16
"""Characters of the matter by which one knows a case again."""

MOVES = ("moved", "transferred", "replied")
"""What is done to a case that a citizen hears of."""


def tell(case: Case, history: Sequence[Event], occasion: Occasion, *, own: bool) -> Answer:
    """Where a case stands.

    Args:
        own: whether this conversation has filed it.
    """
    values = {"number": case.number, "kind": kind_title(case.kind), "state": state_title(case.state)}
    text = sentence(
        "state.told", day=day(case.filed_at, occasion), happened=happened(case, history, occasion, own), **values
    )
    if case.open:
        text = f"{text}\n{sentence('state.open_end')}"
    secret = {CONFIDENTIAL: True} if case.hides_who else {}
    return Answer(
        "status", text, title=values["kind"], confidence=1.0, extra={"application": facts(case, history), **secret}
    )


def happened(case: Case, history: Sequence[Event], occasion: Occasion, own: bool) -> str:
    """The last thing that was done."""
    moved = [one.at for one in history if one.action in MOVES]
    on = day(moved[-1] if moved else case.filed_at, occasion)
    values = {"department": case.department, "on": on, **occasion.fill()}
    if case.state not in (ANSWERED, NOT_OURS):
        return sentence(f"state.happened.{case.state}", **values)
    reply = next((one for one in reversed(history) if one.action == "replied"), None)
    if reply is None:
        return sentence(f"state.happened.{case.state}_wordless", **values)
    values["on"] = day(reply.at, occasion)
    if own:
        return sentence(f"state.happened.{case.state}", reply=reply.text, **values)
    return f"{sentence(f'state.happened.{case.state}_wordless', **values)}{sentence('state.withheld', **values)}"


def facts(case: Case, history: Sequence[Event]) -> dict[str, object]:
    """The `application` of a `status` answer."""
    events = [{"at": case.filed_at.astimezone(CHINA).isoformat(), "text": state_title(REGISTERED)}]
    for one in history:
        state = FORWARDED if one.action == "transferred" else one.detail.get("to") if one.action in MOVES else None
        if state is not None:
            events.append({"at": one.at.astimezone(CHINA).isoformat(), "text": state_title(state)})
    return {
        "number": mask_number(case.number),
        "state": case.state,
        "state_text": state_title(case.state),
        "events": events,
        "expected_on": None,
    }


def option(case: Case) -> str:
    """A case among several."""
    what, filed = blank(case.what, WORDS.entry("hidden"))[:OPTION], case.filed_at.astimezone(CHINA)
    values = {"kind": kind_title(case.kind), "state": state_title(case.state), "what": what}
    return sentence("state.option", month=filed.month, day=filed.day, **values)


def day(at: datetime, occasion: Occasion) -> str:
    return in_words(at.astimezone(CHINA).date(), occasion.day)
