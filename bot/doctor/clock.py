"""Is this machine's clock right, by those of the servers that it works with? Signatures, leases, codes of the second
factor and certificates go by it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import urlsplit

import requests
import urllib3
from sqlalchemy import text

from bot.doctor.database import opened
from bot.doctor.finding import Sick
from bot.doctor.outside import SECONDS, Server, servers
from foundation.errors import ConfigError
from foundation.settings import Settings

APART = timedelta(seconds=5)
"""A clock that is set over the network is right within milliseconds; HTTP tells whole seconds."""
CURE = "have the clocks set over the network: `timedatectl set-ntp true`, or chrony; `timedatectl` tells"


class Told(NamedTuple):
    who: str
    behind: timedelta
    """By how much our clock is at least behind theirs; negative, ahead."""


def clock(settings: Settings) -> str:
    with ThreadPoolExecutor(8) as threads:
        by_http = [told for told in threads.map(_by_http, servers(settings)) if told is not None]
    told = [*_by_database(settings), *by_http]
    for one in told:
        if abs(one.behind) > APART:
            way = "behind" if one.behind > timedelta() else "ahead of"
            raise Sick(f"this machine's clock is {abs(one.behind).total_seconds():.0f} s {way} that of {one.who}", CURE)
    if not told:
        return f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S %z}; there is no server to compare it with"
    return f"as that of {', '.join(dict.fromkeys(one.who for one in told))}"


def _by_database(settings: Settings) -> Iterator[Told]:
    with contextlib.suppress(Sick, ConfigError), opened(settings) as database:  # said by another check
        if not database.is_sqlite:
            with database.read() as tx:
                began = datetime.now(timezone.utc)
                theirs = tx.execute(text("SELECT clock_timestamp()")).scalar_one()
            yield Told("the database", _behind(began, theirs, datetime.now(timezone.utc)))


def _by_http(server: Server) -> Told | None:
    """By the Date of whatever it answers. Its certificate is not looked at: by a wrong clock none is valid."""
    with requests.Session() as session, contextlib.suppress(requests.RequestException, KeyError, TypeError, ValueError):
        session.trust_env = False
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        parts = urlsplit(server.address)
        root = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/"
        began = datetime.now(timezone.utc)
        said = session.head(root, timeout=SECONDS, allow_redirects=False, verify=False)
        theirs = parsedate_to_datetime(said.headers["Date"])
        return Told(server.host, _behind(began, theirs, datetime.now(timezone.utc), timedelta(seconds=1)))
    return None


def _behind(began: datetime, theirs: datetime, ended: datetime, grain: timedelta = timedelta()) -> timedelta:
    """The smallest difference that explains what was told between `began` and `ended`, cut to a `grain`."""
    if theirs > ended:
        return theirs - ended
    return theirs + grain - began if theirs + grain < began else timedelta()
