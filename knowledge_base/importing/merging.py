"""What another system says of a unit, put into what stands here: field by field, and what only we know stays.

Three versions are compared: what the source said last time, what it says now, and what stands here. Where the source
says the same as last time, what stands here stays, whatever it is. Where it says something new, that is taken; and
within it, what the source has no words for (flags of materials, situations, later dates) is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Body = Mapping[str, Any]
"""A unit as plain JSON, as store.codec writes it."""

UNITED = ("aliases", "similar_questions")
"""Lists to which a source adds, and from which it takes nothing."""
NAMED = {"materials": "name", "fee": "name", "duration": "name"}
"""By what an entry is known again; others by their sentence."""
ALONE = ("fee", "duration", "online", "proxy")
"""Aspects whose only entry is the same one, whatever it says."""
STATED = {"fee": ("amount", "text"), "online": ("available", "text"), "proxy": ("allowed", "text")}
"""What is said anew as a whole: 40 yuan do not stay beside 按标准收取."""


def merged(here: Body, now: Body, before: Body | None, day: str) -> dict[str, Any]:
    """The unit as it should be here; `day`, in ISO form, is the one on which the source is believed.

    Args:
        here: what stands here.
        now: what the source says, with nothing in it that it does not say.
        before: what it said the last time.
    """
    last = before or {}
    result = dict(here)
    for name, said in now.items():
        if name in ("kind", "id") or (before is not None and last.get(name) == said):
            continue
        if name == "aspects":
            result[name] = _aspects(here.get(name, {}), said, last.get(name) if before is not None else None, day)
        elif name in UNITED:
            result[name] = list(dict.fromkeys([*here.get(name, ()), *said]))
        elif isinstance(said, Mapping):
            result[name] = {**here.get(name, {}), **said}
        else:
            result[name] = said
    return result


def _aspects(here: Body, now: Body, before: Body | None, day: str) -> dict[str, Any]:
    result = dict(here)
    for aspect, said in now.items():
        if before is not None and before.get(aspect) == said:
            continue
        standing = here.get(aspect)
        if standing is None or len(said["dated"]) > 1 or "since" in said["dated"][0]:
            result[aspect] = said
        else:
            result[aspect] = {"dated": _dated(aspect, standing["dated"], said["dated"][0]["value"], day)}
    return result


def _dated(aspect: str, changes: list[Any], value: Any, day: str) -> list[Any]:
    """The value that holds on that day is replaced; what is to come stays."""
    holding = [number for number, change in enumerate(changes) if change.get("since", "") <= day]
    if not holding:
        return [{"value": value}, *changes]
    replaced = changes[holding[-1]]
    new = {**replaced, "value": _value(aspect, replaced["value"], value)}
    return [*changes[: holding[-1]], new, *changes[holding[-1] + 1 :]]


def _value(aspect: str, here: Any, now: Any) -> Any:
    if isinstance(now, Mapping):  # of a contact there is just one
        return {**here, **now}
    if aspect in ALONE and len(here) == len(now) == 1:
        return [_entry(aspect, here[0], now[0])]
    name = NAMED.get(aspect, "text")
    entries = []
    for said in now:
        known = [one for one in here if name in said and one.get(name) == said[name]]
        entries += [_entry(aspect, one, said) for one in known] or [said]
    return entries


def _entry(aspect: str, here: Body, now: Body) -> dict[str, Any]:
    if all(here.get(name) == value for name, value in now.items()):
        return dict(here)
    gone = STATED.get(aspect, ())
    if aspect == "duration" and not now.keys() & {"legal", "promised"}:
        gone = ("legal", "promised")
    return {**{name: value for name, value in here.items() if name not in gone}, **now}
