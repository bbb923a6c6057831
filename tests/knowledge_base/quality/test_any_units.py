"""Whatever units there are, the report is made, and what it proposes are units."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from knowledge_units import steady, units

from knowledge_base.model import Unit, parse_unit
from knowledge_base.quality.report import findings
from knowledge_base.store.codec import dump


@steady
@given(st.lists(units(), max_size=6, unique_by=lambda unit: unit.key))
def test_any_units_can_be_judged(held: list[Unit]) -> None:
    found = findings(held, date(2026, 11, 27), {})
    assert {one.unit for one in found} <= {unit.key for unit in held}
    assert len({one.digest for one in found}) == len(found)
    for one in found:
        if one.repair is not None:
            assert one.repair.key == one.unit and one.repair not in held
            assert parse_unit(dump(one.repair)) == one.repair


TEXTS = [
    "工本费20元",
    "收费10元",
    "十五个工作日内办结",
    "请补正材料",
    "电话0000-8800101",
    "《补正》",
    "，请",
    "容缺",
    "长" * 40,
]


@steady
@given(st.lists(st.sampled_from(TEXTS), min_size=1, max_size=6).map("，".join), units())
def test_texts_full_of_facts_can_be_judged(text: str, unit: Unit) -> None:
    body = dump(unit)
    if unit.kind == "item":
        body.setdefault("aspects", {})["overview"] = {"dated": [{"value": [{"text": text}]}]}
    elif unit.kind == "faq":
        body["answer"] = text
    for one in findings([parse_unit(body)], date(2026, 11, 27), {}):
        assert one.repair is None or one.repair.key == unit.key
