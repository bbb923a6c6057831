"""`zhengwu export-data` and `zhengwu erase`: one citizen's data, for whoever asks for it or wants it gone."""

from __future__ import annotations

import os
import re
from pathlib import Path

import typer

import bot.erasing  # noqa: F401  # all that an installation keeps of a citizen
from bot.cli.opening import opened
from foundation import audit, erasure, erasures, personal_copy
from foundation.accounts import OPERATOR
from foundation.cipher import Cipher
from foundation.clock import SystemClock
from foundation.settings import get_settings

CITIZEN = typer.Argument(
    metavar="CHANNEL:USER", help="as web:3f… or wechat:o…; the console finds it by record or phone"
)
SHAPE = re.compile(r"[a-z_-]{1,39}:\S.{0,159}")


def export_data(
    citizen: str = CITIZEN,
    out: Path = typer.Option(None, help="the file to write; default: 个人信息副本.zip, here"),
) -> None:
    """Write all that is kept of one citizen into a zip file: JSON, and what it is in plain Chinese."""
    conversation, settings, clock = checked(citizen), get_settings(), SystemClock()
    file = out or Path(f"{personal_copy.WORDS.entry('title')}.zip")
    with opened() as database, database.write() as tx:
        copy = personal_copy.of(tx, conversation, clock.now())
        digest = erasures.digest_of(Cipher.of_settings(settings), conversation)
        audit.record(tx, OPERATOR, "privacy.copy", erasures.subject_of(digest), {}, clock.now())
    written = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(written, "wb") as stream:
        stream.write(personal_copy.archive(copy, settings))
    typer.echo(personal_copy.summary(copy, settings))
    typer.echo(f"{file}: only you can read it; delete it once the citizen has it", err=True)


def erase(
    citizen: str = CITIZEN,
    yes: bool = typer.Option(False, "--yes", help="do not ask"),
) -> None:
    """Erase one citizen's data in every store; archives that are restored later are erased of it again."""
    conversation, settings, clock = checked(citizen), get_settings(), SystemClock()
    cipher = Cipher.of_settings(settings)
    with opened() as database:
        with database.read() as tx:
            rows = sum(map(len, erasure.export_everything(tx, conversation).values()))
        if not yes:
            typer.confirm(f"erase {rows} rows for good?", abort=True)
        with database.write() as tx:
            counts = erasures.erase(tx, cipher, conversation, OPERATOR, erasures.ASKED, clock.now())
    for store, rows in counts.items():
        if rows:
            typer.echo(f"{store:<20} {rows:>6}")
    typer.echo(f"\n{personal_copy.remainders(settings)}")


def checked(citizen: str) -> str:
    """The conversation that was named. Raises BadParameter: it is no name of one."""
    if not SHAPE.fullmatch(citizen):
        raise typer.BadParameter("write the channel, a colon and the citizen's id there", param_hint="CHANNEL:USER")
    return citizen
