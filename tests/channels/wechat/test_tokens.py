from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import datetime, timedelta, timezone

import pytest
from platform_fake import APP_ID, SECRET, PlatformFake, running
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from channels.calls import Calls
from channels.delivery.platform import Action, SendError
from channels.tables import platform_tokens
from channels.tokens import AccessToken, Fetch, TokenStore, gettoken, stable_token
from channels.wechat.errors import wechat_errors, wecom_errors
from foundation import leases
from foundation.cipher import Cipher
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.settings import ROOT

SEND, TOKEN = "/cgi-bin/message/custom/send", "/cgi-bin/stable_token"
WECHAT = wechat_errors("wechat")


@pytest.fixture
async def fake() -> AsyncIterator[PlatformFake]:
    async with running() as platform:
        yield platform


@pytest.fixture
async def calls(fake: PlatformFake) -> AsyncIterator[Calls]:
    calls = Calls(fake.base, WECHAT, deadline=5)
    yield calls
    await calls.close()


@pytest.fixture
async def store(clock: FixedClock) -> AsyncIterator[TokenStore]:
    store = TokenStore(clock=clock)
    yield store
    await store.close()


@pytest.fixture
def account(store: TokenStore, calls: Calls) -> AccessToken:
    return store.account(f"wechat:{APP_ID}", stable_token(calls, APP_ID, SECRET), WECHAT.token)


async def send(account: AccessToken, calls: Calls) -> None:
    await account.use(lambda token: calls.post(SEND, {"touser": "o1"}, access_token=token))


async def settled(account: AccessToken) -> None:
    """Wait for a renewal that nobody waits for."""
    if account._flight is not None:
        await asyncio.wait([account._flight])


async def test_one_token_serves_everybody(account: AccessToken, fake: PlatformFake) -> None:
    values = await asyncio.gather(*(account.get() for _ in range(50)))
    assert len(set(values)) == 1 and fake.calls[TOKEN] == 1


async def test_a_refused_token_is_renewed_once_for_fifty_sends(
    account: AccessToken, calls: Calls, fake: PlatformFake
) -> None:
    await account.get()
    fake.valid = set()  # somebody else renewed it by force
    await asyncio.gather(*(send(account, calls) for _ in range(50)))
    assert fake.calls[TOKEN] == 2
    assert fake.calls[SEND] == 100  # each was refused once and repeated once


@pytest.mark.parametrize("code", [40001, 40014, 42001])
async def test_one_refusal_costs_one_renewal_and_one_repetition(
    account: AccessToken, calls: Calls, fake: PlatformFake, code: int
) -> None:
    await send(account, calls)
    fake.fail(SEND, code)
    await send(account, calls)
    assert (fake.calls[TOKEN], fake.calls[SEND]) == (2, 3)


@pytest.mark.parametrize("same", [False, True])
async def test_a_lasting_refusal_is_an_error_after_two_calls(
    account: AccessToken, calls: Calls, fake: PlatformFake, same: bool
) -> None:
    fake.always[SEND], fake.same_token = 40001, same
    with pytest.raises(SendError) as caught:
        await send(account, calls)
    assert (caught.value.code, caught.value.action) == (40001, Action.BROKEN)
    assert (fake.calls[TOKEN], fake.calls[SEND]) == (2, 2)


async def test_a_platform_that_stands_by_a_token_it_refuses_is_not_asked_by_everyone(
    account: AccessToken, calls: Calls, fake: PlatformFake, clock: FixedClock
) -> None:
    fake.always[SEND], fake.same_token = 40001, True
    for _ in range(3):
        results = await asyncio.gather(*(send(account, calls) for _ in range(20)), return_exceptions=True)
        assert all(isinstance(result, SendError) for result in results)
    assert fake.calls[TOKEN] == 2
    clock.advance(seconds=61)
    with pytest.raises(SendError):
        await send(account, calls)
    assert fake.calls[TOKEN] == 3


