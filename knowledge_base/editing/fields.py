"""A unit as pages show it: one text for each place in it, and what the place is called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from foundation.words import Words

WORDS = Words(Path(__file__).with_name("fields.yml"))
NAMES = ("name", "title", "id", "question", "text")
"""Fields by which one of several entries is known. Not "item": the order of a package's steps matters."""
LONGEST_NAME = 20
Place = tuple[str, ...]


def field_name(field: str) -> str:
    """What a field is called."""
    return str(WORDS.entry("fields").get(field, field))


def kind_name(kind: str) -> str:
    """What a kind of unit is called."""
    return str(WORDS.entry("kinds").get(kind, kind))


def places(body: Mapping[str, Any]) -> dict[Place, str]:
    """The texts of a unit's body (as store.codec.dump makes it), by place, in the order of the body.

    A place is the names that lead to it: ("要素", "申请材料", "户口簿", "份数"). A list of plain texts is one text,
    with a line for each; entries of other lists are known by what names them: one moved up or down is the same entry.
    """
    found: dict[Place, str] = {}
    for place, text in _walk({key: value for key, value in body.items() if key != "kind"}, ()):
        while place in found:
            place = (*place[:-1], f"{place[-1]}′")
        found[place] = text
    return found


def _walk(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(value, Mapping):
        if "dated" in value:
            for change in value["dated"]:
                day = change.get("since")
                begins = () if day is None else (WORDS.say("words.since", day=day),)
                yield from _walk(change["value"], (*place, *begins))
            return
        for key, inner in value.items():
            yield from _walk(inner, (*place, field_name(key)))
    elif isinstance(value, (list, tuple)):
        if all(not isinstance(entry, (Mapping, list, tuple)) for entry in value):
            if value:
                yield place, "\n".join(map(_plain, value))
            return
        for n, entry in enumerate(value, start=1):
            yield from _entry(entry, place, n)
    elif value is not None:
        yield place, _plain(value)


def _entry(entry: Any, place: Place, n: int) -> Iterator[tuple[Place, str]]:
    """One of several: under its name, or its number."""
    named = next((key for key in NAMES if isinstance(entry, Mapping) and entry.get(key)), None)
    if named is None:
        yield from _walk(entry, (*place, WORDS.say("words.nth", n=n)))
    elif len(str(entry[named])) > LONGEST_NAME or set(entry) == {named}:
        yield from _walk(entry if len(entry) > 1 else entry[named], (*place, WORDS.say("words.nth", n=n)))
    else:
        yield (*place, str(entry[named])), str(entry[named])
        yield from _walk({key: one for key, one in entry.items() if key != named}, (*place, str(entry[named])))


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(WORDS.entry("words.is" if value else "words.is_not"))
    return str(value)
