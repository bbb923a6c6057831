"""The form of a content test: from fields to what a test asks and expects, and back."""

from __future__ import annotations

from datetime import date
from typing import Any

from starlette.datastructures import FormData

from knowledge_base.model import UnitKey
from knowledge_base.trials.content_tests import Wanted
from knowledge_base.trials.errors import TrialError
from knowledge_base.trials.expectations import Expectation

LONGEST = 4000
"""Characters of a field."""
FIELDS = ("turns", "unit_kind", "unit_id", "region", "as_of", "kind", "id", "aspect", "contains", "lacks", "note")
EMPTY = dict.fromkeys(FIELDS, "")


def typed(form: FormData) -> dict[str, str]:
    """What stands in the fields, without what no database keeps."""
    return {name: text_of(form, name) for name in FIELDS}


def text_of(form: FormData, name: str) -> str:
    value = form.get(name, "")
    text = value if isinstance(value, str) else ""
    text = text.encode("utf-8", "replace").decode().replace("\r\n", "\n")
    return "".join(c for c in text if c.isprintable() or c == "\n").strip()[:LONGEST]


def lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.split("\n") if line.strip())


def day_of(text: str) -> date | None:
    """Raises TrialError: it is no date."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise TrialError("day") from None


def wanted(fields: dict[str, str]) -> Wanted:
    """What a form's fields ask for. Raises TrialError: a day is none."""
    kind, id = fields["unit_kind"], fields["unit_id"]
    if bool(kind) != bool(id):
        raise TrialError("half_a_unit")
    return Wanted(
        turns=lines(fields["turns"]),
        expect=Expectation(
            fields["kind"] or None,
            fields["id"] or None,
            fields["aspect"] or None,
            lines(fields["contains"]),
            lines(fields["lacks"]),
        ),
        unit=UnitKey(kind, id) if kind else None,
        region=fields["region"] or None,
        as_of=day_of(fields["as_of"]),
        note=fields["note"],
    )


def fields_of(test: Wanted) -> dict[str, Any]:
    """What a form shows of a test."""
    return {
        "turns": "\n".join(test.turns),
        "unit_kind": test.unit.kind if test.unit else "",
        "unit_id": test.unit.id if test.unit else "",
        "region": test.region or "",
        "as_of": test.as_of.isoformat() if test.as_of else "",
        "kind": test.expect.kind or "",
        "id": test.expect.id or "",
        "aspect": test.expect.aspect or "",
        "contains": "\n".join(test.expect.contains),
        "lacks": "\n".join(test.expect.lacks),
        "note": test.note,
    }
