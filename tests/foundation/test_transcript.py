"""What was said in a conversation, by whomever."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from foundation import dialogue, erasure
from foundation.database import Database

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=timezone.utc)
ANSWER = {"kind": "item", "id": "passport", "record": "K7M2-4Q9D"}


def said_in(database: Database, conversation: str) -> None:
    robot = {
        "event": "bot",
        "timestamp": NOW.timestamp() + 1,
        "text": "请带上身份证。",
        "data": {"buttons": [{"title": "要多少钱", "payload": "要多少钱"}], "custom": {"answer": ANSWER}},
        "metadata": {"utter_action": "action_answer_question"},
    }
    with database.write() as tx:
        dialogue.append(tx, conversation, [dialogue.heard("办护照带什么", "web", NOW, "m1"), robot])
        dialogue.append(tx, conversation, [dialogue.paused(NOW), dialogue.heard("我的⟦phone:1⟧", "web", NOW)])
        dialogue.append(
            tx,
            conversation,
            [dialogue.told("您好，我姓王。", NOW, {"by": "person", "name": "王芳"})],
        )


def test_a_transcript_tells_who_said_what(database: Database) -> None:
    said_in(database, "web:a")
    said_in(database, "web:b")
    with database.read() as tx:
        lines = dialogue.transcript(tx, "web:a")
    assert [(line.who, line.name, line.text) for line in lines] == [
        ("citizen", None, "办护照带什么"),
        ("robot", None, "请带上身份证。"),
        ("citizen", None, "我的⟦phone:1⟧"),
        ("person", "王芳", "您好，我姓王。"),
    ]
    assert lines[1].answer == ANSWER and lines[1].choices == ("要多少钱",)
    assert lines[1].at - lines[0].at == timedelta(seconds=1)


def test_a_long_transcript_is_read_page_by_page_from_its_end(database: Database) -> None:
    with database.write() as tx:
        dialogue.append(tx, "web:a", [dialogue.heard(str(number), "web", NOW) for number in range(10)])
    with database.read() as tx:
        last = dialogue.transcript(tx, "web:a", limit=4)
        before = dialogue.transcript(tx, "web:a", limit=4, before=last[0].id)
    assert [line.text for line in before + last] == [str(number) for number in range(2, 10)]


def test_what_was_said_is_erased_with_the_rest(database: Database) -> None:
    said_in(database, "web:a")
    said_in(database, "web:b")
    with database.write() as tx:
        assert erasure.erase_everything(tx, "web:a")["tracker_events"] == 5
    with database.read() as tx:
        assert not dialogue.transcript(tx, "web:a") and len(dialogue.transcript(tx, "web:b")) == 4
