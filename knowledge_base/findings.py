"""What is wrong with units, judged from the units alone: the part of the quality report that publishing asks too."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from datetime import date
from typing import Any, Literal, NamedTuple

from foundation.text import squash
from knowledge_base.model import Faq, Office, Package, Referral, ServiceItem, Unit, UnitKey
from knowledge_base.model.values import Duration, Span

Severity = Literal["block", "warning", "note"]
KEY_ASPECTS = {
    "materials": "申请材料",
    "process": "办理流程",
    "place": "办理地点",
    "duration": "办结时限",
    "fee": "收费",
}
LONGEST_SENTENCE = 60
TOGETHER, SEPARATOR = 500, "ꙮ"
"""A letter that no text holds; were it to, its part is spelled one by one."""
CERTAIN = ("available", "allowed")
"""Yes and no contradict each other whatever text stands beside them."""
SENTENCE_END = re.compile(r"[。！？；\n]+")


class Finding(NamedTuple):
    """One finding: where (`unit`, `field`), what (`problem`) and what to do (`cure`), in the staff's language.

    `block` forbids publishing, a `warning` is settled by a named person, a `note` is advice.
    """

    severity: Severity
    unit: UnitKey
    field: str
    problem: str
    cure: str

    def __str__(self) -> str:
        return f"{self.unit}: {self.field}: {self.problem}。{self.cure}。"


def inspect(unit: Unit, today: date) -> Iterator[Finding]:
    """The findings of one unit."""
    yield from _validity(unit, today)
    yield from _sources(unit)
    if isinstance(unit, ServiceItem):
        yield from _situations(unit)
        yield from _contradictions(unit)
        for aspect, name in KEY_ASPECTS.items():
            if not unit.has(aspect):
                yield Finding("note", unit.key, f"aspects.{aspect}", f"没有{name}", "请补充，否则只能答“不清楚”")
    for field, text in sentences(unit):
        if len(text) > LONGEST_SENTENCE:
            problem = f"有一句{len(text)}个字：{text[:20]}…"
            yield Finding("note", unit.key, field, problem, f"请拆成{LONGEST_SENTENCE}字以内的短句")


def references(unit: Unit) -> Iterator[tuple[str, UnitKey]]:
    """The other units that a unit names, with the field that names them."""
    if unit.successor:
        yield "successor", UnitKey(unit.kind, unit.successor)
    if isinstance(unit, Faq) and unit.item:
        yield "item", UnitKey("item", unit.item)
    if isinstance(unit, Package):
        yield from ((f"steps.{n}", UnitKey("item", step.item)) for n, step in enumerate(unit.steps, start=1))
    if isinstance(unit, ServiceItem):
        for aspect, _, entry in _entries(unit):
            if office := getattr(entry, "office", None):
                yield f"aspects.{aspect}", UnitKey("office", office)


def dangling(unit: Unit, known: Container[UnitKey]) -> Iterator[Finding]:
    """References to units that are not known."""
    for field, key in references(unit):
        if key not in known:
            yield Finding("warning", unit.key, field, f"指向的 {key} 不存在", "请改正编号，或者先添加它")


def duplicates(units: Iterable[Unit]) -> Iterator[Finding]:
    """Questions and names that two units share, apart from spelling; units of different regions may."""
    said = [(unit, text) for unit in units for text in dict.fromkeys((*unit.names(), *unit.questions()))]
    seen: dict[str, list[Unit]] = {}
    told: set[tuple[UnitKey, UnitKey]] = set()
    for (unit, text), plain in zip(said, _squash_all([text for _, text in said])):
        same = seen.setdefault(plain, [])
        for other in same:
            if other is not unit and _overlap(unit.region, other.region):
                if (unit.key, other.key) in told:
                    break
                told.add((unit.key, other.key))
                problem = f"“{text[:30]}”与 {other.key} 相同"
                yield Finding("warning", unit.key, "question", problem, "请合并，或者把两个问题写得不同")
                break
        same.append(unit)


def sentences(unit: Unit) -> Iterator[tuple[str, str]]:
    """The sentences of a unit that a citizen reads, with their fields."""
    texts: list[tuple[str, str | None]] = []
    if isinstance(unit, Faq):
        texts = [("answer", unit.answer)]
    elif isinstance(unit, Referral):
        texts = [("text", unit.text), ("channel", unit.channel)]
    elif isinstance(unit, Package):
        texts = [("overview", unit.overview)]
    elif isinstance(unit, Office):
        texts = [("appointment", unit.appointment), ("transport", unit.transport)]
    elif isinstance(unit, ServiceItem):
        texts = [
            (f"aspects.{aspect}", getattr(entry, name, None))
            for aspect, _, entry in _entries(unit)
            for name in ("text", "note")
        ]
    for field, text in texts:
        yield from ((field, part) for part in SENTENCE_END.split(text or "") if part)


def _squash_all(texts: Sequence[str]) -> Iterator[str]:
    """`squash` of each text, hundreds at a time: that is three times as fast, and a city has 300,000 questions."""
    for start in range(0, len(texts), TOGETHER):
        part = texts[start : start + TOGETHER]
        together = squash(SEPARATOR.join(part)).split(SEPARATOR)
        yield from together if len(together) == len(part) else map(squash, part)


def _overlap(one: str | None, other: str | None) -> bool:
    """Whether a rule of one region and one of another may hold at the same place."""
    return one is None or other is None or one == other


def _entries(unit: ServiceItem) -> Iterator[tuple[str, date | None, Any]]:
    """Every entry of every aspect, with the day from which it holds."""
    for aspect, dated in unit.aspects:
        for change in dated.dated if dated else ():
            for entry in change.value if isinstance(change.value, tuple) else (change.value,):
                yield aspect, change.since, entry


def _validity(unit: Unit, today: date) -> Iterator[Finding]:
    if unit.effective_to and unit.effective_to < today:
        problem = f"已于{unit.effective_to}失效"
        yield Finding("warning", unit.key, "effective_to", problem, "请删除，或者用 successor 指明替代它的内容")
    elif unit.review_by and unit.review_by < today:
        problem = f"应在{unit.review_by}前复核，已超期"
        yield Finding("warning", unit.key, "review_by", problem, "请重新核对，更新 verified_on 和 review_by")
    if unit.verified_on and unit.verified_on > today:
        yield Finding("warning", unit.key, "verified_on", f"核对日期{unit.verified_on}还没有到", "请改正日期")
    if unit.successor == unit.id:
        yield Finding("block", unit.key, "successor", "替代者是它自己", "请填写替代它的内容的编号")


def _sources(unit: Unit) -> Iterator[Finding]:
    if not unit.sources:
        yield Finding("warning", unit.key, "sources", "没有依据", "请填写依据的法规或通知")
    elif not all(source.verified for source in unit.sources):
        yield Finding("warning", unit.key, "sources", "来源是导入的文件，没有核实", "请核对后填写真正的依据")


def _situations(unit: ServiceItem) -> Iterator[Finding]:
    names = [situation.id for situation in unit.situations]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Finding("block", unit.key, "situations", f"情形 {name} 出现了两次", "请给每个情形不同的编号")


def _contradictions(unit: ServiceItem) -> Iterator[Finding]:
    said: dict[tuple[Any, ...], Any] = {}
    for aspect, since, entry in _entries(unit):
        field = f"aspects.{aspect}"
        if isinstance(entry, Duration) and entry.legal and entry.promised and _longer(entry.promised, entry.legal):
            problem = f"承诺时限{_days(entry.promised)}比法定时限{_days(entry.legal)}长"
            yield Finding("block", unit.key, field, problem, "请改正其中一个")
        for name in ("available", "allowed", "amount", "legal", "promised"):
            if (value := getattr(entry, name, None)) is None:
                continue
            about = tuple(getattr(entry, part, None) for part in ("name", "per", "text", "counts_from"))
            case = (aspect, since, name, tuple(sorted(entry.when.items())), *about[: 1 if name in CERTAIN else 4])
            if said.setdefault(case, value) != value:
                yield Finding("block", unit.key, field, f"{name} 有两个不同的值", "请只留一个，或者用 when 区分情形")


def _longer(promised: Span, legal: Span) -> bool:
    """True where it is certain: so many working days are never fewer natural days."""
    return promised.days > legal.days and (promised.unit == legal.unit or legal.unit == "自然日")


def _days(span: Span) -> str:
    return f"{span.days}个{span.unit}"
