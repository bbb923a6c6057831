"""How units lie in the sheets of a workbook, both ways and without loss.

One main sheet per kind holds what fits one cell; what repeats lies in sheets of its own (sources, materials,
situations …) whose rows name the unit. Everything is text of the plain JSON that `store.codec` writes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, get_args, get_origin

from pydantic import BaseModel

from knowledge_base.importing.cells import join, split
from knowledge_base.model.item import Situation
from knowledge_base.model.office import WEEKDAYS, Shift, SpecialDays
from knowledge_base.model.package import Step
from knowledge_base.model.registry import TYPES
from knowledge_base.model.unit import GOVERNED, Attachment, Source
from knowledge_base.model.values import Contact, Duration, Fee, Line, Material, Online, Proxy

Body = dict[str, Any]
Cells = dict[str, Any]
"""Column → cell; empty cells are left out."""

MAIN = {f"{kind}s": kind for kind in GOVERNED}
CLOSED = "-"
"""A weekday that is named and has no shifts."""
WORD = re.compile(r"[\w.:-]+")


class Detail(NamedTuple):
    """A sheet of what repeats: `field` of the unit, or one of its `aspects`, each entry a `model`."""

    model: type[BaseModel]
    field: str | None
    aspects: tuple[str, ...] = ()


DETAILS: dict[str, Detail] = {
    "sources": Detail(Source, "sources"),
    "attachments": Detail(Attachment, "attachments"),
    "situations": Detail(Situation, "situations"),
    "materials": Detail(Material, None, ("materials",)),
    "lines": Detail(Line, None, ("overview", "conditions", "process", "place", "hours", "validity", "basis")),
    "durations": Detail(Duration, None, ("duration",)),
    "fees": Detail(Fee, None, ("fee",)),
    "online": Detail(Online, None, ("online",)),
    "contacts": Detail(Contact, None, ("contact",)),
    "proxies": Detail(Proxy, None, ("proxy",)),
    "steps": Detail(Step, "steps"),
    "closures": Detail(SpecialDays, "exceptions"),
}
OPTION = ("option.id", "option.title", "option.words")


def columns(model: type[BaseModel]) -> dict[str, Any]:
    """The columns of a model's own cells, with the type each holds."""
    found: dict[str, Any] = {}
    for field in model.__fields__.values():
        hint = field.outer_type_
        if _is_model(hint):
            if field.name != "aspects":
                found |= {f"{field.name}.{name}": inner for name, inner in columns(hint).items()}
        elif hint == dict[str, tuple[Shift, ...]]:
            found |= {f"{field.name}.{day}": tuple[Shift, ...] for day in WEEKDAYS}
        elif not _repeats(hint):
            found[field.name] = hint
    return found


def header(sheet: str) -> list[str]:
    """The first row of a sheet."""
    if sheet in MAIN:
        return list(columns(TYPES[MAIN[sheet]]))
    detail = DETAILS[sheet]
    place = ["unit", "aspect", "since"] if detail.field is None else ["kind", "unit"]
    return [*place, *columns(detail.model), *(OPTION if sheet == "situations" else ())]


def rows(sheet: str, bodies: Iterable[Body]) -> Iterator[Cells]:
    """The rows of one sheet."""
    for body in bodies:
        if sheet in MAIN:
            if body["kind"] == MAIN[sheet]:
                yield flatten(TYPES[body["kind"]], body)
        elif (field := DETAILS[sheet].field) is not None:
            yield from _field_rows(sheet, body, body.get(field, []))
        elif body["kind"] == "item":
            yield from _aspect_rows(DETAILS[sheet], body)


def attach(sheet: str, body: Body, table: list[Cells]) -> None:
    """Put the rows of a detail sheet that name this unit, in order, into its body."""
    detail = DETAILS[sheet]
    if sheet == "situations":
        body["situations"] = _situations(table)
    elif detail.field is not None:
        body[detail.field] = [unflatten(detail.model, row) for row in table]
    else:
        for row in table:
            _attach_aspect(detail, body, row)


def flatten(model: type[BaseModel], body: Mapping[str, Any]) -> Cells:
    """The cells of one body; what does not fit cells is left to the detail sheets."""
    cells: Cells = {}
    for column, hint in columns(model).items():
        value: Any = body
        for part in column.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        if value is not None:
            cells[column] = _cell(value, hint)
    return cells


