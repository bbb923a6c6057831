from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from city import City, Conversation, running
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

SERVER = os.environ.get("ZHENGWU_TEST_DATABASE_URL")


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """The whole system on SQLite, shared by all tests that leave it as it was."""
    with running(tmp_path_factory.mktemp("city")) as city:
        yield city


@pytest.fixture
def conversation(city: City) -> Conversation:
    return city.conversation()


@pytest.fixture(scope="session")
def postgresql_city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """The whole system on PostgreSQL."""
    if not SERVER:
        pytest.skip("ZHENGWU_TEST_DATABASE_URL names no PostgreSQL server")
    name = f"zhengwu_test_{os.getpid()}_city"
    server = create_engine(SERVER, isolation_level="AUTOCOMMIT", future=True)
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        url = make_url(SERVER).set(database=name).render_as_string(hide_password=False)
        with running(tmp_path_factory.mktemp("city"), url) as city:
            yield city
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        server.dispose()
