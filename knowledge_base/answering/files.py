"""The files that go along with an answer: blank forms 空白表 and samples 样表 of the unit that is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote

from knowledge_base.answering.answer import Answer
from knowledge_base.answering.occasion import Occasion
from knowledge_base.model import ServiceItem, Unit

FILES = "attachments"
"""The payload's key."""
PATH = "/files"
OF_USE = ("overview", "materials", "process", "online", "proxy")
"""Aspects of an item to which a form to be filled in belongs; nobody who asks for a fee wants one."""


def with_files(answer: Answer, unit: Unit, occasion: Occasion) -> Answer:
    """The answer with the unit's files in its payload: `{"title", "name", "path", "url"}`.

    `path` is that at the gateway; `url` the whole address, None where nobody has said under which one it is reached.
    """
    if not unit.attachments or answer.kind == "options":
        return answer
    if isinstance(unit, ServiceItem) and answer.aspect not in OF_USE:
        return answer
    files = []
    for one in unit.attachments:
        path = f"{PATH}/{one.digest}"
        url = f"{occasion.site.rstrip('/')}{path}" if occasion.site else None
        files.append({"title": one.title, "name": one.name, "path": f"{path}/{quote(one.name, safe='')}", "url": url})
    return replace(answer, extra={**answer.extra, FILES: files})


def files_of(*answers: Answer) -> dict[str, Any]:
    """The files of several answers that are given as one, for its payload."""
    found = [file for answer in answers for file in answer.extra.get(FILES, ())]
    return {FILES: [file for n, file in enumerate(found) if file not in found[:n]]} if found else {}
