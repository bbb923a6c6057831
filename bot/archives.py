"""Archives of the database, and bringing it back from one: with the database's own tools, of whatever kind it is.

An archive is a tar file with the database, as it stood at one moment, and a manifest. Whoever was erased after it was
made is erased of it again as soon as it is restored, before anybody else can open it: the list of erasures is taken
from the database that is replaced, from a file beside the archives, and from one in the installation's own folder.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import SQLAlchemyError

import bot.erasing  # noqa: F401  # all that an installation keeps of a citizen
from bot import in_use, known_keys
from foundation import audit, erasures
from foundation.accounts import OPERATOR
from foundation.cipher import Cipher
from foundation.clock import CHINA
from foundation.database import Database, answering
from foundation.errors import ConfigError, ZhengwuError
from foundation.migrate import upgrade
from foundation.schema import UNFINISHED
from foundation.settings import Settings

MANIFEST, LIST = "manifest.json", "erasures.json"
SQLITE, POSTGRESQL = "database.sqlite", "database.pgdump"
OTHER_KEY = (
    "{what} was written with another ZHENGWU_SECRET_KEY than there is now. Without that key those who were erased "
    "after the archive was made are not found in it, and would be back: put back the .env of that time, with the "
    "keys of every time since in ZHENGWU_OLD_SECRET_KEYS, then restore again"
)


class ArchiveError(ZhengwuError):
    """An archive cannot be made or read; the text names the cure."""


@dataclass(frozen=True)
class Restored:
    made_at: datetime
    erased: int
    """Citizens of whom the archive had to be erased again."""


def make(settings: Settings, folder: Path, now: datetime) -> Path:
    """Write an archive, and beside it the list of erasures; the archive. Services may be running.

    Raises:
        ArchiveError: it cannot be written, or the database not be read; nothing is left of it.
    """
    try:
        return _make(settings, folder, now)
    except (OSError, sqlite3.Error) as error:
        raise ArchiveError(
            f"no archive could be written to {folder} ({error}): is there room for the whole database, twice? "
            "Make some, or name a folder on another disk; what `zhengwu doctor` says of the database comes first"
        ) from error


def _make(settings: Settings, folder: Path, now: datetime) -> Path:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    listed = _read_list(folder / LIST)
    with answering(settings.database_url) as database, database.write() as tx:
        audit.record(tx, OPERATOR, "backup.make", "backup", {}, now)
        known = erasures.known(tx)
    name = f"zhengwu-{now.astimezone(CHINA):%Y%m%d-%H%M%S}.tar"
    with tempfile.TemporaryDirectory(dir=folder, prefix=".unfinished-") as work:
        content = Path(work) / (SQLITE if settings.database_url.startswith("sqlite") else POSTGRESQL)
        _dump(settings.database_url, content)
        manifest = {"made_at": now.isoformat(), "database": content.name}
        (Path(work) / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
        unfinished = Path(work) / name
        with tarfile.open(unfinished, "w") as packed:
            for file in (Path(work) / MANIFEST, content):
                packed.add(file, file.name)
        _put(unfinished, folder / name)
    _write_list(folder / LIST, {**listed, **erasures.newer(listed, known)})
    return folder / name


def restore(settings: Settings, archive: Path, now: datetime) -> Restored:
    """Replace the database by an archive's, bring it to the present schema, and erase it of whoever asked for it since.

    Raises:
        ArchiveError: it cannot be read, is none of ours or of another kind of database, a list of erasures cannot be
            read, somebody else has the database open, or a key is missing by which one knows who was erased since.
        ConfigError: there is no key.
    """
    cipher = Cipher.of_settings(settings)
    try:
        archive.open("rb").close()
    except OSError as error:
        raise _failed(archive, error) from error
    with tempfile.TemporaryDirectory(dir=archive.parent) as work:
        made_at, content = _unpack(archive, Path(work), settings)
        own = settings.var_dir / LIST
        lists = (_present(settings, cipher, made_at), _read_list(archive.parent / LIST), _read_list(own))
        known: dict[str, datetime] = {}
        for one in lists:
            known.update(erasures.newer(known, one))
        with _alone(settings.database_url):
            settings.var_dir.mkdir(parents=True, exist_ok=True)
            _write_list(own, known)  # should we be interrupted now, whoever restores next finds it here
            if content.name == SQLITE:
                erased = _restore_sqlite(_file(settings.database_url), content, cipher, known, now)
            else:
                _restore_postgresql(settings.database_url, content)
                erased = _renew(settings.database_url, cipher, known, now)
    return Restored(made_at, erased)


@contextmanager
def _alone(url: str) -> Iterator[None]:
    """Nobody else has the database open: an SQLite file until the end of the block, a PostgreSQL at its beginning."""
    try:
        with ExitStack() as opened:
            if url.startswith("sqlite"):
                opened.enter_context(in_use.alone(_file(url)))
            else:
                with suppress(SQLAlchemyError, ConfigError), answering(url) as database, database.read() as tx:
                    in_use.require_nobody(tx)
            yield
    except in_use.InUse as error:
        raise ArchiveError(
            f"the database is in use by {error}: stop every service on it (gateways, workers, consoles) and every "
            "other command, then restore"
        ) from error


def _restore_sqlite(target: Path, content: Path, cipher: Cipher, known: dict[str, datetime], now: datetime) -> int:
    """Made ready beside the database, and put in its place at last."""
    target.parent.mkdir(parents=True, exist_ok=True)
    ready = target.with_name(f"{target.name}.restoring")
    ready.unlink(missing_ok=True)
    shutil.copyfile(content, ready)
    ready.chmod(0o600)
    try:
        erased = _renew(f"sqlite:///{ready}", cipher, known, now)
        with closing(sqlite3.connect(ready, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("VACUUM")  # what was erased must not lie in the file's free pages
        for leftover in (f"{target}-wal", f"{target}-shm"):
            Path(leftover).unlink(missing_ok=True)
        _put(ready, target)
    finally:  # it may hold who was erased
        for left in (ready, Path(f"{ready}-wal"), Path(f"{ready}-shm")):
            left.unlink(missing_ok=True)
    return erased


def _restore_postgresql(url: str, content: Path) -> None:
    """All in one transaction, what the archive does not know included: it may be of an earlier schema.

    Nothing starts on it until `_renew` is through (`foundation.schema.standing`).
    """
    script, anew = content.with_suffix(".sql"), "DROP SCHEMA public CASCADE; CREATE SCHEMA public"
    mark = f"CREATE TABLE IF NOT EXISTS public.{UNFINISHED} ()"
    _run("pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(content))
    _run("psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", f"--dbname={_address(url)}",
         f"--command={anew}", f"--file={script}", f"--command={mark}")  # fmt: skip


def _renew(url: str, cipher: Cipher, known: dict[str, datetime], now: datetime) -> int:
    upgrade(url)
    database = Database(url)
    try:
        with database.write() as tx:
            missed = erasures.newer(erasures.known(tx), known)
            if missed and not known_keys.fit(tx, cipher):
                raise ArchiveError(OTHER_KEY.format(what="the archive"))
            erased = erasures.repeat(tx, cipher, missed, OPERATOR, now)
            audit.record(tx, OPERATOR, "backup.restore", "backup", {"erased": erased}, now)
            tx.execute(text("DROP TABLE IF EXISTS restore_unfinished"))
        return erased
    finally:
        database.close()


def _present(settings: Settings, cipher: Cipher, made_at: datetime) -> dict[str, datetime]:
    """The list of the database that is to be replaced; empty where there is none that can be read.

    Raises:
        ArchiveError: whom it knows to be erased since then we would not find.
    """
    if settings.database_url.startswith("sqlite") and not _file(settings.database_url).exists():
        return {}
    try:
        with answering(settings.database_url) as database, database.read() as tx:
            known = erasures.known(tx)
            if any(at > made_at for at in known.values()) and not _fit(tx, cipher):
                raise ArchiveError(OTHER_KEY.format(what="the list of erasures in the present database"))
            return known
    except (SQLAlchemyError, ConfigError):
        return {}


def _fit(tx: Connection, cipher: Cipher) -> bool:
    try:
        return known_keys.fit(tx, cipher)
    except SQLAlchemyError:  # of an earlier schema: nothing tells, and its list is wanted
        return True


def _unpack(archive: Path, folder: Path, settings: Settings) -> tuple[datetime, Path]:
    try:
        with tarfile.open(archive) as packed:
            manifest = json.loads(_member(packed, MANIFEST).read())
            name = str(manifest["database"])
            if name not in (SQLITE, POSTGRESQL):
                raise KeyError(name)
            with (folder / name).open("wb") as file:
                shutil.copyfileobj(_member(packed, name), file)
            made_at = datetime.fromisoformat(manifest["made_at"])
    except (OSError, EOFError, tarfile.TarError, KeyError, ValueError, TypeError) as error:
        if isinstance(error, OSError) and error.errno is not None:  # without one: of what looks like compressed data
            raise _failed(archive, error) from error
        raise ArchiveError(f"{archive} is no archive of `zhengwu backup`, or it is damaged") from error
    if (name == SQLITE) != settings.database_url.startswith("sqlite"):
        raise ArchiveError(f"{archive} holds a {Path(name).suffix[1:]}, and ZHENGWU_DATABASE_URL is another kind")
    return made_at, folder / name


def _member(packed: tarfile.TarFile, name: str) -> Any:
    found = packed.extractfile(name)
    if found is None:
        raise KeyError(name)
    return found


def _dump(url: str, file: Path) -> None:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(_file(url))) as live, closing(sqlite3.connect(file)) as copy:
            live.backup(copy)
        return
    _run("pg_dump", "--format=custom", "--no-owner", f"--dbname={_address(url)}", f"--file={file}")


def _run(tool: str, *arguments: str) -> None:
    """Run a tool of PostgreSQL's; the address, with its password, is not shown by any error of ours."""
    try:
        done = subprocess.run([tool, *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise ArchiveError(f"{tool} is not installed: install postgresql-client, of the server's version") from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise ArchiveError(f"{tool} failed: {last}")


def _file(url: str) -> Path:
    return Path(str(make_url(url).database))


def _address(url: str) -> str:
    """As the tools of PostgreSQL want it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _write_list(file: Path, known: dict[str, datetime]) -> None:
    unfinished = file.with_suffix(".new")
    unfinished.write_text(
        json.dumps({digest: at.isoformat() for digest, at in sorted(known.items())}), encoding="utf-8"
    )
    _put(unfinished, file)


def _put(ready: Path, place: Path) -> None:
    """Rename a file to its place, with owner and mode of the one that it replaces; else with the folder's owner, for
    that one alone. The services, who run as another user than root, must open what root restored."""
    replaced = place.exists()
    like = (place if replaced else place.parent).stat()
    ready.chmod(stat.S_IMODE(like.st_mode) if replaced else 0o600)
    if os.geteuid() == 0:
        os.chown(ready, like.st_uid, like.st_gid)
    ready.replace(place)


def _read_list(file: Path) -> dict[str, datetime]:
    """A list of erasures; empty where there is none.

    Raises:
        ArchiveError: there is one, and it cannot be read: whoever stands in it would come back.
    """
    try:
        listed = json.loads(file.read_text(encoding="utf-8"))
        return {digest: datetime.fromisoformat(at) for digest, at in listed.items()}
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _failed(file, error) from error
    except (ValueError, TypeError, AttributeError) as error:
        raise ArchiveError(
            f"the list of erasures {file} is damaged: put a copy of it in its place, from beside another copy of the "
            "archives. Without it citizens who were erased may come back; where there is no copy, and that is known, "
            "move it away"
        ) from error


def _failed(file: Path, error: OSError) -> ArchiveError:
    """What the system says of a file that is to be read, and the cure."""
    if isinstance(error, PermissionError):
        cure = f"give it to the user that runs this command (as root: `chown zhengwu: {file}`)"
    elif error.errno in (errno.ENOSPC, errno.EDQUOT):
        cure = "what is in it is put beside it: make room there"
    else:
        cure = "name another file, or look at its disk"
    return ArchiveError(f"{file} cannot be read ({error.strerror}): {cure}")