async def test_another_error_is_not_repeated(account: AccessToken, calls: Calls, fake: PlatformFake) -> None:
    fake.fail(SEND, 45015)
    with pytest.raises(SendError):
        await send(account, calls)
    assert (fake.calls[TOKEN], fake.calls[SEND]) == (1, 1)


async def test_an_old_refusal_leaves_the_new_token_alone(account: AccessToken, fake: PlatformFake) -> None:
    first = await account.get()
    await account.invalidate(first)
    second = await account.get()
    await account.invalidate(first)
    assert await account.get() == second and fake.calls[TOKEN] == 2


async def test_a_token_is_renewed_five_minutes_before_it_expires(
    account: AccessToken, fake: PlatformFake, clock: FixedClock
) -> None:
    first = await account.get()
    clock.advance(seconds=7200 - 301)
    assert await account.get() == first and fake.calls[TOKEN] == 1
    clock.advance(seconds=1)
    assert await account.get() == first  # nobody waits: it holds for five minutes more
    await settled(account)
    assert await account.get() != first and fake.calls[TOKEN] == 2


async def test_the_old_token_serves_while_renewal_fails(
    account: AccessToken, fake: PlatformFake, clock: FixedClock
) -> None:
    first = await account.get()
    fake.always[TOKEN] = -1
    clock.advance(seconds=7000)
    for _ in range(5):
        assert await account.get() == first
        await settled(account)
    assert fake.calls[TOKEN] == 2  # a failure is not repeated at every message
    clock.advance(seconds=31)
    await account.get()
    await settled(account)
    assert fake.calls[TOKEN] == 3
    clock.advance(seconds=300)
    with pytest.raises(SendError) as caught:
        await account.get()
    assert caught.value.action is Action.RETRY


async def test_a_short_lived_token_still_serves_for_a_while(
    account: AccessToken, fake: PlatformFake, clock: FixedClock
) -> None:
    fake.expires_in = 300
    await account.get()
    clock.advance(seconds=30)
    await account.get()
    await settled(account)
    assert fake.calls[TOKEN] == 1


@pytest.mark.parametrize("failure", ["drop", 40003, (502, "<html>"), (200, "{}"), 40164, -1])
async def test_without_a_token_nothing_was_sent(
    account: AccessToken, fake: PlatformFake, failure: int | str | tuple[int, str]
) -> None:
    fake.fail(TOKEN, failure)
    results = await asyncio.gather(*(account.get() for _ in range(10)), return_exceptions=True)
    assert fake.calls[TOKEN] == 1  # who waited together fails together
    for error in results:
        assert isinstance(error, SendError) and error.action in (Action.RETRY, Action.BROKEN)
    assert await account.get()


async def test_wrong_credentials_are_told_with_their_setting(
    store: TokenStore, calls: Calls, fake: PlatformFake, caplog: pytest.LogCaptureFixture
) -> None:
    async def told(fetch: Fetch) -> str:
        with pytest.raises(SendError) as caught:
            await store.account("x", fetch, WECHAT.token).get()
        assert caught.value.action is Action.BROKEN
        return str(caught.value)

    with caplog.at_level(logging.DEBUG):
        assert "ZHENGWU_WECHAT_SECRET" in await told(stable_token(calls, APP_ID, "wrong-secret-9"))
        assert "ZHENGWU_WECHAT_APP_ID" in await told(stable_token(calls, "wx0", SECRET))
        fake.fail(TOKEN, 40164)
        text = await told(stable_token(calls, APP_ID, SECRET))
        assert "203.0.113.9" in text and "IP白名单" in text
        wecom = Calls(fake.base, wecom_errors())
        assert "ZHENGWU_WECOM_SECRET" in await told(gettoken(wecom, "ww1", "wrong-secret-9"))
        fake.fail("/cgi-bin/gettoken", 60020)
        assert "203.0.113.9" in await told(gettoken(wecom, "ww1", SECRET))
        await wecom.close()
    assert "wrong-secret-9" not in caplog.text and SECRET not in caplog.text


