from __future__ import annotations

import pytest
from channel_helpers import settings_for

from channels.delivery import courier
from channels.gateway import Gateway
from foundation.cipher import Cipher
from foundation.clock import FixedClock, SystemClock
from foundation.database import Database
from foundation.inbox import Inbox
from foundation.vault import Vault


def gateway_over(database: Database, cipher: Cipher, clock: FixedClock | SystemClock) -> Gateway:
    settings = settings_for(database.engine.url.render_as_string(hide_password=False))
    return Gateway(database, Inbox(cipher), Vault(cipher), clock, settings)


@pytest.fixture
def gateway(database: Database, cipher: Cipher) -> Gateway:
    return gateway_over(database, cipher, SystemClock())


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between calls to a busy platform that a test can wait for."""
    monkeypatch.setattr(courier, "BACKOFF", (0.01, 0.01, 0.01))
