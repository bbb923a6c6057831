"""An office's several processes: two gateways, three workers and two consoles behind nginx, as deploy/nginx has it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

from city import City, free_port, prepared
from sqlalchemy import create_engine, select
from sqlalchemy.engine import make_url

from bot.supervisor import die_with_parent
from foundation.heartbeat import WORKER, heartbeats
from foundation.settings import ROOT

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
CONFIGURATION = ROOT / "deploy" / "nginx" / "zhengwu.conf"
WITHIN = 240.0


class Part:
    """One process of the office: a gateway, a worker or a console."""

    def __init__(self, city: City, name: str, service: str, port: int | None) -> None:
        self.name, self.service, self.port = name, service, port
        self.checkout = ROOT
        """Whose code it runs, from its next start on."""
        self._city = city
        setting = {"gateway": "ZHENGWU_BOT_PORT", "console": "ZHENGWU_CONSOLE_PORT"}.get(service)
        self._environment = {**city.environment, **({setting: str(port)} if setting else {})}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "bot.cli", "serve", "--only", self.service, "--name", self.name]
        with (self._city.folder / f"{self.name}.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=self.checkout, env=self._environment, stdout=log, stderr=log, preexec_fn=die_with_parent
            )

    def also(self, **settings: str) -> None:
        """Further settings, from its next start on."""
        self._environment.update(settings)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """Without a word, in the middle of whatever it does."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(10)

    def stop(self) -> None:
        """As systemd has it stopped: it ends what it has begun."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(20)

    def serves(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._city.folder / f"{self.name}.log").read_text(encoding="utf-8")
        if self.service == "worker":
            return self.pid in worker_pids(self._city)
        with suppress(OSError):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5) as said:
                    return bool(said.status == 200)
            except urllib.error.HTTPError:
                return False
        return False


class Office:
    """`gateways`, `workers` and `consoles` behind one address for citizens and one for the staff."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.gateways = [Part(city, f"gateway-{n}", "gateway", free_port()) for n in (1, 2)]
        self.workers = [Part(city, f"worker-{n}", "worker", None) for n in (1, 2, 3)]
        self.consoles = [Part(city, f"console-{n}", "console", free_port()) for n in (1, 2)]
        self.bot, self.staff = free_port(), free_port()
        self.closed = f"http://127.0.0.1:{self.bot}"
        """As it is shipped; `city.address` is where the office's own machines may use REST too."""
        self._inside = free_port()
        city.port, city.address = self._inside, f"http://127.0.0.1:{self._inside}"
        city.console = f"http://127.0.0.1:{self.staff}"

    @property
    def parts(self) -> list[Part]:
        return [*self.gateways, *self.workers, *self.consoles]

    def start(self) -> None:
        for part in self.parts:
            part.start()
        for part in self.parts:
            self.wait(part)

    def wait(self, part: Part) -> None:
        """Until a part that was started does its work."""
        deadline = time.monotonic() + WITHIN
        while not part.serves():
            assert time.monotonic() < deadline, f"{part.name} is not ready"
            time.sleep(0.1)

    def stop(self) -> None:
        for part in self.parts:
            part.kill()

    def configuration(self) -> str:
        """Ours, with this test's ports in place of the names and certificates of an office."""
        text = CONFIGURATION.read_text(encoding="utf-8")
        for shipped, part in zip((5005, 5006, 8000, 8001), (*self.gateways, *self.consoles)):
            text = text.replace(f"127.0.0.1:{shipped} ", f"127.0.0.1:{part.port} ")
        text = re.sub(r"^\s*ssl_certificate.*\n", "", text, flags=re.MULTILINE)
        listens = iter((self.bot, self.staff))
        text = re.sub(r"listen 443 ssl http2;", lambda _: f"listen 127.0.0.1:{next(listens)};", text)
        before, server, rest = text.partition("server {")
        citizens = (server + rest).partition("# What the staff reach")[0]
        inside = re.sub(r"location [^\n]*deny all[^\n]*\n", "", citizens)
        inside = inside.replace(f"127.0.0.1:{self.bot};", f"127.0.0.1:{self._inside};")
        return before + server + rest + inside


@contextmanager
def nginx(folder: Path, configuration: str) -> Iterator[None]:
    """nginx on a configuration of the `http` block, until the end of the block."""
    assert NGINX is not None
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = f"daemon off;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log warn;\nworker_processes 1;\n"
    if Path("/etc/passwd").read_text(encoding="utf-8").startswith("root:"):
        main += "user root;\n"
    main += f"events {{ worker_connections 512; }}\nhttp {{\naccess_log off;\n{temporary}{configuration}\n}}\n"
    file = folder / "nginx.conf"
    file.write_text(main, encoding="utf-8")
    tested = subprocess.run([NGINX, "-t", "-c", str(file)], capture_output=True, text=True)
    assert tested.returncode == 0, tested.stderr
    process = subprocess.Popen([NGINX, "-c", str(file)], preexec_fn=die_with_parent, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


def worker_pids(city: City) -> set[int]:
    """Of the workers that have said that they are there."""
    with city.database.read() as tx:
        rows = tx.execute(select(heartbeats.c.detail).where(heartbeats.c.kind == WORKER)).scalars()
        return {int(detail["pid"]) for detail in rows}


@contextmanager
def running_office(folder: Path, server: str, redis: str, checkout: Path = ROOT) -> Iterator[Office]:
    """All processes behind nginx, on a database of their own in a PostgreSQL, from a checkout."""
    name = f"zhengwu_test_{os.getpid()}_{token_hex(3)}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT", future=True)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        url = make_url(server).set(database=name).render_as_string(hide_password=False)
        with prepared(folder, url) as city:
            city.environment.update(ZHENGWU_REDIS_URL=redis)
            office = Office(city)
            for part in office.parts:
                part.checkout = checkout
            try:
                office.start()
                with nginx(folder, office.configuration()):
                    yield office
            finally:
                office.stop()
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        engine.dispose()
