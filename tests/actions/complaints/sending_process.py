"""A process that sends cases: `python sending_process.py DATABASE_URL ADDRESS LEASE_SECONDS [before|after]`.

`before`: it stands still when the receiver has answered and nothing is committed; `after`: right after the commit.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from actions.complaints import sending as module
from actions.complaints.sending import Sending
from actions.complaints.webhook import Webhook
from actions.surroundings import Surroundings
from foundation.database import Database
from foundation.settings import load_settings

KEY = "5a" * 32
HERE = Path(__file__).resolve()
SECRET = "a secret of sixteen or more"


async def main(database_url: str, address: str, lease: str, stop: str = "") -> None:
    module.LOOK, module.SPACING, module.FIRST = 0.05, 0.01, timedelta(seconds=0.1)
    module.SPAN = timedelta(seconds=float(lease))
    settings = load_settings(_env_file=None, secret_key=KEY, cases_webhook_url=address, cases_webhook_secret=SECRET)
    portal: Any = object()
    here = Surroundings.of_settings(settings, portal=portal, database=Database(database_url))
    webhook = Webhook.of_settings(settings)
    assert webhook is not None
    if stop:
        stand_still(stop)
    print("ready", flush=True)
    await Sending(here, webhook).run()


def stand_still(where: str) -> None:
    settle = Sending._settle

    def stopped(self: Sending, *about: Any) -> None:
        if where == "after":
            from threading import Timer

            Timer(0.2, lambda: print("here", flush=True)).start()  # when it has committed
            return settle(self, *about)
        print("here", flush=True)
        import time

        time.sleep(600)

    Sending._settle = stopped  # type: ignore[method-assign]


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
