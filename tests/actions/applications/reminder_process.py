"""A process that watches: `python reminder_process.py DATABASE_URL PORTAL_ADDRESS LEASE_SECONDS [before|after]`.

`before`: it stands still between the portal's answer and its commit, `after`: right after the commit; and says so.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
from sample_applications import city, on

from actions.applications import watching as module
from actions.applications.watching import Watching
from actions.portal.access import WatchToken
from actions.portal.application import Application, State
from actions.portal.errors import Unavailable
from actions.surroundings import Surroundings
from foundation.database import Database
from foundation.settings import load_settings

KEY = "5a" * 32
HERE = Path(__file__).resolve()


class HttpPortal:
    """Asks the test, which counts."""

    def __init__(self, address: str) -> None:
        self._address = address

    def offers(self, operation: str) -> bool:
        return True

    async def watched(self, token: WatchToken) -> Application:
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.post(f"{self._address}/watched", json={"token": token.value}) as response,
            ):
                told = await response.json()
        except aiohttp.ClientError as error:
            raise Unavailable(type(error).__name__) from None
        return Application(told["number"], State(told["state"]), "居住证申领", watch_token=token.value)


async def main(database_url: str, address: str, lease: str, stop: str = "") -> None:
    module.LOOK, module.SPACING = 0.1, 0.05
    module.SPAN = timedelta(seconds=float(lease))
    settings = load_settings(_env_file=None, secret_key=KEY)
    portal: Any = HttpPortal(address)
    here = Surroundings.of_settings(settings, portal=portal, database=Database(database_url))
    if stop:
        stand_still(stop)
    city()  # which takes a while
    print("ready", flush=True)
    await Watching(here, city, on).run()


def stand_still(where: str) -> None:
    seen = Watching._seen

    async def stopped(self: Watching, *about: Any) -> None:
        if where == "after":
            await seen(self, *about)
        print("here", flush=True)
        await asyncio.sleep(600)

    Watching._seen = stopped  # type: ignore[method-assign]


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
