"""The console's process: the application on its port until it is told to stop."""

from __future__ import annotations

import signal

import uvicorn

from console.app import build
from console.slow_clients import Impatient
from foundation.database import Database
from foundation.settings import Settings

CONNECTIONS = 900
"""Open at once; more are told to come again (503), before the process has no file handles left."""


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Raises ConfigError: a setting is wrong."""
    database = Database(settings.database_url)
    database.check()
    for sign in (signal.SIGTERM, signal.SIGINT):
        # uvicorn, when it has stopped in good order, sends itself the signal again: to end so is no failure.
        signal.signal(sign, lambda number, frame: None)
    uvicorn.Server(config(settings, database)).run()


def config(settings: Settings, database: Database) -> uvicorn.Config:
    return uvicorn.Config(
        build(settings, database),
        host=settings.host,
        port=settings.console_port,
        http=Impatient,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        forwarded_allow_ips=settings.console_proxies,
        ws="wsproto",  # uvicorn wants newer `websockets` than Rasa allows
        ws_max_size=4096,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=3,
    )
