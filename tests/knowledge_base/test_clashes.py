"""Groups of synonyms that contradict each other, or a name, are not published."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone

import pytest
from knowledge_units import faq, item

from foundation.database import Database
from knowledge_base.findings import Finding
from knowledge_base.model import Synonym, Unit, UnitKey
from knowledge_base.quality.report import examine
from knowledge_base.quality.scores import scores
from knowledge_base.store import releases
from knowledge_base.store.releases import Refused

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=timezone.utc)


def group(id: str, term: str, *words: str, **fields: object) -> Synonym:
    return Synonym(id=id, term=term, words=words, **fields)


PERMIT = group("permit", "居住证", "暂住证", "居主卡", "id卡")


def publish(database: Database, *units: Unit, gone: Sequence[UnitKey] = (), strict: bool = False) -> int:
    with database.write() as tx:
        releases.save_drafts(tx, units, "li", NOW)
        for key in gone:
            releases.delete_draft(tx, key, "li", NOW)
        return releases.publish(tx, "chen", "", NOW, strict=strict).number


def refused(database: Database, *units: Unit, strict: bool = False) -> list[str]:
    """The findings for which these units are not published, as `unit: words`."""
    with pytest.raises(Refused) as error:
        publish(database, *units, strict=strict)
    return [_short(one) for one in error.value.findings]


def _short(one: Finding) -> str:
    return f"{one.unit} {one.sort} {one.judged}"


@pytest.mark.parametrize("words", [("证",), (), ("居住证",), ("居 住 证",), ("暂住证", "暫住證"), ("字" * 21,)])
def test_words_that_no_group_can_have(words: tuple[str, ...]) -> None:
    with pytest.raises(ValueError):
        group("x", "居住证", *words)


@pytest.mark.parametrize("fields", [{"region": "990100"}, {"effective_to": "2030-01-01"}, {"successor": "y"}])
def test_a_group_holds_everywhere_and_always(fields: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="everywhere"):
        group("x", "居住证", "暂住证", **fields)


@pytest.mark.parametrize(
    ("other", "word"),
    [
        (group("a", "流动人口登记", "暂住证"), "暂住证"),
        (group("z", "流动人口登记", "暫住證"), "暂住证"),
        (group("a", "流动人口登记", "ＩＤ卡"), "ID卡"),
        (group("a", "暂住证", "临时卡"), "暂住证"),
        (group("z", "外来人口卡片", "居住证"), "居住证"),
    ],
    ids=["twice", "twice in other characters", "twice in capitals", "its term is a word", "its word is a term"],
)
def test_two_groups(database: Database, other: Synonym, word: str) -> None:
    assert len(refused(database, PERMIT, other)) == 1
    publish(database, PERMIT)
    assert refused(database, other) == [f"{other.key} synonym {word}"]


def test_a_circle(database: Database) -> None:
    assert refused(database, group("a", "居住证", "暂住证"), group("b", "暂住证", "居住证")) == [
        "synonym:b synonym 暂住证",
        "synonym:b synonym 居住证",
    ]


def test_a_name_is_no_word(database: Database) -> None:
    publish(database, item("card", "居主卡"), faq("q", "暂住证"), item("other", "别的事", aliases=["暂住证"]))
    assert refused(database, PERMIT) == ["synonym:permit synonym 居主卡"], "questions and aliases may be"
    publish(database, PERMIT, gone=[UnitKey("item", "card")])
    with database.read() as tx:
        assert releases.find(tx, releases.current(tx), PERMIT.key)


def test_what_is_called_like_a_word_later_has_to_be_answered_for(database: Database) -> None:
    publish(database, PERMIT)
    late = item("card", "居主卡", sources=[{"title": "办法"}])
    assert "item:card synonym 居主卡" in refused(database, late, strict=True)
    assert publish(database, late), "who publishes without being strict is only warned"


def test_taking_a_group_out_lets_the_other_in(database: Database) -> None:
    publish(database, PERMIT)
    publish(database, group("other", "流动人口登记", "暂住证"), gone=[PERMIT.key])


def test_the_quality_report_names_them_and_counts_them_for_nobody(database: Database) -> None:
    publish(database, PERMIT, item("card", "身份证", department="公安"))
    with database.write() as tx:
        releases.save_draft(tx, group("other", "流动人口登记", "暂住证", department="民政"), "li", NOW)
    with database.read() as tx:
        report = examine(tx, NOW)
    of_synonyms = [_short(one) for one in report.findings if one.unit.kind == "synonym"]
    assert of_synonyms == ["synonym:permit synonym 暂住证"], "and nobody asks for their sources"
    assert {one.department: one.units for one in scores(report.findings, report.subjects)} == {"公安": 1}
