"""What an item's materials leave open: flags that only the text names, and whether an original is meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from knowledge_base.findings import WORDS, Finding, entries, found
from knowledge_base.model import ServiceItem, Unit, parse_unit
from knowledge_base.model.values import Material
from knowledge_base.store.codec import dump

SAYS = {
    "deferrable": re.compile("(?<!不)(?<!不能)(?<!不可以)(?:容缺|可以?(?:以?后|事后|稍后)再?补)"),
    "pledge": re.compile("(?<!不适用)(?<!不能)告知承诺(?!书)"),
    "shared": re.compile("免提交|免于提交|数据共享|共享(?:获取|查[到验]|核验)|系统里?能查到"),
    "e_licence": re.compile("(?<!没有)(?<!不认)(?<!不能用)电子证照"),
    "optional": re.compile("(?:^|[，。；（(])(?:如有|有的话|可以不带|可不带|选填|非必要|非必需)"),
}
"""What a material's text says where the flag of that name belongs. `optional` is a material that is not required."""

SHOWN = 5


def gaps(unit: Unit) -> Iterator[Finding]:
    """Materials whose flags or form are missing."""
    if not isinstance(unit, ServiceItem):
        return
    materials = [entry for aspect, _, entry in entries(unit) if aspect == "materials"]
    for material in materials:
        yield from _flags(unit, material)
    if names := [material.name for material in materials if material.form is None]:
        yield found("no_form", unit.key, "aspects.materials", judged=names, name="”“".join(names[:SHOWN]))


def _flags(unit: ServiceItem, material: Material) -> Iterator[Finding]:
    text = f"{material.note or ''}。{material.name}"
    for flag, says in SAYS.items():
        field, value = ("required", False) if flag == "optional" else (flag, True)
        said = says.search(text)
        if said and getattr(material, field) != value:
            values = {
                "name": material.name,
                "said": said.group().strip("，。；（("),
                "flag": WORDS.content["flags"][flag],
            }
            repair = _flagged(unit, material, field, value)
            judged = f"{text} {flag}"
            yield found("no_flag", unit.key, "aspects.materials", judged=judged, repair=repair, **values)


def _flagged(unit: ServiceItem, material: Material, field: str, value: bool) -> Unit:
    body: dict[str, Any] = dump(unit)
    for change, held in zip(body["aspects"]["materials"]["dated"], unit.aspects.materials.dated):  # type: ignore[union-attr]
        for plain, entry in zip(change["value"], held.value):
            if entry == material:
                plain[field] = value
    return parse_unit(body)