async def test_wecom_gets_its_token_by_get(store: TokenStore, fake: PlatformFake) -> None:
    errors = wecom_errors()
    calls = Calls(fake.base, errors)
    account = store.account("wecom:ww1:1000002", gettoken(calls, "ww1", SECRET), errors.token)
    assert await account.get() in fake.valid
    assert fake.queries["/cgi-bin/gettoken"] == [{"corpid": "ww1", "corpsecret": SECRET}]
    await calls.close()


class TestShared:
    """Tokens in a database, SQLite and PostgreSQL."""

    @pytest.fixture
    async def stores(
        self, database: Database, cipher: Cipher, clock: FixedClock
    ) -> AsyncIterator[tuple[TokenStore, TokenStore]]:
        stores = TokenStore(database, cipher, clock), TokenStore(database, cipher, clock)
        yield stores
        for store in stores:
            await store.close()

    @pytest.fixture
    def accounts(self, stores: tuple[TokenStore, TokenStore], calls: Calls) -> list[AccessToken]:
        fetch = stable_token(calls, APP_ID, SECRET)
        return [store.account(f"wechat:{APP_ID}", fetch, WECHAT.token) for store in stores]

    async def test_two_stores_fetch_once(self, accounts: list[AccessToken], fake: PlatformFake) -> None:
        fake.fail(TOKEN, 0.2)
        values = await asyncio.gather(*(account.get() for account in accounts * 5))
        assert len(set(values)) == 1 and fake.calls[TOKEN] == 1

    async def test_a_restart_costs_no_call(
        self, accounts: list[AccessToken], fake: PlatformFake, database: Database, cipher: Cipher
    ) -> None:
        value = await accounts[0].get()
        assert await accounts[1].get() == value and fake.calls[TOKEN] == 1
        with database.read() as tx:
            row = tx.execute(select(platform_tokens)).mappings().one()
        assert value.encode() not in row["ciphertext"]
        assert cipher.decrypt(row["ciphertext"], row["account"]) == value

    async def test_what_one_has_renewed_serves_the_other(
        self, accounts: list[AccessToken], calls: Calls, fake: PlatformFake
    ) -> None:
        for account in accounts:
            await send(account, calls)
        fake.valid = set()
        await asyncio.gather(*(send(account, calls) for account in accounts * 25))
        assert fake.calls[TOKEN] == 2

    async def test_a_refused_token_is_not_taken_from_the_row_again(
        self, accounts: list[AccessToken], fake: PlatformFake
    ) -> None:
        first = await accounts[0].get()
        await asyncio.gather(accounts[0].invalidate(first), accounts[0].get())
        assert await accounts[0].get() != first and fake.calls[TOKEN] == 2

    async def test_a_row_of_another_key_is_replaced(
        self, accounts: list[AccessToken], database: Database, clock: FixedClock, calls: Calls, fake: PlatformFake
    ) -> None:
        await accounts[0].get()
        other = TokenStore(database, Cipher(bytes(32)), clock)
        await other.account(f"wechat:{APP_ID}", stable_token(calls, APP_ID, SECRET), WECHAT.token).get()
        assert fake.calls[TOKEN] == 2
        await other.close()

    async def test_who_died_fetching_keeps_nobody_waiting_for_ever(
        self, accounts: list[AccessToken], database: Database, clock: FixedClock, fake: PlatformFake
    ) -> None:
        with database.write() as tx:
            leases.acquire(tx, f"token:wechat:{APP_ID}", "dead", clock.now(), timedelta(seconds=30))
        waiting = asyncio.create_task(accounts[0].get())
        await asyncio.sleep(0.15)
        assert not waiting.done() and not fake.calls[TOKEN]
        clock.advance(seconds=31)
        assert await waiting in fake.valid

    async def test_a_failure_lets_the_next_one_try(self, accounts: list[AccessToken], fake: PlatformFake) -> None:
        fake.fail(TOKEN, 0.1, -1)
        results = await asyncio.gather(*(account.get() for account in accounts), return_exceptions=True)
        assert [isinstance(result, SendError) for result in results].count(True) == 1
        assert fake.calls[TOKEN] == 2

    @pytest.mark.slow
    async def test_two_processes_fetch_once(
        self, database_url: str, database: Database, cipher: Cipher, fake: PlatformFake
    ) -> None:
        fake.fail(TOKEN, 0.3)
        command = [sys.executable, "-c", PROCESS, database_url, fake.base]
        processes = [
            await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            for _ in range(2)
        ]
        outcomes = [await asyncio.wait_for(process.communicate(), 60) for process in processes]
        assert [process.returncode for process in processes] == [0, 0], outcomes
        values = {line for out, _ in outcomes for line in out.decode().split()}
        assert values == fake.valid and fake.calls[TOKEN] == 1

    @pytest.mark.slow
    async def test_a_process_killed_while_fetching_is_followed_by_another(
        self, database_url: str, database: Database, cipher: Cipher, calls: Calls, fake: PlatformFake
    ) -> None:
        fake.fail(TOKEN, 60.0)
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", PROCESS, database_url, fake.base, cwd=ROOT)
        while not fake.calls[TOKEN]:
            assert process.returncode is None
            await asyncio.sleep(0.05)
        process.kill()
        await process.wait()
        clock = FixedClock(datetime.now(timezone.utc))
        store = TokenStore(database, cipher, clock)
        waiting = asyncio.create_task(
            store.account("wechat:x", stable_token(calls, APP_ID, SECRET), WECHAT.token).get()
        )
        await asyncio.sleep(0.3)
        assert not waiting.done() and fake.calls[TOKEN] == 1
        clock.advance(seconds=31)
        assert await waiting in fake.valid and fake.calls[TOKEN] == 2
        await store.close()


