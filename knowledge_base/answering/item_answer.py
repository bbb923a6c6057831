"""The answer of a service item: told for the citizen's situation, told side by side, or first the situation asked."""

from __future__ import annotations

from knowledge_base.answering.answer import Option
from knowledge_base.answering.days import asked_days
from knowledge_base.answering.decision import MOST_OPTIONS
from knowledge_base.answering.item_wording import offices_of, word_aspect
from knowledge_base.answering.occasion import Occasion
from knowledge_base.answering.opening_days import Opening
from knowledge_base.answering.phrases import aspect_name, phrase
from knowledge_base.answering.published import Published
from knowledge_base.answering.situations import decided, entries_of, open_situation, options_of
from knowledge_base.model import Office, ServiceItem
from knowledge_base.model.item import Situation
from knowledge_base.model.values import Choices

LINES, CHARACTERS = 12, 350
"""Up to this much, heading included, all situations are told side by side; more is asked about first."""
STEPS = 600
"""Steps may be as long as an overview: 怎么办 is better answered than asked back."""
NEVER_ASKED = ("overview", "place", "hours")
"""An overview is kept short by other means; of places and hours all are useful."""
OFFICES_BY_DAY = 2
"""Of more offices than these the usual hours suffice."""


def item_text(
    unit: ServiceItem, aspect: str, snapshot: Published, occasion: Occasion, choices: Choices
) -> tuple[str, tuple[Option, ...]]:
    """What to say to an aspect (empty: the item does not say), and the situations to choose from where one is asked."""
    day = occasion.day

    def office_of(id: str) -> Office | None:
        found = snapshot.get("office", id)
        return found if isinstance(found, Office) else None

    text = word_aspect(unit, aspect, day, office_of, choices)
    entries = entries_of(unit, aspect, day)
    situation = open_situation(unit, entries, choices)
    if situation is not None and occasion.asks_back and offerable(situation) and too_long(text, aspect):
        return question(unit, aspect, situation)
    if not text:
        return "", ()
    lines = [text]
    if aspect == "hours":
        lines = with_days(unit, text, offices_of(unit, day, office_of, choices), occasion)
    return "\n".join((*lines, *told_for(unit, decided(unit, entries, choices), choices))), ()


def too_long(text: str, aspect: str) -> bool:
    if aspect in NEVER_ASKED:
        return False
    if aspect == "process":
        return len(text) > STEPS
    return len(text) > CHARACTERS or text.count("\n") >= LINES


def offerable(situation: Situation) -> bool:
    """More options than can be offered are not asked about."""
    return len(situation.options) <= MOST_OPTIONS


def question(unit: ServiceItem, aspect: str, situation: Situation) -> tuple[str, tuple[Option, ...]]:
    """Ask for one situation, with its options by number."""
    options = options_of(situation)
    lines = [
        phrase("item.ask_situation", title=unit.title, aspect=aspect_name(aspect), question=situation.question),
        *(f"{number}. {option.title}" for number, option in enumerate(options, 1)),
        phrase("item.ask_how"),
    ]
    return "\n".join(lines), options


def told_for(unit: ServiceItem, situations: list[Situation], choices: Choices) -> list[str]:
    """For which situations an answer was given, and that the others can be asked for."""
    chosen: list[str] = []
    others: list[str] = []
    for one in situations:
        for option in one.options:
            (chosen if choices[one.id] == option.id else others).append(option.title)
    if not chosen:
        return []
    name = "item.told_for" if len(others) == 1 else "item.told_for_others"
    return [phrase(name, chosen=listed(chosen), others=listed(others))]


def listed(titles: list[str]) -> str:
    """Titles in quotation marks, as they may hold 、 and 或 themselves."""
    return "".join(phrase("item.quoted", title=title) for title in titles)


def with_days(unit: ServiceItem, text: str, offices: list[Office], occasion: Occasion) -> list[str]:
    """The hours, and before them whether its offices are open on the days asked for."""
    asked = asked_days(occasion.asked, occasion.day)
    lines: list[str] = []
    for office in offices[:OFFICES_BY_DAY]:
        opening = Opening(office, occasion.day, occasion.is_workday, occasion.holiday_name)
        found = opening.lines(asked, occasion.now)
        lines += [f"{office.title}：{line}" for line in found] if len(offices) > 1 else found
    first, _, rest = text.partition("\n")
    return [first, *lines, rest]
