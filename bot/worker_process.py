"""The process of a turn worker: model, knowledge base, and what else keeps the office going beside the turns."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import time
from dataclasses import replace

from actions.surroundings import Surroundings, use
from bot.assistant import Assistant
from bot.case_sending import case_sending
from bot.content_keeping import content_keeping
from bot.desk_keeping import desk_keeping
from bot.events.keeping import events_keeping
from bot.housekeeping import housekeeping
from bot.recalling import recalling
from bot.reminding import reminding
from bot.retaining import retaining
from bot.rolling_up import rolling_up
from bot.sealing import sealing
from bot.statistics_keeping import statistics_keeping
from bot.supervisor import SUPERVISED
from bot.trackers import DatabaseTrackerStore
from bot.warning.keeping import warning_keeping
from bot.worker import Worker
from foundation.cipher import Cipher
from foundation.clock import SystemClock
from foundation.database import Database
from foundation.errors import ConfigError
from foundation.executor import Executor, Inline
from foundation.inbox import Inbox
from foundation.settings import Settings
from knowledge_base.library import open_library
from knowledge_base.trials.answerer import open_answerer

log = logging.getLogger(__name__)


def wait_for(database: Database) -> None:
    """Return when the database answers. It did when `zhengwu serve` began, which waits for longer with each failure of
    its children: a worker of its own waits here.

    Raises:
        ConfigError: it does not answer, and the worker runs by itself.
    """
    while True:
        try:
            return database.check()
        except ConfigError as error:
            if SUPERVISED not in os.environ:
                raise
            log.error("%s Trying again", error)
            time.sleep(1)


def run(settings: Settings, name: str) -> None:
    """Load the model and the knowledge base, then serve until SIGTERM or Ctrl-C.

    Raises:
        ConfigError: a setting, the model or the database is missing; the text names the cure.
    """
    database = Database(settings.database_url)
    wait_for(database)
    library = open_library()
    library.refresh()
    library.follow()
    executor, encoding = Executor("database", 4), Executor("encoding", 1)
    here = Surroundings.of_settings(settings, database=database, executor=executor)
    turns = Inline() if database.is_sqlite else executor
    use(replace(here, executor=turns))  # as turns; what is kept up beside them has threads in either case
    assistant = Assistant.load(settings, lambda domain: DatabaseTrackerStore(domain, database, turns), encoding)

    async def serve() -> None:
        worker = Worker(
            assistant,
            database,
            Inbox(Cipher.of_settings(settings)),
            turns,
            SystemClock(),
            settings,
            f"{socket.gethostname()}/{name}",
        )
        for sign in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(sign, worker.stop)
        log.info("%s is ready", name)
        async with (
            reminding(here),
            case_sending(here),
            desk_keeping(here, worker.name),
            content_keeping(here, worker.name, lambda: open_answerer(settings, database, library)),
            recalling(here, worker.name),
            housekeeping(here, worker.name),
            sealing(here),
            retaining(here, worker.name),
            rolling_up(here, worker.name),
            statistics_keeping(here),
            warning_keeping(here, worker.name),
            events_keeping(here, worker.name),
        ):
            await worker.run()

    try:
        asyncio.run(serve())
    finally:
        library.close()
        executor.close()
        encoding.close()
        database.close()
