from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from actions.applications.proof import keep, proof_among, take
from foundation.cipher import Cipher
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.vault import Vault, vault

ID = "11010119900307123X"


@pytest.fixture
def keeper(cipher: Cipher) -> Vault:
    return Vault(cipher)


def test_a_proof_can_be_taken_once(database: Database, keeper: Vault, clock: FixedClock) -> None:
    with database.write() as tx:
        token = keeper.hide(tx, "123x", "web:a", clock.now())
        assert take(tx, keeper, token, "web:b", clock.now()) is None
        assert take(tx, keeper, token, "web:a", clock.now()) == "123X"
        assert take(tx, keeper, token, "web:a", clock.now()) is None
    with database.read() as tx:
        assert tx.execute(select(vault)).all() == []


def test_a_whole_id_card_number_is_cut_down_at_once(database: Database, keeper: Vault, clock: FixedClock) -> None:
    with database.write() as tx:
        token = keeper.hide(tx, ID, "web:a", clock.now())
    with database.write() as tx:
        assert take(tx, keeper, token, "web:a", clock.now()) == "123X"
    with database.read() as tx:
        assert tx.execute(select(vault)).all() == []


def test_until_the_number_is_known_only_the_last_four_are_kept(
    database: Database, keeper: Vault, clock: FixedClock
) -> None:
    with database.write() as tx:
        kept = keep(tx, keeper, keeper.hide(tx, ID, "web:a", clock.now()), "web:a", clock.now())
    assert kept is not None and re.fullmatch("⟦tail:[0-9a-f]{4}⟧", kept)
    with database.read() as tx:
        assert list(tx.execute(select(vault.c.kind)).scalars()) == ["tail"]
        assert keeper.resolve(tx, kept, "web:a", clock.now()) == "123X"


@pytest.mark.parametrize("number", ["110101900307123", "1101011990030712345"])
def test_the_old_card_and_mistyped_ones_prove_nothing_and_are_gone(
    database: Database, keeper: Vault, clock: FixedClock, number: str
) -> None:
    with database.write() as tx:
        assert take(tx, keeper, keeper.hide(tx, number, "web:a", clock.now()), "web:a", clock.now()) is None
        assert tx.execute(select(vault)).all() == []


def test_which_of_several_is_the_proof() -> None:
    phone, card, tail = ("phone", "⟦phone:1⟧"), ("id", "⟦id:1⟧"), ("tail", "⟦tail:1⟧")
    assert proof_among([phone, card, tail]) == "⟦tail:1⟧"
    assert proof_among([phone, card]) == "⟦id:1⟧"
    assert proof_among([phone]) is None and proof_among([]) is None
