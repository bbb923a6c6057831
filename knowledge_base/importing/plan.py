"""What an import would change, unit by unit, before anything is saved: for a preview, and for carrying it out."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import ValidationError
from sqlalchemy.engine import Connection

from knowledge_base.editing.scope import body_is_within
from knowledge_base.importing.item_codes import ids_by_code, take_known_id
from knowledge_base.importing.item_names import item_ids, name_for_id
from knowledge_base.importing.keeping import covered, kept
from knowledge_base.importing.pipeline import STEP, published_items
from knowledge_base.importing.reading import Place, Read
from knowledge_base.importing.report import Problem
from knowledge_base.importing.standing import Drafted, Standing, standing
from knowledge_base.importing.synchronising import Memory
from knowledge_base.model import UnitKey, parse_unit
from knowledge_base.store import codec
from knowledge_base.store.drafts import IN_REVIEW

FOREIGN = "belongs to another department"
Body = Mapping[str, Any]


class Held(NamedTuple):
    """A draft in the way: somebody else's, or one under review."""

    account: str
    updated_at: datetime
    in_review: bool
    """Then it is left alone whatever is said: who wants to change it takes it back from review first."""
    revision: int | None


class Change(NamedTuple):
    key: UnitKey
    title: str
    place: Place | None
    """None: the file has it no more, and the change removes the unit."""
    packed: bytes | None
    """The unit as JSON; None where it is removed."""
    before: Body | None
    """What stands, of a few; see `shown` of `plan`."""
    is_new: bool
    held: Held | None

    @property
    def after(self) -> Body | None:
        body: Body | None = None if self.packed is None else json.loads(self.packed)
        return body

    @property
    def mark(self) -> str:
        """What names this draft in the way, as long as it is the same one."""
        return f"{self.key}@{self.held.revision if self.held else None}"


@dataclass
class Plan:
    read: Read
    problems: list[Problem] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    """Units that would get a draft."""
    unchanged: int = 0
    missing: list[Change] = field(default_factory=list)
    """Units that the source had before and has no more: not drafts unless somebody says so."""
    said: dict[UnitKey, Body] = field(default_factory=dict)
    """What the source says of each unit, to be remembered."""

    @property
    def held(self) -> list[Change]:
        return [change for change in (*self.changes, *self.missing) if change.held]

    def counts(self) -> dict[str, int]:
        new = sum(change.is_new for change in self.changes)
        changed = len(self.changes) - new
        told = {"added": new, "changed": changed, "missing": len(self.missing)}
        return told | {"unchanged": self.unchanged, "bad": len(self.problems)}


def plan(
    tx: Connection,
    found: Read,
    account: str,
    department: str | None,
    now: datetime,
    memory: Memory | None = None,
    shown: int = 0,
    keep: bool = False,
) -> Plan:
    """Compare a file with what stands: a unit's draft, or else what is published.

    Args:
        account: whose drafts may be replaced.
        department: the one whose units may be changed; None: all. Others' units are problems.
        memory: of the source, where the file is its export (see `synchronising`).
        shown: so many changed units keep what stands before them.
        keep: what a table has no column for stays as it is; otherwise its rows replace units whole.
    """
    result = Plan(found, list(found.report.problems))
    columns = covered(found.report.tables) if keep else set()
    planner = _Planner(result, account, department, now, memory, shown, columns)
    ids = item_ids(found.units, published_items(tx)) if found.units.wanted else {}
    codes = ids_by_code(tx) if memory is not None else {}
    given, seen = set(found.units.keys), set[UnitKey]()
    places = iter(found.places)
    for bodies in found.units.bodies(STEP):
        for body in bodies:
            name_for_id(body, ids)
            take_known_id(body, codes, given)
        keys = [UnitKey(body["kind"], body["id"]) for body in bodies]
        there = standing(tx, keys)
        for key, body in zip(keys, bodies):
            planner.compare(key, body, next(places), there)
        seen.update(keys)
    if memory is not None and not found.report.problems:
        gone = sorted(memory.known.keys() - seen)
        planner.find_missing(gone, standing(tx, gone))
    result.problems.sort(key=lambda problem: (problem.file, problem.line))
    return result


@dataclass
class _Planner:
    result: Plan
    account: str
    department: str | None
    now: datetime
    memory: Memory | None
    shown: int
    columns: Collection[str]
    """What a table has columns for, where everything else stays."""

    def compare(self, key: UnitKey, body: Body, place: Place, there: Standing) -> None:
        """Note what the file's unit would change."""
        draft, published = there.drafts.get(key), there.published.get(key)
        known = [one for one in (body, published, draft.body if draft else None) if one is not None]
        if not all(body_is_within(one, self.department) for one in known):
            self.result.problems.append(Problem(*place, "department", FOREIGN))
            return
        before = there.of(key)
        try:
            wanted = self._wanted(key, body, before)
        except ValidationError as error:
            self.result.problems.append(Problem(*place, "unit", error.errors()[0]["msg"]))
            return
        removes = draft is not None and draft.body is None
        if wanted is None or (wanted == before and not removes):
            self.result.unchanged += 1
            return
        packed = json.dumps(wanted, ensure_ascii=False, separators=(",", ":")).encode()
        shown = before if self.shown > 0 else None
        self.shown -= shown is not None
        change = Change(key, _title(body), place, packed, shown, before is None, self._held(draft))
        self.result.changes.append(change)

    def find_missing(self, gone: Sequence[UnitKey], there: Standing) -> None:
        """Note which of these, that the source has no more, still stand here."""
        for key in gone:
            draft = there.drafts.get(key)
            body = draft.body if draft else there.published.get(key)
            if body is not None and body_is_within(body, self.department):
                self.result.missing.append(Change(key, _title(body), None, None, None, False, self._held(draft)))

    def _wanted(self, key: UnitKey, body: Body, before: Body | None) -> Body | None:
        """The unit as it should be here; None where the source says nothing new of it."""
        if self.memory is None:
            if not self.columns or before is None:
                return body
            return codec.dump(parse_unit(kept(before, body, self.columns, self.result.read.name)))
        said = self.memory.said(body, self.result.read.name)
        self.result.said[key] = said
        applied = self.memory.applied(before, said, self.now)
        return None if applied is None else codec.dump(parse_unit(applied))

    def _held(self, draft: Drafted | None) -> Held | None:
        if draft is None or (draft.account == self.account and draft.state != IN_REVIEW):
            return None
        return Held(draft.account, draft.updated_at, draft.state == IN_REVIEW, draft.revision)


def _title(body: Body) -> str:
    return str(body.get("question") or body.get("name") or body.get("term"))
