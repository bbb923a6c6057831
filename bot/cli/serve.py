"""`zhengwu serve`: every service under a supervisor, or one of them in this process."""

from __future__ import annotations

import os
import sys

import typer

from bot.services import PLANNED, SERVICES, health, processes, require_port
from bot.supervisor import CANNOT_START, SUPERVISED, Child, Supervisor
from channels.web.origins import read_origins
from foundation import log
from foundation.database import Database
from foundation.errors import ConfigError
from foundation.migrate import is_current
from foundation.settings import ROOT, Settings, get_settings


def serve(
    only: str = typer.Option(None, metavar="|".join((*SERVICES, *PLANNED)), help="one service, in this process"),
    name: str = typer.Option(None, help="what the process is called; with --only"),
) -> None:
    """Run every service until Ctrl-C or SIGTERM."""
    if only in PLANNED:
        raise typer.BadParameter(f"{only} is not built yet; there are {', '.join(SERVICES)}", param_hint="--only")
    if only is not None and only not in SERVICES:
        raise typer.BadParameter(f"there is no service {only!r}, but {', '.join(SERVICES)}", param_hint="--only")
    settings = get_settings()
    log.configure(settings.log_level)
    if only is None:
        raise typer.Exit(serve_all(settings))
    try:
        require_port(only, settings)
        SERVICES[only].run(settings, name or only)
    except ConfigError as error:
        if SUPERVISED not in os.environ and SERVICES[only].count(settings):
            raise
        typer.echo(f"zhengwu {name or only}: {error}", err=True)
        raise typer.Exit(CANNOT_START) from error


def serve_all(settings: Settings) -> int:
    """Start all and look after them; the exit code."""
    check(settings)
    command = [sys.executable, "-m", "bot.cli", "serve", "--only"]
    environment = {**os.environ, SUPERVISED: str(os.getpid())}
    children = [
        Child(name, [*command, service, "--name", name], ROOT, environment)
        for name, service in processes(settings).items()
    ]
    typer.echo(f"正在启动 {'、'.join(child.name for child in children)} …（首次加载模型约需十秒）")
    return Supervisor(children, lambda: ready(settings), lambda: announce(settings)).run()


def check(settings: Settings) -> None:
    """Raise ConfigError for what would stop the services at once, before any is started."""
    settings.key()
    read_origins(settings.widget_origins)
    for service in set(processes(settings).values()):
        require_port(service, settings)
    database = Database(settings.database_url)
    try:
        database.check()
        if not is_current(database):
            raise ConfigError("the database has not the present schema: run `zhengwu db upgrade`")
    finally:
        database.close()


def ready(settings: Settings) -> bool:
    said = health(settings)
    return said is not None and said[0]


def announce(settings: Settings) -> None:
    address = f"http://{settings.host}:{settings.bot_port}"
    typer.echo(
        f"\n政务问答助手已就绪\n  网页问答  {address}/chat\n  运行状态  {address}/health\n按 Ctrl-C 停止全部服务。\n"
    )