PROCESS = f"""
import asyncio, sys
from channels.calls import Calls
from channels.tokens import TokenStore, stable_token
from channels.wechat.errors import wechat_errors
from foundation.cipher import Cipher
from foundation.database import Database

async def main(url, base):
    errors = wechat_errors("wechat")
    calls, store = Calls(base, errors), TokenStore(Database(url), Cipher(bytes.fromhex("{"5a" * 32}")))
    account = store.account("wechat:x", stable_token(calls, "{APP_ID}", "{SECRET}"), errors.token)
    for value in await asyncio.gather(*(account.get() for _ in range(20))):
        print(value)
    await store.close()
    await calls.close()

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.parametrize("of", ["usable", "store", "remove"])
async def test_while_the_database_is_away_nothing_was_sent(
    database: Database, cipher: Cipher, clock: FixedClock, calls: Calls, fake: PlatformFake,
    monkeypatch: pytest.MonkeyPatch, of: str,
) -> None:  # fmt: skip
    """And what the platform gave serves, though it could not be kept for others."""
    shared = TokenStore(database, cipher, clock)
    account = shared.account(f"wechat:{APP_ID}", stable_token(calls, APP_ID, SECRET), WECHAT.token)

    def is_away(*given: object) -> None:
        raise OperationalError("SELECT", {}, Exception("server closed the connection unexpectedly"))

    try:
        if of == "remove":
            await send(account, calls)
            fake.fail(SEND, 40001)
        monkeypatch.setattr(shared.rows, of, is_away)
        if of == "store":
            return await send(account, calls)
        calls_made = len(fake.sent()) + (of == "remove")  # that one was refused
        with pytest.raises(SendError) as error:
            await send(account, calls)
        assert error.value.action is Action.RETRY and len(fake.sent()) == calls_made
    finally:
        await shared.close()
