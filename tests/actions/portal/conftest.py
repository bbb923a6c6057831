"""What tests of the sandbox share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import SecretStr
from sandbox_helpers import SECRET, Caller

from actions.portal.sandbox import background
from foundation.clock import FixedClock
from foundation.settings import Settings


@pytest.fixture
def portal(settings: Settings, clock: FixedClock) -> Iterator[Caller]:
    """A fresh sandbox at the time of `clock`."""
    with background(settings.copy(update={"portal_secret": SecretStr(SECRET)}), clock) as url:
        yield Caller(url, clock)
