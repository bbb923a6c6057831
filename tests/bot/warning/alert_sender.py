"""A process that sends alerts: `python alert_sender.py DATABASE_URL ADDRESS SECONDS [stop]`.

SECONDS: for how long a message is nobody else's. With `stop` it stands still when the receiver has answered and nothing
is committed.
"""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from typing import Any

from actions.complaints.webhook import Outcome
from actions.surroundings import Surroundings
from bot.warning import sending as module
from bot.warning.addresses import Addresses
from bot.warning.sending import Sending
from foundation.database import Database
from foundation.settings import load_settings


def main(url: str, address: str, seconds: str, stop: str = "") -> None:
    module.SPAN = timedelta(seconds=float(seconds))
    secret = "a secret of sixteen or more"
    settings = load_settings(
        _env_file=None, secret_key="5a" * 32, alert_webhook_url=address, alert_webhook_secret=secret
    )
    portal: Any = object()
    here = Surroundings.of_settings(settings, portal=portal, database=Database(url))
    addresses = Addresses.of_settings(settings)
    if stop:
        send = addresses.send

        def stopped(*about: Any) -> Outcome:
            found = send(*about)
            print("sent", flush=True)
            time.sleep(600)
            return found

        object.__setattr__(addresses, "send", stopped)
    sender = Sending(here, addresses)
    print("ready", flush=True)
    while True:
        if not sender.step():
            time.sleep(0.02)


if __name__ == "__main__":
    main(*sys.argv[1:])
