"""Everything that is encrypted, written by those who write it, and the key rotated under it."""

from __future__ import annotations

import base64
import importlib
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import LargeBinary, insert, select, update
from typer.testing import CliRunner

from actions.applications import reminders as reminding
from actions.applications.attempts import number_fingerprint
from actions.portal.application import Application, State
from actions.tables import reminders
from bot.cli import audit as audit_command
from bot.cli import keys
from bot.encrypted import NOT_ENCRYPTED, PLACES
from channels.token_rows import Token, TokenRows
from desk import cases
from foundation import accounts, audit_seals, sign_ins, signing_in, totp
from foundation.audit import audit, record
from foundation.audit_chain import seal
from foundation.audit_seals import audit_keys
from foundation.audit_verifying import verify
from foundation.cipher import Cipher
from foundation.clock import FixedClock
from foundation.database import Database, metadata
from foundation.inbox import Inbox, Incoming
from foundation.migrate import table_modules
from foundation.rotation import left, rotate
from foundation.settings import ROOT, get_settings
from foundation.sign_ins import sign_in_requests
from foundation.vault import Vault, vault

OLD, NEW = bytes.fromhex("5a" * 32), b"n" * 32
TALK = "web:a"
CASE = {
    "number": "SQ-4827-1935-55", "kind": "complaint", "what": "半夜摆摊", "where": "人民路", "when": "每天",
    "department": "市场监管", "due_on": "2026-11-30", "topic": None, "forward": False,
}  # fmt: skip
APPLICATION = Application(number="YW2026000001", state=State.ACCEPTED, item_name="身份证补领")


def test_every_column_of_bytes_is_known() -> None:
    for module in table_modules():
        importlib.import_module(module)
    found = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    assert found == {f"{place.table.name}.{place.column}" for place in PLACES} | NOT_ENCRYPTED


class Office:
    """One of each, and whether a key reads it."""

    def __init__(self, database: Database, clock: FixedClock, cipher: Cipher) -> None:
        self.database, self.clock = database, clock
        now = clock.now()
        with database.write() as tx:
            self.token = Vault(cipher).hide(tx, "13812345678", TALK, now)
            Inbox(cipher).accept(tx, Incoming(TALK, "web", "身份证丢了", "m1"), now)
            self.case = cases.file_case(tx, cipher, TALK, "web", {**CASE, "contact": self.token}, now)
            access = reminding._access(cipher, TALK, APPLICATION, "watch")
            row = {"conversation": TALK, "channel": "web", "fingerprint": "old", "state": "accepted", "failures": 0}
            tx.execute(insert(reminders).values(**row, access=access, created_at=now, next_at=now))
            sign_ins.keep(tx, cipher, TALK, "access-token", now + timedelta(minutes=20), now)
            signing_in.begin(tx, cipher, TALK, "browser", True, now)
            self.account = accounts.add(tx, "lihua", None, ["admin"], now)
            self.secret = totp.propose(tx, cipher, self.account, "office", now).secret
            _, lease = TokenRows(cipher, "me").usable(tx, "wechat", None, now)
            assert lease is not None
            TokenRows(cipher, "me").store(tx, "wechat", Token("t0ken", now, now + timedelta(hours=2)), lease, now)
            record(tx, "lihua", "edit", "x", None, now)
            seal(tx)

    def reads(self, cipher: Cipher) -> None:
        """Fails unless everything can be read."""
        now = self.clock.now()
        with self.database.write() as tx:
            assert Vault(cipher).resolve(tx, self.token, TALK, now) == "13812345678"
            claim = Inbox(cipher).claim(tx, "w", now, timedelta(seconds=1))
            assert claim is not None and claim.message.text == "身份证丢了"
            assert cases.private_of(tx, cipher, self.case).contact == "13812345678"
            due = reminding.due(tx, cipher, now)
            assert due is not None and due.token == "watch"
            assert sign_ins.access_of(tx, cipher, TALK, now) == "access-token"
            kept = tx.execute(select(sign_in_requests.c.secrets)).scalar_one()
            assert sign_ins.show(cipher, kept, TALK) is not None
            assert totp.propose(tx, cipher, self.account, "office", now).secret == self.secret
            token, _ = TokenRows(cipher, "me").usable(tx, "wechat", None, now)
            assert token is not None and token.value == "t0ken"
            audit_seals.use(cipher)
            assert verify(tx).faults == ()
        self.clock.advance(seconds=2)  # the claim is free again


CHANGES = [
    (Cipher(NEW, [OLD]), Cipher(NEW)),
    (Cipher(OLD, suite="sm"), Cipher(OLD, suite="sm")),
    (Cipher(NEW, [OLD], "sm"), Cipher(NEW, suite="sm")),
]


@pytest.mark.parametrize(("changing", "changed"), CHANGES)
def test_everything_can_be_read_before_while_and_after(
    database: Database, clock: FixedClock, changing: Cipher, changed: Cipher
) -> None:
    office = Office(database, clock, Cipher(OLD))
    office.reads(changing)
    with database.write() as tx:
        audit_seals.keep_keys(tx, changing)
        assert all(left(tx, changing, place) for place in PLACES if place.table is not audit_keys)
    counts = rotate(database, changing, PLACES)
    assert all(count.done == 1 for name, count in counts.items() if name != "audit_keys")
    assert not any(count.left or count.unreadable for count in counts.values())
    office.reads(changing)
    office.reads(changed)
    again = rotate(database, changed, PLACES)
    assert not any(count.done or count.left for count in again.values())


