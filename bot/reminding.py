"""Beside the turn worker: the loop that tells citizens news of the applications they wait for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from actions.applications.watching import Watching
from actions.surroundings import Surroundings
from actions.turn import occasion
from bot.beside import beside
from knowledge_base.library import open_library


@asynccontextmanager
async def reminding(here: Surroundings) -> AsyncIterator[None]:
    """Watch until the end of the block; every worker may, and one of them does."""
    watching = Watching(here, lambda: open_library().snapshot, lambda: occasion({}))
    async with beside(watching.run()):
        yield
