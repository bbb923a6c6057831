"""From a portal's answer to an Application, as the mapping says.

Without a number, state and title there is no application; whatever else cannot be read is left out (values.py).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from actions.portal.application import (
    Application,
    CodeRequest,
    Delivery,
    Event,
    Missing,
    Span,
    State,
    Summary,
    plausible_number,
)
from actions.portal.errors import Malformed
from actions.portal.mapping import Mapping
from actions.portal.mapping_checks import Dotted, Word
from actions.portal.mapping_fields import SpanFields
from actions.portal.places import at, text
from actions.portal.values import LONG, SHORT, Values

MOST_EVENTS, MOST_MISSING, MOST_SUMMARIES = 500, 100, 100
LONGEST_TOKEN = 4096
_TOKEN = re.compile(r"[!-~]+")
_DAYS = re.compile(r"(\d{1,4})(?:\.0+)?\s*个?\s*(\D*)", re.ASCII)


class Reader:
    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._values = Values(mapping)

    def application(self, content: Any, asked: str | None = None) -> Application:
        """One application.

        Args:
            asked: the number that was asked for; an answer about another one is refused.

        Raises:
            Malformed: it is none, or not that one.
        """
        fields, values = self._mapping.application, self._values
        number = self._number(content, fields.number) or asked
        if number is None:
            raise Malformed("the portal's answer has no number")
        if asked is not None and _same(number) != _same(asked):
            raise Malformed("the portal's answer is about another application than the one that was asked for")
        state, own_word = self._state(content, fields.state)
        return Application(
            number=number,
            state=state,
            item_name=self._title(content, fields.item_name),
            item_id=values.text("item_id", content, fields.item_id),
            state_text=values.text("state_text", content, fields.state_text) or own_word,
            outcome_text=values.text("outcome_text", content, fields.outcome_text, LONG),
            department=values.text("department", content, fields.department),
            phone=values.text("phone", content, fields.phone, 60),
            submitted_at=values.instant("submitted_at", content, fields.submitted_at),
            accepted_at=values.instant("accepted_at", content, fields.accepted_at),
            decided_at=values.instant("decided_at", content, fields.decided_at),
            legal=self._span("legal", content, fields.legal),
            promised=self._span("promised", content, fields.promised),
            expected_on=values.day("expected_on", content, fields.expected_on),
            missing=self._missing(content),
            correct_until=values.day("correct_until", content, fields.correct_until),
            special_name=values.text("special_name", content, fields.special_name),
            special_from=values.day("special_from", content, fields.special_from),
            reason=values.text("reason", content, fields.reason, LONG),
            remedies=values.text("remedies", content, fields.remedies, LONG),
            delivery=self._delivery(content),
            events=self._events(content),
            watch_token=self._watch_token(content),
        )

    def summaries(self, content: Any) -> list[Summary]:
        """A person's applications, latest first. Entries that are none are left out.

        Raises:
            Malformed: there is no list.
        """
        if not isinstance(content, list):
            raise Malformed("the portal's answer has no list of applications")
        found = []
        for entry in content[:MOST_SUMMARIES]:
            try:
                found.append(self._summary(entry))
            except Malformed:
                self._values.not_understood("summary")
        if all(summary.submitted_at for summary in found):
            found.sort(key=lambda one: one.submitted_at.timestamp() if one.submitted_at else 0.0, reverse=True)
        return found

    def code_request(self, content: Any) -> CodeRequest:
        """What is needed to use a code that was sent.

        Raises:
            Malformed: the request has no id although the mapping says so.
        """
        fields, values = self._mapping.code, self._values
        request_id = ""
        if fields.request_id is not None:
            request_id = values.word(content, fields.request_id) or ""
            if not usable_token(request_id):
                raise Malformed("the portal's answer has no id of the code's request")
        return CodeRequest(
            request_id,
            values.seconds("expires_in", content, fields.expires_in, 300),
            values.seconds("resend_after", content, fields.resend_after, 60),
        )

    def _summary(self, entry: Any) -> Summary:
        fields = self._mapping.summary
        number = None if fields is None else self._number(entry, fields.number)
        if fields is None or number is None:
            raise Malformed("the portal's answer has no number")
        state, own_word = self._state(entry, fields.state)
        return Summary(
            number,
            state,
            self._title(entry, fields.item_name),
            self._values.text("state_text", entry, fields.state_text) or own_word,
            self._values.instant("submitted_at", entry, fields.submitted_at),
        )

    def _number(self, content: Any, place: Dotted | None) -> str | None:
        number = self._values.word(content, place)
        if number is not None and (isinstance(at(content, place or ""), bool | float) or not plausible_number(number)):
            raise Malformed("the portal's answer has a number that cannot be one")
        return number

    def _state(self, content: Any, places: list[Dotted]) -> tuple[State, str | None]:
        """The state, and the portal's own word for one that the mapping does not know.

        Of several places the words are looked up joined by /, then without the last, and so on.
        """
        words = [self._values.word(content, place) or "" for place in places]
        if not words[0]:
            raise Malformed("the portal's answer has no state")
        for count in range(len(words), 0, -1):
            if known := self._mapping.states.get(Word("/".join(words[:count]))):
                return known, None
        self._values.not_understood("state")
        return State.UNKNOWN, text(words[0], SHORT)

    def _title(self, content: Any, place: Dotted) -> str:
        title = self._values.text("item_name", content, place)
        if title is None:
            raise Malformed("the portal's answer does not say what was applied for")
        return title

    def _span(self, field: str, content: Any, fields: SpanFields | None) -> Span | None:
        said = None if fields is None else self._values.word(content, fields.days)
        if fields is None or said is None:
            return None
        match = _DAYS.fullmatch(said)
        unit = self._values.word(content, fields.unit) if fields.unit else (match[2].strip() if match else None)
        known = self._mapping.units.get(Word(unit)) if unit else None
        if match is None or known is None:
            self._values.not_understood(field)
            return None
        return Span(int(match[1]), known)

    def _missing(self, content: Any) -> tuple[Missing, ...]:
        fields, values = self._mapping.application.missing, self._values
        if fields is None:
            return ()
        found = []
        for entry in values.entries("missing", content, fields.path, MOST_MISSING):
            if name := values.text("missing", entry, fields.name or Dotted("")):
                found.append(Missing(name, values.text("missing", entry, fields.note, LONG)))
        return tuple(found)

    def _delivery(self, content: Any) -> Delivery | None:
        fields, values = self._mapping.application.delivery, self._values
        said = None if fields is None else values.word(content, fields.way)
        if fields is None or said is None:
            return None
        way = self._mapping.ways.get(Word(said))
        if way is None:
            values.not_understood("delivery")
            return None
        return Delivery(
            way,
            place=values.text("delivery", content, fields.place),
            carrier=values.text("delivery", content, fields.carrier),
            tracking_number=values.text("delivery", content, fields.tracking_number, 64),
        )

    def _events(self, content: Any) -> tuple[Event, ...]:
        fields, values = self._mapping.application.events, self._values
        if fields is None:
            return ()
        found = []
        for entry in values.entries("events", content, fields.path, MOST_EVENTS):
            happened = values.instant("events", entry, fields.at)
            said = values.text("events", entry, fields.text, LONG)
            if happened is not None and said is not None:
                found.append(Event(happened, said))
        return tuple(sorted(found, key=lambda event: event.at))

    def _watch_token(self, content: Any) -> str | None:
        """None also where the portal has no operation that takes it."""
        token = self._values.word(content, self._mapping.application.watch_token)
        if token is None or "watched" not in self._mapping.operations:
            return None
        if not usable_token(token):
            self._values.not_understood("watch_token")
            return None
        return token


def usable_token(token: str) -> bool:
    """Whether this can be sent as a token: printable ASCII without blanks."""
    return len(token) <= LONGEST_TOKEN and _TOKEN.fullmatch(token) is not None


def _same(number: str) -> str:
    """What remains of a number when spelling does not count."""
    return "".join(c for c in unicodedata.normalize("NFKC", number).casefold() if c.isalnum())