def test_what_equals_is_found_again_after_it(database: Database, clock: FixedClock) -> None:
    office, changing = Office(database, clock, Cipher(OLD)), Cipher(NEW, [OLD])
    rotate(database, changing, PLACES)
    with database.write() as tx:
        assert Vault(Cipher(NEW)).hide(tx, "13812345678", TALK, clock.now()) == office.token
        number = number_fingerprint(Cipher(NEW), APPLICATION.number)
        assert tx.execute(select(reminders.c.fingerprint)).scalar_one() == number


def test_what_was_hidden_again_meanwhile_is_no_hindrance(database: Database, clock: FixedClock) -> None:
    office, changing = Office(database, clock, Cipher(OLD)), Cipher(NEW, [OLD])
    with database.write() as tx:
        assert Vault(changing).hide(tx, "13812345678", TALK, clock.now()) != office.token
    assert rotate(database, changing, PLACES)["vault"].done == 1
    with database.read() as tx:
        assert Vault(Cipher(NEW)).resolve(tx, office.token, TALK, clock.now()) == "13812345678"


def test_recovery_codes_outlive_the_key(database: Database, clock: FixedClock) -> None:
    office = Office(database, clock, Cipher(OLD))
    with database.write() as tx:
        app = TOTP(base64.b32decode(office.secret.replace(" ", "")), 6, SHA1(), 30)
        code = app.generate(int(clock.now().timestamp())).decode()
        codes = totp.confirm(tx, Cipher(OLD), office.account.id, code, clock.now())
    rotate(database, Cipher(NEW, [OLD]), PLACES)
    with database.write() as tx:
        assert codes is not None
        assert totp.check(tx, Cipher(NEW), office.account.id, codes[0], clock.now())
        assert not totp.check(tx, Cipher(NEW), office.account.id, codes[0], clock.now())


def test_what_none_of_the_keys_opens_is_counted_and_kept(database: Database, clock: FixedClock) -> None:
    Office(database, clock, Cipher(OLD))
    with database.write() as tx:
        before = tx.execute(select(vault.c.ciphertext)).scalar_one()
    counts = rotate(database, Cipher(NEW), PLACES)
    assert (counts["vault"].done, counts["vault"].left, counts["vault"].unreadable) == (0, 1, 1)
    with database.read() as tx:
        assert tx.execute(select(vault.c.ciphertext)).scalar_one() == before


ROTATE_SLOWLY = f"""
import sys
from bot.encrypted import PLACES
from foundation import rotation
from foundation.cipher import Cipher
from foundation.database import Database
rotation.BATCH = 1
rotation.rotate(Database(sys.argv[1]), Cipher({NEW!r}, [{OLD!r}]), PLACES)
"""


def test_killed_in_the_middle_it_goes_on_where_it_was(database: Database, database_url: str, clock: FixedClock) -> None:
    conversations, changing = [f"web:{number}" for number in range(600)], Cipher(NEW, [OLD])
    with database.write() as tx:
        tokens = {name: Vault(Cipher(OLD)).hide(tx, "13812345678", name, clock.now()) for name in conversations}
    child = subprocess.Popen([sys.executable, "-c", ROTATE_SLOWLY, database_url], cwd=ROOT)
    try:
        deadline = time.monotonic() + 120
        while remaining(database, changing) > 590:
            assert time.monotonic() < deadline and child.poll() is None
            time.sleep(0.01)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    half = remaining(database, changing)
    assert 0 < half < 600
    resolved(database, tokens, changing, clock)
    assert rotate(database, changing, PLACES)["vault"].done == half
    resolved(database, tokens, Cipher(NEW), clock)


def remaining(database: Database, cipher: Cipher) -> int:
    with database.read() as tx:
        return left(tx, cipher, PLACES[0])


def resolved(database: Database, tokens: dict[str, str], cipher: Cipher, clock: FixedClock) -> None:
    with database.read() as tx:
        for name, token in tokens.items():
            assert Vault(cipher).resolve(tx, token, name, clock.now()) == "13812345678"


def test_the_command(database: Database, database_url: str, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    Office(database, clock, Cipher(OLD))
    for name, value in {"DATABASE_URL": database_url, "SECRET_KEY": NEW.hex(), "OLD_SECRET_KEYS": OLD.hex()}.items():
        monkeypatch.setenv(f"ZHENGWU_{name}", value)
    get_settings.cache_clear()
    audit_seals.use(Cipher(NEW, [OLD]))
    try:
        before = CliRunner().invoke(keys.app, ["status"])
        assert "vault: 1 rows of another key" in before.stdout and "zhengwu key rotate" in before.stdout
        done = CliRunner().invoke(keys.app, ["rotate"])
        assert done.exit_code == 0 and "8 rows" in done.stdout and "ZHENGWU_OLD_SECRET_KEYS" in done.stdout
        assert "everything is written with the present key" in CliRunner().invoke(keys.app, ["status"]).stdout
        assert CliRunner().invoke(audit_command.app, ["verify"]).exit_code == 0
        monkeypatch.setenv("ZHENGWU_OLD_SECRET_KEYS", "")
        get_settings.cache_clear()
        audit_seals.use(Cipher(NEW))
        whole = CliRunner().invoke(audit_command.app, ["verify"])
        assert whole.exit_code == 0 and "is whole: 2 entries" in whole.stdout
        noted = whole.stdout.split("noted as ")[1].strip()
        with database.write() as tx:
            tx.execute(update(audit).where(audit.c.id == 1).values(account="mallory"))
        broken = CliRunner().invoke(audit_command.app, ["verify", "--noted", noted])
        assert broken.exit_code == 1 and "entry 1 was altered" in broken.output
        assert CliRunner().invoke(audit_command.app, ["verify", "--noted", "x"]).exit_code == 2
    finally:
        get_settings.cache_clear()
