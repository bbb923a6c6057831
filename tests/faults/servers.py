"""PostgreSQL and Redis of a test's own, of the machine's binaries: to be killed, stopped, filled and started again."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from city import free_port
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from bot.supervisor import die_with_parent

STARTS_WITHIN, STOPS_WITHIN = 60.0, 60.0
IMMEDIATE, FAST = signal.SIGQUIT, signal.SIGINT
"""How PostgreSQL is told to stop: as if it had crashed; or in good order, though connections are open."""


def postgresql_folder() -> Path | None:
    """Where the newest PostgreSQL has its server's binaries; None: none is installed."""
    on_the_path = shutil.which("initdb")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4].split(".")[0]))
    found = [Path(on_the_path).resolve()] if on_the_path else debian
    return found[-1].parent if found else None


BINARIES = postgresql_folder()
REDIS = shutil.which("redis-server")


class OwnPostgreSQL:
    """A server in a folder of its own, on a free port; the address stays the same when it is started again.

    It is ended when the thread that started it ends: start it from the test's own.
    """

    def __init__(self, folder: Path) -> None:
        """`folder` is empty; it will belong to the server's user, which must be able to reach it."""
        self.port, self._folder = free_port(), folder
        self._process: subprocess.Popen[bytes] | None = None
        self._as_user: list[str] = []
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            user = pwd.getpwnam("postgres")
            self._as_user = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
            os.chown(folder, user.pw_uid, user.pw_gid)
        self._run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync")
        with (folder / "postgresql.conf").open("a", encoding="utf-8") as file:
            # It dies as a process, never as a machine: what it has written is in the kernel's hands and stays.
            file.write(f"listen_addresses='127.0.0.1'\nport={self.port}\nunix_socket_directories=''\nfsync=off\n")
            file.write("max_connections=100\nshared_buffers=32MB\n")

    def url(self, database: str = "postgres") -> str:
        """The address of a database, for ZHENGWU_DATABASE_URL."""
        return f"postgresql+psycopg2://postgres@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start, and wait until it answers."""
        deadline = time.monotonic() + STARTS_WITHIN
        while True:
            if (
                self._process is None or self._process.poll() is not None
            ):  # what is left of a killed one may be in its way
                self._process = self._start()
            try:
                self.sql("SELECT 1")
                return
            except OperationalError as error:
                assert time.monotonic() < deadline, f"PostgreSQL does not start: {error}\n{self.log()}"
                time.sleep(0.05)

    def stop(self, how: signal.Signals = FAST) -> None:
        """Stop, and wait for it; SIGKILL leaves its children to notice for themselves."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(STOPS_WITHIN)
            self._process = None

    def sql(self, *statements: str, database: str = "postgres") -> None:
        """Execute statements, each in a transaction of its own."""
        engine = create_engine(self.url(database), isolation_level="AUTOCOMMIT", future=True)
        try:
            with engine.connect() as connection:
                for statement in statements:
                    connection.exec_driver_sql(statement)
        finally:
            engine.dispose()

    def set(self, **settings: str) -> None:
        """Change settings while it runs; those that need a start hold from the next one on."""
        self.sql(*(f"ALTER SYSTEM SET {name} = '{value}'" for name, value in settings.items()))
        self.sql("SELECT pg_reload_conf()")

    def reset(self, *settings: str) -> None:
        """Take back what was `set`, also that nothing can be written."""
        engine = create_engine(self.url(), isolation_level="AUTOCOMMIT", future=True)
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql("SET default_transaction_read_only = off")
                for name in settings:
                    connection.exec_driver_sql(f"ALTER SYSTEM RESET {name}")
                connection.exec_driver_sql("SELECT pg_reload_conf()")
        finally:
            engine.dispose()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """For the block it takes no connection and says nothing, as on a machine whose disk hangs."""
        assert self._process is not None
        family = [self._process.pid, *children(self._process.pid)]
        for pid in family:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in family:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    @contextmanager
    def full(self) -> Iterator[None]:
        """For the block others have all the connections that it gives; those that there were are closed."""
        mine: list[Any] = []
        holder = create_engine(self.url(), poolclass=NullPool, isolation_level="AUTOCOMMIT", future=True)
        closed = text(  # who they are is settled first: in one WHERE the server might close ours before it looks
            "WITH theirs AS MATERIALIZED (SELECT pid FROM pg_stat_activity "
            "WHERE backend_type = 'client backend' AND datname <> 'postgres') "
            "SELECT count(*) FROM theirs WHERE pg_terminate_backend(pid)"
        )
        try:
            mine.append(holder.connect())
            taken = False
            while not taken:
                mine[0].execute(closed)
                try:
                    while True:
                        mine.append(holder.connect())
                except OperationalError:
                    taken = mine[0].execute(closed).scalar_one() == 0
            yield
        finally:
            for connection in mine:
                connection.close()

    def log(self) -> str:
        """What it has said."""
        return (self._folder / "server.log").read_text(encoding="utf-8", errors="replace")

    def _start(self) -> subprocess.Popen[bytes]:
        assert BINARIES is not None
        # setpriv sets the signal anew: it is forgotten when the user changes.
        leash = ["--pdeathsig=KILL", "--"] if self._as_user else []
        with (self._folder / "server.log").open("ab") as log:
            return subprocess.Popen(
                [*self._as_user, *leash, str(BINARIES / "postgres"), "-D", str(self._folder)],
                cwd="/", stdout=log, stderr=log, preexec_fn=die_with_parent,
            )  # fmt: skip

    def _run(self, program: str, *arguments: str) -> None:
        assert BINARIES is not None
        done = subprocess.run(
            [*self._as_user, str(BINARIES / program), *arguments, "-D", str(self._folder)],
            cwd="/", capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, f"{program}: {done.stderr}"


@contextmanager
def postgresql() -> Iterator[OwnPostgreSQL]:
    """A server that runs, for the block."""
    folder = Path(tempfile.mkdtemp(prefix="zhengwu-postgresql-"))  # pytest's folders let no other user in
    try:
        server = OwnPostgreSQL(folder)
        try:
            server.start()
            yield server
        finally:
            server.stop(IMMEDIATE)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def children(parent: int) -> list[int]:
    """The processes that a process has started and that live."""
    found = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(pid) for pid in found]


class OwnRedis:
    """A server that keeps nothing on disk; the address stays the same when it is started again."""

    def __init__(self, folder: Path) -> None:
        self.port, self._folder = free_port(), folder
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.client = Redis.from_url(self.url)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it answers."""
        options: Sequence[str] = (
            "--bind",
            "127.0.0.1",
            "--port",
            str(self.port),
            "--save",
            "",
            "--dir",
            str(self._folder),
        )
        self._process = subprocess.Popen([str(REDIS), *options], stdout=subprocess.DEVNULL, preexec_fn=die_with_parent)
        deadline = time.monotonic() + STARTS_WITHIN
        while True:
            try:
                self.client.ping()
                return
            except RedisError as error:
                assert time.monotonic() < deadline, f"redis-server does not start: {error}"
                time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGKILL) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.send_signal(signal.SIGCONT)  # it may have been paused
            self._process.wait(STOPS_WITHIN)
            self._process = None

    def pause(self) -> None:
        """It takes connections and says nothing, until `go_on`."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)
