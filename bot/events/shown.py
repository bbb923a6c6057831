"""What of an event leaves the house: what was understood, done and answered, and nothing that anybody wrote.

Events keep the form in which Rasa's event brokers send them, `sender_id` beside the event's own fields, so that what
reads these can read ours. What is not named here is not sent, so that nothing gets out because it is new.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from foundation.cipher import Cipher
from foundation.dialogue import PERSON
from knowledge_base.model import KINDS

Event = dict[str, Any]

SLOTS = frozenset({"topic_kind", "topic_id", "aspect", "region"})
"""What a conversation is about; others remember words, numbers and proofs."""
ENTITIES = frozenset({"aspect"})
ANSWER = ("kind", "aspect", "confidence", "release", "verified_on")
OPEN_IDS = frozenset({*KINDS, "options", "form"})
"""Kinds of answers whose id names content, or an ability; that of others may name somebody's application."""


def pseudonym(cipher: Cipher, conversation: str) -> str:
    """32 hexadecimal digits that stand for a conversation; nobody gets from them to the citizen without the key."""
    return cipher.fingerprint(conversation, "events")[:32]


def shown(body: Mapping[str, Any], sender: str) -> Event | None:
    """An event of a conversation as it is sent; None where it is not."""
    more = _MORE.get(body["event"])
    fields = more(body) if more is not None else None
    if fields is None:
        return None
    return {"sender_id": sender, "event": body["event"], "timestamp": body["timestamp"], **fields}


def _user(body: Mapping[str, Any]) -> Event:
    parsed = body.get("parse_data") or {}
    intent = {key: value for key, value in (parsed.get("intent") or {}).items() if key in ("name", "confidence")}
    entities = [
        {"entity": one["entity"], "value": one.get("value")}
        for one in parsed.get("entities") or ()
        if one.get("entity") in ENTITIES
    ]
    understood = {"intent": intent, "entities": entities, "text": None, "message_id": None, "metadata": {}}
    return {
        "text": None,
        "parse_data": understood,
        "input_channel": body.get("input_channel"),
        "message_id": None,
        "metadata": {},
    }


def _bot(body: Mapping[str, Any]) -> Event:
    answer = ((body.get("data") or {}).get("custom") or {}).get("answer")
    by = (body.get("metadata") or {}).get("by")
    return {
        "text": None,
        "data": {"custom": {"answer": _answer(answer)}} if answer else {},
        "metadata": {"by": PERSON} if by == PERSON else {},
    }


def _answer(answer: Mapping[str, Any]) -> Event:
    kind = answer.get("kind")
    told = {key: answer.get(key) for key in ANSWER}
    told |= {key: answer.get(key) if kind in OPEN_IDS else None for key in ("id", "item_id")}
    told["options"] = [{"kind": one["kind"], "id": one["id"]} for one in answer.get("options") or () if _unit(one)]
    told["also"] = [_answer({**one, "options": ()}) for one in answer.get("also") or () if _unit(one)]
    return told


def _unit(one: Mapping[str, Any]) -> bool:
    return one.get("kind") in KINDS


def _slot(body: Mapping[str, Any]) -> Event | None:
    return {"name": body["name"], "value": body.get("value")} if body.get("name") in SLOTS else None


def _action(body: Mapping[str, Any]) -> Event:
    told = {key: body.get(key) for key in ("name", "policy", "confidence", "hide_rule_turn")}
    return {**told, "action_text": None}


def _named(body: Mapping[str, Any]) -> Event:
    return {"name": body.get("name")}


def _nothing_more(body: Mapping[str, Any]) -> Event:
    return {}


_MORE: Mapping[str, Callable[[Mapping[str, Any]], Event | None]] = {
    "user": _user,
    "bot": _bot,
    "slot": _slot,
    "action": _action,
    "active_loop": _named,
    "session_started": _nothing_more,
    "pause": _nothing_more,
    "resume": _nothing_more,
}
