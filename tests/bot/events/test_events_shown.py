"""What of an event is sent: Rasa can read it, and nothing that anybody wrote is in it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SessionStarted, SlotSet, UserUttered

from bot.events.shown import SLOTS, pseudonym, shown
from bot.trackers import stored
from foundation import dialogue
from foundation.cipher import Cipher
from tests.conftest import NOW

OPENID = "wechat:oXp7Z5w4Kq"
SECRET = "王小明住在幸福路"
ANSWER = {
    "kind": "item",
    "id": "resident-id-replacement",
    "item_id": None,
    "aspect": "fee",
    "title": SECRET,
    "confidence": 0.93,
    "release": 12,
    "record": "K7M2-4Q9D",
    "verified_on": "2026-11-01",
    "sources": [{"title": SECRET}],
    "options": [
        {"title": SECRET, "id": "passport", "kind": "item"},
        {"title": SECRET, "id": SECRET, "kind": "situation"},
    ],
    "also": [{"title": SECRET, "id": "passport", "kind": "faq", "aspect": None}],
}
STATUS = {**ANSWER, "kind": "status", "id": "SF2026000123", "application": {"number": SECRET}}
PARSED = {
    "intent": {"name": "ask", "confidence": 0.9, SECRET: 1},
    "entities": [{"entity": "aspect", "value": "fee", "text": SECRET}, {"entity": "name", "value": SECRET}],
    "text": SECRET,
    "metadata": {"location": SECRET},
    "understanding": {"text": SECRET},
}
EVENTS: list[dict[str, Any]] = [
    stored(UserUttered(SECRET, PARSED["intent"], PARSED["entities"], PARSED, NOW.timestamp(), "wechat", "m-17")),
    stored(BotUttered(SECRET, {"custom": {"answer": ANSWER}, "buttons": [{"title": SECRET}]}, {"who": SECRET})),
    stored(BotUttered(SECRET, {"custom": {"answer": STATUS}})),
    stored(ActionExecuted("action_answer_question", "RulePolicy", 1.0, action_text=SECRET)),
    stored(SessionStarted()),
    *(stored(SlotSet(name, "fee")) for name in sorted(SLOTS)),
    {"event": "active_loop", "timestamp": 1.0, "name": "complaint_form", "metadata": {"x": SECRET}},
    dialogue.heard(SECRET, "web", NOW, "m-18"),
    dialogue.told(SECRET, NOW, {"by": dialogue.PERSON, "name": SECRET}),
    dialogue.paused(NOW),
    dialogue.resumed(NOW),
]
NOT_SENT = [
    stored(SlotSet("last_text", SECRET)),
    stored(SlotSet("application_number", SECRET)),
    {"event": "unheard_of", "timestamp": 1.0, "text": SECRET},
]


@pytest.mark.parametrize("body", EVENTS, ids=lambda body: f"{body['event']} {body.get('name') or ''}")
def test_rasa_reads_what_is_sent_and_nobodys_words_are_in_it(body: dict[str, Any], cipher: Cipher) -> None:
    sent = shown(json.loads(json.dumps(body)), pseudonym(cipher, OPENID))
    assert sent is not None
    read = Event.from_parameters(dict(sent))
    assert read.type_name == body["event"] and read.timestamp == body["timestamp"]
    line = json.dumps(sent, ensure_ascii=False)
    for hidden in (SECRET, OPENID.partition(":")[2], "m-17", "m-18", "SF2026000123", "K7M2-4Q9D"):
        assert hidden not in line


@pytest.mark.parametrize("body", NOT_SENT, ids=lambda body: str(body.get("name") or body["event"]))
def test_what_may_hold_words_or_is_not_known_stays(body: dict[str, Any]) -> None:
    assert shown(body, "sender") is None


def test_what_was_understood_and_answered_is_told() -> None:
    user, bot = (shown(body, "sender") for body in EVENTS[:2])
    assert user is not None and bot is not None
    assert user["parse_data"]["intent"] == {"name": "ask", "confidence": 0.9}
    assert user["parse_data"]["entities"] == [{"entity": "aspect", "value": "fee"}]
    assert user["input_channel"] == "wechat"
    answer = bot["data"]["custom"]["answer"]
    assert (answer["kind"], answer["id"], answer["aspect"], answer["release"]) == ("item", ANSWER["id"], "fee", 12)
    assert answer["options"] == [{"kind": "item", "id": "passport"}]
    assert [one["id"] for one in answer["also"]] == ["passport"]


def test_a_pseudonym_is_one_conversations_and_depends_on_the_key(cipher: Cipher) -> None:
    name = pseudonym(cipher, OPENID)
    assert len(name) == 32 and name == pseudonym(cipher, OPENID)
    assert name != pseudonym(cipher, f"{OPENID}x") and name != pseudonym(Cipher(bytes(32)), OPENID)
