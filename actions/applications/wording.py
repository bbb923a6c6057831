"""What a citizen reads about applications: one, several to choose from, news of one, and what went wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from actions.applications.expected import Basis, Expected, expected, item_of, local_day
from actions.applications.progress import Case, progress
from actions.applications.quoting import named, office_phone, quoted, shown_number
from actions.applications.sentences import in_words, law, sentence
from actions.applications.trouble import locked, trouble
from actions.portal.application import Application, State, Summary
from foundation.clock import CHINA
from knowledge_base.answering.answer import Answer, Option, listed, source_dict
from knowledge_base.answering.occasion import Occasion
from knowledge_base.model import ServiceItem
from knowledge_base.search.snapshot import Snapshot

__all__ = ["locked", "notice", "sentence", "several", "state_text", "tell", "trouble"]

APPLICATION = "application"
"""The kind of an option that is one of several applications; its id is `application:1` and tells nothing."""
MOST_CHOICES = 8
MOST_EVENTS = 50
NOTHING_TO_WAIT_FOR = frozenset({State.READY, State.POSTED})
"""Not over, but what is left is the citizen's or the carrier's."""
NO_GUIDE = frozenset({State.READY, State.POSTED, State.DELIVERED})
"""Here a list of documents to apply with helps nobody."""


def tell(application: Application, snapshot: Snapshot, occasion: Occasion, *, can_remind: bool) -> Answer:
    """Where an application stands: what happened, what comes next and by when, what to do now.

    Args:
        snapshot: for the item's guide, its office's phone, and its duration where the portal tells none.
        can_remind: whether 办好了告诉我 may be offered.

    Returns:
        A `status` answer with `application`; the item, where the knowledge base has it, stands in `also`.
    """
    heading = sentence("heading", title=title_of(application), number=shown_number(application.number))
    waits = not application.state.over and application.state not in NOTHING_TO_WAIT_FOR
    return told(application, snapshot, occasion, heading, sentence("reminder_offer") if can_remind and waits else "")


def notice(
    before: State, application: Application, snapshot: Snapshot, occasion: Occasion, *, goes_on: bool = True
) -> Answer:
    """News of an application to somebody who waits for it.

    Args:
        before: the state last told of.
        goes_on: whether further news will be told, unless it is over.
    """
    after = state_text(application)
    values = {"title": title_of(application), "number": shown_number(application.number), "after": after}
    was = sentence(f"state.{before.value}")
    changed = before not in (application.state, State.UNKNOWN) and was != after
    heading = sentence("notice_changed" if changed else "notice", before=was, **values)
    more = sentence("notice_goes_on") if goes_on and not application.state.over else ""
    return told(application, snapshot, occasion, heading, more)


def several(summaries: Sequence[Summary], snapshot: Snapshot, occasion: Occasion) -> Answer:
    """A signed-in person's applications to choose from, as they come; `application:1` is the first of `summaries`."""
    if not summaries:
        return Answer("fallback", sentence("mine_empty", **occasion.fill()), release=snapshot.release)
    shown = summaries[:MOST_CHOICES]
    options = tuple(
        Option(title, f"{APPLICATION}:{place}", APPLICATION) for place, title in enumerate(titles(shown, occasion), 1)
    )
    some = len(shown) < len(summaries)
    heading = sentence("choose_some" if some else "choose", count=len(summaries), shown=len(shown))
    text = "\n".join(filter(None, (listed(heading, options), sentence("choose_more") if some else "")))
    return Answer("options", text, confidence=1.0, release=snapshot.release, options=options)


def titles(summaries: Sequence[Summary], occasion: Occasion) -> list[str]:
    """What the choices are called; the same name twice would be no choice."""
    found = [option_title(one, occasion) for one in summaries]
    counts = Counter(found)
    by_number = [
        sentence("option_with_number", title=title_of(one), number=shown_number(one.number), state=state_text(one))
        if counts[title] > 1
        else title
        for one, title in zip(summaries, found)
    ]
    counts = Counter(by_number)
    return [f"{title} {place}" if counts[title] > 1 else title for place, title in enumerate(by_number, 1)]


def option_title(one: Summary, occasion: Occasion) -> str:
    day = local_day(one.submitted_at)
    if day is None:
        return sentence("option_without_day", title=title_of(one), state=state_text(one))
    return sentence("option", title=title_of(one), day=in_words(day, occasion.day), state=state_text(one))


def told(application: Application, snapshot: Snapshot, occasion: Occasion, heading: str, ending: str) -> Answer:
    """The answer about one application, between a heading and an ending."""
    due = expected(application, snapshot)
    item = item_of(application, snapshot)
    item = item if item is not None and item.in_force(occasion.day) else None
    said = progress(Case(application, item, due, occasion.day))
    guide = item is not None and application.state not in NO_GUIDE
    lines = [
        heading,
        *(one.text for one in said),
        phone(application, item, occasion),
        sentence("guide", title=item.title) if guide and item else "",
        ending,
    ]
    laws = dict.fromkeys(name for one in said for name in one.laws)
    sources = [*map(law, laws), *(map(source_dict, due.item.sources) if due.item else ())]
    checked = due.item.verified_on if due.item else None
    return Answer(
        kind="status",
        text="\n".join(filter(None, lines)),
        item_id=item.id if item else None,
        title=title_of(application),
        confidence=1.0,
        release=snapshot.release,
        verified_on=checked.isoformat() if checked else None,
        sources=tuple(sources),
        also=({"kind": item.kind, "id": item.id, "title": item.title},) if item else (),
        extra={"application": facts(application, due)},
    )


def facts(application: Application, due: Expected) -> dict[str, Any]:
    """The `application` of a `status` answer: no more than a screen may show."""
    told = [(event.at, quoted(event.text, application.number)) for event in application.events]
    events = [{"at": at.astimezone(CHINA).isoformat(), "text": text} for at, text in told if text and local_day(at)]
    return {
        "number": application.masked_number,
        "state": application.state.value,
        "state_text": state_text(application),
        "events": events[-MOST_EVENTS:],
        "expected_on": due.day.isoformat() if due.day and due.basis is not Basis.NO_DECISION else None,
    }


def title_of(one: Application | Summary) -> str:
    return named(one.item_name, one.number) or sentence("nameless")


def state_text(one: Application | Summary) -> str:
    """The portal's own word for the state, else ours."""
    return named(one.state_text, one.number) or sentence(f"state.{one.state.value}")


def phone(application: Application, item: ServiceItem | None, occasion: Occasion) -> str:
    """The handling office's, else the item's, else the hotline."""
    number, department = office_phone(application.phone), named(application.department, application.number)
    if number and department:
        return sentence("phone", phone=number, department=department)
    dated = item.aspects.contact if item else None
    contact = dated.on(occasion.day) if dated else None
    return sentence("phone_alone", phone=number or (contact and contact.phone) or occasion.hotline)
