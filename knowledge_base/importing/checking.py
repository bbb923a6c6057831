"""From what a file says to units: ids, validation, and where each fault lies."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from foundation.errors import ContentError
from knowledge_base.importing.bounds import LONGEST_IMPORT, LONGEST_UNIT, VALUE
from knowledge_base.importing.report import Entry, Problem
from knowledge_base.importing.yaml_files import line_of
from knowledge_base.model import Unit, UnitKey, parse_unit
from knowledge_base.store import codec

SHORT = {
    "value_error.missing": "is missing",
    "value_error.extra": "is not a field that we know",
    "type_error.none.not_allowed": "is empty",
    "value_error.any_str.min_length": "is empty",
}
DIGEST_BYTES = 6
Path = tuple["str | int", ...]


class Checker:
    """Checks the units of one import. Ids must be unique in it, per kind.

    Args:
        longest: characters that they may have together, what is merged, shared or has a name written out for each.
    """

    def __init__(self, longest: int = LONGEST_IMPORT) -> None:
        self._room = longest
        self._taken: dict[UnitKey, str] = {}
        self._file: dict[UnitKey, str] = {}

    def check(self, entry: Entry, file: str) -> Unit | list[Problem]:
        """The unit of an entry, or what is wrong with it."""
        place = entry.file or file
        raw = entry.raw
        if (length := _length(raw)) > LONGEST_UNIT:
            return [Problem(place, entry.line, "unit", f"has more than {LONGEST_UNIT} characters; divide it")]
        self._room -= length
        if self._room < 0:
            return [Problem(place, entry.line, "file", "stands for too much text in all; divide it")]
        if raw.get("id") in (None, ""):
            raw = {**raw, "id": self._derive(raw)}
        try:
            unit = parse_unit(raw)
            if not entry.cleaned:
                codec.digest(codec.dump(unit))
        except ValidationError as error:
            return list(_problems(error, entry, place))
        except (ValueError, TypeError, OverflowError, RecursionError, ContentError) as error:
            return [Problem(place, entry.line, "unit", str(error))]
        if first := self._file.get(unit.key) or self._taken.get(unit.key):
            return [Problem(place, entry.line, "id", f"{unit.id!r} was given already at {first}")]
        self._file[unit.key] = f"{place}:{entry.line}"
        return unit

    def end_of_file(self, taken: bool) -> None:
        """Remember the ids of the file that was just read, unless it is left out."""
        if taken:
            self._taken |= self._file
        self._file = {}

    def _derive(self, raw: dict[str, Any]) -> str:
        """A stable id for a row without one: from what it asks or is called; repeated ones are counted."""
        title = str(raw.get("question") or raw.get("name") or raw.get("term") or "")
        digest = hashlib.blake2b(f"{raw.get('kind')}\0{title}".encode(errors="replace"), digest_size=DIGEST_BYTES)
        base = unit_id = f"{raw.get('kind')}-{digest.hexdigest()}"
        count = 1
        while (key := UnitKey(str(raw.get("kind")), unit_id)) in self._file or key in self._taken:
            count += 1
            unit_id = f"{base}-{count}"
        return unit_id


def _problems(error: ValidationError, entry: Entry, place: str) -> Iterator[Problem]:
    for fault in error.errors():
        path: Path = tuple(step for step in fault["loc"] if step != "__root__")
        line = line_of(entry.node, path) if entry.node is not None else entry.line
        yield Problem(place, line, _field(path) or "unit", SHORT.get(fault["type"], fault["msg"]))


def _length(raw: Any) -> int:
    """The characters of all that stands in a unit, counted no further than where they are too many."""
    length, waiting = 0, [raw]
    while waiting and length + VALUE * len(waiting) <= LONGEST_UNIT:
        value = waiting.pop()
        length += VALUE
        if isinstance(value, (str, bytes)):
            length += len(value)
        elif isinstance(value, Mapping):
            waiting += [*value, *value.values()]
        elif isinstance(value, (list, tuple, set)):
            waiting += value
    return length + VALUE * len(waiting)


def _field(path: Path) -> str:
    """`aspects.materials.2.name`: entries count from 1, and an undated value shows no `dated`."""
    steps = list(path)
    shown = []
    while steps:
        step = steps.pop(0)
        if step == "dated" and len(steps) > 1 and steps[0] == 0:
            del steps[:2]
            continue
        shown.append(str(step + 1) if isinstance(step, int) else step)
    return ".".join(shown)
