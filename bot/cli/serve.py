"""`zhengwu serve`: every service under a supervisor, or one of them in this process."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence

import typer
from sqlalchemy.exc import DBAPIError

from bot import production
from bot.cli.main import main
from bot.forking import Forked
from bot.services import SERVICES, health, processes, require_port
from bot.supervisor import CANNOT_START, SUPERVISED, Child, Supervisor
from channels.web.origins import read_origins
from foundation import accounts, audit, log, log_files
from foundation.clock import SystemClock
from foundation.database import Database
from foundation.errors import ConfigError
from foundation.heap import keep_one_heap
from foundation.schema import standing
from foundation.settings import ROOT, Settings, get_settings

SCHEMA_CURES = {
    "empty": "run `zhengwu db upgrade`",
    "behind": "make a backup, then run `zhengwu db upgrade`",
    "restoring": "a restore was cut short, and people who were erased may be back; run `zhengwu restore` again",
    "ahead": "it is of a later version of the program; see docs/operations.md, Upgrade, Going back",
}
CITIZENS = ("gateway", "worker")
"""Services that answer them. The others are started when these are ready: on two cores all at once would make everybody
wait, and nobody signs in to the console in the first seconds."""
HEAD_START = 8.0
"""Seconds that the others leave to these at most: they must be there when the model, say, cannot be loaded."""
CITIZENS_OR_STAFF = ("gateway", "worker", "console")
"""Services that somebody relies on; the others play a part while trying, and refuse production themselves."""


def serve(
    only: str = typer.Option(None, metavar="|".join(SERVICES), help="one service, in this process"),
    name: str = typer.Option(None, help="what the process is called; with --only"),
) -> None:
    """Run every service until Ctrl-C or SIGTERM."""
    if only is not None and only not in SERVICES:
        raise typer.BadParameter(f"there is no service {only!r}, but {', '.join(SERVICES)}", param_hint="--only")
    keep_one_heap()
    settings = get_settings()
    log.configure(settings.log_level, log_files.folder_of(settings), settings.keep_log_days)
    if only is None:
        raise typer.Exit(serve_all(settings))
    try:
        require_port(only, settings)
        if only in CITIZENS_OR_STAFF and SUPERVISED not in os.environ:
            waits = only in CITIZENS and not settings.production
            refuse_half_restored(settings) if waits else check_database(settings)
        if only == "console" and SUPERVISED not in os.environ:
            introduce_administrator(settings)
        SERVICES[only].run(settings, name or only)
    except ConfigError as error:
        if SUPERVISED not in os.environ and SERVICES[only].count(settings):
            raise
        typer.echo(f"zhengwu {name or only}: {error}", err=True)
        raise typer.Exit(CANNOT_START) from error


def serve_all(settings: Settings) -> int:
    """Start all and look after them; the exit code."""
    check(settings)
    services = processes(settings)
    children = [child(name, service) for name, service in services.items()]
    later = [child for child in children if services[child.name] not in CITIZENS]
    for one in later:
        one.due = time.monotonic() + HEAD_START
    typer.echo(f"正在启动 {'、'.join(child.name for child in children)} …（首次加载模型约需十秒）")
    return Supervisor(children, lambda: ready(settings, later), lambda: announce(settings)).run()


def child(name: str, service: str) -> Child:
    """`zhengwu serve --only SERVICE`, as a fork of this process where the service can be prepared here."""
    arguments = ["serve", "--only", service, "--name", name]
    environment = {**os.environ, SUPERVISED: str(os.getpid())}
    prepare = SERVICES[service].prepare
    if prepare is not None:
        return Forked(name, lambda: main(arguments), prepare, ROOT, environment)
    return Child(name, [sys.executable, "-m", "bot.cli", *arguments], ROOT, environment)


def check(settings: Settings) -> None:
    """Raise ConfigError for what would stop the services at once, before any is started."""
    settings.key()
    read_origins(settings.widget_origins)
    for service in set(processes(settings).values()):
        require_port(service, settings)
    check_database(settings)


def refuse_half_restored(settings: Settings) -> None:
    """Raise ConfigError where a restore of the database was cut short; one that is away the service waits for."""
    database = Database(settings.database_url)
    try:
        found = standing(database)
    except DBAPIError:
        return
    finally:
        database.close()
    if found == "restoring":
        raise ConfigError(f"the database has not the present schema: {SCHEMA_CURES[found]}")


def check_database(settings: Settings) -> None:
    """Raise ConfigError unless the database is there, with the present schema, and fit for production where this is."""
    database = Database(settings.database_url)
    try:
        database.check()
        if (found := standing(database)) != "current":
            raise ConfigError(f"the database has not the present schema: {SCHEMA_CURES[found]}")
        with database.read() as tx:
            production.require(settings, tx)
    finally:
        database.close()


def ready(settings: Settings, later: Sequence[Child]) -> bool:
    """Whether citizens are answered and staff can sign in; where the first is so, `later` need not wait any more."""
    said = health(settings)
    if said is None or not said[0]:
        return False
    for one in later:
        if one.starts == 0:
            one.due = time.monotonic()
    return health(settings, "console_port") is not None


def announce(settings: Settings) -> None:
    address = f"http://{settings.host}:{settings.bot_port}"
    lines = [
        f"网页问答  {address}/chat",
        f"工作台    http://{settings.host}:{settings.console_port}",
        f"运行状态  {address}/health",
    ]
    if "portal-sandbox" in processes(settings):
        lines.append(f"办件沙箱  {settings.portal_url}/sandbox")
    typer.echo("\n政务问答助手已就绪\n  " + "\n  ".join(lines) + "\n按 Ctrl-C 停止全部服务。\n")
    introduce_administrator(settings)


def introduce_administrator(settings: Settings) -> None:
    """At the first start, make the account that lets the others in, and tell its one-time password, once."""
    database = Database(settings.database_url)
    try:
        with database.write() as tx:
            password = accounts.ensure_administrator(tx, SystemClock().now())
            if password is not None:  # told before it holds: nobody can be left with one that was never shown
                detail = {"roles": ["admin"], "one_time_password": True}
                audit.record(tx, accounts.OPERATOR, "user.add", accounts.ADMINISTRATOR, detail, SystemClock().now())
                typer.echo(
                    f"首次启动：工作台管理员账号 {accounts.ADMINISTRATOR}，一次性密码 {password}\n"
                    "请登录后立即设置自己的密码；此密码只显示这一次。\n"
                )
    finally:
        database.close()
