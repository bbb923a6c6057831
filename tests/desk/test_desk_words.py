"""Canned replies, notes and a supervisor's rules; and what is said to staff when something is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from desk_people import NOW, hire
from sqlalchemy.engine import Connection

import desk
from desk import canned, marks, notes
from desk.errors import Malformed, NotFound
from foundation import audit, erasure
from foundation.database import Database

HERE = Path(desk.__file__).parent


@pytest.fixture
def tx(database: Database) -> Iterator[Connection]:
    with database.write() as tx:
        hire(tx, "wang", "户政")
        yield tx


def test_an_agent_sees_their_own_their_departments_and_everybodys_replies(tx: Connection) -> None:
    everybody = canned.put(tx, "问好", "您好，请问有什么可以帮您？", "zhao", NOW)
    mine = canned.put(tx, "稍等", "请稍等，我查一下。", "wang", NOW, owner="wang")
    canned.put(tx, "别人的", "好", "li", NOW, owner="li")
    ours = canned.put(tx, "户口", "请到户政窗口。", "zhao", NOW, department="户政")
    canned.put(tx, "社保", "请到社保窗口。", "zhao", NOW, department="社保")
    assert canned.listing(tx, "wang", ["户政"]) == [mine, ours, everybody]
    assert canned.listing(tx, "wang", ["户政"], "窗口") == [ours]
    changed = canned.put(tx, "问好", "您好！", "zhao", NOW, id=everybody.id)
    assert canned.get(tx, everybody.id) == changed and changed.text == "您好！"
    canned.remove(tx, everybody.id, "zhao", NOW)
    for refused in (
        lambda: canned.get(tx, everybody.id),
        lambda: canned.remove(tx, everybody.id, "zhao", NOW),
        lambda: canned.put(tx, "问好", "您好", "zhao", NOW, id=everybody.id),
    ):
        with pytest.raises(NotFound):
            refused()
    with pytest.raises(Malformed):
        canned.put(tx, "空", " ", "zhao", NOW)


def test_notes_are_for_colleagues_and_erased_with_the_rest(tx: Connection) -> None:
    note = notes.add(tx, "web:a", None, "wang", " 说方言，请慢些 ", NOW)
    assert notes.of_conversation(tx, "web:a") == [note] and note.text == "说方言，请慢些"
    with pytest.raises(Malformed):
        notes.add(tx, "web:a", None, "wang", " ", NOW)
    assert "方言" not in str(audit.entries(tx)), "no text in the audit log"
    assert erasure.erase_everything(tx, "web:a")["notes"] == 1


def test_a_rule_is_about_a_unit_or_about_words(tx: Connection) -> None:
    unit = marks.put(tx, "approval", "zhao", NOW, unit=("item", "pension"), department="社保", minutes=20)
    words = marks.put(tx, "person", "zhao", NOW, words=["上访", " 信 访 局"])
    rules = marks.listing(tx)
    assert rules == [unit, words]
    assert marks.matching(rules, "养老金多少", ("item", "pension")) == unit
    assert marks.matching(rules, "養老金多少，我要上訪", ("item", "pension")) == words, "a person goes before"
    assert marks.matching(rules, "信访局在哪") == words and marks.matching(rules, "护照", ("item", "passport")) is None
    marks.remove(tx, words.id, "zhao", NOW)
    assert marks.matching(marks.listing(tx), "我要上访") is None
    with pytest.raises(NotFound):
        marks.remove(tx, words.id, "zhao", NOW)


@pytest.mark.parametrize(
    "wrong",
    [{}, {"words": ["我"]}, {"words": ["，。"]}, {"unit": ("item", "")}, {"unit": ("item", "a"), "words": ["上访"]}],
)
def test_a_rule_that_catches_everything_or_nothing_is_refused(tx: Connection, wrong: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        marks.put(tx, "person", "zhao", NOW, **wrong)


def test_every_refusal_has_its_sentence_and_every_sentence_its_refusal() -> None:
    content = yaml.safe_load((HERE / "errors.yml").read_text(encoding="utf-8"))
    sentences = {f"{part}.{name}": text for part, names in content.items() for name, text in names.items()}
    console = HERE.with_name("console").glob("desk_*.py")  # which knows the knowledge base as well
    code = "\n".join(file.read_text(encoding="utf-8") for file in (*HERE.glob("*.py"), *console))
    named = set(re.findall(r'"((?:not_found|handover|task|approval|knowledge|form)\.[a-z_]+)"', code))
    by_state = {f"handover.{state}" for state in ("waiting", "wrap_up", "closed")}
    by_state |= {f"task.{state}" for state in ("open", "taken", "done")}
    assert named <= set(sentences) and set(sentences) <= named | by_state
    for key, text in sentences.items():
        assert text.endswith("。"), f"{key} is a sentence"
        assert re.search("请|先", text) or key in ("handover.taken", "handover.unskilled", "task.done"), (
            f"{key}: do what?"
        )
