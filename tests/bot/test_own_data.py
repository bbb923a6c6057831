"""删除我的聊天记录, 导出我的信息: asked in the conversation, confirmed in words, carried out once that was answered."""

from __future__ import annotations

from datetime import timedelta

import pytest

from actions.surroundings import Surroundings
from bot import own_data, retaining, without_a_turn
from bot.without_a_turn import Means
from foundation import audit, erasures, outbox, rights
from foundation.cipher import Cipher
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.dialogue import append, heard
from foundation.inbox import Inbox, Incoming
from foundation.settings import Settings
from foundation.vault import Vault

CITIZEN = "web:a"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("删除我的聊天记录", "erasure"), ("请帮我删除我的个人信息，谢谢", "erasure"), ("清空我的咨询记录！", "erasure"),
        ("导出我的信息", "copy"), ("我要下载我的个人信息", "copy"), ("刪除我的聊天記錄", "erasure"),
        ("确认删除", "confirm"), ("确认删除。", "confirm"),
        ("删除", None), ("怎么删除我的不动产登记信息", None), ("删除我的信用记录怎么办", None),
        ("个人信息保护法", None),
        ("导出我的社保缴费记录要去哪里", None), ("聊天记录", None), ("我确认删除了户口", None), ("", None),
    ],
)  # fmt: skip
def test_only_what_says_so_and_nothing_else(text: str, wanted: str | None) -> None:
    assert own_data.wish(text) == wanted


def say(database: Database, settings: Settings, cipher: Cipher, clock: FixedClock, text: str) -> list[str] | None:
    """The replies; None: it was left to a turn."""
    inbox, means = Inbox(cipher), Means(Vault(cipher), settings, lambda text: "calm")
    with database.write() as tx:
        inbox.accept(tx, Incoming(CITIZEN, "web", text), clock.now())
        append(tx, CITIZEN, [heard(text, "web", clock.now())])
        claim = inbox.claim(tx, "worker", clock.now(), timedelta(seconds=20))
        assert claim is not None
        settled = without_a_turn.may_be(tx, claim.message) and without_a_turn.settle(tx, claim, means, clock.now())
        inbox.finish(tx, claim, clock.now())
        return [one.body["text"] for one in outbox.replies_to(tx, claim.id)] if settled else None


def test_asked_confirmed_and_erased_once_the_answer_has_arrived(
    database: Database, settings: Settings, cipher: Cipher, clock: FixedClock
) -> None:
    here = Surroundings.of_settings(settings, portal=object(), database=database, clock=clock)  # type: ignore[arg-type]
    assert say(database, settings, cipher, clock, "确认删除") is None, "nothing was asked for"
    asked = say(database, settings, cipher, clock, "删除我的聊天记录")
    assert asked is not None and "确认删除" in asked[0] and "12月14日" in asked[0] and "诉求单" in asked[0]
    confirmed = say(database, settings, cipher, clock, "确认删除")
    assert confirmed is not None and "几分钟内删除" in confirmed[0]
    with database.write() as tx:
        assert retaining.erase_confirmed(tx, here, "worker-1") == 0, "the answer is still on its way"
        outbox.delivered(tx, [one.id for one in outbox.after(tx, CITIZEN, 0)], clock.now())
        assert retaining.erase_confirmed(tx, here, "worker-1") == 1
        assert erasures.everybody(tx) == []
        [request] = rights.listed(tx, finished=True)
        assert (request.state, request.done_by, request.conversation) == ("done", "citizen", None)
        assert audit.entries(tx, action="privacy.erase")[0].account == "citizen"
        assert retaining.erase_confirmed(tx, here, "worker-1") == 0
    here.executor.close()


def test_an_answer_that_never_arrives_does_not_hold_it_up(
    database: Database, settings: Settings, cipher: Cipher, clock: FixedClock
) -> None:
    here = Surroundings.of_settings(settings, portal=object(), database=database, clock=clock)  # type: ignore[arg-type]
    say(database, settings, cipher, clock, "删除我的聊天记录")
    say(database, settings, cipher, clock, "确认删除")
    clock.advance(minutes=11)
    with database.write() as tx:
        assert retaining.erase_confirmed(tx, here, "worker-1") == 1
        assert erasures.everybody(tx) == []
    here.executor.close()


def test_a_copy_is_a_request_with_a_deadline(
    database: Database, settings: Settings, cipher: Cipher, clock: FixedClock
) -> None:
    said = say(database, settings, cipher, clock, "导出我的信息")
    assert said is not None and "12月14日" in said[0] and settings.hotline in said[0]
    again = say(database, settings, cipher, clock, "导出我的信息")
    with database.read() as tx:
        assert again == said and len(rights.listed(tx, finished=False)) == 1


def test_yesterdays_question_is_not_confirmed_today(
    database: Database, settings: Settings, cipher: Cipher, clock: FixedClock
) -> None:
    say(database, settings, cipher, clock, "删除我的聊天记录")
    clock.advance(hours=25)
    assert say(database, settings, cipher, clock, "确认删除") is None
