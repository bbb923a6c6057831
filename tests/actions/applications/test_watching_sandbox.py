"""From a look-up to the news, through the portal's client and its sandbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from pydantic import SecretStr
from watched_portal import CONVERSATION, rows, told, turned_on, watching

from actions.applications import reminders
from actions.applications.look_up import Person, look_up
from actions.portal.access import LastFour
from actions.portal.client import Client
from actions.portal.sandbox import background, portal_secret
from actions.surroundings import Surroundings, use
from foundation.clock import SystemClock
from foundation.database import Database
from foundation.settings import Settings

NUMBER, LAST_FOUR = "SLS2026-110412-0087", "123X"


@pytest.fixture
def here(database: Database, settings: Settings) -> Iterator[Surroundings]:
    secret = {"portal_secret": SecretStr(portal_secret(settings))}
    with background(settings) as url:
        client = Client.of_settings(settings.copy(update={"portal_url": url, **secret}), SystemClock())
        given = Surroundings.of_settings(settings.copy(update={"portal_url": url}), portal=client, database=database)
        use(given)
        yield given
        use(None)
        given.executor.close()
        client.close()


def move(here: Surroundings, **step: object) -> None:
    url = f"{here.settings.portal_url}/sandbox/applications/{NUMBER}"
    assert requests.post(url, json=step, timeout=10).status_code == 200


async def test_from_a_look_up_to_the_end(here: Surroundings) -> None:
    found = await look_up(here, NUMBER, LastFour(LAST_FOUR), Person(CONVERSATION, "wechat"))
    offered = await here.write(lambda tx: reminders.offer(tx, CONVERSATION, "wechat", found, here.clock.now()))
    assert offered and turned_on(here).result is reminders.Result.ON
    watch = watching(here)
    assert await watch.step() and told(here.database) == [], "nothing has changed"
    for state in ("granted", "delivered"):
        move(here, state=state)
        with here.database.write() as tx:
            tx.execute(reminders.reminders.update().values(next_at=here.clock.now()))
        assert await watch.step()
    assert [reply.body["custom"]["answer"]["application"]["state"] for reply in told(here.database)] == [
        "granted", "delivered"
    ]  # fmt: skip
    assert rows(here.database)[0]["outcome"] == "told"


async def test_a_portal_that_has_forgotten_the_token_ends_it(here: Surroundings) -> None:
    found = await look_up(here, NUMBER, LastFour(LAST_FOUR), Person(CONVERSATION, "wechat"))
    await here.write(lambda tx: reminders.offer(tx, CONVERSATION, "wechat", found, here.clock.now()))
    turned_on(here)
    fault = {"fault": "token_expired", "operation": "watched", "times": 1}
    assert requests.post(f"{here.settings.portal_url}/sandbox/faults", json=fault, timeout=10).ok
    assert await watching(here).step()
    assert rows(here.database)[0]["outcome"] == "expired" and "到期" in told(here.database)[0].body["text"]


async def test_a_portal_that_fails_is_asked_again(here: Surroundings) -> None:
    found = await look_up(here, NUMBER, LastFour(LAST_FOUR), Person(CONVERSATION, "wechat"))
    await here.write(lambda tx: reminders.offer(tx, CONVERSATION, "wechat", found, here.clock.now()))
    turned_on(here)
    fault = {"fault": "500", "operation": "watched", "times": 9}
    assert requests.post(f"{here.settings.portal_url}/sandbox/faults", json=fault, timeout=10).ok
    assert await watching(here).step()
    assert rows(here.database)[0]["failures"] == 1 and told(here.database) == []
