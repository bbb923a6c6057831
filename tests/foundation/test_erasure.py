from __future__ import annotations

import json

import pytest

from foundation import erasure, outbox
from foundation.cipher import Cipher
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.inbox import Inbox, Incoming
from foundation.vault import Vault

PHONE = "13800138000"


@pytest.fixture
def filled(database: Database, cipher: Cipher, clock: FixedClock) -> Database:
    with database.write() as tx:
        for conversation in ("web:a", "web:b"):
            text = Vault(cipher).hide(tx, f"我的电话{PHONE}", conversation, clock.now())
            accepted = Inbox(cipher).accept(tx, Incoming(conversation, "web", text), clock.now())
            outbox.add(tx, conversation, "web", [{"text": "好"}, {"text": "请稍候"}], clock.now(), accepted.id)
    return database


def test_erases_one_conversation_and_no_other(filled: Database) -> None:
    with filled.write() as tx:
        counts = erasure.erase_everything(tx, "web:a")
        assert {name: counts[name] for name in ("vault", "inbox", "outbox")} == {"vault": 1, "inbox": 1, "outbox": 2}
        assert not any(erasure.export_everything(tx, "web:a").values())
        assert len(erasure.export_everything(tx, "web:b")["outbox"]) == 2


def test_ids_are_not_given_out_again(filled: Database, clock: FixedClock) -> None:
    with filled.write() as tx:
        last = outbox.after(tx, "web:b", 0)[-1].id
        erasure.erase_everything(tx, "web:b")
        outbox.add(tx, "web:b", "web", [{"text": "新"}], clock.now())
        assert outbox.after(tx, "web:b", last)


def test_exports_plain_json(filled: Database) -> None:
    with filled.read() as tx:
        exported = erasure.export_everything(tx, "web:a")
    assert exported["outbox"][0]["body"] == {"text": "好"}
    assert PHONE not in json.dumps(exported)


def test_what_was_registered_last_is_erased_first(filled: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasure, "_keepers", dict(erasure._keepers))
    erasure.register("stars", lambda tx, conversation: 7, lambda tx, conversation: [{"stars": 5}])
    with filled.write() as tx:
        assert erasure.export_everything(tx, "web:a")["stars"] == [{"stars": 5}]
        assert next(iter(erasure.erase_everything(tx, "web:a").items())) == ("stars", 7)
