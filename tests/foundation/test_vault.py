from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from foundation.cipher import Cipher
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.errors import VaultError
from foundation.vault import Vault, vault

PHONE = "13800138000"


@pytest.fixture
def keeper(cipher: Cipher) -> Vault:
    return Vault(cipher)


def test_hides_and_resolves(database: Database, keeper: Vault, clock: FixedClock) -> None:
    with database.write() as tx:
        masked = keeper.hide(tx, f"我的手机 138 0013 8000，再说一遍{PHONE}", "web:a", clock.now())
    tokens = re.findall(r"⟦phone:[0-9a-f]{4}⟧", masked)
    assert masked == f"我的手机 {tokens[0]}，再说一遍{tokens[0]}"
    with database.read() as tx:
        assert keeper.resolve(tx, tokens[0], "web:a", clock.now()) == PHONE
        rows = tx.execute(select(vault)).mappings().all()
    assert len(rows) == 1 and PHONE.encode() not in rows[0]["ciphertext"]


def test_the_same_value_keeps_its_token_and_lives_on(database: Database, keeper: Vault, clock: FixedClock) -> None:
    with database.write() as tx:
        first = keeper.hide(tx, PHONE, "web:a", clock.now())
        clock.advance(days=6)
        assert keeper.hide(tx, PHONE, "web:a", clock.now()) == first
        clock.advance(days=6)
        assert keeper.resolve(tx, first, "web:a", clock.now()) == PHONE
        assert keeper.hide(tx, PHONE, "web:b", clock.now()) != first


def test_other_conversations_learn_nothing(database: Database, keeper: Vault, clock: FixedClock) -> None:
    with database.write() as tx:
        token = keeper.hide(tx, PHONE, "web:a", clock.now())
        with pytest.raises(VaultError):
            keeper.resolve(tx, token, "web:b", clock.now())
        with pytest.raises(VaultError):
            keeper.resolve(tx, "⟦phone:0000⟧x", "web:a", clock.now())


def test_values_expire_and_are_purged(database: Database, keeper: Vault, clock: FixedClock) -> None:
    with database.write() as tx:
        token = keeper.hide(tx, PHONE, "web:a", clock.now())
        clock.advance(days=7)
        keeper.hide(tx, PHONE, "web:b", clock.now())
        with pytest.raises(VaultError):
            keeper.resolve(tx, token, "web:a", clock.now())
        assert keeper.purge(tx, clock.now()) == 1
        assert keeper.purge(tx, clock.now() + timedelta(days=8)) == 1


@pytest.mark.parametrize("proof", ["123X", "483920"])
def test_proofs_live_for_minutes(database: Database, keeper: Vault, clock: FixedClock, proof: str) -> None:
    with database.write() as tx:
        token = keeper.hide(tx, proof, "web:a", clock.now())
        assert proof not in token
        clock.advance(minutes=9)
        assert keeper.resolve(tx, token, "web:a", clock.now()) == proof
        clock.advance(minutes=2)
        with pytest.raises(VaultError):
            keeper.resolve(tx, token, "web:a", clock.now())
        assert keeper.purge(tx, clock.now()) == 1


def test_a_value_is_kept_as_long_as_something_rests_on_it(database: Database, keeper: Vault, clock: FixedClock) -> None:
    begun = clock.now()
    with database.write() as tx:
        token = keeper.hide(tx, PHONE, "web:a", clock.now())
        assert keeper.keep(tx, token, "web:a", begun + timedelta(days=30))
        assert not keeper.keep(tx, token, "web:b", begun + timedelta(days=90))
        keeper.hide(tx, PHONE, "web:a", clock.now())  # said again, it does not live shorter
        clock.advance(days=29)
        assert keeper.resolve(tx, token, "web:a", clock.now()) == PHONE
        clock.advance(days=2)
        with pytest.raises(VaultError):
            keeper.resolve(tx, token, "web:a", clock.now())


def test_what_is_forgotten_is_gone(database: Database, keeper: Vault, clock: FixedClock) -> None:
    with database.write() as tx:
        token = keeper.hide(tx, "110101199003071234", "web:a", clock.now())
        assert not keeper.forget(tx, token, "web:b")
    with database.write() as tx:
        assert keeper.forget(tx, token, "web:a")
    with database.write() as tx:
        assert tx.execute(select(vault)).all() == []
        assert not keeper.forget(tx, token, "web:a")
        with pytest.raises(VaultError):
            keeper.resolve(tx, token, "web:a", clock.now())
        assert keeper.hide(tx, "110101199003071234", "web:a", clock.now()) != token


def test_another_key_opens_nothing(database: Database, keeper: Vault, clock: FixedClock) -> None:
    with database.write() as tx:
        token = keeper.hide(tx, PHONE, "web:a", clock.now())
        with pytest.raises(VaultError, match="ZHENGWU_SECRET_KEY"):
            Vault(Cipher(bytes(32))).resolve(tx, token, "web:a", clock.now())


def test_two_gateways_hide_the_same_value_at_once(database: Database, keeper: Vault, clock: FixedClock) -> None:
    def hide(_: int) -> str:
        with database.write() as tx:
            return keeper.hide(tx, PHONE, "web:a", clock.now())

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(hide, range(24)))) == 1


def test_tokens_stay_unique_when_short_ones_are_taken(
    database: Database, keeper: Vault, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("foundation.vault.secrets.token_hex", lambda size: "ab" * size)
    with database.write() as tx:
        tokens = [keeper.hide(tx, f"1380013800{n}", "web:a", clock.now()) for n in range(3)]
    assert tokens == ["⟦phone:abab⟧", "⟦phone:ababab⟧", "⟦phone:abababab⟧"]