def unflatten(model: type[BaseModel], row: Mapping[str, Any]) -> Body:
    """Undo `flatten`: the raw values of the columns that have a cell."""
    body: Body = {}
    for column, hint in columns(model).items():
        if row.get(column) is None:
            continue
        *path, name = column.split(".")
        target = body
        for part in path:
            target = target.setdefault(part, {})
        target[name] = _value(row[column], hint)
    return body


def _repeats(hint: Any) -> bool:
    return get_origin(hint) is tuple and get_args(hint)[0] is not Shift and _is_model(get_args(hint)[0])


def _is_model(hint: Any) -> bool:
    return get_origin(hint) is None and isinstance(hint, type) and issubclass(hint, BaseModel)


def _field_rows(sheet: str, body: Body, entries: list[Body]) -> Iterator[Cells]:
    for entry in entries:
        cells = {"kind": body["kind"], "unit": body["id"], **flatten(DETAILS[sheet].model, entry)}
        if sheet != "situations":
            yield cells
            continue
        for option in entry["options"]:
            words = {"option.words": join(option["words"])} if "words" in option else {}
            yield {**cells, "option.id": option["id"], "option.title": option["title"], **words}


def _aspect_rows(detail: Detail, body: Body) -> Iterator[Cells]:
    for aspect in detail.aspects:
        for change in body.get("aspects", {}).get(aspect, {}).get("dated", ()):
            since = {"since": change["since"]} if "since" in change else {}
            place = {"unit": body["id"], "aspect": aspect, **since}
            value = change["value"]
            entries = value if isinstance(value, list) else [value]
            # A row without an entry stands for a list that is empty from that day on.
            for entry in entries or [{}]:
                yield {**place, **flatten(detail.model, entry)}


def _attach_aspect(detail: Detail, body: Body, row: Cells) -> None:
    aspect = str(row.get("aspect") or detail.aspects[0])
    dated = body.setdefault("aspects", {}).setdefault(aspect, {"dated": []})["dated"]
    since = row.get("since")
    if not dated or dated[-1].get("since") != since:
        dated.append({"since": since, "value": []})
    entry = unflatten(detail.model, row)
    if detail.model is Contact:
        dated[-1]["value"] = entry
    elif entry:
        dated[-1]["value"].append(entry)


def _situations(table: list[Cells]) -> list[Body]:
    found: dict[str, Body] = {}
    for row in table:
        situation = found.setdefault(str(row.get("id")), {**unflatten(Situation, row), "options": []})
        option = {name: row.get(f"option.{name}") for name in ("id", "title")}
        situation["options"].append({**option, "words": split(str(row.get("option.words") or ""))})
    return list(found.values())


def _cell(value: Any, hint: Any) -> Any:
    if hint == tuple[Shift, ...]:
        return "|".join(f"{_clock(shift['start'])}-{_clock(shift['end'])}" for shift in value) or CLOSED
    if get_origin(hint) is tuple:
        return join(value)
    if get_origin(hint) is dict:
        names = [*value, *(option for options in value.values() for option in options)]
        if all(WORD.fullmatch(name) for name in names):
            return "; ".join(f"{name}={','.join(options)}" for name, options in value.items())
        return json.dumps(value, ensure_ascii=False)
    return value


def _value(cell: Any, hint: Any) -> Any:
    text = str(cell)
    if hint == tuple[Shift, ...]:
        return [] if text == CLOSED else split(text)
    if get_origin(hint) is tuple:
        return split(text)
    if get_origin(hint) is dict:
        if text.startswith("{"):
            return json.loads(text)
        pairs = (pair.partition("=") for pair in re.split(r"\s*[;；]\s*", text) if pair)
        return {
            name.strip(): [word for word in re.split(r"\s*[,，]\s*", words.strip()) if word] for name, _, words in pairs
        }
    if hint is bool and isinstance(cell, str):
        return {"是": True, "否": False}.get(text, text)
    return cell


def _clock(text: str) -> str:
    return text.removesuffix(":00") if text.count(":") == 2 else text
