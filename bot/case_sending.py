"""Beside the turn worker: the loop that tells an outside system of complaints and the like, where one is named."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from actions.complaints.sending import Sending
from actions.complaints.webhook import Webhook
from actions.surroundings import Surroundings
from bot.beside import beside
from desk.case_rules import rules


@asynccontextmanager
async def case_sending(here: Surroundings) -> AsyncIterator[None]:
    """Send until the end of the block; every worker may, and one of them does.

    Raises:
        ConfigError: the settings of the outside system, or the rules by which cases are routed, will not do.
    """
    rules(here.settings.cases_file)
    webhook = Webhook.of_settings(here.settings)
    if webhook is None:
        yield
        return
    async with beside(Sending(here, webhook).run()):
        yield
