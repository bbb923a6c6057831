"""The servers that the fault tests play with behave as such servers do."""

from __future__ import annotations

import signal

import pytest
from servers import IMMEDIATE, OwnPostgreSQL, OwnRedis
from sqlalchemy.exc import OperationalError


def test_what_was_committed_outlives_a_crash(own_postgresql: OwnPostgreSQL) -> None:
    own_postgresql.sql("CREATE TABLE crashed (n int)", "INSERT INTO crashed VALUES (1)")
    for how in (IMMEDIATE, signal.SIGKILL):
        own_postgresql.stop(how)
        with pytest.raises(OperationalError):
            own_postgresql.sql("SELECT 1")
        own_postgresql.start()
        own_postgresql.sql("DO $$ BEGIN ASSERT (SELECT count(*) FROM crashed) = 1; END $$")


def test_settings_are_changed_while_it_runs(own_postgresql: OwnPostgreSQL) -> None:
    own_postgresql.set(work_mem="5MB")
    own_postgresql.sql("DO $$ BEGIN ASSERT current_setting('work_mem') = '5MB'; END $$")


def test_redis_comes_back_empty(own_redis: OwnRedis) -> None:
    own_redis.client.set("kept", "no")
    own_redis.stop()
    own_redis.start()
    assert own_redis.client.get("kept") is None
